"""The protocol's single steps, each by a crash that shows what it is for (architecture, "The protocol")."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from stream.core.registry import Entry
from stream.shell.delivery.task import Item, Task
from tests.parts.ground import DiedError, Fate, Ground, records_of
from tests.parts.inputs import agreement, dial

NOW = datetime.fromisoformat("2026-11-18T21:30:00+08:00")
DAY = "2026-11-18T"
STEPS_TO_SAVED = 2
"""Steps of a worker until a ledger is saved: load, save."""
STEPS_TO_PUBLISHED = 4
"""Until its first record is on the topic: the answer to the save, the record."""


def call(number: int, **fields: Any) -> dict[str, Any]:
    """The number-th effective call of a day; three are allowed, an hour apart."""
    at = f"{DAY}{9 + number:02d}:00:00+08:00"
    return dial(contact_id=f"c{number}", started_at=at, answered_at=at, talk_seconds=60, **fields)


async def deliver(ground: Ground, source: str, *lines: dict[str, Any], steps: int | None = None) -> None:
    """Has a worker take one batch; with `steps`, it dies after so many."""
    records = records_of(lines, ground)
    task = Task(records[0].key, {source})
    for record in records:
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, ground.now))
    worker = await ground.worker(Fate(steps))
    if steps is None:
        await worker.deliver([task])
        return
    with pytest.raises(DiedError):
        await worker.deliver([task])


def limit_findings(ground: Ground) -> list[str]:
    """The calls that are told to be too many."""
    return sorted(f["contact_id"] for f in ground.said()[0].values() if f["rule"] == "NIFA-16-2-CALLS")


def all_records(ground: Ground) -> int:
    return sum(len(records) for records in ground.topics.records.values())


async def test_what_was_remembered_and_not_published_comes_with_the_next_batch() -> None:
    """A worker saves that the fourth call is too many, and dies. The next one reads that call together with a fifth, in
    one batch: both are told, though only the fifth is news to the ledger.
    """
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    await deliver(ground, "dials-0", call(4), steps=STEPS_TO_SAVED)
    assert limit_findings(ground) == []
    await deliver(ground, "dials-0", call(4), call(5))
    assert limit_findings(ground) == ["c4", "c5"]


async def test_what_was_remembered_and_not_published_outlives_a_second_death() -> None:
    """The next worker, too, dies when it has saved the fifth call: the third one still tells of both."""
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    await deliver(ground, "dials-0", call(4), steps=STEPS_TO_SAVED)
    await deliver(ground, "dials-0", call(4), call(5), steps=STEPS_TO_SAVED)
    assert limit_findings(ground) == []
    await deliver(ground, "dials-0", call(4), call(5))
    assert limit_findings(ground) == ["c4", "c5"]


async def test_what_another_partition_owes_is_said_by_whoever_writes() -> None:
    """A worker saves that the fourth call is too many, and dies; another partition's worker writes to the ledger and
    says that, too: it need not wait until the partition has found a new worker.
    """
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    await deliver(ground, "dials-0", call(4), steps=STEPS_TO_SAVED)
    await deliver(ground, "dials-1", call(5))
    assert limit_findings(ground) == ["c4", "c5"]


async def test_what_another_partition_owes_stays_owed() -> None:
    """Whoever says what another partition owes does not strike it out: that one's worker says it again at the newest
    version, as an older record of its may have landed meanwhile.
    """
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    await deliver(ground, "dials-0", call(4), steps=STEPS_TO_SAVED)
    await deliver(ground, "dials-1", call(5))
    said = all_records(ground)
    await deliver(ground, "dials-0", call(4))
    assert all_records(ground) > said
    said = all_records(ground)
    await deliver(ground, "dials-0", call(4))
    assert all_records(ground) == said


async def test_a_half_said_batch_is_said_to_its_end() -> None:
    """A worker dies between two records of a batch; read again, nothing of it has changed, and all of it is said."""
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    before = all_records(ground)
    await deliver(ground, "dials-0", call(4), call(5), steps=STEPS_TO_PUBLISHED)
    assert all_records(ground) == before + 1
    await deliver(ground, "dials-0", call(4), call(5))
    assert limit_findings(ground) == ["c4", "c5"]


async def test_what_is_confirmed_is_not_said_again() -> None:
    """A batch that was confirmed and not committed is read again, and nothing is said."""
    ground = Ground(NOW)
    batch = [call(number) for number in range(1, 6)]
    await deliver(ground, "dials-0", *batch)
    said = all_records(ground)
    await deliver(ground, "dials-0", *batch)
    assert all_records(ground) == said


async def test_a_finding_that_was_not_said_yet_is_taken_back_all_the_same() -> None:
    """A finding is saved and its worker dies with it half said; a fact that excuses the call comes through another
    partition: readers end up without it.
    """
    ground = Ground(NOW)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    await deliver(ground, "dials-0", call(4), steps=STEPS_TO_PUBLISHED)
    at = f"{DAY}00:00:00+08:00"
    await deliver(ground, "facts-0", agreement(at=at, recorded_at=at, limits={"effective_calls": None}))
    await deliver(ground, "dials-0", call(4))
    assert limit_findings(ground) == []


class Held(Fate):
    """A worker that stands still before one of its steps until it is let go: a zombie, if others go on meanwhile."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps_left = steps
        self.standing = asyncio.Event()
        self.go = asyncio.Event()

    async def step(self) -> None:
        await super().step()
        self._steps_left -= 1
        if self._steps_left < 0:
            self.standing.set()
            await self.go.wait()


async def test_a_record_that_comes_too_late_is_followed_by_the_newest() -> None:
    """A worker is held up between saving and publishing, while another one writes, publishes and confirms that the
    finding is taken back: the first one's record lands last, it finds that somebody wrote, and says the newest state.
    """
    ground, late = Ground(NOW), Held(STEPS_TO_PUBLISHED - 1)
    await deliver(ground, "dials-0", call(1), call(2), call(3))
    (record,) = records_of([call(4)], ground)
    assert not isinstance(record.item, Entry)
    worker = await ground.worker(late)
    delivering = asyncio.create_task(worker.deliver([Task(record.key, {"dials-0"}, [Item(record.item, ground.now)])]))
    await late.standing.wait()
    at = f"{DAY}00:00:00+08:00"
    await deliver(ground, "facts-0", agreement(at=at, recorded_at=at, limits={"effective_calls": None}))
    assert limit_findings(ground) == []
    late.go.set()
    await delivering
    assert limit_findings(ground) == []
