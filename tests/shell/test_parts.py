import socket
from collections.abc import Iterator

import pytest
from aiokafka.errors import TopicAlreadyExistsError
from confluent_kafka.admin import AdminClient

from stream.shell.embedded import StartupError
from stream.shell.embedded.ports import free_port
from tests.parts import kafka as kafka_module
from tests.parts.kafka import KafkaServer
from tests.parts.records import create_topic, first_record, send


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[KafkaServer]:
    with KafkaServer() as server:
        yield server


async def test_kafka_delivers(kafka: KafkaServer, topic_prefix: str) -> None:
    """Real Kafka takes idempotent sends and delivers key, value and headers as they were produced."""
    await create_topic(kafka.address, topic_prefix)
    await send(kafka.address, topic_prefix, key=b"k", value=b"v", headers={"ce_id": b"1"})
    record = await first_record(kafka.address, topic_prefix)
    assert (record.key, record.value, record.headers) == (b"k", b"v", (("ce_id", b"1"),))


async def test_a_refusal_to_create_is_raised(kafka: KafkaServer, topic_prefix: str) -> None:
    """Creating a topic twice is refused, and the test that tries hears of it."""
    await create_topic(kafka.address, topic_prefix)
    with pytest.raises(TopicAlreadyExistsError):
        await create_topic(kafka.address, topic_prefix)


async def test_kafka_keeps_records_across_a_restart(own_kafka: KafkaServer, topic_prefix: str) -> None:
    """Real Kafka keeps its address and its records across a restart in good order."""
    address = own_kafka.address
    await create_topic(address, topic_prefix)
    await send(address, topic_prefix, key=b"k", value=b"kept")
    own_kafka.restart()
    assert own_kafka.address == address
    assert (await first_record(address, topic_prefix)).value == b"kept"


async def test_kafka_keeps_records_across_a_kill(own_kafka: KafkaServer, topic_prefix: str) -> None:
    """Real Kafka keeps acknowledged records when it is killed with -9 and started again."""
    await create_topic(own_kafka.address, topic_prefix)
    await send(own_kafka.address, topic_prefix, key=b"k", value=b"kept")
    own_kafka.kill()
    assert not own_kafka.running
    own_kafka.restart()
    assert (await first_record(own_kafka.address, topic_prefix)).value == b"kept"


async def test_kafka_goes_on_after_a_pause(own_kafka: KafkaServer, topic_prefix: str) -> None:
    """Real Kafka answers again after a pause, and is the process that it was."""
    before = own_kafka.pid
    await create_topic(own_kafka.address, topic_prefix)
    own_kafka.pause()
    own_kafka.resume()
    await send(own_kafka.address, topic_prefix, key=b"k", value=b"v")
    assert own_kafka.pid == before


def test_kafka_makes_no_topics_by_itself(kafka: KafkaServer, topic_prefix: str) -> None:
    """A topic that nobody created does not appear when somebody asks for it."""
    client = AdminClient({"bootstrap.servers": kafka.address})
    assert client.list_topics(topic_prefix, timeout=10).topics[topic_prefix].error is not None
    assert topic_prefix not in client.list_topics(timeout=10).topics


def test_kafka_says_why_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Kafka that does not come up shows the end of its log."""
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        ports = iter([occupant.getsockname()[1], free_port()])
        monkeypatch.setattr(kafka_module, "free_port", lambda: next(ports))
        with pytest.raises(
            StartupError, match=r"(?s)Kafka ended with code 1; its log ends:.*[Aa]ddress already in use"
        ):
            KafkaServer()
