"""What became of the last records of a topic, oldest first, kept as stretches of one outcome."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

_SLICES = 50
"""How finely what is taken up is mixed: it is not known in which order it came, only how much of what."""


@dataclass(slots=True)
class _Stretch:
    partition: int
    word: str
    records: int


class Window:
    """The last `records_max` records of one topic. A record's word is its dead letter's, or empty if it was read well.

    `records` and `dead` say how many it holds, and how many of them are dead letters.
    """

    def __init__(self, records_max: int) -> None:
        self._records_max = records_max
        self._stretches: deque[_Stretch] = deque()
        self._shares: dict[int, Counter[str]] = {}
        self.records = 0
        self.dead = 0

    def put(self, partition: int, word: str, records: int) -> None:
        """Adds the newest records; as many of the oldest go as do not fit any more."""
        if not records:
            return
        newest = self._stretches[-1] if self._stretches else None
        if newest is not None and (newest.partition, newest.word) == (partition, word):
            newest.records += records
        else:
            self._stretches.append(_Stretch(partition, word, records))
        self._change(partition, word, records)
        while self.records > self._records_max:
            self._drop(self.records - self._records_max)

    def dead_with_one_more(self) -> int:
        """How many dead letters it would hold with another one."""
        one_leaves = self.records >= self._records_max and self._stretches[0].word != ""
        return self.dead + 1 - one_leaves

    def share(self, partition: int) -> dict[str, int]:
        """How many of the records it holds are of one partition, by word."""
        return dict(+self._shares.get(partition, Counter()))

    def commonest(self, newest: str) -> str:
        """The word that most of the dead letters have, with the newest one, which it does not hold yet."""
        words = Counter({newest: 1})
        for share in self._shares.values():
            words.update({word: count for word, count in share.items() if word})
        return words.most_common(1)[0][0]

    def take_up(self, shares: Mapping[int, Mapping[str, int]]) -> None:
        """Fills an empty window with what others have counted of partitions, each in proportion to its share."""
        total = sum(sum(share.values()) for share in shares.values())
        scale = min(1.0, self._records_max / total) if total else 1.0
        for number in range(_SLICES):
            # Those that were read well first: they leave first, so that a full measure stays full.
            for word in sorted({word for share in shares.values() for word in share}):
                for partition, share in shares.items():
                    count = int(share.get(word, 0) * scale)
                    self.put(partition, word, count * (number + 1) // _SLICES - count * number // _SLICES)

    def _drop(self, records: int) -> None:
        oldest = self._stretches[0]
        gone = min(records, oldest.records)
        oldest.records -= gone
        self._change(oldest.partition, oldest.word, -gone)
        if not oldest.records:
            self._stretches.popleft()

    def _change(self, partition: int, word: str, records: int) -> None:
        self._shares.setdefault(partition, Counter())[word] += records
        self.records += records
        self.dead += records if word else 0
