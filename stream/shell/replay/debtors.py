"""Ledgers of the debtors of a bucket, made of what was read about them in order of reading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stream.core.contact import Contact
from stream.core.ledger import Ledger, Put
from stream.shell.codec.refusal import conflict, too_many_facts
from stream.shell.replay.letters import Refused, refused
from stream.shell.replay.spool import Item

_REFUSALS = {"conflict": conflict, "too-many": too_many_facts}


@dataclass
class Debtors:
    """`ledgers` by (institution, debtor). `firsts`: for each the lowest revisions of contacts that were corrected, to
    say what corrections took back. `refused`: what a ledger does not take.
    """

    facts_max: int
    ledgers: dict[tuple[str, str], Ledger] = field(default_factory=dict)
    firsts: dict[tuple[str, str], dict[str, Contact]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    records: int = 0
    duplicates: int = 0

    def accepted(self, items: Iterable[Item]) -> Iterator[Item]:
        """Takes items in order of reading, and gives those that are not refused."""
        for item in items:
            put = self._put(item)
            if put in _REFUSALS:
                self.refused.append(refused(item.line, _REFUSALS[put]()))
                continue
            self.records += 1
            self.duplicates += put in ("duplicate", "respelled")
            yield item

    def uncorrected(self, key: tuple[str, str]) -> Ledger | None:
        """The debtor's ledger as it would be without corrections; None where there was none."""
        if key not in self.firsts:
            return None
        ledger = self.ledgers[key]
        contacts = ledger.contacts | self.firsts[key]
        return Ledger(institution=key[0], debtor=key[1], contacts=contacts, facts=ledger.facts)

    def _put(self, item: Item) -> Put:
        key = (item.institution, item.debtor)
        ledger = self.ledgers.get(key)
        if ledger is None:
            ledger = self.ledgers[key] = Ledger(institution=item.institution, debtor=item.debtor)
        if item.contact is None:
            assert item.fact is not None  # noqa: S101 - an item is one of both
            return ledger.put_fact(item.fact, self.facts_max)
        held = ledger.contacts.get(item.contact.contact_id)
        if held is not None and held.revision != item.contact.revision:
            self._keep_first(key, held, item.contact)
        return ledger.put_contact(item.contact)

    def _keep_first(self, key: tuple[str, str], held: Contact, new: Contact) -> None:
        firsts = self.firsts.setdefault(key, {})
        known = firsts.get(new.contact_id, held)
        firsts[new.contact_id] = min(known, new, key=lambda each: each.revision)
