from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import ConsumerRecord
from faust.types import TP


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Everything that one fetch returned for an agent's topics, over all their partitions.

    Two batches are equal only if they are the same object: a record read again belongs to another batch.
    """

    # In offset order within a partition; partitions follow each other in no particular order.
    records: tuple[ConsumerRecord[bytes | None, bytes | None], ...]
    # The offset to commit for each partition once all of this is done.
    next_offsets: Mapping[TP, int]
    # `time.monotonic()` when the fetch returned. Whether its records may still be published is asked of the group's
    # heartbeats instead (`BatchApp.heard_at`).
    fetched_at: float
    # The consumer generation that the fetch belongs to.
    generation: int
