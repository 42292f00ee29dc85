"""The embedded parts of the demo, and the settings that make a worker use them and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from stream.shell.settings.settings import Settings, read

PREFIX = "demo"
POLICY = "nifa-2024"
PARTITIONS = 4
"""librdkafka's mock cluster gives every topic so many."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A broker and a Redis of our own. `kinds`: what they are, in words."""

    kafka: str
    redis: str
    kinds: str


def missing() -> list[str]:
    """The packages of the extra `demo` that are not installed and without which nothing can be played."""
    return [name for name in ("confluent_kafka", "fakeredis") if find_spec(name) is None]


@contextmanager
def parts() -> Iterator[Parts]:
    """Both, for as long as the with block.

    Raises StartupError or confluent_kafka.KafkaException where one does not come up.
    """
    from stream.shell.embedded import EmbeddedBroker, EmbeddedRedis  # noqa: PLC0415 - the extra may be missing

    with EmbeddedBroker() as broker, EmbeddedRedis() as redis:
        yield Parts(broker.address, redis.url, f"an embedded broker and {redis.kind}")


def settings(of: Parts) -> Settings:
    """A worker's settings; what the environment says of DUEWATCH_ plays no part."""
    return read(
        {
            "DUEWATCH_KAFKA": of.kafka,
            "DUEWATCH_REDIS": of.redis,
            "DUEWATCH_POLICY": POLICY,
            "DUEWATCH_PREFIX": PREFIX,
            "DUEWATCH_GROUP": PREFIX,
            "DUEWATCH_WORKER": PREFIX,
            "DUEWATCH_WEB": "127.0.0.1:0",
            "DUEWATCH_PARTITIONS": str(PARTITIONS),
            "DUEWATCH_REPLICATION": "1",
            # A waiting fetch of the embedded broker is not woken by data.
            "DUEWATCH_FETCH_WAIT_MS": "5",
        }
    )
