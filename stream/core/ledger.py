"""One debtor's ledger: his recent contacts and everything known about him, each in its newest revision."""

from typing import Literal

from msgspec import Struct, field

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.room import FACTS_MAX, emptied, room_for, weight_of

Put = Literal["new", "replaced", "duplicate", "respelled", "conflict", "too-many"]
"""What a ledger did with a record: took it, let it replace a lower revision, had it already (perhaps with its time
written otherwise), holds another one of the same revision, or has no room for it."""

EVERYBODY = "*"
"""The debtor of an institution's own record of quiet hours (contract §5)."""


class Ledger(Struct, kw_only=True):
    """What `judge` looks at.

    `apart`: contacts past the horizon or beyond the cap of a day, which touch no window (rules.md).
    `firsts`: party → (moment, contact_id) of a first contact older than what is kept. `facts_weight`: as how many facts
    those held count (`weight_of`), once that was asked for.
    """

    institution: str
    debtor: str
    contacts: dict[str, Contact] = field(default_factory=dict)
    apart: dict[str, Contact] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    firsts: dict[str, tuple[int, str]] = field(default_factory=dict)
    facts_weight: int | None = None

    @property
    def key(self) -> str:
        """`institution|debtor`, the key of the topics."""
        return f"{self.institution}|{self.debtor}"

    def holds(self, contact_id: str) -> bool:
        """Whether the contact is kept."""
        return contact_id in self.contacts or contact_id in self.apart

    def put_contact(self, contact: Contact) -> Put:
        """Takes a revision of a contact (contract §2: revision, voided, conflict)."""
        held = self.contacts.get(contact.contact_id)
        put = _compare(held, contact)
        if put == "duplicate" and held is not None and _written_before(contact, held):
            put = "respelled"
        if put in ("new", "replaced", "respelled"):
            self.contacts[contact.contact_id] = contact
        return put

    def put_fact(self, fact: Fact, facts_max: int = FACTS_MAX) -> Put:
        """Takes a revision of a fact (contract §3), if there is room for it.

        There is always room for a revision that says no more than the one before, as a voided one does.
        """
        kept = emptied(fact) if fact.voided else fact
        held = self.facts.get(fact.fact_id)
        put = _compare(held, kept)
        if put in ("new", "replaced"):
            before = self._facts_weight()
            after = before + weight_of(kept) - (weight_of(held) if held else 0)
            if after > max(before, room_for(kept, facts_max)):
                return "too-many"
            self.facts[fact.fact_id], self.facts_weight = kept, after
        return put

    def _facts_weight(self) -> int:
        if self.facts_weight is None:
            self.facts_weight = sum(weight_of(fact) for fact in self.facts.values())
        return self.facts_weight


def _compare(held: Contact | Fact | None, new: Contact | Fact) -> Put:
    if held is None:
        return "new"
    if new.revision > held.revision:
        return "replaced"
    if new.revision < held.revision or new.digest == held.digest:
        return "duplicate"
    return "conflict"


def _written_before(new: Contact, held: Contact) -> bool:
    """Of one revision in two spellings of its time one stays, whichever comes first: replay gives the same bytes."""
    return new.revision == held.revision and new.occurred_at < held.occurred_at
