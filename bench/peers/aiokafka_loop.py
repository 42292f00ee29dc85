"""A loop on aiokafka: a batch in, one script call, what follows out; twice a second all that was said is waited for
and then committed.
"""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

from bench.peers.calls import BATCH_MAX, COMMIT_EVERY_SECONDS, COUNT, calls_of, counting, said
from bench.peers.place import place


async def main() -> None:
    """Works until it is ended."""
    here = place()
    count = Redis.from_url(here.redis).register_script(COUNT)
    producer = AIOKafkaProducer(bootstrap_servers=here.kafka, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        here.dials,
        bootstrap_servers=here.kafka,
        group_id=here.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=20,
    )
    sending: list[asyncio.Future[object]] = []
    dirty, committed_at = False, time.monotonic()
    async with producer, consumer:
        while True:
            fetched = await consumer.getmany(timeout_ms=100, max_records=BATCH_MAX)
            calls = calls_of(record.value for records in fetched.values() for record in records)
            if calls:
                positions = await count(*counting(calls))
                saying = said(calls, positions, here.blocks, here.findings)
                sending += [await producer.send(each.topic, each.value, each.key) for each in saying]
            dirty = dirty or bool(fetched)
            if dirty and time.monotonic() - committed_at > COMMIT_EVERY_SECONDS:
                await asyncio.gather(*sending)
                sending.clear()
                await consumer.commit()
                dirty, committed_at = False, time.monotonic()


if __name__ == "__main__":
    asyncio.run(main())
