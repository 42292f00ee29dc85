"""A contact with the rulebook's words applied to it (rules.md: how the words are read)."""

from msgspec import Struct

from stream.core.contact import Contact
from stream.core.zone import MICROSECONDS, Day, Zone


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a rulebook reads the words of the law; each is a setting of the rulebook."""

    zone: str
    quiet_hours: tuple[str, str]
    himself: tuple[str, ...]
    not_answered_by: tuple[str, ...]
    no_exchange_with: tuple[str, ...]


class Seen:
    """One judged contact and what the words say of it; `moment` decides its day and the order."""

    __slots__ = ("answered", "contact", "day", "end", "exchange", "moment", "talk_seconds", "to_debtor")

    def __init__(self, contact: Contact, words: Words, zone: Zone) -> None:
        dial = contact.type == "dial"
        self.contact = contact
        self.to_debtor = contact.role in words.himself
        self.answered = dial and contact.answered_at is not None and contact.answered_by not in words.not_answered_by
        self.moment: int = moment_of(contact, words)
        self.talk_seconds = _talk_seconds(contact)
        self.end = self._end()
        self.exchange = self._exchange(words)
        self.day: Day = zone.day(self.moment)

    @property
    def order(self) -> tuple[int, str]:
        """Contacts of one debtor are ordered by (moment, contact_id)."""
        return self.moment, self.contact.contact_id

    def _end(self) -> int | None:
        contact = self.contact
        if contact.ended_at is not None:
            return contact.ended_at
        if self.answered and contact.answered_at is not None and contact.talk_seconds is not None:
            return contact.answered_at + round(contact.talk_seconds * MICROSECONDS)
        return None

    def _exchange(self, words: Words) -> bool:
        contact = self.contact
        if contact.type == "dial":
            spoke = self.talk_seconds is None or self.talk_seconds > 0
            return self.answered and contact.answered_by not in words.no_exchange_with and spoke
        if contact.type == "visit":
            return contact.communicated is not False
        return contact.mode == "interactive"


def moment_of(contact: Contact, words: Words) -> int:
    """An answered dial: `answered_at`; everything else: `started_at`."""
    if contact.type == "dial" and contact.answered_at is not None and contact.answered_by not in words.not_answered_by:
        return contact.answered_at
    return contact.started_at


def _talk_seconds(contact: Contact) -> float | None:
    if contact.talk_seconds is not None:
        return contact.talk_seconds
    if contact.answered_at is not None and contact.ended_at is not None:
        return (contact.ended_at - contact.answered_at) / MICROSECONDS
    return None
