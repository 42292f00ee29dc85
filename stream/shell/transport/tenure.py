from collections.abc import Iterable, Mapping

from faust.types import TP


class Tenure:
    """What this worker owns between an assignment and the next revocation, and how far it has come there.

    Every rebalance ends one and begins another, also for partitions that stay here: aiokafka starts them again at
    their committed offsets, so nothing that was noted before may be committed after.
    """

    def __init__(self, generation: int, partitions: Iterable[TP]) -> None:
        self.generation = generation
        self.partitions = frozenset(partitions)
        self.opened = False
        self._finished: dict[TP, int] = {}
        self._committed: dict[TP, int] = {}

    def finish(self, next_offsets: Mapping[TP, int]) -> None:
        """Note that everything below these offsets is done."""
        self._finished.update(next_offsets)

    def finished(self, tp: TP) -> int | None:
        """Tell the offset below which all is done; None if nothing has been done in this tenure."""
        return self._finished.get(tp)

    def due(self) -> dict[TP, int]:
        """Tell what is done and not yet committed."""
        return {tp: offset for tp, offset in self._finished.items() if self._committed.get(tp) != offset}

    def committed(self, offsets: Mapping[TP, int]) -> None:
        """Note that the group's coordinator has stored these offsets."""
        self._committed.update(offsets)
