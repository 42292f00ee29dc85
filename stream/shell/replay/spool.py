"""What was read of debtors, shared out into buckets by whom it is about, and what of it does not fit into memory."""

from collections.abc import Iterator
from itertools import chain
from zlib import crc32

import msgspec
from msgspec import Struct

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.shell.replay.scratch import Extent, Scratch

_ITEM_BYTES = 1300
"""About what one item takes in memory."""


class Item(Struct, frozen=True, array_like=True, gc=False):
    """One contact or fact and the number of its line among all lines that were read."""

    line: int
    institution: str
    debtor: str
    contact: Contact | None
    fact: Fact | None

    @property
    def latest(self) -> int:
        """The latest of its times that the default of `--as-of` goes by (contract §8)."""
        if self.fact is not None:
            return self.fact.recorded_at
        assert self.contact is not None  # noqa: S101 - an item is one of both
        started, answered, ended = self.contact.started_at, self.contact.answered_at, self.contact.ended_at
        # A contact that was answered does not end before that.
        last = answered if ended is None else ended
        return started if last is None or last < started else last


Chunk = list[Item] | bytes
"""Items of one bucket in order of reading; encoded where they come from another process."""

encode_items = msgspec.msgpack.Encoder().encode
_ITEMS = msgspec.msgpack.Decoder(list[Item])
_CHUNKS = msgspec.msgpack.Decoder(list[bytes])


def bucket_of(debtor: str, buckets: int) -> int:
    """The bucket for a debtor's items: the same in every process, and all of them in one."""
    return crc32(debtor.encode()) % buckets


def items_in(chunks: list[Chunk]) -> Iterator[Item]:
    """The items of chunks, one after the other."""
    for chunk in chunks:
        yield from _ITEMS.decode(chunk) if isinstance(chunk, bytes) else chunk


class Spool:
    """Takes chunks in order of reading and gives each bucket's back in that order; holds about so many bytes."""

    def __init__(self, scratch: Scratch, buckets: int, memory_bytes: int) -> None:
        self._scratch = scratch
        self._memory_bytes = memory_bytes
        self._held_bytes = 0
        self._held: list[list[Chunk]] = [[] for _ in range(buckets)]
        self._kept: list[list[Extent]] = [[] for _ in range(buckets)]

    def add(self, bucket: int, chunk: Chunk) -> None:
        """Takes some items."""
        self._held[bucket].append(chunk)
        self._held_bytes += len(chunk) * (1 if isinstance(chunk, bytes) else _ITEM_BYTES)
        if self._held_bytes > self._memory_bytes:
            self._spill()

    def chunks(self, bucket: int) -> list[Chunk]:
        """All that was taken for a bucket."""
        kept = (_CHUNKS.decode(self._scratch.read(extent)) for extent in self._kept[bucket])
        return [*chain.from_iterable(kept), *self._held[bucket]]

    def drop(self, bucket: int) -> None:
        """Forgets a bucket."""
        self._held[bucket] = []
        self._kept[bucket] = []

    def _spill(self) -> None:
        for bucket, chunks in enumerate(self._held):
            if chunks:
                packed = [chunk if isinstance(chunk, bytes) else encode_items(chunk) for chunk in chunks]
                self._kept[bucket].append(self._scratch.append(msgspec.msgpack.encode(packed)))
                self._held[bucket] = []
        self._held_bytes = 0
