"""Consumers without a group: how they are started and let go."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition


async def start_consumer(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    """Starts it on all partitions that its topics have now, in order, and returns these; raises KafkaError.

    They stay assigned whatever happens: aiokafka gives up all places of a mere subscription when a broker's answer
    comes without one of the topics once.
    """
    await consumer.start()
    partitions: list[TopicPartition] = sorted(consumer.assignment())
    consumer.unsubscribe()
    consumer.assign(partitions)
    return partitions


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Lets go of Kafka. aiokafka's own way stops half-way where one of its tasks has not begun yet, or is at rest."""
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait({stopping})
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 - what is left to do
    else:
        stopping.result()
