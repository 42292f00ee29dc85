"""Topics in memory: where a `Publisher`'s records go in tests of the protocol."""

from collections.abc import Iterable

from stream.core.partition import partition_of
from stream.shell.delivery.records import OutRecord


class MemoryTopics:
    """A Publisher that keeps everything, in order, by topic and partition."""

    def __init__(self, partitions: int = 4) -> None:
        self.records: dict[str, list[tuple[int, OutRecord]]] = {}
        self._partitions = partitions

    async def publish(self, records: Iterable[OutRecord]) -> None:
        for record in records:
            key = record.partitioned_by
            partition = record.partition or 0 if key is None else partition_of(key, self._partitions)
            self.records.setdefault(record.topic, []).append((partition, record))
