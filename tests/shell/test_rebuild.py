"""Ledgers are rebuilt from all that stands on the topics, and from nothing that was refused there."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import Outcome, Write
from stream.shell.topics.admin import connect, create_missing
from stream.shell.topics.declared import declared
from tests.parts.inputs import agreement, dial, written
from tests.parts.kafka import KafkaServer
from tests.parts.rebuilding import rebuilt

PARTITIONS = 2
TIMES = 25
"""A reader that sometimes begins at the end of a topic was found to do so once in five times."""


def lately(contact_id: str, days: float = 0.1) -> dict[str, Any]:
    """Give a dial of some days ago."""
    return dial(contact_id=contact_id, started_at=(datetime.now(UTC) - timedelta(days=days)).isoformat())


async def produce(kafka: KafkaServer, prefix: str, records: Iterable[tuple[str, dict[str, Any], str]]) -> None:
    topics = declared(prefix, PARTITIONS, 1)
    async with connect(kafka.access, 20) as client:
        await create_missing(client, topics, {})
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        for topic, record, key in records:
            await producer.send_and_wait(f"{prefix}-{topic}", written(record), key=key.encode())


QUIET = {"institution": "bank-a", "debtor": "*", "channel": "dial", "version": 5, "quiet_hours": ["22:00", "08:00"]}
SAID = ("blocks-dial", QUIET, "bank-a|*")
"""What every installation has said before it has judged anything."""


class LosingStore(MemoryStore):
    """A store that loses everything when it was saved to so many times."""

    def __init__(self, memory: Memory, saves: int) -> None:
        super().__init__(memory)
        self._saves_left = saves

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        outcomes = await super().save(writes, registry)
        self._saves_left -= 1
        if not self._saves_left:
            self._memory.forget()
        return outcomes


async def test_everything_is_read_every_time(kafka: KafkaServer, topic_prefix: str) -> None:
    """However often a store is lost, its rebuild begins at the very first record of every topic."""
    records = [("dials", lately(f"c-{number}"), "bank-a|D1") for number in range(20)]
    await produce(kafka, topic_prefix, [SAID, *records, ("facts", agreement(debtor="D2"), "bank-a|D2")])
    for _ in range(TIMES):
        ledgers = await rebuilt(kafka, topic_prefix)
        assert {key: (len(each.contacts), len(each.facts)) for key, each in ledgers.items()} == {
            "bank-a|D1": (20, 0),
            "bank-a|D2": (0, 1),
        }


async def test_a_loss_in_the_middle(kafka: KafkaServer, topic_prefix: str) -> None:
    """A store that is lost again while it is filled is filled from the beginning, not for ever in vain."""
    records = [("dials", lately(f"c-{number}"), "bank-a|D1") for number in range(5)]
    told = {"institution": "bank-a", "debtor": "D1", "channel": "dial", "version": 5, "blocks": [], "hours": None}
    await produce(kafka, topic_prefix, [("blocks-dial", told, "bank-a|D1"), *records])
    for saves in (1, 2):  # one for the inputs, one for what was said
        async with asyncio.timeout(60):
            ledgers = await rebuilt(kafka, topic_prefix, LosingStore(Memory(), saves))
        assert [len(each.contacts) for each in ledgers.values()] == [5]


async def test_what_was_refused_stays_refused(kafka: KafkaServer, topic_prefix: str) -> None:
    """Records under a wrong key, on another type's topic or from the future are no part of a ledger."""
    wrong = [
        ("dials", lately("c-key"), "bank-a|D2"),
        ("facts", lately("c-topic"), "bank-a|D1"),
        ("dials", lately("c-future", days=-1), "bank-a|D1"),
        ("dials", lately("c-offset") | {"started_at": "2026-11-23T14:05:11"}, "bank-a|D1"),
    ]
    await produce(kafka, topic_prefix, [SAID, *wrong, ("dials", lately("c-1"), "bank-a|D1")])
    ledgers = await rebuilt(kafka, topic_prefix)
    assert {key: [contact.contact_id for contact in each.contacts] for key, each in ledgers.items()} == {
        "bank-a|D1": ["c-1"]
    }


async def test_where_nothing_was_ever_said_nothing_is_ingested(kafka: KafkaServer, topic_prefix: str) -> None:
    """Records that wait for the very first worker are judged as live ones: what is refused then is a dead letter."""
    await produce(kafka, topic_prefix, [("dials", lately("c-1"), "bank-a|D1")])
    assert await rebuilt(kafka, topic_prefix) == {}


async def test_what_somebody_else_wrote_tells_nothing(kafka: KafkaServer, topic_prefix: str) -> None:
    """Other JSON on an output topic, whoever sent it, is passed over; what was told beside it is read back."""
    told: dict[str, Any] = {
        "institution": "bank-a",
        "debtor": "D1",
        "channel": "dial",
        "version": 5,
        "blocks": [],
        "hours": None,
    }
    strange = [("findings", {"a": 1}, "f"), ("blocks-dial", told | {"channel": "letter"}, "bank-a|D1")]
    strange += [("blocks-dial", told | {"version": 10**30}, "bank-a|D1"), ("findings", told, "g")]
    await produce(kafka, topic_prefix, [SAID, *strange, ("blocks-dial", told, "bank-a|D1")])
    ledgers = await rebuilt(kafka, topic_prefix)
    assert {key: each.version for key, each in ledgers.items()} == {"bank-a|D1": 5}
