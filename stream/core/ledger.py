"""One debtor's ledger: his recent contacts and everything known about him, each in its newest revision."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct, field

from stream.core.contact import Contact
from stream.core.fact import Fact

Put = Literal["new", "replaced", "duplicate", "conflict"]
"""What a ledger did with a record: took it, let it replace a lower revision, had it already, or holds another one."""

EVERYBODY = "*"
"""The debtor of an institution's own record of quiet hours (contract §5)."""


class Ledger(Struct, kw_only=True):
    """What `judge` looks at. `firsts`: party → (moment, contact_id) of a first contact older than what is kept."""

    institution: str
    debtor: str
    contacts: dict[str, Contact] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    firsts: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`institution|debtor`, the key of the topics."""
        return f"{self.institution}|{self.debtor}"

    def put_contact(self, contact: Contact) -> Put:
        """Takes a revision of a contact (contract §2: revision, voided, conflict)."""
        held = self.contacts.get(contact.contact_id)
        put = _compare(held, contact)
        if put in ("new", "replaced") or (put == "duplicate" and held is not None and _written_before(contact, held)):
            self.contacts[contact.contact_id] = contact
        return put

    def put_fact(self, fact: Fact) -> Put:
        """Takes a revision of a fact (contract §3)."""
        put = _compare(self.facts.get(fact.fact_id), fact)
        if put in ("new", "replaced"):
            self.facts[fact.fact_id] = fact
        return put

    def forget_contacts(self, gone: Callable[[Contact], bool]) -> list[Contact]:
        """Drops the contacts that `gone` names and returns them."""
        dropped = [contact for contact in self.contacts.values() if gone(contact)]
        for contact in dropped:
            del self.contacts[contact.contact_id]
        return dropped

    def kept_of_day(self, contact_type: str, start: int, end: int) -> int:
        """How many contacts of one type with `start` ≤ moment < `end` are kept (rules.md: cap)."""
        return sum(
            1
            for contact in self.contacts.values()
            if contact.type == contact_type and not contact.apart and start <= (contact.answered_at or contact.started_at) < end
        )


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

