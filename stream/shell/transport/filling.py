from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from aiokafka import ConsumerRecord
from aiokafka.structs import TopicPartition

_POLL_MS: Final = 1_000  # how long one fetch waits; it returns at once when records are there
_PORTION_RECORDS: Final = 200  # so many may come before their bytes are looked at

Records = Mapping[TopicPartition, list[ConsumerRecord]]
GetMany = Callable[[int, int], Awaitable[Records]]


class Most(NamedTuple):
    """How large one batch becomes at most; the last few records may carry it beyond the bytes."""

    records: int
    bytes: int


async def filled(get_many: GetMany, most: Most) -> Records:
    """Wait for records, then take what else is there at once, in portions, until the batch is full.

    aiokafka counts records alone, and compressed ones may be a thousand times as large as what was fetched.
    `get_many` is told how many milliseconds to wait and how many records to give at most.
    """
    batch: dict[TopicPartition, list[ConsumerRecord]] = {}
    count = size = 0
    while count < most.records and size < most.bytes:
        room = min(_PORTION_RECORDS, most.records - count)
        wait_ms = 0 if batch else _POLL_MS
        portion = await get_many(wait_ms, room)
        before = count
        for tp, records in portion.items():
            batch.setdefault(tp, []).extend(records)
            count += len(records)
            size += sum(map(_bytes_of, records))
        if count - before < room:
            break
    return batch


def _bytes_of(record: ConsumerRecord) -> int:
    size = len(record.value or b"") + len(record.key or b"")
    if record.headers:
        size += sum(len(name) + len(value or b"") for name, value in record.headers)
    return size
