"""FastStream on aiokafka: a batch subscriber without type coercion, one script call a batch, acknowledged after it."""

import asyncio

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from redis.asyncio import Redis

from bench.peers.calls import BATCH_MAX, COUNT, calls_of, counting, said
from bench.peers.place import place

here = place()
# Nothing is to be validated: the bytes go to the same decoder as everybody's.
broker = KafkaBroker(here.kafka, acks="all", enable_idempotence=True, apply_types=False, logger=None)
count = Redis.from_url(here.redis).register_script(COUNT)


def _as_it_is(message: KafkaMessage) -> object:
    return message.body


@broker.subscriber(
    here.dials,
    group_id=here.group,
    batch=True,
    max_records=BATCH_MAX,
    batch_timeout_ms=5,
    auto_offset_reset="earliest",
    fetch_max_wait_ms=20,
    ack_policy=AckPolicy.NACK_ON_ERROR,
    decoder=_as_it_is,
)
async def judge(values: list[bytes]) -> None:
    """Counts a batch."""
    if calls := calls_of(values):
        positions = await count(*counting(calls))
        saying = said(calls, positions, here.blocks, here.findings)
        sent = [await broker.publish(each.value, each.topic, key=each.key, no_confirm=True) for each in saying]
        await asyncio.gather(*sent)


if __name__ == "__main__":
    asyncio.run(FastStream(broker, logger=None).run())
