"""Up to which instant everything that came in has been judged, and how much has not."""

from collections import deque
from collections.abc import Mapping, Sequence

from faust.types import TP

_LOOKS_MAX = 1000
"""So many looks at a partition's end are remembered; with more behind, the next ones are left out."""


class Judged:
    """Remembers when which end was seen: once a partition is done up to there, all that came before then is judged.

    No record's own timestamp plays a part, so a producer's wrong clock, or history that is sent late, changes nothing.
    A look's instant is taken before the broker is asked, so it is never newer than the truth, however long the answer
    takes.
    """

    def __init__(self) -> None:
        self._looks: dict[TP, deque[tuple[int, int]]] = {}
        self._until: dict[TP, int] = {}
        self._lag: dict[TP, int] = {}

    def look(self, instant: int, ends: Mapping[TP, int]) -> None:
        """Notes that the partitions ended there, or further on, at `instant`."""
        for place, end in ends.items():
            looks = self._looks.setdefault(place, deque())
            if looks and looks[-1][1] == end:
                looks.pop()
            if len(looks) < _LOOKS_MAX:
                looks.append((instant, end))

    def settle(self, done: Mapping[TP, int], ends: Mapping[TP, int]) -> None:
        """Notes below which offset nothing is left to do."""
        for place, offset in done.items():
            looks = self._looks.get(place, deque())
            while looks and looks[0][1] <= offset:
                self._until[place] = looks.popleft()[0]
            self._lag[place] = max(0, ends.get(place, offset) - offset)

    def until(self, places: Sequence[TP]) -> int | None:
        """The instant before which all that came into these partitions is judged; None = it is not known yet."""
        found = [self._until.get(place) for place in places]
        known = [instant for instant in found if instant is not None]
        return min(known) if len(known) == len(found) else None

    def lag(self, places: Sequence[TP]) -> int:
        """How many records of these partitions were not judged when last asked for."""
        return sum(self._lag.get(place, 0) for place in places)
