"""How a batch with too many dead letters is taken: what is right in it is done, and nothing is lost or said twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from stream.shell.codec.decode import Decoder
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.transport.batch import Batch
from stream.shell.worker.contacts import Contacts
from stream.shell.worker.dead_letter_limit import DeadLetterLimit, Limits
from stream.shell.worker.dead_letters import DeadLetters
from stream.shell.worker.intake import Intake
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.progress import Progress
from stream.shell.worker.registry_agent import RegistryAgent
from stream.shell.worker.registry_reader import RegistryReader
from tests.parts.calls import NOON, call
from tests.parts.ground import Ground
from tests.parts.inputs import entry, written

RUN_MAX = 3
RECORDED_MS = int(NOON.timestamp() * 1000)


@dataclass(frozen=True)
class Came:
    """A record as aiokafka hands it over."""

    value: bytes
    offset: int
    partition: int = 0
    topic: str = "d-dials"
    key: bytes = b"bank-a|D1"
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = RECORDED_MS


class Bench:
    """A worker's agents over a ground in memory, with a run limit of three."""

    def __init__(self, ground: Ground, *, run_max: int = RUN_MAX) -> None:
        self.ground = ground
        self.decoder = Decoder(ground.rulebook.labels)
        self.intake = Intake(self.decoder, "d")
        self.metrics = Metrics()
        self.limit = DeadLetterLimit(Limits(run_max, 1.0, 10))
        self.letters = DeadLetters(self.intake, ground.topics, self.limit, self.metrics)

    async def contacts(self, *records: Came) -> dict[tuple[str, int], int]:
        delivery = await self.ground.worker()
        agent = Contacts(self.intake, delivery, self.letters, Progress(), self.metrics)
        return {overrun.partition: overrun.offset for overrun in await agent.judge(batch(records))}

    async def registry(self, *records: Came) -> dict[tuple[str, int], int]:
        delivery = await self.ground.worker()
        reader = Entries(KafkaAccess(()), "d-registry", self.decoder)
        for record in records:
            reader.put(record.partition, record)
        agent = RegistryAgent(reader, self.intake, delivery, cast("Any", NoSweep()), self.letters, self.metrics)
        return {overrun.partition: overrun.offset for overrun in await agent.judge(batch(records))}

    def said(self) -> list[tuple[str, int]]:
        """Word and offset of each dead letter on the topic, in order."""
        records = [dict(record.headers) for _, record in self.ground.topics.records.get("dead-letters", [])]
        name = "__streams.errors."
        return [(each[f"{name}exception"].decode(), int(each[f"{name}offset"])) for each in records]


class Entries(RegistryReader):
    """The registry as of now: nothing has to be waited for."""

    async def catch_up(self) -> None:
        return


class NoSweep:
    """No debtor has to be judged again."""

    async def after_registry(self, *_: Any) -> None:
        return


def batch(records: Sequence[Came]) -> Batch:
    return Batch(cast("Any", tuple(records)), {}, fetched_at=0.0, generation=1)


def good(offset: int, contact_id: str, partition: int = 0, **more: Any) -> Came:
    at = NOON.replace(hour=23) - timedelta(days=1)
    return Came(json.dumps(call(contact_id, at, **more)).encode(), offset, partition)


def broken(first: int, last: int, partition: int = 0) -> list[Came]:
    return [Came(b"{", offset, partition) for offset in range(first, last + 1)]


@pytest.fixture
def bench() -> Bench:
    return Bench(Ground(NOON))


async def test_what_is_right_is_done_up_to_the_limit(bench: Bench) -> None:
    """Three dead letters are said and the fourth stops its partition; the other partition is done, and judged."""
    stops = await bench.contacts(good(0, "c-1"), *broken(1, 9), good(10, "c-2"), good(0, "c-3", 1), *broken(1, 2, 1))
    assert stops == {("d-dials", 0): 4}
    assert bench.said() == [("not-json", n) for n in (1, 2, 3, 1, 2)]
    judged = {json.loads(record.value or b"")["contact_id"] for _, record in bench.ground.topics.records["findings"]}
    assert {"c-1", "c-3"} <= judged


async def test_the_next_try_says_nothing_twice(bench: Bench) -> None:
    """Read again from where it stopped the same record stops it, and nothing more is said."""
    await bench.contacts(*broken(0, 9))
    said = bench.said()
    again = Bench(bench.ground)
    again.limit.begin({("d-dials", 0): bench.limit.note(("d-dials", 0))})
    assert await again.contacts(*broken(3, 9)) == {("d-dials", 0): 3}
    assert again.said() == said
    raised = Bench(bench.ground, run_max=100)
    raised.limit.begin({("d-dials", 0): again.limit.note(("d-dials", 0))})
    assert await raised.contacts(*broken(3, 9)) == {}
    assert raised.said() == [("not-json", n) for n in range(10)]


async def test_conflicts_count(bench: Bench) -> None:
    """A producer that sends other contents under one revision again and again is stopped like any that is wrong."""
    storm = [good(1 + n, "c-1", talk_seconds=31 + n) for n in range(5)]
    assert await bench.contacts(good(0, "c-1"), *storm) == {("d-dials", 0): 4}
    assert bench.said() == [("conflict", n) for n in (1, 2, 3)]


async def test_duplicates_do_not_count(bench: Bench) -> None:
    """The same record over and over is what retries look like: no dead letter, and the end of a run."""
    assert await bench.contacts(*(good(n, "c-1") for n in range(20))) == {}
    assert await bench.contacts(*broken(20, 22), good(23, "c-1"), *broken(24, 26)) == {}
    assert len(bench.said()) == 6


async def test_dead_letters_keep_the_order_of_their_records(bench: Bench) -> None:
    """What a look at the ledger refuses is said where it stood between those that could not be read."""
    await bench.contacts(good(0, "c-1"), Came(b"{", 1), good(2, "c-1", talk_seconds=1), Came(b"{", 3))
    assert bench.said() == [("not-json", 1), ("conflict", 2), ("not-json", 3)]


async def test_the_registry_has_the_same_limit(bench: Bench) -> None:
    """Registry entries that cannot be read stop their partition too; those that can be are taken."""
    broken_entries = [Came(b"{", n, topic="d-registry") for n in range(1, 6)]
    first = Came(written(entry()), 0, topic="d-registry", key=b"bank-a|tool|t-1")
    assert await bench.registry(first, *broken_entries) == {("d-registry", 0): 4}
    assert bench.said() == [("not-json", n) for n in (1, 2, 3)]
    assert bench.intake.institutions == {"bank-a"}
