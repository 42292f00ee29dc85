"""One debtor's ledger: his recent contacts and everything known about him, each in its newest revision."""

from typing import Literal

from msgspec import Struct, field

from stream.core.contact import Contact
from stream.core.fact import Fact

Put = Literal["new", "replaced", "duplicate", "respelled", "conflict"]
"""What a ledger did with a record: took it, let it replace a lower revision, had it already (perhaps with its time
written otherwise), or holds another one of the same revision."""

EVERYBODY = "*"
"""The debtor of an institution's own record of quiet hours (contract §5)."""


class Ledger(Struct, kw_only=True):
    """What `judge` looks at.

    `apart`: contacts past the horizon or beyond the cap of a day, which touch no window (rules.md).
    `firsts`: party → (moment, contact_id) of a first contact older than what is kept.
    """

    institution: str
    debtor: str
    contacts: dict[str, Contact] = field(default_factory=dict)
    apart: dict[str, Contact] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    firsts: dict[str, tuple[int, str]] = field(default_factory=dict)

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

    def put_fact(self, fact: Fact) -> Put:
        """Takes a revision of a fact (contract §3)."""
        put = _compare(self.facts.get(fact.fact_id), fact)
        if put in ("new", "replaced"):
            self.facts[fact.fact_id] = fact
        return put


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
