"""The second pass: the debtors of a bucket are judged; lines of findings and blocks come of it, with their order."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson

from stream.core.contact import CHANNELS
from stream.core.finding import Judgement
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rulebook import Rulebook
from stream.shell.output_shapes import finding_line, state_object
from stream.shell.replay.against import Comparison
from stream.shell.replay.debtors import Debtors
from stream.shell.replay.letters import Refused
from stream.shell.replay.sorter import Entry
from stream.shell.replay.spool import Item
from stream.shell.replay.tally import Tally


@dataclass
class Judged:
    """What came of a bucket: lines with what they are sorted by, what its ledgers do not take, and what was counted."""

    findings: list[Entry] = field(default_factory=list)
    blocks: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    comparison: Comparison = field(default_factory=Comparison)


class Judge:
    """Judges debtors as of one moment, when the whole registry is known. `against`: another policy to compare with."""

    def __init__(self, rulebook: Rulebook, against: Rulebook | None, registry: Registry, as_of: int) -> None:
        self._rulebook = rulebook
        self._against = against
        self._registry = registry
        self._as_of = as_of

    def judged(self, items: Iterable[Item], facts_max: int) -> Judged:
        """Judges the debtors that the items are about, each from all that there is about him."""
        debtors = Debtors(facts_max)
        deque(debtors.accepted(items), maxlen=0)
        judged = Judged(refused=debtors.refused)
        judged.tally = Tally(records=debtors.records, duplicates=debtors.duplicates, debtors=len(debtors.ledgers))
        for key, ledger in debtors.ledgers.items():
            self._judge(ledger, debtors.uncorrected(key), judged)
        return judged

    def _judge(self, ledger: Ledger, uncorrected: Ledger | None, judged: Judged) -> None:
        judgement = self._judgement(self._rulebook, ledger)
        judged.findings += _findings(ledger, judgement)
        judged.blocks += self._blocks(ledger, judgement, judged.tally)
        before = self._judgement(self._rulebook, uncorrected).findings if uncorrected else {}
        taken_back = [finding for name, finding in before.items() if name not in judgement.findings]
        judged.tally.count(judgement.findings.values(), taken_back)
        if self._against is not None:
            other = self._judgement(self._against, ledger)
            judged.comparison.compare(judgement.findings, other.findings)

    def _judgement(self, rulebook: Rulebook, ledger: Ledger) -> Judgement:
        return judge(rulebook, ledger, self._registry, self._as_of)

    def _blocks(self, ledger: Ledger, judgement: Judgement, tally: Tally) -> Iterator[Entry]:
        for position, channel in enumerate(CHANNELS):
            if channel in judgement.states:
                state = judgement.states[channel]
                tally.blocked += bool(state.blocks)
                shape = state_object(self._rulebook, ledger.institution, ledger.debtor, channel, state)
                yield (ledger.institution, ledger.debtor, position), orjson.dumps(shape)


def _findings(ledger: Ledger, judgement: Judgement) -> Iterator[Entry]:
    """Sorted by `occurred_at` as an instant, institution, contact and rule (contract §8)."""
    for finding in judgement.findings.values():
        started = ledger.contacts[finding.contact_id].started_at
        yield (
            (started, finding.institution, finding.contact_id, finding.rule, finding.debtor),
            finding_line(finding),
        )
