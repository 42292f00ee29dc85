"""From where on the inputs have to be read again: as far back as ledgers reached when Redis was lost."""

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.shell.consumers import stop_consumer
from stream.shell.kafka.clients import new_consumer
from stream.shell.rebuild.log import Log, Stretch
from stream.shell.settings.kafka_access import KafkaAccess

_BACK_RECORDS = 20
"""So many offsets before the committed one are looked at; some may be control records, which nobody is given."""


async def reports(kafka: KafkaAccess, group: str, log: Log, whole: Mapping[TopicPartition, Stretch]) -> dict[str, str]:
    """How far the group has judged these partitions, as its workers report it (see `Progress`)."""
    committed = await _committed(kafka, group, list(whole))
    tails = {
        tp: Stretch(max(whole[tp].begin, offset - _BACK_RECORDS), offset)
        for tp, offset in committed.items()
        if offset > whole[tp].begin
    }
    latest = await _latest(log, tails)
    return {
        f"{tp.topic}:{tp.partition}": f"{latest.get(tp, 0)},{int(committed.get(tp, stretch.begin) >= stretch.end)}"
        for tp, stretch in whole.items()
    }


async def _committed(kafka: KafkaAccess, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    consumer: AIOKafkaConsumer = new_consumer(kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        found = {tp: await consumer.committed(tp) for tp in partitions}
    finally:
        await stop_consumer(consumer)
    return {tp: offset for tp, offset in found.items() if offset is not None}


async def _latest(log: Log, tails: Mapping[TopicPartition, Stretch]) -> dict[TopicPartition, int]:
    """When the last record of each of these was recorded, in microseconds."""
    latest: dict[TopicPartition, int] = {}
    async for _, records in log.read(tails):
        latest |= {TopicPartition(record.topic, record.partition): record.timestamp * 1000 for record in records}
    return latest
