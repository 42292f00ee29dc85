"""The bare loop: reads, and writes one record for each that is marked; nothing is counted. Nobody can be quicker."""

import asyncio

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.peers.place import place


async def main() -> None:
    """Works until it is ended."""
    here = place()
    producer = AIOKafkaProducer(bootstrap_servers=here.kafka, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        here.dials,
        bootstrap_servers=here.kafka,
        group_id=here.group,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=20,
    )
    async with producer, consumer:
        async for record in consumer:
            if record.headers:
                debtor = record.key.decode().partition("|")[2]
                await producer.send(here.blocks, orjson.dumps({"debtor": debtor}), record.key)


if __name__ == "__main__":
    asyncio.run(main())
