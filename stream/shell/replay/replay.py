"""Judges recorded events offline: the same engine as the worker's, no Kafka, no Redis (contract §8)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stream.core.contact import CHANNELS, Contact
from stream.core.fact import Fact
from stream.core.finding import Finding, Judgement
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import ENTRIES_MAX, Entry, Registry
from stream.core.room import FACTS_MAX
from stream.core.rulebook import Rulebook
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.limits import Limits
from stream.shell.codec.personal import masked, personal_fields
from stream.shell.codec.refusal import Refusal, conflict, too_many_entries, too_many_facts
from stream.shell.output_shapes import finding_object, state_object
from stream.shell.replay.against import Comparison
from stream.shell.replay.sources import Line


@dataclass
class Tally:
    """What a replay counted; by rule: violations and warnings (confirmed or not), of them provisional ones, and
    findings of first revisions that corrections took back.
    """

    records: int = 0
    duplicates: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    debtors: int = 0
    blocked: int = 0
    as_of: int | None = None
    rules: dict[str, Counter[str]] = field(default_factory=dict)


class Replay:
    """Takes lines in any order, then gives findings and block states as of one moment.

    The same lines in another order give the same results, `conflict` dead letters aside. `against`: another policy,
    with which `comparison` then compares.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        *,
        against: Rulebook | None = None,
        reference_check: bool = True,
        limits: Limits | None = None,
        facts_per_debtor_max: int = FACTS_MAX,
        registry_entries_max: int = ENTRIES_MAX,
    ) -> None:
        self.tally = Tally()
        self.comparison = Comparison()
        self._rulebook = rulebook
        self._against = against
        labels = rulebook.labels | (against.labels if against else frozenset())
        self._decoder = Decoder(labels, reference_check=reference_check, limits=limits)
        self._facts_max = facts_per_debtor_max
        self._entries = 0
        self._entries_max = registry_entries_max
        self._registry = Registry()
        self._ledgers: dict[tuple[str, str], Ledger] = {}
        self._first: dict[tuple[str, str], Ledger] = {}
        self._latest: int | None = None

    def take(self, line: Line) -> dict[str, Any] | None:
        """Takes one line; of one that cannot be read, returns its dead letter."""
        try:
            record = self._decoder.decode(line.raw)
            self._put(record)
        except Refusal as refusal:
            self.tally.dead_letters[refusal.word] += 1
            return dead_letter(line, refusal)
        self.tally.records += 1
        return None

    def judged(self, as_of: int | None) -> Iterator[tuple[Ledger, Judgement]]:
        """Every debtor with what is true of him as of the moment (None: the latest time in the records)."""
        now = self._latest if as_of is None else as_of
        self.tally.as_of = now
        self.tally.debtors = len(self._ledgers)
        for key in sorted(self._ledgers):
            ledger = self._ledgers[key]
            judgement = judge(self._rulebook, ledger, self._registry, now or 0)
            self._count(judgement, self._taken_back(key, now or 0, judgement))
            if self._against is not None:
                other = judge(self._against, ledger, self._registry, now or 0)
                self.comparison.add(judgement.findings, other.findings)
            yield ledger, judgement

    def findings_and_blocks(self, as_of: int | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What `findings.ndjson` and `blocks.ndjson` hold, in the contract's order."""
        findings: list[tuple[tuple[object, ...], Finding]] = []
        blocks: list[dict[str, Any]] = []
        for ledger, judgement in self.judged(as_of):
            for finding in judgement.findings.values():
                started = ledger.contacts[finding.contact_id].started_at
                findings.append(((started, finding.institution, finding.contact_id, finding.rule), finding))
            blocks += self._blocks(ledger, judgement)
        findings.sort(key=lambda pair: (pair[0], pair[1].debtor))
        return [finding_object(finding) for _, finding in findings], blocks

    def _blocks(self, ledger: Ledger, judgement: Judgement) -> Iterator[dict[str, Any]]:
        for channel in CHANNELS:
            if channel in judgement.states:
                self.tally.blocked += bool(judgement.states[channel].blocks)
                state = judgement.states[channel]
                yield state_object(self._rulebook, ledger.institution, ledger.debtor, channel, state)

    def _put(self, record: Record) -> None:
        item = record.item
        if isinstance(item, Entry):
            put = self._put_in_registry(item)
        else:
            put = self._put_in_ledger((record.institution, record.debtor), item)
        if put == "conflict":
            raise conflict()
        if put == "too-many":
            raise too_many_facts()
        self.tally.duplicates += put in ("duplicate", "respelled")
        times = (getattr(item, name, None) for name in ("started_at", "answered_at", "ended_at", "recorded_at"))
        self._latest = max(time for time in (self._latest, *times) if time is not None)

    def _put_in_registry(self, entry: Entry) -> str:
        if self._entries >= self._entries_max and self._registry.held(entry) is None:
            raise too_many_entries()
        put = self._registry.put(entry)
        self._entries += put == "new"
        return put

    def _put_in_ledger(self, key: tuple[str, str], item: Contact | Fact) -> str:
        ledger = self._ledgers.get(key)
        if ledger is None:
            ledger = self._ledgers[key] = Ledger(institution=key[0], debtor=key[1])
        if isinstance(item, Contact):
            self._keep_first(key, ledger, item)
            return ledger.put_contact(item)
        return ledger.put_fact(item, self._facts_max)

    def _keep_first(self, key: tuple[str, str], ledger: Ledger, contact: Contact) -> None:
        """Keeps the lowest revision of a corrected contact, to say what its correction took back."""
        held = ledger.contacts.get(contact.contact_id)
        if held is None or held.revision == contact.revision:
            return
        first = self._first.setdefault(key, Ledger(institution=key[0], debtor=key[1]))
        known = first.contacts.get(contact.contact_id, held)
        first.contacts[contact.contact_id] = min(known, contact, key=lambda each: each.revision)

    def _taken_back(self, key: tuple[str, str], now: int, judgement: Judgement) -> list[Finding]:
        if key not in self._first:
            return []
        ledger = self._ledgers[key]
        before = Ledger(
            institution=key[0],
            debtor=key[1],
            contacts=ledger.contacts | self._first[key].contacts,
            facts=ledger.facts,
        )
        uncorrected = judge(self._rulebook, before, self._registry, now).findings
        return [finding for name, finding in uncorrected.items() if name not in judgement.findings]

    def _count(self, judgement: Judgement, taken_back: list[Finding]) -> None:
        for finding in judgement.findings.values():
            counter = self.tally.rules.setdefault(finding.rule, Counter())
            counter[finding.severity] += 1
            counter["provisional"] += finding.state == "provisional"
        for finding in taken_back:
            self.tally.rules.setdefault(finding.rule, Counter())["retracted"] += 1


def dead_letter(line: Line, refusal: Refusal) -> dict[str, Any]:
    """A line of `dead-letters.ndjson`; personal data in it is masked (contract §7)."""
    raw = line.raw
    if refusal.word == "personal-data":
        raw, _ = masked(raw, None, personal_fields(raw))
    return {
        "error": refusal.word,
        "message": refusal.message,
        "file": line.file,
        "line": line.number,
        "raw": raw.decode("utf-8", "replace"),
    }
