"""One debtor's contacts that are too old to be kept, for what they say of who was contacted first."""

from collections.abc import Iterable, Mapping

from stream.core.contact import Contact
from stream.core.ledger import Ledger
from stream.core.rulebook import Rulebook
from stream.core.seen import moment_of
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.ingest import first_is_known, prune_of_type, put


class Earlier:
    """Holds those of which a party's first contact is not certain yet: a correction may follow for some days."""

    def __init__(
        self,
        key: str,
        contacts: Iterable[Contact],
        firsts: Mapping[str, tuple[int, str]],
        rulebook: Rulebook,
        bounds: Bounds,
    ) -> None:
        institution, _, debtor = key.partition("|")
        held = {contact.contact_id: contact for contact in contacts}
        self._ledger = Ledger(institution=institution, debtor=debtor, contacts=held, firsts=dict(firsts))
        self._rulebook = rulebook
        self._bounds = bounds

    @property
    def contacts(self) -> list[Contact]:
        """What is not certain yet."""
        return list(self._ledger.contacts.values())

    @property
    def firsts(self) -> dict[str, tuple[int, str]]:
        """What is."""
        return self._ledger.firsts

    def put(self, contact: Contact, recorded: int, since: int) -> None:
        """Takes a contact, if it was made before `since`, may be a first one, or corrects one that is held."""
        if contact.contact_id in self._ledger.contacts or self._may_be_first(contact, since):
            put(self._ledger, contact, recorded, self._rulebook, self._bounds)
            self._ledger.apart.clear()

    def settle(self, contact_type: str, recorded: int) -> None:
        """Makes certain what nothing can correct that is recorded at `recorded` or later."""
        kept_from = recorded - self._bounds.kept_microseconds
        prune_of_type(self._ledger, self._rulebook, self._bounds, contact_type, kept_from)

    def _may_be_first(self, contact: Contact, since: int) -> bool:
        is_earlier = moment_of(contact, self._rulebook.words) < since
        return is_earlier and not first_is_known(self._ledger, contact, self._rulebook)
