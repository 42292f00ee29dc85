"""The declared topics are created, compared with what exists, and asked for by a worker that starts."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Producer

from stream.cli.topics import topics_command
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.topics.admin import KafkaUnavailableError, TopicsError, check, connect, create_missing, find
from stream.shell.topics.declared import DAY_MS, Topic, declared
from stream.shell.topics.differences import Difference, FoundTopic, differences, missing
from tests.parts.kafka import KafkaServer

TIMEOUT_SECONDS = 10
NOBODY = "127.0.0.1:1"


def found_as_declared(topics: list[Topic]) -> dict[str, FoundTopic]:
    return {
        topic.name: FoundTopic(topic.name, topic.partitions, topic.replication, topic.configs()) for topic in topics
    }


def compared(change: Mapping[str, str], short: str = "dials") -> list[Difference]:
    """Compare topics that are all as declared, but for these settings of one of them."""
    topics = declared("p", 12, 3)
    found = found_as_declared(topics)
    name = f"p-{short}"
    found[name] = replace(found[name], configs={**(found[name].configs or {}), **change})
    return differences(topics, found)


def command(address: str, prefix: str, **settings: str) -> Result:
    environ: dict[str, str | None] = {
        "DUEWATCH_KAFKA": address,
        "DUEWATCH_PREFIX": prefix,
        "DUEWATCH_PARTITIONS": "2",
        "DUEWATCH_REPLICATION": "1",
    }
    return CliRunner().invoke(topics_command, [], env={**environ, **settings})


def lines(result: Result) -> dict[str, list[str]]:
    return {cells[0]: cells[1:] for cells in (line.split("\t") for line in result.stdout.splitlines())}


async def create(kafka: KafkaServer, topics: list[Topic]) -> None:
    async with connect(kafka.access, TIMEOUT_SECONDS) as client:
        created = await create_missing(client, topics, {})
    assert all(creation.refusal is None for creation in created.values())


def forgetful(prefix: str, short: str) -> list[Topic]:
    """All topics as declared, but one of them set to forget after a week."""
    week = 7 * DAY_MS
    return [replace(topic, retention_ms=week) if topic.short == short else topic for topic in declared(prefix, 2, 1)]


@pytest.fixture(autouse=True)
def restored_log_level() -> Iterator[None]:
    logger = logging.getLogger("aiokafka")
    level = logger.level
    yield
    logger.setLevel(level)


def test_declared_sizes() -> None:
    """Every topic has the partitions and replicas of this installation, and its prefix."""
    topics = declared("bank-x", 5, 2)
    assert {(topic.partitions, topic.replication) for topic in topics} == {(5, 2)}
    assert {topic.name.removesuffix(f"-{topic.short}") for topic in topics} == {"bank-x"}


def test_what_expires() -> None:
    """Contacts, findings and dead letters stay two years at least (第十二条); facts and the registry never expire."""
    kept = {topic.short: topic.retention_ms for topic in declared("p", 1, 1) if topic.cleanup == "delete"}
    two_years = ("dials", "messages", "visits", "letters", "findings", "dead-letters")
    assert kept == {**dict.fromkeys(two_years, 731 * DAY_MS), "facts": -1, "registry": -1}


def test_where_debtors_meet() -> None:
    """All topics but the registry and dead letters hold a debtor's records in the partition of the same number."""
    apart = {topic.short for topic in declared("p", 1, 1) if not topic.by_debtor}
    assert apart == {"registry", "dead-letters"}


def test_no_difference() -> None:
    """Topics as declared differ in nothing."""
    topics = declared("p", 12, 3)
    assert differences(topics, found_as_declared(topics)) == []


@pytest.mark.parametrize(
    ("short", "change"),
    [
        ("dials", {"retention.ms": str(729 * DAY_MS)}),
        ("findings", {"retention.ms": "604800000"}),
        ("facts", {"retention.ms": str(10_000 * DAY_MS)}),
        ("letters", {"retention.bytes": "1000000000"}),
        ("dials", {"cleanup.policy": "compact"}),
        ("registry", {"cleanup.policy": "compact,delete"}),
        ("blocks-dial", {"cleanup.policy": "delete"}),
        ("blocks-visit", {"cleanup.policy": "compact,delete"}),
        ("blocks-dial", {"max.message.bytes": "999999"}),
        ("dead-letters", {"max.message.bytes": "500000"}),
    ],
)
def test_records_that_would_be_lost(short: str, change: dict[str, str]) -> None:
    """A topic that would lose records before their time, or takes no large ones, is an error that says what to set."""
    (difference,) = compared(change, short)
    (config,) = change
    assert difference.error
    assert difference.topic == f"p-{short}"
    assert difference.remedy.startswith(f"set {config}=")


@pytest.mark.parametrize(
    ("short", "change"),
    [
        ("dials", {"retention.ms": str(730 * DAY_MS)}),
        ("dials", {"retention.ms": "-1"}),
        ("findings", {"retention.ms": str(3_650 * DAY_MS)}),
        ("blocks-dial", {"retention.ms": "604800000"}),
        ("findings", {"max.message.bytes": "1000000"}),
        ("dead-letters", {"max.message.bytes": "10000000"}),
        ("dials", {"max.message.bytes": "1000"}),
    ],
)
def test_longer_is_fine(short: str, change: dict[str, str]) -> None:
    """Keeping records longer than declared is no difference; a compacted topic has no retention."""
    assert compared(change, short) == []


def test_broker_that_stamps_records() -> None:
    """Input stamped by the broker is a note: history sent late would look new. Output may be stamped by it."""
    (difference,) = compared({"message.timestamp.type": "LogAppendTime"})
    assert not difference.error
    assert compared({"message.timestamp.type": "LogAppendTime"}, "findings") == []


def test_heartbeats_that_pile_up() -> None:
    """A blocks topic that is compacted late is a note: a reader from the start passes over many old heartbeats."""
    (difference,) = compared({"max.compaction.lag.ms": str(2**63 - 1)}, "blocks-dial")
    assert not difference.error
    assert difference.remedy.startswith("set max.compaction.lag.ms=")
    assert compared({"max.compaction.lag.ms": "60000"}, "blocks-dial") == []


def test_unequal_partitions() -> None:
    """One topic keyed by debtor with other partitions than the rest is an error; the registry's are its own."""
    topics = declared("p", 12, 3)
    found = found_as_declared(topics)
    for name, count in (("p-visits", 6), ("p-registry", 1)):
        found[name] = replace(found[name], partitions=count)
    assert [(point.topic, point.error) for point in differences(topics, found)] == [
        ("p-visits", True),
        ("p-registry", False),
    ]


def test_other_sizes_than_set() -> None:
    """Partitions and replicas other than set, but equal among the topics, are notes."""
    found = found_as_declared(declared("p", 6, 1))
    points = differences(declared("p", 12, 3), found)
    assert len(points) == 2 * len(found)
    assert not any(point.error for point in points)


def test_missing_topic_gets_the_size_of_the_others() -> None:
    """A missing topic is to be created with as many partitions as the existing topics keyed by debtor have."""
    found = found_as_declared(declared("p", 6, 1))
    del found["p-visits"], found["p-registry"]
    absent = missing(declared("p", 12, 1), found)
    assert [(topic.short, topic.partitions) for topic in absent] == [("visits", 6), ("registry", 12)]


async def test_created_as_declared(kafka: KafkaServer, topic_prefix: str) -> None:
    """What is created on a real broker differs in nothing from what is declared, and a worker may start."""
    topics = declared(topic_prefix, 3, 1)
    async with connect(kafka.access, TIMEOUT_SECONDS) as client:
        created = await create_missing(client, topics, await find(client, topics))
        found = await find(client, topics)
        again = await create_missing(client, topics, found)
    assert {name: creation.refusal for name, creation in created.items()} == {topic.name: None for topic in topics}
    assert differences(topics, found) == []
    assert again == {}
    await check(kafka.access, topics, TIMEOUT_SECONDS)


async def test_created_by_two_at_once(kafka: KafkaServer, topic_prefix: str) -> None:
    """Somebody else creating the same topics in the same moment is no failure."""
    topics = declared(topic_prefix, 1, 1)
    async with connect(kafka.access, TIMEOUT_SECONDS) as client:
        await create_missing(client, topics, {})
        created = await create_missing(client, topics, {})
    assert all(creation.refusal is None for creation in created.values())


async def test_asking_creates_nothing(kafka: KafkaServer, topic_prefix: str) -> None:
    """A worker that finds no topics says so in one message that names each of them, and creates none."""
    topics = declared(topic_prefix, 1, 1)
    for _ in range(2):
        with pytest.raises(TopicsError) as refusal:
            await check(kafka.access, topics, TIMEOUT_SECONDS)
        assert all(f"{topic.name}: missing" in str(refusal.value) for topic in topics)
        assert "`duewatch topics`" in str(refusal.value)


async def test_worker_refuses_short_retention(kafka: KafkaServer, topic_prefix: str) -> None:
    """A worker does not start on a topic that forgets after a week, and does on one of an unexpected size."""
    await create(kafka, forgetful(topic_prefix, "dials"))
    with pytest.raises(TopicsError) as refusal:
        await check(kafka.access, declared(topic_prefix, 12, 3), TIMEOUT_SECONDS)
    (line,) = str(refusal.value).splitlines()[1:]
    assert line.startswith(f"  {topic_prefix}-dials: retention.ms is 7 days, must be at least two years (730 days)")
    assert line.endswith("set retention.ms=63158400000")


async def test_broker_that_shows_no_settings(caplog: pytest.LogCaptureFixture, topic_prefix: str) -> None:
    """On a broker that cannot describe settings only existence is checked, with a warning, and nothing is created."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = producer.list_topics(timeout=TIMEOUT_SECONDS).brokers.values()
    address = f"{broker.host}:{broker.port}"
    topics = declared(topic_prefix, 4, 1)
    with pytest.raises(TopicsError):
        await check(KafkaAccess((address,)), topics, TIMEOUT_SECONDS)
    async with connect(KafkaAccess((address,)), TIMEOUT_SECONDS) as client:
        created = await create_missing(client, topics, {})
    assert {creation.refusal for creation in created.values()} == {"this broker cannot create topics"}
    for topic in topics:
        producer.list_topics(topic.name, timeout=TIMEOUT_SECONDS)
    await check(KafkaAccess((address,)), topics, TIMEOUT_SECONDS)
    assert "only that they exist is checked" in caplog.text


async def test_no_broker() -> None:
    """A worker whose Kafka is down is told where it looked and by which setting."""
    with pytest.raises(KafkaUnavailableError, match=r"127\.0\.0\.1:1 \(DUEWATCH_KAFKA\)"):
        await check(KafkaAccess((NOBODY,)), declared("p", 1, 1), TIMEOUT_SECONDS)


def test_command_creates(kafka: KafkaServer, topic_prefix: str) -> None:
    """`duewatch topics` prints a line per topic: created the first time, ok the second."""
    first, second = (command(kafka.address, topic_prefix) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert lines(first)[f"{topic_prefix}-dials"] == ["2", "delete", "731 days", "created"]
    assert lines(first)[f"{topic_prefix}-blocks-dial"] == ["2", "compact", "newest of each key", "created"]
    assert lines(second)[f"{topic_prefix}-facts"] == ["2", "delete", "never", "ok"]
    assert len(lines(second)) == len(declared("p", 1, 1))


@pytest.fixture
async def findings_for_a_week(kafka: KafkaServer, topic_prefix: str) -> str:
    await create(kafka, [topic for topic in forgetful(topic_prefix, "findings") if topic.short == "findings"])
    return f"{topic_prefix}-findings"


def test_command_reports_an_error(kafka: KafkaServer, topic_prefix: str, findings_for_a_week: str) -> None:
    """A retention under two years makes the command end with 1 and say what to set; the rest is created."""
    result = command(kafka.address, topic_prefix)
    assert result.exit_code == 1
    partitions, cleanup, retention, state, advice = lines(result)[findings_for_a_week]
    assert (partitions, cleanup, retention, state) == ("2", "delete", "7 days", "differs")
    assert advice.endswith("set retention.ms=63158400000")
    assert lines(result)[f"{topic_prefix}-dials"][-1] == "created"


def test_command_reports_a_note(kafka: KafkaServer, topic_prefix: str) -> None:
    """Sizes other than set are told, and the command ends with 0."""
    command(kafka.address, topic_prefix)
    result = command(kafka.address, topic_prefix, DUEWATCH_PARTITIONS="7")
    assert result.exit_code == 0
    assert lines(result)[f"{topic_prefix}-dials"][-2:] == [
        "differs",
        "2 partitions, DUEWATCH_PARTITIONS says 7; nothing has to be done",
    ]


def test_command_is_refused_by_the_broker(kafka: KafkaServer, topic_prefix: str) -> None:
    """More replicas than brokers: each topic is reported with the broker's own reason, and the command ends with 1."""
    result = command(kafka.address, topic_prefix, DUEWATCH_REPLICATION="3")
    assert result.exit_code == 1
    assert all(cells[3] == "refused" and "replication factor" in cells[4] for cells in lines(result).values())


def test_command_on_a_terminal(kafka: KafkaServer, topic_prefix: str) -> None:
    """On a terminal the report is a table with headings."""
    result = command(kafka.address, topic_prefix, FORCE_COLOR="1", COLUMNS="120")
    assert result.exit_code == 0
    assert "retention" in result.stdout
    assert f"{topic_prefix}-dead-letters" in result.stdout
    assert "\t" not in result.stdout


def test_command_without_kafka() -> None:
    """Kafka down: one line with the setting and the address, exit status 69, no traceback."""
    result = command(NOBODY, "p")
    assert result.exit_code == 69
    head = "duewatch: Kafka cannot be used at 127.0.0.1:1 (DUEWATCH_KAFKA) over plaintext: no connection: "
    assert result.output.startswith(head)
    assert result.output.count("\n") == 1


def test_command_with_a_frozen_kafka(kafka: KafkaServer) -> None:
    """A Kafka that takes connections and does not answer is given up after the request time-out."""
    kafka.pause()
    try:
        begun = time.monotonic()
        result = command(
            kafka.address,
            "p",
            DUEWATCH_REQUEST_TIMEOUT_SECONDS="2",
            DUEWATCH_SESSION_TIMEOUT_SECONDS="2",
            DUEWATCH_GROUP_HEARTBEAT_SECONDS="1",
            DUEWATCH_REBALANCE_TIMEOUT_SECONDS="2",
        )
        waited = time.monotonic() - begun
    finally:
        kafka.resume()
    assert result.exit_code == 69
    assert "no answer in time" in result.output
    assert waited < 5


def test_command_with_a_wrong_setting() -> None:
    """A wrong setting ends the command with 78 and the list of mistakes, before Kafka is asked."""
    result = command(NOBODY, "a.b", DUEWATCH_PARTITIONS="0")
    assert result.exit_code == 78
    assert "2 mistakes" in result.output
