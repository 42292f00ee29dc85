"""How far back a rebuild reads, and that what is older still says who was contacted first."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from stream.core.zone import DAY, instant_of
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.remembered import Remembered
from stream.shell.rebuild import drafts
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.topics.admin import connect, create_missing
from stream.shell.topics.declared import declared
from tests.parts.inputs import contact_of, written
from tests.parts.kafka import KafkaServer
from tests.parts.rebuilding import delivery, known, rebuilt
from tests.parts.topics import MemoryTopics

KEY = "bank-a|D1"
NOW = datetime.now(UTC)
BOUNDS = Bounds()
KEPT_DAYS = BOUNDS.kept_microseconds // DAY


def message(contact_id: str, days: float, **more: Any) -> tuple[dict[str, Any], float]:
    """A message of so many days ago, recorded at once."""
    at = (NOW - timedelta(days=days)).isoformat()
    plain = {"type": "message", "contact_id": contact_id, "institution": "bank-a", "debtor": "D1", "started_at": at}
    return {**plain, "agency": "ag-1", **more}, days


async def stand(kafka: KafkaServer, prefix: str, *messages: tuple[dict[str, Any], float], judged: int) -> None:
    """Has these stand on the topic, recorded when they say, the first `judged` of them committed."""
    async with connect(kafka.access, 20) as client:
        await create_missing(client, declared(prefix, 1, 1), {})
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        await producer.send_and_wait(f"{prefix}-blocks-dial", b"{}", key=b"*|0")
        for record, days in messages:
            recorded = NOW - timedelta(days=days)
            timestamp_ms = int(recorded.timestamp() * 1000)
            await producer.send_and_wait(
                f"{prefix}-messages", written(record), key=KEY.encode(), timestamp_ms=timestamp_ms
            )
    # Left to itself, it would commit the end of the topic when it is closed.
    reader = AIOKafkaConsumer(bootstrap_servers=kafka.address, group_id=prefix, enable_auto_commit=False)
    async with reader as consumer:
        tp = TopicPartition(f"{prefix}-messages", 0)
        consumer.assign([tp])
        await consumer.commit({tp: OffsetAndMetadata(judged, "")})


async def ledger(kafka: KafkaServer, prefix: str, store: MemoryStore | None = None) -> Remembered:
    return (await rebuilt(kafka, prefix, store, BOUNDS, judged=True))[KEY]


def kept(of: Remembered) -> set[str]:
    return {contact.contact_id for contact in of.contacts}


def firsts(of: Remembered) -> Mapping[str, str]:
    """Party → contact, once all is read and judged."""
    assert not of.earlier
    return {party: contact_id for party, (_, contact_id) in of.firsts.items()}


async def test_contacts_are_read_as_far_back_as_they_were_kept(kafka: KafkaServer, topic_prefix: str) -> None:
    """Sixteen days before the last record that was judged, and no further; what is older says who was first."""
    old, edge, young = message("old", 40), message("edge", KEPT_DAYS + 1.1), message("young", KEPT_DAYS + 0.9)
    await stand(kafka, topic_prefix, old, edge, young, message("last", 1), judged=4)
    found = await ledger(kafka, topic_prefix)
    assert kept(found) == {"young", "last"}
    assert list(firsts(found).values()) == ["old"]


async def test_a_backlog_is_not_taken_for_the_present(kafka: KafkaServer, topic_prefix: str) -> None:
    """Where workers were away for a month, contacts are read from before the last that they judged, up to the end."""
    judged, waiting = [message("j-1", 45), message("j-2", 30)], [message("w-1", 20), message("w-2", 1)]
    await stand(kafka, topic_prefix, *judged, *waiting, judged=2)
    assert kept(await ledger(kafka, topic_prefix)) == {"j-1", "j-2", "w-1", "w-2"}


async def test_without_commits_everything_is_read(kafka: KafkaServer, topic_prefix: str) -> None:
    """Where the group's offsets are gone it is not known how far was judged: nothing is left out that may be kept."""
    await stand(kafka, topic_prefix, message("old", 40), message("young", 10), message("last", 1), judged=0)
    found = await ledger(kafka, topic_prefix)
    assert kept(found) == {"young", "last"}
    assert list(firsts(found).values()) == ["old"]


async def test_first_contacts_are_taken_in_their_newest_revision(kafka: KafkaServer, topic_prefix: str) -> None:
    """A contact that was voided later was no first one; one that was corrected belongs to the agency it was given."""
    await stand(
        kafka,
        topic_prefix,
        message("void", 60),
        message("moved", 59, agency="ag-2"),
        (message("void", 60, revision=1, voided=True)[0], 55),
        (message("moved", 59, agency="ag-3", revision=1)[0], 54),
        message("real", 50),
        message("last", 1),
        judged=6,
    )
    found = firsts(await ledger(kafka, topic_prefix))
    assert found == {'["ag-1",null]': "real", '["ag-3",null]': "moved"}


async def test_history_that_was_sent_late_says_who_was_first(kafka: KafkaServer, topic_prefix: str) -> None:
    """Old contacts that stand behind young ones on the topic, with their original timestamps, are found as well."""
    await stand(kafka, topic_prefix, message("young", 3), message("old", 90), message("last", 1), judged=3)
    found = await ledger(kafka, topic_prefix)
    assert kept(found) == {"young", "last"}
    assert list(firsts(found).values()) == ["old"]


async def test_asked_for_from_a_time_on(kafka: KafkaServer, topic_prefix: str) -> None:
    """`--since` reads contacts from that time on, further back or less far than else, and it is then forgotten."""
    await stand(kafka, topic_prefix, message("a", 40), message("b", 14), message("c", 10), message("d", 1), judged=4)
    for days, expected in ((50, {"a", "b", "c", "d"}), (12, {"c", "d"})):
        store = MemoryStore(Memory())
        await store.want_rebuild(instant_of(NOW - timedelta(days=days)))
        assert kept(await ledger(kafka, topic_prefix, store)) == expected
        assert await store.wanted_rebuilds() == {}


async def test_many_debtors_in_little_memory(kafka: KafkaServer, topic_prefix: str, monkeypatch: Any) -> None:
    """However few ledgers fit into memory at a time, each has everything in the end."""
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 2)
    several = [message(f"c-{n}", 5 - n / 10) for n in range(30)]
    for n, (record, _) in enumerate(several):
        record["debtor"] = f"D{n % 3}"
    async with connect(kafka.access, 20) as client:
        await create_missing(client, declared(topic_prefix, 1, 1), {})
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        await producer.send_and_wait(f"{topic_prefix}-blocks-dial", b"{}", key=b"*|0")
        for record, _ in several:
            key = f"bank-a|{record['debtor']}".encode()
            await producer.send_and_wait(f"{topic_prefix}-messages", written(record), key=key)
    found = await rebuilt(kafka, topic_prefix, None, BOUNDS)
    assert [len(each.contacts) for each in found.values()] == [10, 10]


async def test_until_it_is_known_nothing_is_said_of_first_contacts(kafka: KafkaServer, topic_prefix: str) -> None:
    """Right after a rebuild a call without a word about the institution is no finding about a first contact, though the
    ledger knows no earlier one, and one that was told is not taken back; when older contacts are read it is as it was.
    """
    silent = {"identity_disclosed": False}
    first, later = message("first", 40, **silent), message("later", 2, **silent)
    other = message("other", 3, agency="ag-2", **silent)
    await stand(kafka, topic_prefix, first, other, later, judged=3)
    store, topics = MemoryStore(Memory()), MemoryTopics()
    await rebuilt(kafka, topic_prefix, store, BOUNDS)
    worker = delivery(store, BOUNDS, topics)
    assert store.rebuilt.firsts == "unknown"
    await worker.deliver([Task(KEY, {"dials-0"})])
    assert about_first_contacts(topics) == set()
    await known(kafka, topic_prefix, store, worker, BOUNDS)
    assert about_first_contacts(topics) == {"other"}
    await store.want_rebuild(None)
    await rebuilt(kafka, topic_prefix, store, BOUNDS)
    await worker.deliver([Task(KEY, {"dials-0"})])
    assert about_first_contacts(topics) == {"other"}
    await known(kafka, topic_prefix, store, worker, BOUNDS)
    assert about_first_contacts(topics) == {"other"}


def about_first_contacts(topics: MemoryTopics) -> set[str]:
    """Contacts that the topic says this was wrong with, and has not taken back."""
    newest = {record.key: orjson.loads(record.value or b"") for _, record in topics.records.get("findings", [])}
    found = [each for each in newest.values() if each["rule"] == "NIFA-11-1-IDENTITY"]
    return {each["contact_id"] for each in found if each["state"] != "retracted"}


async def test_a_worker_that_has_not_noticed_a_rebuild_says_nothing(kafka: KafkaServer, topic_prefix: str) -> None:
    """One that was paused while Redis was filled again first learns that it is not known who was contacted first."""
    await stand(kafka, topic_prefix, message("old", 40), message("last", 1), judged=2)
    memory, topics = Memory(), MemoryTopics()
    paused = MemoryStore(memory)
    await rebuilt(kafka, topic_prefix, paused, BOUNDS, judged=True)
    assert paused.rebuilt.firsts == "known"
    other = MemoryStore(memory)
    await other.want_rebuild(None)
    await rebuilt(kafka, topic_prefix, other, BOUNDS)
    silent = message("new", 0, debtor="D2", identity_disclosed=False)[0]
    task = Task("bank-a|D2", {"messages-0"}, [Item(contact_of(silent), instant_of(NOW))])
    await delivery(paused, BOUNDS, topics).deliver([task])
    assert about_first_contacts(topics) == set()
