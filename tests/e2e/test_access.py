"""Least privilege (第十九条（五）): a real Kafka and Redis with the rights of deploy/acl, TLS and passwords."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from stream.core.partition import partition_of
from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.kafka.clients import new_consumer, new_producer
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.settings.settings import read
from stream.shell.topics.admin import connect, partition_counts
from tests.e2e.last_word import past_evening, past_log, settle
from tests.e2e.world import PARTITIONS, World
from tests.parts.access import grant_on_kafka, grant_on_redis
from tests.parts.certificates import Certificates
from tests.parts.secure_kafka import SecureKafka
from tests.parts.tls_front import TlsFront

USERS = ("duewatch-operator", "duewatch-worker", "switch", "dialer", "warehouse", "agency")
PASSWORDS = {user: f"{user}-secret" for user in USERS}
REDIS_PASSWORD = "redis-secret"  # noqa: S105 - nobody's
SECONDS_MAX = 60


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secure(certificates: Certificates) -> Iterator[SecureKafka]:
    with SecureKafka(certificates, PASSWORDS, certificates.server) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def front(certificates: Certificates) -> Iterator[tuple[str, TlsFront]]:
    """A Redis behind TLS, and its open back door."""
    with EmbeddedRedis() as server, TlsFront(certificates, certificates.server, server.url) as front:
        yield server.url, front


def redis_settings(front: tuple[str, TlsFront], certificates: Certificates, prefix: str) -> dict[str, str]:
    url, tls = front
    return {
        "DUEWATCH_REDIS": f"rediss://127.0.0.1:{tls.port}/0",
        "DUEWATCH_REDIS_USER": grant_on_redis(url, prefix, REDIS_PASSWORD),
        "DUEWATCH_REDIS_PASSWORD": REDIS_PASSWORD,
        "DUEWATCH_REDIS_CA_FILE": str(certificates.authority),
    }


class Client:
    """What a user of Kafka may do, tried."""

    def __init__(self, secure: SecureKafka, user: str, prefix: str) -> None:
        self.kafka: KafkaAccess = read(secure.settings("sasl_ssl", user)).kafka_access
        self._prefix = prefix

    async def sees(self) -> set[str]:
        async with connect(self.kafka, 20) as client:
            return {name.removeprefix(f"{self._prefix}-") for name in await partition_counts(client)}

    async def reads(self, short: str, group: str | None = None) -> int:
        """How many records it finds on a topic; raises what Kafka refuses."""
        consumer = new_consumer(
            self.kafka,
            f"{self._prefix}-{short}",
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=20_000,
        )
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await consumer.start()
                found = 0
                while fetched := await consumer.getmany(timeout_ms=8000):
                    found += sum(map(len, fetched.values()))
                if group is not None:
                    await consumer.commit()
                return found
        finally:
            await consumer.stop()

    async def writes(self, short: str, key: str, value: bytes) -> None:
        producer = new_producer(self.kafka, request_timeout_ms=20_000)
        try:
            await producer.start()
            await producer.send_and_wait(
                f"{self._prefix}-{short}", value, key=key.encode(), partition=partition_of(key, PARTITIONS)
            )
        finally:
            await producer.stop()

    async def may_not_read(self, *shorts: str) -> None:
        for short in shorts:
            with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
                await self.reads(short)

    async def may_not_write(self, *shorts: str) -> None:
        for short in shorts:
            with pytest.raises(TopicAuthorizationFailedError):
                await self.writes(short, "bank-a|D1", b"{}")


async def test_everybody_does_his_own_and_no_more(
    secure: SecureKafka, certificates: Certificates, front: tuple[str, TlsFront], topic_prefix: str, tmp_path: Path
) -> None:
    """With the rights of deploy/acl an operator creates the topics, a worker judges, is audited and rebuilds a lost
    Redis, a dialer reads its topic and nothing else, a warehouse its findings; the log shows no password.
    """
    grant_on_kafka(secure.server.address, topic_prefix)
    lines, recorded, shift = past_log(seed=5, events=400, broken=5)
    settings = redis_settings(front, certificates, topic_prefix) | {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    # PLAIN, so that a client that wrote its requests into the log would write the password.
    worker = secure.settings("sasl_ssl", "duewatch-worker", "plain")
    operator = secure.settings("sasl_ssl", "duewatch-operator")
    with World(secure.server.address, front[0], topic_prefix, **settings) as world:
        assert world.duewatch("topics", **secure.settings("sasl_ssl", "dialer")).returncode == 1
        created = world.duewatch("topics", **operator)
        assert created.returncode == 0, created.stdout + created.stderr
        world.start("w1", DUEWATCH_HEARTBEAT_SECONDS="1", DUEWATCH_LOG="debug", **worker)
        await world.produce(lines, recorded)
        await world.caught_up()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        listed = world.duewatch("dead-letters", "list", **operator)
        assert listed.stdout.count("\nletter\t") == 5, listed.stdout + listed.stderr
        assert world.duewatch("explain", "bank-a", "*", **worker).returncode == 0

        with redis.Redis.from_url(front[0]) as client:
            client.flushall()
        await world.rebuilt()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        assert "uthorization" not in world.log("w1")
        for secret in (*PASSWORDS.values(), REDIS_PASSWORD):
            assert secret not in world.log("w1")
        assert world.stop("w1") == 0

        dialer = Client(secure, "dialer", topic_prefix)
        blocks = len(await world.read("blocks-dial")) + len(await world.heartbeats("blocks-dial"))
        assert await dialer.reads("blocks-dial") == blocks > 0
        assert await dialer.sees() == {"blocks-dial"}
        await dialer.may_not_read("blocks-message", "blocks-visit", "findings", "dead-letters", "dials", "facts")
        await dialer.may_not_write("blocks-dial", "dials")
        with pytest.raises(GroupAuthorizationFailedError):
            await dialer.reads("blocks-dial", group=topic_prefix)

        warehouse = Client(secure, "warehouse", topic_prefix)
        assert await warehouse.reads("findings", group="warehouse") == len(await world.read("findings")) > 0
        assert await warehouse.sees() == {"findings"}
        await warehouse.may_not_read("blocks-dial", "dials", "dead-letters")
        await warehouse.may_not_write("findings")

        as_worker = Client(secure, "duewatch-worker", topic_prefix)
        await as_worker.may_not_write("dials", "facts", "registry")
        await as_worker.may_not_read("dead-letters")
        switch = Client(secure, "switch", topic_prefix)
        await switch.writes("dials", "bank-a|D1", b"{}")
        await switch.may_not_write("facts", "blocks-dial")
        await switch.may_not_read("dials", "blocks-dial")


async def test_an_agency_that_serves_two_lenders(
    secure: SecureKafka, certificates: Certificates, front: tuple[str, TlsFront], topic_prefix: str
) -> None:
    """Where institutions have topics of their own, an agency's users read those of the two lenders that it serves, and
    not those of a third.
    """
    grant_on_kafka(
        secure.server.address, topic_prefix, INSTITUTIONS="bank-a bank-b", DIALER="agency", WAREHOUSE="agency"
    )
    settings = redis_settings(front, certificates, topic_prefix) | {"DUEWATCH_TOPICS_PER": "institution"}
    with World(secure.server.address, front[0], topic_prefix, **settings) as world:
        named = [word for name in ("bank-a", "bank-b", "bank-c") for word in ("--institution", name)]
        created = world.duewatch("topics", *named, **secure.settings("sasl_ssl", "duewatch-operator"))
        assert created.returncode == 0, created.stdout + created.stderr
        world.start("w1", DUEWATCH_HEARTBEAT_SECONDS="1", **secure.settings("sasl_ssl", "duewatch-worker"))
        moment, _ = past_evening()
        dial = {"type": "dial", "contact_id": "c-1", "debtor": "D1", "mode": "interactive"}
        at = moment.isoformat()
        await world.produce([{**dial, "institution": f"bank-{name}", "started_at": at} for name in "abc"], moment)
        await world.caught_up()
        async with asyncio.timeout(SECONDS_MAX):
            while not await world.heartbeats("blocks-dial-bank-c"):
                await asyncio.sleep(0.5)
        assert world.stop("w1") == 0
        agency = Client(secure, "agency", topic_prefix)
        own = {f"{short}-{bank}" for short in ("blocks-dial", "findings") for bank in ("bank-a", "bank-b")}
        assert await agency.sees() == own
        for short in sorted(own):
            assert await agency.reads(short, group="agency" if "findings" in short else None) >= 0
        await agency.may_not_read("blocks-dial-bank-c", "findings-bank-c", "dead-letters")


async def test_a_worker_without_rights(
    secure: SecureKafka, certificates: Certificates, front: tuple[str, TlsFront], topic_prefix: str
) -> None:
    """A worker without any rights says which topics it misses, and that they may be hidden from it."""
    settings = redis_settings(front, certificates, topic_prefix)
    with World(secure.server.address, front[0], topic_prefix, **settings) as world:
        ended = world.duewatch("worker", **secure.settings("sasl_ssl", "duewatch-worker"))
        assert ended.returncode == 78
        assert f"{topic_prefix}-dials: missing, or hidden from this client" in ended.stderr
