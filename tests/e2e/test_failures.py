"""What `duewatch worker` cannot work with it says in one message, and ends with a code of sysexits, soon."""

import secrets
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import redis
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from stream.shell.embedded.redis_server import EmbeddedRedis
from tests.e2e.world import World
from tests.parts.kafka import KafkaServer

SECONDS_MAX = 30
QUICK = {
    "DUEWATCH_REQUEST_TIMEOUT_SECONDS": "4",
    "DUEWATCH_REBALANCE_TIMEOUT_SECONDS": "4",
    "DUEWATCH_SESSION_TIMEOUT_SECONDS": "4",
    "DUEWATCH_GROUP_HEARTBEAT_SECONDS": "1",
}


@dataclass(frozen=True)
class Failure:
    """Settings with which no worker can run; the code that it ends with, and words of its message."""

    code: int
    words: tuple[str, ...]
    settings: dict[str, str]


FAILURES = {
    "Kafka is down": Failure(69, ("127.0.0.1:1 ", "(DUEWATCH_KAFKA)"), {"DUEWATCH_KAFKA": "127.0.0.1:1"}),
    "Kafka does not answer": Failure(69, ("{silent} (DUEWATCH_KAFKA)",), {"DUEWATCH_KAFKA": "{silent}", **QUICK}),
    "Kafka is no Kafka": Failure(69, ("{redis} (DUEWATCH_KAFKA)",), {"DUEWATCH_KAFKA": "{redis}", **QUICK}),
    "Redis is down": Failure(
        69, ("127.0.0.1:1/0 (DUEWATCH_REDIS)",), {"DUEWATCH_REDIS": "redis://:hush@127.0.0.1:1/0"}
    ),
    "Redis does not answer": Failure(69, ("(DUEWATCH_REDIS)",), {"DUEWATCH_REDIS": "redis://{silent}/0", **QUICK}),
    "Redis is no Redis": Failure(69, ("(DUEWATCH_REDIS)",), {"DUEWATCH_REDIS": "redis://{kafka}/0", **QUICK}),
    "Redis evicts": Failure(78, ("set maxmemory-policy noeviction",), {"DUEWATCH_REDIS": "{evicting}"}),
    "Redis is full": Failure(69, ("is full", "maxmemory"), {"DUEWATCH_REDIS": "{full}"}),
    "Redis wants a password": Failure(78, ("user or password",), {"DUEWATCH_REDIS": "{locked}"}),
    "Redis has no replica": Failure(
        69, ("0 of 1 replicas (DUEWATCH_REDIS_WAIT_REPLICAS)",), {"DUEWATCH_REDIS_WAIT_REPLICAS": "1"}
    ),
    "topics are missing": Failure(78, ("duewatch topics", "none-dials", "none-findings"), {"DUEWATCH_PREFIX": "none"}),
    "topics are wrong": Failure(
        78,
        ("wrong-blocks-dial: cleanup.policy", "set cleanup.policy=compact", "wrong-facts: retention.ms"),
        {"DUEWATCH_PREFIX": "{wrong}"},
    ),
    "the rulebook is broken": Failure(78, ("policy.toml", "NIFA"), {"DUEWATCH_POLICY": "{policy}"}),
    "no such rulebook": Failure(78, ("nifa-1999", "nifa-2024"), {"DUEWATCH_POLICY": "nifa-1999"}),
    "several wrong settings": Failure(
        78,
        ("4 mistakes", "DUEWATCH_KAFKA: ", "DUEWATCH_PARTITIONS: ", "DUEWATCH_LOG: ", "is DUEWATCH_REDIS meant?"),
        {"DUEWATCH_KAFKA": "here", "DUEWATCH_PARTITIONS": "0", "DUEWATCH_LOG": "loud", "DUEWATCH_REDDIS": "x"},
    ),
    "its port is taken": Failure(71, ("{silent} (DUEWATCH_WEB)",), {"DUEWATCH_WEB": "{silent}"}),
}


@dataclass(frozen=True)
class Ended:
    """How a worker has ended."""

    code: int
    said: str
    seconds: float


@pytest.fixture(scope="module")
def places(kafka: KafkaServer, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Everything that is not as it should be, by name: a port where nobody answers, servers, topics, a rulebook."""
    prefix, policy = f"t-{secrets.token_hex(4)}", tmp_path_factory.mktemp("policy") / "policy.toml"
    policy.write_text('name = "x"\n[[rules]]\nid = "NIFA-1"\nkind = "no such kind"\n')
    with EmbeddedRedis() as evicting, EmbeddedRedis() as full, EmbeddedRedis() as locked, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        for server, setting, value in (
            (evicting, "maxmemory-policy", "allkeys-lru"), (full, "maxmemory", "1"), (locked, "requirepass", "secret"),
        ):  # fmt: skip
            with redis.Redis.from_url(server.url) as client:
                client.config_set(setting, value)
        create(kafka.address, f"{prefix}-wrong-blocks-dial", **{"cleanup.policy": "delete"})
        create(kafka.address, f"{prefix}-wrong-facts", **{"retention.ms": "86400000"})
        with World(kafka.address, redis_url, f"{prefix}-wrong") as world:
            assert world.duewatch("topics").returncode == 1
        yield {
            "kafka": kafka.address,
            "redis": redis_url.removeprefix("redis://").removesuffix("/0"),
            "silent": f"127.0.0.1:{silent.getsockname()[1]}",
            "evicting": evicting.url,
            "full": full.url,
            "locked": locked.url,
            "wrong": f"{prefix}-wrong",
            "policy": str(policy),
        }


def create(kafka: str, topic: str, **configs: str) -> None:
    """Make a topic that is not as it should be."""
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(topic, 4, 1, config=configs)])[topic].result(20)


@pytest.fixture(scope="module")
def endings(kafka: KafkaServer, redis_url: str, places: dict[str, str]) -> Iterator[dict[str, "Future[Ended]"]]:
    """Start a worker for each failure, two at a time."""
    prefix = f"t-{secrets.token_hex(4)}"
    with World(kafka.address, redis_url, prefix) as world, ThreadPoolExecutor(2) as pool:
        assert world.duewatch("topics").returncode == 0
        yield {
            name: pool.submit(ended, world, {key: value.format(**places) for key, value in failure.settings.items()})
            for name, failure in FAILURES.items()
        }


def ended(world: World, settings: dict[str, str]) -> Ended:
    begun = time.monotonic()
    done = world.duewatch("worker", **settings)
    return Ended(done.returncode, done.stdout + done.stderr, time.monotonic() - begun)


@pytest.mark.parametrize("name", FAILURES)
def test_a_worker_that_cannot_work(name: str, places: dict[str, str], endings: dict[str, "Future[Ended]"]) -> None:
    """It ends by itself within half a minute, with one message that says what to do, and without a traceback."""
    failure, end = FAILURES[name], endings[name].result(90)
    assert "Traceback" not in end.said, end.said
    assert end.code == failure.code, end.said
    assert end.said.count("duewatch: ") == 1, end.said
    message = end.said[end.said.index("duewatch: ") :]
    for word in failure.words:
        assert word.format(**places) in message, message
    assert "hush" not in end.said
    assert end.seconds < SECONDS_MAX
