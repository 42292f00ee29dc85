"""Judges recorded events offline: the same engine as the worker's, no Kafka, no Redis (contract §8).

In two passes. The first reads blocks of lines and shares out what stands in them into buckets by debtor; the second
judges bucket by bucket, when the registry and the moment are known. Both may be done by several processes, and what
does not fit into memory lies in a temporary file meanwhile: the results are the same to the byte.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Self

from stream.core.registry import Entry, Registry
from stream.shell.codec.refusal import conflict, too_many_entries
from stream.shell.replay.against import Comparison
from stream.shell.replay.crew import Alone, Crew, Processes
from stream.shell.replay.debtors import Debtors
from stream.shell.replay.letters import Letters, refused
from stream.shell.replay.originals import Originals
from stream.shell.replay.plan import Plan
from stream.shell.replay.scratch import Scratch
from stream.shell.replay.sorter import Sorter
from stream.shell.replay.sources import Block
from stream.shell.replay.spool import Chunk, Spool, items_in
from stream.shell.replay.tally import Tally
from stream.shell.replay.worker import Orders


class Replay:
    """Takes blocks of lines in any order, then gives findings, block states and dead letters.

    The same lines in another order give the same results, dead letters for `conflict` aside. With `orders.against`,
    `comparison` compares both policies. `to_judge`: the lines that the first pass leaves to the second one. `folder`:
    where a temporary file is made for what takes too much memory.
    """

    def __init__(self, orders: Orders, plan: Plan | None = None, *, folder: Path | None = None) -> None:
        plan = plan or Plan()
        self.tally = Tally()
        self.comparison = Comparison()
        self.to_judge = 0
        self._entries_max = orders.registry_entries_max
        self._facts_max = orders.facts_per_debtor_max
        self._crew: Crew = Processes(orders, plan) if plan.jobs > 1 else Alone(orders, plan)
        self._scratch = Scratch(folder)
        self._spool = Spool(self._scratch, plan.buckets, plan.memory_bytes // 2)
        self._originals = Originals(self._scratch, plan.memory_bytes // 16)
        self._letters = Letters(self._scratch, self._originals, plan.memory_bytes // 16)
        self._findings = Sorter(self._scratch, plan.memory_bytes // 8)
        self._blocks = Sorter(self._scratch, plan.memory_bytes // 16)
        self._registry = Registry()
        self._entries: list[Entry] = []
        self._latest: dict[int, int] = {}
        self._latest_entry: int | None = None
        self._open = ExitStack()

    def read(self, blocks: Iterable[Block]) -> None:
        """The first pass. Raises SourceError, CrewError, and OSError where there is no room for the temporary file."""
        for reading in self._crew.read(blocks):
            self._originals.add(reading.first, reading.file, reading.line, reading.packed)
            self._letters.add(reading.refused)
            self.to_judge += reading.items_count
            for number, entry in reading.entries:
                self._put(number, entry)
            for bucket, chunk in reading.items.items():
                self._spool.add(bucket, chunk)
                self._latest[bucket] = max(reading.latest[bucket], self._latest.get(bucket, reading.latest[bucket]))

    def judge(self, as_of: int | None = None, judged: Callable[[int], None] | None = None) -> None:
        """The second pass, as of the moment (None: the latest time in the records). Raises CrewError and OSError.

        `judged` is told how many of the lines were judged since the last call, for a progress bar.
        """
        self.tally.as_of = self._latest_time() if as_of is None else as_of
        self._crew.prepare(self._entries, self.tally.as_of or 0)
        for result in self._crew.judge(self._buckets()):
            self._findings.add(result.findings)
            self._blocks.add(result.blocks)
            self._letters.add(result.refused)
            self.tally.add(result.tally)
            self.comparison.add(result.comparison)
            if judged:
                judged(result.tally.records + len(result.refused))
        self.tally.dead_letters = self._letters.words

    def findings(self) -> Iterator[bytes]:
        """The lines of `findings.ndjson`, without their ends, in the contract's order."""
        return (line for _, line in self._findings.entries())

    def blocks(self) -> Iterator[bytes]:
        """The lines of `blocks.ndjson`."""
        return (line for _, line in self._blocks.entries())

    def dead_letters(self) -> Iterator[bytes]:
        """The lines of `dead-letters.ndjson`, in order of reading."""
        return self._letters.lines()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._scratch)
            stack.enter_context(self._crew)
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _put(self, number: int, entry: Entry) -> None:
        if len(self._entries) >= self._entries_max and self._registry.held(entry) is None:
            self._letters.add([refused(number, too_many_entries())])
            return
        put = self._registry.put(entry)
        if put == "conflict":
            self._letters.add([refused(number, conflict())])
            return
        if put == "new":
            self._entries.append(entry)
        self.tally.records += 1
        self.tally.duplicates += put == "duplicate"
        recorded = entry.recorded_at
        self._latest_entry = recorded if self._latest_entry is None else max(self._latest_entry, recorded)

    def _buckets(self) -> Iterator[list[Chunk]]:
        for bucket in sorted(self._latest):
            yield self._spool.chunks(bucket)
            self._spool.drop(bucket)

    def _latest_time(self) -> int | None:
        """The latest time of what was accepted (contract §8); what ledgers do not take may have a later one."""
        latest = self._latest_entry
        for bucket in sorted(self._latest, key=lambda bucket: self._latest[bucket], reverse=True):
            if latest is not None and latest >= self._latest[bucket]:
                break
            accepted = Debtors(self._facts_max).accepted(items_in(self._spool.chunks(bucket)))
            known = () if latest is None else (latest,)
            latest = max(chain(known, (item.latest for item in accepted)), default=None)
        return latest
