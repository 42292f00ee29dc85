"""Lets aiokafka read records whose headers have names that are no UTF-8.

Kafka takes them and Java's clients show them with U+FFFD. aiokafka raises instead, each time that the record is
fetched: one of them would stop every reader of its partition for good.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_SIZE_AT, _SIZE_BYTES = 8, 4
_OVERHEAD_BYTES = _SIZE_AT + _SIZE_BYTES
_MAGIC_WITH_HEADERS = 2


class ReadableRecords:
    """What aiokafka makes of a fetch, batch by batch; a batch that it cannot read is read again, with more patience."""

    def __init__(self, fetched: bytes) -> None:
        self._records = MemoryRecords(fetched)
        self._fetched = fetched
        self._begin = 0

    def size_in_bytes(self) -> int:
        """Bytes of all."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another whole batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        """The next batch."""
        batch = self._records.next_batch()
        size_at = self._begin + _SIZE_AT
        size = int.from_bytes(self._fetched[size_at : size_at + _SIZE_BYTES], "big")
        begin, self._begin = self._begin, self._begin + _OVERHEAD_BYTES + size
        if batch is None or batch.magic < _MAGIC_WITH_HEADERS:
            return batch
        return _Batch(batch, memoryview(self._fetched)[begin : self._begin])


class _Batch:
    """One batch of aiokafka's, with the bytes that it was made of."""

    def __init__(self, batch: Any, made_of: memoryview) -> None:
        self._batch = batch
        self._made_of = made_of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._batch
        except UnicodeDecodeError:
            # From its begin: whoever asks passes over the offsets that he has had.
            yield from _PatientBatch(self._made_of)


class _PatientBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # final, but there is no other way to its records
    """aiokafka's own reader in Python, on bytes that make a text of anything."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _PatientBytes(self._buffer)


class _PatientBytes(bytearray):
    def __getitem__(self, place: Any) -> Any:
        piece = super().__getitem__(place)
        return _PatientBytes(piece) if isinstance(place, slice) else piece

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, errors)


def read_any_header() -> None:
    """Makes every consumer of this process read so, from its next fetch on."""
    fetcher.MemoryRecords = ReadableRecords
