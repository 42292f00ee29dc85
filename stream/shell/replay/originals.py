"""The lines as they were read, packed, for those of which it turns out late that they are dead letters."""

from bisect import bisect_right
from functools import lru_cache

import zstandard

from stream.shell.replay.scratch import Extent, Scratch
from stream.shell.replay.sources import Block, Line

_LEVEL = 1


def packed(block: Block) -> bytes:
    """The block's bytes in a tenth of the room."""
    return zstandard.compress(block.data, _LEVEL)


class Originals:
    """Takes every block that was read and gives any line of them; holds about so many bytes in memory."""

    def __init__(self, scratch: Scratch, memory_bytes: int) -> None:
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._firsts: list[int] = []
        self._places: list[tuple[str, int]] = []
        self._packed: list[bytes | Extent] = []
        self._lines = lru_cache(maxsize=1)(self._lines_of)

    def add(self, first: int, file: str, line: int, packed: bytes) -> None:
        """Takes a packed block with its place."""
        self._memory_bytes -= len(packed)
        self._firsts.append(first)
        self._places.append((file, line))
        self._packed.append(packed if self._memory_bytes > 0 else self._scratch.append(packed))

    def line(self, number: int) -> Line:
        """The line of that number among all that were read; quick where they are asked for in order."""
        at = bisect_right(self._firsts, number) - 1
        file, line = self._places[at]
        within = number - self._firsts[at]
        return Line(file, line + within, self._lines(at)[within])

    def _lines_of(self, at: int) -> list[bytes]:
        held = self._packed[at]
        data = held if isinstance(held, bytes) else self._scratch.read(held)
        return Block(0, "", 1, zstandard.decompress(data)).lines()
