import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError, KafkaError, for_code

from stream.shell.kafka.clients import new_admin
from stream.shell.kafka.why_not import why_no_connection
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.topics.declared import Topic
from stream.shell.topics.differences import FoundTopic, differences, missing

log = logging.getLogger(__name__)

_VISIBLE_TRIES: Final = 50
_VISIBLE_WAIT_SECONDS: Final = 0.1
_ALREADY_THERE: Final = 36


class KafkaUnavailableError(Exception):
    """Kafka does not answer, or not as Kafka does; the message names DUEWATCH_KAFKA and the addresses."""


class TopicsError(Exception):
    """Topics are missing or wrongly set; the message names each of them and what to do."""


@dataclass(frozen=True, slots=True)
class Creation:
    """What became of a topic that was missing; `refusal` is the broker's reason where it is still not there."""

    topic: Topic
    refusal: str | None


@asynccontextmanager
async def connect(kafka: KafkaAccess, timeout_seconds: float) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open an admin client, for the length of a `with`.

    Waits for each of the addresses and for each request at most `timeout_seconds`.
    Raises KafkaUnavailableError for whatever fails between here and Kafka, in the body too.
    """
    client = new_admin(kafka, request_timeout_ms=int(timeout_seconds * 1000))
    try:
        async with asyncio.timeout(timeout_seconds * len(kafka.servers)):
            await client.start()
        yield client
    except KafkaConnectionError as reason:
        raise unavailable(kafka, await why_no_connection(kafka, timeout_seconds)) from reason
    except (KafkaError, OSError) as reason:
        raise unavailable(kafka, str(reason)) from reason
    finally:
        await client.close()


async def find(client: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, FoundTopic]:
    """Read which of the topics exist, with partitions and settings; no topic comes to be by asking.

    A broker that cannot or may not show settings leaves `configs` None, and a warning is logged.
    """
    partitions = await _partitions(client)
    names = [topic.name for topic in topics if topic.name in partitions]
    configs = await _configs(client, names)
    return {
        name: FoundTopic(
            name,
            len(partitions[name]),
            min((len(partition["replicas"]) for partition in partitions[name]), default=0),
            configs.get(name),
        )
        for name in names
    }


async def partition_counts(client: AIOKafkaAdminClient) -> dict[str, int]:
    """Read which topics there are, of whatever prefix, and how many partitions each has; none comes to be by asking."""
    return {name: len(partitions) for name, partitions in (await _partitions(client)).items()}


async def create_missing(
    client: AIOKafkaAdminClient, topics: Sequence[Topic], found: Mapping[str, FoundTopic]
) -> dict[str, Creation]:
    """Create the topics that are not in `found`, and wait until they can be seen. Returns what became of each."""
    new = missing(topics, found)
    if not new:
        return {}
    cluster = await client.describe_cluster()
    if cluster["controller_id"] not in {broker["node_id"] for broker in cluster["brokers"]}:
        return {topic.name: Creation(topic, "this broker cannot create topics") for topic in new}
    answer = await client.create_topics(
        [NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=topic.configs()) for topic in new]
    )
    refusals = {name: _refusal(code, message) for name, code, message in answer.topic_errors}
    await _wait_until_visible(client, {name for name, refusal in refusals.items() if refusal is None})
    return {topic.name: Creation(topic, refusals[topic.name]) for topic in new}


async def check(kafka: KafkaAccess, topics: Sequence[Topic], timeout_seconds: float) -> None:
    """Make sure that a worker can start: all topics exist and are set as declared. Notes are logged as warnings.

    How many partitions and replicas there are is left to who created them, if only the topics agree.
    Raises TopicsError, one message for all topics, or KafkaUnavailableError.
    """
    async with connect(kafka, timeout_seconds) as client:
        found = await find(client, topics)
    wrong = [f"{topic.name}: missing, or hidden from this client" for topic in topics if topic.name not in found]
    for difference in differences(_sized_as_found(topics, found), found):
        if difference.error:
            wrong.append(f"{difference.topic}: {difference}")
        else:
            log.warning("topic %s: %s", difference.topic, difference)
    if wrong:
        head = "the topics are not as they must be (`duewatch topics` creates what is missing):"
        raise TopicsError("\n  ".join((head, *wrong)))


def unavailable(kafka: KafkaAccess, why: str) -> KafkaUnavailableError:
    """Make the error that tells an operator why Kafka cannot be used, where it was looked for, and how."""
    return KafkaUnavailableError(
        f"Kafka cannot be used at {kafka} (DUEWATCH_KAFKA) over {kafka.security}: {why or 'no answer in time'}"
    )


def _sized_as_found(topics: Sequence[Topic], found: Mapping[str, FoundTopic]) -> list[Topic]:
    return [
        replace(topic, partitions=found[topic.name].partitions, replication=found[topic.name].replication)
        for topic in topics
        if topic.name in found
    ]


async def _partitions(client: AIOKafkaAdminClient) -> dict[str, list[Any]]:
    # Asking for a topic by its name may create it; asking for all of them does not.
    return {row["topic"]: row["partitions"] for row in await client.describe_topics(None)}


async def _configs(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    try:
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    except IncompatibleBrokerVersion:
        log.warning("this broker cannot show how topics are set: only that they exist is checked")
        return {}
    shown: dict[str, dict[str, str]] = {}
    for code, message, _, name, entries in (row for answer in answers for row in answer.resources):
        if code:
            log.warning("topic %s: its settings cannot be seen: %s", name, _refusal(code, message))
        else:
            shown[name] = {entry[0]: entry[1] for entry in entries}
    return shown


def _refusal(code: int, message: str | None) -> str | None:
    if code in (0, _ALREADY_THERE):
        return None
    error: Any = for_code(code)
    return message or f"{error.__name__}: {error.description}"


async def _wait_until_visible(client: AIOKafkaAdminClient, names: set[str]) -> None:
    for _ in range(_VISIBLE_TRIES):
        if names <= set(await client.list_topics()):
            return
        await asyncio.sleep(_VISIBLE_WAIT_SECONDS)
    log.warning("created, but not to be seen yet: %s", ", ".join(sorted(names)))
