"""How much of a debtor is kept."""

from dataclasses import dataclass

from stream.core.room import FACTS_MAX
from stream.core.zone import DAY
from stream.shell.settings.settings import Settings

WINDOW_DAYS_MAX = 7
"""The longest window of a rule (第十五条（三）2); contacts are kept horizon + this + 1 days (rules.md: horizon)."""

BLOCKED_DAYS_MAX = WINDOW_DAYS_MAX + 1
"""No block rests on contacts that are older; with less of them an illegal call would be allowed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How late contacts are accepted, how many of one type and day are kept, how many bytes of all, how many facts, and
    how many first contacts that are no longer kept themselves.
    """

    horizon_days: int = 8
    contacts_per_day_max: int = 100
    contact_bytes_max: int = 4 * 1024 * 1024
    facts_per_debtor_max: int = FACTS_MAX
    firsts_per_debtor_max: int = 1000

    @property
    def kept_microseconds(self) -> int:
        """How far behind the low watermark a contact is still kept."""
        return (self.horizon_days + WINDOW_DAYS_MAX + 1) * DAY


def bounds_of(settings: Settings) -> Bounds:
    """The bounds that the settings give."""
    return Bounds(
        horizon_days=settings.horizon_days,
        contacts_per_day_max=settings.contacts_per_day_max,
        contact_bytes_max=settings.contact_bytes_max,
        facts_per_debtor_max=settings.facts_per_debtor_max,
        firsts_per_debtor_max=settings.firsts_per_debtor_max,
    )
