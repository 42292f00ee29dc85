"""Consumers without a group: how they are started and let go."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

_CANCEL_AGAIN_SECONDS = 0.5


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
    """Lets go of Kafka.

    aiokafka's own way stops half-way where one of its tasks has not begun yet, or is at rest; and it waits for ever for
    the fetching task where that is just letting go of partitions, and takes its own cancellation for another one's.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    try:
        while not (await asyncio.wait({stopping}, timeout=_CANCEL_AGAIN_SECONDS))[0]:
            if consumer._fetcher is not None:  # noqa: SLF001 - what waits for ever
                consumer._fetcher._fetch_task.cancel()  # noqa: SLF001
    except asyncio.CancelledError:
        stopping.cancel()
        raise
    if stopping.cancelled():
        await consumer._client.close()  # noqa: SLF001 - what is left to do
    else:
        stopping.result()
