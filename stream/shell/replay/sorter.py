"""Sorts lines by their keys, in memory or in sorted runs on disk that are merged."""

import heapq
from collections.abc import Iterable, Iterator

import msgspec

from stream.shell.replay.scratch import Extent, Scratch

Key = tuple[int | str, ...]
Entry = tuple[Key, bytes]
"""A line and what it is sorted by."""

_ENTRY_BYTES = 500
"""About what an entry takes in memory beside its line."""
_CHUNK_ENTRIES = 100
"""Of each run so many are in memory while the runs are merged."""
_encode = msgspec.msgpack.Encoder().encode
_ENTRIES = msgspec.msgpack.Decoder(list[Entry])


class Sorter:
    """Takes entries in any order and gives their lines in order of (key, line); holds about so many bytes."""

    def __init__(self, scratch: Scratch, memory_bytes: int) -> None:
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._held_bytes = 0
        self._held: list[Entry] = []
        self._runs: list[list[Extent]] = []

    def add(self, entries: list[Entry]) -> None:
        """Takes some entries."""
        self._held += entries
        self._held_bytes += sum(len(line) for _, line in entries) + _ENTRY_BYTES * len(entries)
        if self._held_bytes > self._memory_bytes:
            self._spill()

    def entries(self) -> Iterable[Entry]:
        """All of them, sorted."""
        self._held.sort()
        if not self._runs:
            return self._held
        return heapq.merge(*(self._read(run) for run in self._runs), self._held)

    def _spill(self) -> None:
        self._held.sort()
        chunks = (self._held[at : at + _CHUNK_ENTRIES] for at in range(0, len(self._held), _CHUNK_ENTRIES))
        self._runs.append([self._scratch.append(_encode(chunk)) for chunk in chunks])
        self._held = []
        self._held_bytes = 0

    def _read(self, run: list[Extent]) -> Iterator[Entry]:
        for extent in run:
            yield from _ENTRIES.decode(self._scratch.read(extent))
