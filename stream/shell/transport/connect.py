from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from stream.shell.kafka import clients
from stream.shell.transport.group import GroupSettings

_METADATA_AGE_MS: Final = 60_000  # how late a topic that is created after the worker's start is noticed
# aiokafka would leave the group when nothing was fetched for this long. It stops counting after the first cancelled
# fetch, so it cannot be relied upon; a worker that stands still is ended by its own watchdog.
_IDLE_MS_MAX: Final = 24 * 3600 * 1000


def new_end_reader(settings: GroupSettings) -> AIOKafkaConsumer:
    """Make a consumer to ask where partitions end with, in the running loop.

    One that reads what is committed is told an earlier end: that of what no open transaction holds back.
    """
    timeout_ms = round(settings.answer_timeout_seconds * 1000)
    return clients.new_consumer(settings.kafka, client_id=settings.group, request_timeout_ms=timeout_ms)


def new_consumer(settings: GroupSettings) -> AIOKafkaConsumer:
    """Make aiokafka's consumer as this transport needs it, in the running loop."""
    s = settings
    return clients.new_consumer(
        s.kafka,
        group_id=s.group,
        client_id=s.instance_id or s.group,
        group_instance_id=s.instance_id,
        # Where topics have equally many partitions, one worker gets the same numbers of all of them.
        partition_assignment_strategy=[RangePartitionAssignor],
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        # While a fetch waits, partitions that it does not name wait with it (field-notes.md).
        fetch_max_wait_ms=s.fetch_wait_ms,
        fetch_max_bytes=s.fetch_bytes_max,
        max_partition_fetch_bytes=s.fetch_partition_bytes_max,
        max_poll_records=s.batch_records_max,
        max_poll_interval_ms=_IDLE_MS_MAX,
        session_timeout_ms=round(s.session_timeout_seconds * 1000),
        heartbeat_interval_ms=round(s.heartbeat_seconds * 1000),
        rebalance_timeout_ms=round(s.rebalance_timeout_seconds * 1000),
        request_timeout_ms=round(s.answer_timeout_seconds * 1000),
        metadata_max_age_ms=_METADATA_AGE_MS,
    )
