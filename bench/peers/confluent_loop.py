"""A loop on confluent-kafka (librdkafka): a batch in, one script call, what follows out; twice a second all that was
said is waited for and then committed.
"""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from redis import Redis

from bench.peers.calls import BATCH_MAX, COMMIT_EVERY_SECONDS, COUNT, calls_of, counting, said
from bench.peers.place import place


def main() -> None:
    """Works until it is ended."""
    here = place()
    count = Redis.from_url(here.redis).register_script(COUNT)
    producer = Producer({"bootstrap.servers": here.kafka, "enable.idempotence": True, "linger.ms": 1})
    consumer = Consumer(
        {
            "bootstrap.servers": here.kafka,
            "group.id": here.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20,
            # How long a full queue keeps the next fetch waiting; the default of 1 s leaves the process idle.
            "fetch.queue.backoff.ms": 10,
        }
    )
    consumer.subscribe([here.dials])
    dirty, committed_at = False, time.monotonic()
    while True:
        first = consumer.poll(0.1)
        messages = [] if first is None else [first, *consumer.consume(BATCH_MAX - 1, 0)]
        calls = calls_of(_values(messages))
        if calls:
            positions = count(*counting(calls))
            for each in said(calls, positions, here.blocks, here.findings):
                producer.produce(each.topic, each.value, each.key, on_delivery=_delivered)
        producer.poll(0)
        dirty = dirty or bool(messages)
        if dirty and time.monotonic() - committed_at > COMMIT_EVERY_SECONDS:
            producer.flush()
            consumer.commit(asynchronous=False)
            dirty, committed_at = False, time.monotonic()


def _values(messages: list[Message]) -> list[bytes]:
    for message in messages:
        if message.error() is not None:
            raise KafkaException(message.error())
    return [message.value() or b"" for message in messages]


def _delivered(error: KafkaError | None, _: Message) -> None:
    if error is not None:
        raise KafkaException(error)


if __name__ == "__main__":
    main()
