"""The registry in memory: so many entries are kept, by every worker the same ones, and the rest is refused."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from stream.core.registry import KINDS, Entry, Registry
from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.task import Task
from stream.shell.replay.worker import Orders
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.worker.intake import Intake
from stream.shell.worker.registry_reader import RegistryReader
from tests.parts.inputs import DECODER, decoded, dial, entry, written
from tests.replay.engine import RULEBOOK, refused


@dataclass(frozen=True)
class Came:
    """A record of the registry topic."""

    value: bytes
    key: bytes


def tool(number: int, **changes: Any) -> dict[str, Any]:
    return entry(id=f"t-{number}", **changes)


def came(record: dict[str, Any]) -> Came:
    return Came(written(record), decoded(record).key.encode())


def reader(entries_max: int, partitions: int = 1) -> RegistryReader:
    made = RegistryReader(KafkaAccess(()), "d-registry", DECODER, entries_max=entries_max)
    made._next = dict.fromkeys(range(partitions), 0)  # noqa: SLF001 - as after a start
    return made


def word(found: RegistryReader, record: dict[str, Any]) -> str:
    """Why an entry that was read is refused by its partition's owner, or nothing."""
    item = decoded(record).item
    assert isinstance(item, Entry)
    try:
        found.check(item)
    except Refusal as refusal:
        return refusal.word
    return ""


def test_exactly_so_many_entries() -> None:
    """As many entries are kept as the setting says; the next is refused, duplicates and conflicts are as before."""
    found = reader(3)
    records = [*map(tool, range(3)), tool(0), tool(1, agency="ag-1"), tool(3)]
    for record in records:
        found.put(0, came(record))
    assert found.entries == 3
    assert [word(found, record) for record in records] == ["", "", "", "", "conflict", "too-many"]


def test_an_entry_beyond_the_room_says_nothing() -> None:
    """What is refused validates no id and enforces no kind."""
    found = reader(1)
    for record in (tool(0), entry(kind="agency", id="ag-1")):
        found.put(0, came(record))
    assert [found.registry.without(kind) for kind in KINDS] == [1, 0, 1, 1, 1]


def test_workers_agree_on_what_is_beyond() -> None:
    """Partitions come to each worker in another order; which entries are kept does not depend on it."""
    places = [(partition, tool(100 * partition + number)) for partition in range(4) for number in range(10)]
    kept = set()
    for seed in range(5):
        queues = {p: [record for partition, record in places if partition == p] for p in range(4)}
        found, rng = reader(22, partitions=4), random.Random(seed)
        while some := [p for p, left in queues.items() if left]:
            partition = rng.choice(some)
            found.put(partition, came(queues[partition].pop(0)))
        kept.add(tuple(word(found, record) for _, record in places))
    assert kept == {(("",) * 6 + ("too-many",) * 4) * 4}


def test_replay_has_the_same_room() -> None:
    """`replay` refuses what is beyond, too."""
    lines = [*map(tool, range(2)), tool(0), tool(2), tool(1, agency="ag-1")]
    assert refused(Orders(RULEBOOK, registry_entries_max=2), lines) == {4: "too-many", 5: "conflict"}


@pytest.mark.parametrize("step", [1, -1])
def test_many_entries_of_one_id(step: int) -> None:
    """Thousands of entries of one id are put in their place without looking at each other, in whatever order."""
    registry = Registry()
    made = [
        Entry(
            institution="b",
            kind="tool",
            id="t",
            agency=None,
            valid_from=number,
            valid_until=number + 1,
            recorded_at=number,
        )
        for number in range(20_000)
    ]
    for each in made[::step]:
        assert registry.put(each) == "new"
    assert registry.put(made[7]) == "duplicate"
    assert registry.valid("b", "tool", "t", 1234) == made[1234]


def test_institutions_that_are_remembered() -> None:
    """Past so many institutions a worker forgets which it has seen, and sees to their quiet hours again."""
    intake = Intake(DECODER, "d", institutions_max=3)
    intake.know(["b-1", "b-2", "bank-a"])
    assert len(tasks(intake)) == 1
    intake.know(["b-3"])
    assert not intake.institutions
    assert set(tasks(intake)) == {"bank-a|D1", "bank-a|*"}


def tasks(intake: Intake) -> dict[str, Task]:
    return intake.tasks([OnTopic(written(dial()), b"bank-a|D1")], lambda _, refusal: pytest.fail(refusal.message))


@dataclass(frozen=True)
class OnTopic(Came):
    """A record of the topic of dials."""

    topic: str = "d-dials"
    partition: int = 0
    offset: int = 0
    timestamp: int = 1_795_500_000_000
    headers: tuple[()] = ()
