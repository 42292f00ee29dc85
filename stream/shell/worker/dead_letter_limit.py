"""How many dead letters are too many: a run of them in a partition, or too large a share of a topic's last records.

A producer's wrong release must not go unseen: past a limit the worker stops instead of emptying a topic into the
dead-letter topic. What was counted travels with the committed offsets, as a note: a worker that starts again stops at
the same record, and one that takes a partition over counts on from where the other stopped.

Every word counts. `conflict` does too: a producer that sends other contents under revisions that it has used before is
as wrong as one that sends no JSON. A duplicate is no dead letter and ends a run: retries and replays look like that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from stream.shell.worker.dead_letter_window import Window

Partition = tuple[str, int]
"""A topic and a number."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings: `run_max` dead letters in a row in a partition (0 = no limit), and `ratio_max` of the last
    `window_records` records of a topic that this worker has read (1 = no limit).
    """

    run_max: int
    ratio_max: float
    window_records: int


class Read(NamedTuple):
    """Records of one partition, from offset `first` to `last`, that were all read well; or one dead letter, with the
    word and the message that it gets.
    """

    partition: Partition
    first: int
    last: int
    records: int
    word: str = ""
    message: str = ""


class Overrun(NamedTuple):
    """Where reading has to stop in a partition: before `offset`, whose record would be one dead letter too many."""

    partition: Partition
    offset: int
    reason: str


class TooManyDeadLettersError(Exception):
    """A limit is passed: the worker has to end, and stays away until what comes is right or a setting is raised."""

    def __init__(self, overruns: Sequence[Overrun]) -> None:
        more = [f"{topic}-{number} at {offset}" for (topic, number), offset, _ in overruns[1:]]
        also = f". Stopped likewise: {', '.join(more)}" if more else ""
        super().__init__(f"too many dead letters: {overruns[0].reason}{also}")


class _Note(msgspec.Struct, omit_defaults=True):
    """What was counted of a partition, up to the offset `to`: how many records had which word, in the run that ends
    there (it began at `run_from`) and in the topic's window.
    """

    to: int
    run_from: int = 0
    run: dict[str, int] = {}
    window: dict[str, int] = {}


@dataclass(slots=True)
class _Count:
    to: int = 0
    run_from: int = 0
    run: Counter[str] = field(default_factory=Counter)


class DeadLetterLimit:
    """Counts what became of records, and says where there are too many dead letters. No I/O, no clock."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._counts: dict[Partition, _Count] = {}
        self._windows: dict[str, Window] = {}

    def begin(self, notes: Mapping[Partition, str]) -> None:
        """Forgets all and goes on from the notes of the partitions that are read from now on; other texts say nothing.

        What has no limit is not counted: raising one that far and setting it back begins anew.
        """
        self._counts, self._windows = {}, {}
        shares: dict[str, dict[int, dict[str, int]]] = {}
        for partition, text in notes.items():
            if (note := _noted(text)) is None:
                continue
            run = Counter(note.run if self._limits.run_max else {})
            self._counts[partition] = _Count(note.to, note.run_from, run)
            shares.setdefault(partition[0], {})[partition[1]] = note.window
        if self._windowed:
            for topic, found in shares.items():
                self._window(topic).take_up(found)

    def note(self, partition: Partition) -> str:
        """What has been counted of a partition, as the text that is stored with its offset."""
        count = self._counts.get(partition)
        if count is None:
            return ""
        topic, number = partition
        share = self._window(topic).share(number) if self._windowed else {}
        return msgspec.json.encode(_Note(count.to, count.run_from if count.run else 0, dict(count.run), share)).decode()

    def weigh(self, reads: Iterable[Read]) -> list[Overrun]:
        """Counts records in their order; says for each partition before which of them reading has to stop, if at all.

        What stands there or behind it is not counted, and neither is what was counted before and is read again.
        """
        stopped: dict[Partition, Overrun] = {}
        for read in reads:
            count = self._counts.setdefault(read.partition, _Count())
            if read.partition in stopped or read.last < count.to:
                continue
            if read.word and (reason := self._too_many(read, count)):
                stopped[read.partition] = Overrun(read.partition, read.first, reason)
            else:
                self._count(read, count)
        return list(stopped.values())

    @property
    def _windowed(self) -> bool:
        return self._limits.ratio_max < 1

    def _window(self, topic: str) -> Window:
        if topic not in self._windows:
            self._windows[topic] = Window(self._limits.window_records)
        return self._windows[topic]

    def _count(self, read: Read, count: _Count) -> None:
        new = min(read.records, read.last + 1 - count.to)
        count.to = read.last + 1
        if not read.word:
            count.run.clear()
        elif self._limits.run_max:
            count.run_from = count.run_from if count.run else read.first
            count.run[read.word] += 1
        if self._windowed:
            self._window(read.partition[0]).put(read.partition[1], read.word, new)

    def _too_many(self, read: Read, count: _Count) -> str:
        run_max, ratio_max = self._limits.run_max, self._limits.ratio_max
        run = count.run.total()
        if run_max and run >= run_max:
            where = f"offsets {count.run_from} to {count.to - 1} of {_named(read.partition)}"
            what = f"{run} in a row, {where}, most of them {count.run.most_common(1)[0][0]}"
            return _reason(what, read, f"DUEWATCH_DEAD_LETTERS_RUN_MAX ({run_max}; 0 = no limit)")
        window = self._window(read.partition[0])
        dead = window.dead_with_one_more()
        if self._windowed and dead > ratio_max * self._limits.window_records:
            of = f"{dead} of the last {min(window.records + 1, self._limits.window_records)} records"
            what = f"{of} of {read.partition[0]} would be dead letters, most of them {window.commonest(read.word)}"
            return _reason(what, read, f"DUEWATCH_DEAD_LETTERS_RATIO_MAX ({ratio_max:g}; 1 = no limit)")
        return ""


def _noted(text: str) -> _Note | None:
    try:
        return msgspec.json.decode(text, type=_Note)
    except msgspec.DecodeError:
        return None


def _named(partition: Partition) -> str:
    return f"{partition[0]}, partition {partition[1]}"


def _reason(what: str, read: Read, setting: str) -> str:
    return (
        f"{what}; the next is offset {read.first} of {_named(read.partition)} ({read.word}: {read.message}). "
        "Reading stops before it. Has a producer gone wrong? `duewatch dead-letters list` shows what it sent; "
        f"to go on all the same, raise {setting}"
    )
