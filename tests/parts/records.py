"""Writing to and reading from a broker, as simply as a test wants it."""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code


async def create_topic(address: str, topic: str, partitions: int = 1) -> None:
    """Create a topic; raises aiokafka's KafkaError where the broker refuses."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()
    (_, code, message), *_ = answer.topic_errors
    if code:
        raise for_code(code)(message)


async def send(
    address: str, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
) -> None:
    """Send one record as the worker does, idempotently, and return when it is acknowledged by all."""
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value, key=key, headers=list((headers or {}).items()))


async def first_record(address: str, topic: str) -> ConsumerRecord[bytes, bytes]:
    """Return the oldest record of the topic, waiting until there is one."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest") as consumer:
        return await consumer.getone()
