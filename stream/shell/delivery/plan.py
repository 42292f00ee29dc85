"""Plans what one debtor's ledger becomes and what is to be said of it: no I/O, the worker's half of the judgement."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stream.core.alone import Alone
from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.finding import ChannelState, Judgement
from stream.core.finding_of import retraction
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rulebook import Rulebook
from stream.shell.delivery.records import OutRecord, Stamp, finding_record, state_record
from stream.shell.delivery.resident import Resident
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.difference import Telling, contact_of, is_finding
from stream.shell.ledgers.fullness import Fullness
from stream.shell.ledgers.ingest import Keeping, fold_earlier, prune, put
from stream.shell.ledgers.packed import Body
from stream.shell.ledgers.remembered import DUE, STANDING, Remembered

_TOOK = frozenset({"new", "replaced", "respelled", "late", "over"})


@dataclass(slots=True)
class Plan:
    """A ledger as it will be; `write`: it has to be saved; `keys`: what has to be said before the sources go on.

    `body`: what of it was saved, and is the same when that is confirmed.
    """

    task: Task
    rev_read: int
    resident: Resident
    truth: Judgement
    now: int
    write: bool
    keys: set[str]
    body: Body | None = None

    @property
    def remembered(self) -> Remembered:
        """What is to be saved."""
        return self.resident.remembered

    @property
    def ledger(self) -> Ledger:
        """What was judged."""
        return self.resident.ledger


class Planner:
    """Plans under one rulebook, one registry and the bounds of what is kept."""

    def __init__(
        self,
        rulebook: Rulebook,
        registry: Registry,
        bounds: Bounds,
        firsts_known: Callable[[], bool] = lambda: True,
    ) -> None:
        self._firsts_known = firsts_known
        self.rulebook = rulebook
        self._registry = registry
        self._bounds = bounds

    def plan(self, task: Task, resident: Resident, now: int, kept_from: int | None) -> Plan:
        """What the task makes of the ledger, judged at `now`; the ledger is changed by it.

        `kept_from` is the instant before which contacts are no longer kept; None = all are.
        """
        remembered, ledger = resident.remembered, resident.ledger
        rev_read, settled = remembered.rev, not remembered.outbox
        _drop_told(ledger, remembered)
        kept_from = _kept_from(remembered, kept_from)
        folded = self._fold_earlier(ledger, remembered)
        keeping = Keeping(self.rulebook, ledger, kept_from, firsts_known=self._firsts_known())
        took = self._put_all(task, resident, kept_from)
        pruned = settled and kept_from is not None and prune(ledger, self.rulebook, self._bounds, kept_from)
        truth = judge(self.rulebook, ledger, self._registry, now, self._alone(task, resident))
        _leave_late(truth, remembered, task)
        telling = Telling(ledger, truth, keeping.is_final, resident.digests)
        changed = telling.changed(remembered, now)
        owed = task.owed.union(*(remembered.outbox.get(source, ()) for source in task.sources))
        # What is owed is saved once more before it is said: a ledger that is being rebuilt refuses that.
        # An event or a due moment sees to the next one by itself; who is judged under another rulebook has it here.
        moved = not task.items and DUE not in task.sources and truth.changes_at != remembered.changes_at
        write = bool(changed or owed) or pruned or folded or took or moved
        keys: set[str] = set()
        if write:
            keys = changed | owed | remembered.outstanding()
            self._remember(remembered, ledger, truth, changed)
            telling.remember(remembered)
            if keys:
                remembered.outbox |= {source: sorted(keys) for source in task.sources}
        else:
            remembered.changes_at = truth.changes_at
        return Plan(task, rev_read, resident, truth, now, write, keys)

    def _put_all(self, task: Task, resident: Resident, kept_from: int | None) -> bool:
        """Puts the items of the task in; whether the ledger took any."""
        if not task.items:
            return False
        fullness = Fullness(resident.ledger, self.rulebook, self._bounds)
        took = [self._put(resident.ledger, entry, kept_from, fullness) for entry in task.items]
        return any(took)

    def _alone(self, task: Task, resident: Resident) -> Alone:
        """What is still true of the contacts by themselves: new facts or registry entries may say otherwise."""
        if resident.registry != self._registry.entries or any(isinstance(each.item, Fact) for each in task.items):
            resident.registry = self._registry.entries
            resident.alone = Alone()
        return resident.alone

    def _fold_earlier(self, ledger: Ledger, remembered: Remembered) -> bool:
        if not remembered.earlier or not self._firsts_known():
            return False
        earlier, remembered.earlier = remembered.earlier, []
        fold_earlier(ledger, self.rulebook, self._bounds, earlier)
        return True

    def _put(self, ledger: Ledger, entry: Item, kept_from: int | None, fullness: Fullness) -> bool:
        outcome = put(ledger, entry.item, entry.recorded, self.rulebook, self._bounds, kept_from, fullness)
        if not (entry.outcome and outcome == "duplicate"):
            # In a further round an item that was taken is a duplicate of itself, unless Redis has lost it meanwhile.
            entry.outcome = outcome
        return outcome in _TOOK

    def _remember(self, remembered: Remembered, ledger: Ledger, truth: Judgement, changed: set[str]) -> None:
        remembered.contacts = list(ledger.contacts.values())
        remembered.apart = list(ledger.apart.values())
        remembered.facts = list(ledger.facts.values())
        remembered.firsts = ledger.firsts
        remembered.counted = {name: count for name, count in truth.counted.items() if count}
        remembered.changes_at = truth.changes_at
        remembered.policy = self.rulebook.policy
        remembered.rev = grown(remembered.rev)
        if changed:
            remembered.version = grown(remembered.version)

    def said(self, plan: Plan) -> Iterator[OutRecord]:
        """The newest value of each key of the plan, as records."""
        moment = self.rulebook.zone.text(plan.now)
        stamp = Stamp(plan.remembered.version, moment, plan.task.traceparent)
        for key in sorted(plan.keys):
            if is_finding(key):
                finding = plan.truth.findings.get(key)
                if finding is None and (key in plan.remembered.findings or not plan.ledger.holds(contact_of(key))):
                    # A finding that is final, or of a contact that is no longer kept, stands as it was told.
                    continue
                yield finding_record(finding or retraction(self.rulebook, plan.ledger, key), stamp)
            else:
                state = plan.truth.states.get(key, ChannelState())
                yield state_record(self.rulebook, plan.task.key, key, state, stamp)


def _kept_from(remembered: Remembered, kept_from: int | None) -> int | None:
    """What was not read when the ledger was made anew counts as no longer kept, until it would not be kept anyway."""
    if remembered.since > (kept_from or 0):
        return remembered.since
    remembered.since = 0
    return kept_from


def _leave_late(truth: Judgement, remembered: Remembered, task: Task) -> None:
    """What came too late stands as it was told, though an older revision of its contact is still in the windows."""
    standing = [key for key, digest in remembered.findings.items() if digest.startswith(STANDING)]
    if not standing:
        return
    newer = {
        entry.item.contact_id for entry in task.items if isinstance(entry.item, Contact) and entry.outcome == "replaced"
    }
    for key in standing:
        finding = truth.findings.get(key)
        if finding is not None and not finding.late and contact_of(key) not in newer:
            del truth.findings[key]


def _drop_told(ledger: Ledger, remembered: Remembered) -> None:
    """Lets go of contacts apart from the windows, once all that they had to say is on the topics."""
    if not ledger.apart:
        return
    unsaid = {contact_of(key) for key in remembered.outstanding() if is_finding(key)}
    ledger.apart = {contact_id: contact for contact_id, contact in ledger.apart.items() if contact_id in unsaid}


def grown(number: int) -> int:
    """The last one plus 1, but at least the wall clock in microseconds: no lost Redis can bring an old one back."""
    return max(number + 1, time.time_ns() // 1000)
