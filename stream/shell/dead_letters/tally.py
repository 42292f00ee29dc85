"""How many dead letters there are of which kind, and the newest of them."""

import heapq
from collections import Counter

from stream.shell.dead_letters.letter import DeadLetter, Place


class Tally:
    """Counts letters by topic and error, and keeps the newest `newest_max`; all others it forgets."""

    def __init__(self, newest_max: int) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.latest_ms: dict[tuple[str, str], int] = {}
        self._newest_max = newest_max
        self._newest: list[tuple[int, Place, DeadLetter]] = []

    def add(self, letter: DeadLetter) -> None:
        """Counts one."""
        kind = (letter.origin.topic if letter.origin else "", letter.error)
        self.counts[kind] += 1
        self.latest_ms[kind] = max(letter.written_ms, self.latest_ms.get(kind, letter.written_ms))
        entry = (letter.written_ms, letter.place, letter)
        if len(self._newest) < self._newest_max:
            heapq.heappush(self._newest, entry)
        elif self._newest:
            heapq.heappushpop(self._newest, entry)

    def newest(self) -> list[DeadLetter]:
        """The newest ones, the last written first."""
        return [letter for _, _, letter in sorted(self._newest, reverse=True, key=lambda entry: entry[:2])]
