"""Consumers without a group keep their places, and stop."""

import asyncio
from types import SimpleNamespace

from aiokafka import AIOKafkaProducer, TopicPartition

from stream.shell.consumers import start_consumer, stop_consumer
from stream.shell.kafka.clients import new_consumer
from stream.shell.topics.admin import connect, create_missing
from stream.shell.topics.declared import declared
from tests.parts.kafka import KafkaServer


async def test_a_topic_that_a_broker_does_not_name_once(kafka: KafkaServer, topic_prefix: str) -> None:
    """A broker's answer comes without the topic, the next one with it: the consumer goes on at its place."""
    async with connect(kafka.access, 20) as client:
        await create_missing(client, declared(topic_prefix, 1, 1), {})
    topic = f"{topic_prefix}-findings"
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        for value in (b"first", b"second"):
            await producer.send_and_wait(topic, value)
        consumer = new_consumer(kafka.access, topic, enable_auto_commit=False)
        try:
            place = TopicPartition(topic, 0)
            assert await start_consumer(consumer) == [place]
            consumer.seek(place, 0)
            assert (await consumer.getone()).value == b"first"
            cluster = consumer._client.cluster  # noqa: SLF001 - no broker does this when asked to
            brokers = [(each.nodeId, each.host, each.port, each.rack) for each in cluster.brokers()]
            cluster.update_metadata(SimpleNamespace(API_VERSION=1, brokers=brokers, topics=[], controller_id=1))
            assert not cluster.partitions_for_topic(topic)
            await consumer._client.force_metadata_update()  # noqa: SLF001 - as it does by itself in time
            async with asyncio.timeout(20):
                assert (await consumer.getone()).value == b"second"
        finally:
            await stop_consumer(consumer)


async def test_stopping_while_partitions_are_let_go(kafka: KafkaServer, topic_prefix: str) -> None:
    """A consumer that fetches has its partitions taken away, and is stopped in the same moment: it stops."""
    async with connect(kafka.access, 20) as client:
        await create_missing(client, declared(topic_prefix, 1, 1), {})
    consumer = new_consumer(kafka.access, f"{topic_prefix}-findings", enable_auto_commit=False)
    for place in await start_consumer(consumer):
        consumer.seek(place, 0)
    await consumer.getmany(timeout_ms=100)
    consumer.assign([])
    async with asyncio.timeout(20):
        await stop_consumer(consumer)
