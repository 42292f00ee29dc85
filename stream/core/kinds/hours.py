"""None between 22:00 and 08:00 unless agreed otherwise, and none that runs into it (第九条)."""

from typing import Literal

from stream.core.hours import DailyHours
from stream.core.rule import Case, ContactRule, Numbers, RestsOn, Verdict, number_on
from stream.core.seen import Seen
from stream.core.zone import MICROSECONDS, Zone


class Hours(ContactRule, frozen=True, kw_only=True, tag="hours"):
    """`against`: the rulebook's quiet hours where no agreed hours are in force, or the agreed hours where they are."""

    against: Literal["quiet", "agreed"]

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - the same for every kind
        return "facts" if self.against == "agreed" else "contact"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        agreement = case.agreement(seen)
        if (agreement is None) != (self.against == "quiet"):
            return None
        return Verdict() if is_quiet(case.quiet(agreement), case.zone, seen) else None


def is_quiet(quiet: DailyHours, zone: Zone, seen: Seen) -> bool:
    """Whether a contact begins or is answered within the hours, or a visit touches them."""
    contact = seen.contact
    if contact.type == "visit":
        return quiet.touches(zone, contact.started_at, contact.ended_at or contact.started_at)
    return quiet.contains(zone, contact.started_at) or (seen.answered and quiet.contains(zone, seen.moment))


class Overrun(ContactRule, frozen=True, kw_only=True, tag="overrun"):
    """A call begun in time whose end lies in quiet hours; up to `grace_seconds_max` of that is a warning."""

    grace_seconds_max: Numbers

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        quiet = case.quiet(case.agreement(seen))
        if seen.end is None or not quiet.contains(case.zone, seen.end):
            return None
        if quiet.contains(case.zone, seen.contact.started_at) or quiet.contains(case.zone, seen.moment):
            return None
        over = seen.end - quiet.began(case.zone, seen.end)
        if over <= 0:
            return None
        grace = number_on(self.grace_seconds_max, seen.day.ordinal) or 0
        qualifier = "grace" if over <= grace * MICROSECONDS else None
        return Verdict(qualifier=qualifier, detail=f"{over / MICROSECONDS:g}")
