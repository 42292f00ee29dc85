"""The work of a replay that may be shared out over processes: reading blocks, then judging buckets."""

from collections.abc import Iterable
from dataclasses import dataclass

from stream.core.registry import ENTRIES_MAX, Entry, Registry
from stream.core.room import FACTS_MAX
from stream.core.rulebook import Rulebook
from stream.shell.codec.decode import Decoder
from stream.shell.codec.limits import Limits
from stream.shell.replay.judging import Judge, Judged
from stream.shell.replay.reading import Reading, reading_of
from stream.shell.replay.sources import Block
from stream.shell.replay.spool import Chunk, encode_items, items_in


@dataclass(frozen=True, slots=True)
class Orders:
    """How a log is read and judged: policies, and what the settings say of what is read."""

    rulebook: Rulebook
    against: Rulebook | None = None
    reference_check: bool = True
    limits: Limits | None = None
    facts_per_debtor_max: int = FACTS_MAX
    registry_entries_max: int = ENTRIES_MAX


class Worker:
    """Does what it is told in one process. `encoded`: its items go to another one."""

    def __init__(self, orders: Orders, buckets: int, *, encoded: bool = False) -> None:
        self._orders = orders
        self._buckets = buckets
        self._encoded = encoded
        labels = orders.rulebook.labels | (orders.against.labels if orders.against else frozenset())
        self._decoder = Decoder(labels, reference_check=orders.reference_check, limits=orders.limits)
        self._judge: Judge | None = None

    def read(self, block: Block) -> Reading:
        """The first pass over a block."""
        reading = reading_of(block, self._decoder, self._buckets)
        if self._encoded:
            reading.items = {bucket: encode_items(chunk) for bucket, chunk in reading.items.items()}
        return reading

    def prepare(self, entries: Iterable[Entry], as_of: int) -> None:
        """Takes what has to be known before the first bucket is judged: the whole registry, and the moment."""
        registry = Registry()
        for entry in entries:
            registry.put(entry)
        self._judge = Judge(self._orders.rulebook, self._orders.against, registry, as_of)

    def judge(self, chunks: list[Chunk]) -> Judged:
        """The second pass over all that was read of a bucket."""
        assert self._judge is not None  # noqa: S101 - `prepare` comes first
        return self._judge.judged(items_in(chunks), self._orders.facts_per_debtor_max)
