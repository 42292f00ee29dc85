"""How full a ledger is of contacts: of one type and day, and in bytes. Looked at only where it could be full."""

from collections import Counter

from msgspec import json

from stream.core.contact import Contact
from stream.core.ledger import Ledger
from stream.core.rulebook import Rulebook
from stream.core.seen import moment_of
from stream.shell.ledgers.bounds import Bounds

_CONTACT_BYTES_MAX = 66_000
"""No contact is larger in a ledger than its record was."""
_ENCODER = json.Encoder()


class Fullness:
    """Counts the contacts of one ledger once, then keeps the count; a day may bring thousands (rules.md: cap)."""

    def __init__(self, ledger: Ledger, rulebook: Rulebook, bounds: Bounds) -> None:
        self._ledger = ledger
        self._rulebook = rulebook
        self._bounds = bounds
        self._bytes = 0
        self._days: Counter[tuple[str, int]] | None = None

    def is_full_for(self, contact: Contact) -> bool:
        """Whether there is no room for a contact that is not held yet."""
        held, bounds = len(self._ledger.contacts), self._bounds
        if held < bounds.contacts_per_day_max and held * _CONTACT_BYTES_MAX < bounds.contact_bytes_max:
            return False
        days = self._counted()
        return days[self._day(contact)] >= bounds.contacts_per_day_max or self._bytes >= bounds.contact_bytes_max

    def change(self, before: Contact | None, after: Contact) -> None:
        """Notes that the ledger now holds a contact, in the place of an earlier revision if there was one."""
        if self._days is None:
            return
        if before is not None:
            self._days[self._day(before)] -= 1
            self._bytes -= len(_ENCODER.encode(before))
        self._days[self._day(after)] += 1
        self._bytes += len(_ENCODER.encode(after))

    def _counted(self) -> Counter[tuple[str, int]]:
        if self._days is None:
            contacts = self._ledger.contacts.values()
            self._days = Counter(map(self._day, contacts))
            self._bytes = sum(len(_ENCODER.encode(contact)) for contact in contacts)
        return self._days

    def _day(self, contact: Contact) -> tuple[str, int]:
        rulebook = self._rulebook
        return contact.type, rulebook.zone.day(moment_of(contact, rulebook.words)).ordinal
