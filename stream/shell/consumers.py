"""Consumers without a group: how they are let go."""

import asyncio

from aiokafka import AIOKafkaConsumer


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Lets go of Kafka. aiokafka's own way stops half-way where one of its tasks has not begun yet, or is at rest."""
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping})
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 - what is left to do
    else:
        stopping.result()
