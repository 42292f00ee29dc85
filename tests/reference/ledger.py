"""Everything a log says, each contact and fact in its newest revision, sorted by debtor."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from tests.reference.reading import Line, is_blank, read
from tests.reference.records import Contact, Entry, Fact, Known
from tests.reference.values import DeadLetterError

Debtor = tuple[str, str]
Revised = TypeVar("Revised", Contact, Fact)


@dataclass
class Ledger:
    """All that is known, and what could not be read."""

    contacts: dict[tuple[str, str, str], Contact] = field(default_factory=dict)
    facts: dict[tuple[str, str, str], Fact] = field(default_factory=dict)
    entries: dict[tuple[str, str, str, datetime], Entry] = field(default_factory=dict)
    dead: list[tuple[int, str]] = field(default_factory=list)
    latest: datetime | None = None

    def contacts_by_debtor(self) -> dict[Debtor, list[Contact]]:
        """Judged contacts: not voided, not `service`; in both directions, in order."""
        by_debtor: defaultdict[Debtor, list[Contact]] = defaultdict(list)
        for contact in sorted(self.contacts.values(), key=lambda contact: contact.place_in_order):
            if contact.judged:
                by_debtor[contact.institution, contact.debtor].append(contact)
        return by_debtor

    def facts_by_debtor(self) -> dict[Debtor, list[Fact]]:
        """Facts that were not voided."""
        by_debtor: defaultdict[Debtor, list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            if not fact.voided:
                by_debtor[fact.institution, fact.debtor].append(fact)
        return by_debtor


def collect(lines: Iterable[Line]) -> Ledger:
    """Read all lines in order; lines are numbered from 1."""
    ledger = Ledger()
    for number, line in enumerate(lines, start=1):
        if is_blank(line):
            continue
        try:
            known = read(line)
            _keep(ledger, known)
        except DeadLetterError as refused:
            ledger.dead.append((number, refused.word))
        else:
            ledger.latest = max(_instants(known) + ([ledger.latest] if ledger.latest else []))
    return ledger


def _keep(ledger: Ledger, known: Known) -> None:
    if isinstance(known, Contact):
        key = (known.institution, known.debtor, known.contact_id)
        ledger.contacts[key] = _newer(ledger.contacts.get(key), known)
    elif isinstance(known, Fact):
        fact_key = (known.institution, known.debtor, known.fact_id)
        ledger.facts[fact_key] = _newer(ledger.facts.get(fact_key), known)
    else:
        entry_key = (known.institution, known.kind, known.id, known.recorded_at)
        if ledger.entries.setdefault(entry_key, known) != known:
            raise DeadLetterError("conflict")


def _newer(held: Revised | None, read_now: Revised) -> Revised:
    """'a higher revision replaces the lower one wholly; an equal or lower one is a duplicate'.

    'with the same revision that differ …: the first one read stays, the other is a dead letter `conflict`'.
    """
    if held is None or read_now.revision > held.revision:
        return read_now
    if read_now.revision == held.revision and read_now != held:
        raise DeadLetterError("conflict")
    return held


def _instants(known: Known) -> list[datetime]:
    """What `--as-of` defaults to is the latest of these, of all records accepted, superseded ones too."""
    if isinstance(known, Contact):
        maybe = (known.started_at, known.answered_at, known.ended_at)
        return [instant for instant in maybe if instant is not None]
    return [known.recorded_at]
