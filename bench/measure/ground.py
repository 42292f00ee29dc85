"""What everybody is measured on: one broker and one Redis on the other cores, emptied between runs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import redis
from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # they are documented there
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from stream.core.partition import partition_of
from stream.shell.embedded.redis_server import STAND_IN, EmbeddedRedis
from tests.parts.jars import KAFKA_VERSION
from tests.parts.kafka import KafkaServer

PARTITIONS = 12
_QUEUE_RECORDS_MAX = 200_000


class NoRedisError(Exception):
    """No real Redis runs here."""


class Ground:
    """A real Kafka and a real Redis, for as long as a with block."""

    def __enter__(self) -> Self:
        """Start both.

        Raises:
            StartupError: one of them does not come up.
            NoRedisError: no redis-server of version 7 or later runs here.

        """
        with ExitStack() as stack:
            kafka = stack.enter_context(KafkaServer())
            server = stack.enter_context(EmbeddedRedis())
            if server.kind == STAND_IN:
                raise NoRedisError("no redis-server of version 7 or later runs here; `make .venv/.test` brings one")
            self.kafka, self.kafka_pid = kafka.address, kafka.pid
            self.redis_url, self.redis_kind = server.url, server.kind
            self.redis = redis.Redis.from_url(server.url)
            self.redis_pid = int(self.redis.info("server")["process_id"])
            self.admin = AdminClient({"bootstrap.servers": kafka.address, "log_level": 0})
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.redis.close()
        self._stack.close()

    @property
    def versions(self) -> dict[str, str]:
        """What runs here."""
        return {"Kafka": KAFKA_VERSION, "Redis": self.redis_kind.removeprefix("redis ")}

    def create(self, topics: Iterable[str]) -> None:
        """Create topics with `PARTITIONS` partitions."""
        created = self.admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
        for done in created.values():
            done.result()

    def stamp_arrival(self, topics: Iterable[str]) -> None:
        """Have the broker stamp the records of output topics as they arrive: that is how progress is read."""
        entry = ConfigEntry("message.timestamp.type", "LogAppendTime", incremental_operation=AlterConfigOpType.SET)
        resources = [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry]) for topic in topics]
        for done in self.admin.incremental_alter_configs(resources).values():
            done.result()

    def clear(self, prefix: str) -> None:
        """Delete the topics of a run and all that is in Redis."""
        names = [name for name in self.admin.list_topics(timeout=10).topics if prefix in name]
        if names:
            for done in self.admin.delete_topics(names).values():
                done.result()
        self.redis.flushall()

    @contextmanager
    def sender(self, **settings: str | int) -> Iterator["Sender"]:
        """A sender of input records; on leaving the with block Kafka has all of them."""
        sender = Sender(self.kafka, settings)
        yield sender
        sender.flush()


class Sender:
    """Sends records where a good producer would: by murmur2 of the key, as `partition_of` reckons it."""

    def __init__(self, kafka: str, settings: Mapping[str, str | int]) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                "linger.ms": 20,
                "batch.size": 500_000,
                "queue.buffering.max.messages": _QUEUE_RECORDS_MAX,
                "log_level": 0,
                **{name.replace("_", "."): value for name, value in settings.items()},
            }
        )
        self._partitions: dict[str, int] = {}

    def partition(self, key: str) -> int:
        """The partition of a key; remembered, because reckoning it takes longer than sending."""
        if key not in self._partitions:
            self._partitions[key] = partition_of(key, PARTITIONS)
        return self._partitions[key]

    def send_unplaced(self, topic: str, key: str, value: bytes, reported: datetime) -> None:
        """Send one and leave the partition to the client: quicker for keys that come once, with `partitioner` set."""
        self._produce(topic, value, key, timestamp=int(reported.timestamp() * 1000))

    def send(
        self,
        topic: str,
        key: str,
        value: bytes,
        reported: datetime,
        headers: dict[str, str | bytes | None] | None = None,
    ) -> None:
        """Send one, stamped with when it was reported; waits where too many are under way."""
        stamp = int(reported.timestamp() * 1000)
        self._produce(topic, value, key, partition=self.partition(key), timestamp=stamp, headers=headers)

    def _produce(self, *record: Any, **options: Any) -> None:
        while True:
            try:
                self._producer.produce(*record, **options)
            except BufferError:
                self._producer.poll(0.05)
            else:
                return

    def poll(self) -> None:
        """Let the client do what it does in between."""
        self._producer.poll(0)

    def flush(self) -> None:
        """Returns when Kafka has all."""
        while self._producer.flush(1):
            pass
