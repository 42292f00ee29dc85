"""Ledgers at hand: a worker that need not read them says the same as one that does."""

from datetime import datetime
from typing import Any

from stream.core.registry import Entry
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.resident import Resident, Residents
from stream.shell.delivery.task import Item, Task
from tests.parts.ground import Ground, records_of
from tests.parts.inputs import agreement, dial

NOW = datetime.fromisoformat("2026-11-18T21:30:00+08:00")
DAY = "2026-11-18T"


def call(number: int, **fields: Any) -> dict[str, Any]:
    at = f"{DAY}{9 + number:02d}:00:00+08:00"
    answer = f"{DAY}{9 + number:02d}:00:09+08:00"
    return dial(contact_id=f"c{number}", started_at=at, answered_at=answer, talk_seconds=60, **fields)


async def take(worker: Delivery, ground: Ground, *lines: dict[str, Any], source: str = "dials-0") -> list[str]:
    """What the ledgers did with these records, each delivered by itself."""
    outcomes = []
    for record in records_of(lines, ground):
        assert not isinstance(record.item, Entry)
        task = Task(record.key, {source}, [Item(record.item, ground.now)])
        await worker.deliver([task])
        outcomes += [entry.outcome for entry in task.items]
    return outcomes


async def test_who_wrote_last_is_seen_before_a_record_is_refused() -> None:
    """A worker whose ledger at hand is old does not call a record a conflict that is only outdated by now."""
    ground = Ground(NOW)
    one, other = await ground.worker(), await ground.worker()
    assert await take(one, ground, call(1)) == ["new"]
    assert await take(other, ground, call(1, revision=1, intent="no")) == ["replaced"]
    assert await take(one, ground, call(1, intent="unknown")) == ["duplicate"]


async def test_two_workers_on_one_debtor_count_together() -> None:
    """Each worker keeps the ledger at hand, and still both together block at the third call."""
    ground = Ground(NOW)
    one, other = await ground.worker(), await ground.worker()
    for number, worker in enumerate((one, other, one, other), start=1):
        assert await take(worker, ground, call(number)) == ["new"]
    findings, blocks = ground.said()
    assert [finding["contact_id"] for finding in findings.values() if finding["rule"] == "NIFA-16-2-CALLS"] == ["c4"]
    assert any(block["rule"] == "NIFA-16-2-CALLS" for state in blocks.values() for block in state["blocks"])


async def test_a_late_fact_is_heard_by_contacts_that_were_judged_before() -> None:
    """What contacts meant by themselves is looked at anew when a fact about the debtor comes."""
    ground = Ground(NOW)
    worker = await ground.worker()
    hours = agreement(at=f"{DAY}00:00:00+08:00", recorded_at=f"{DAY}00:00:00+08:00", hours=[["12:00", "13:00"]])
    await take(worker, ground, call(1), hours)
    findings, _ = ground.said()
    assert "NIFA-9-AGREED" in {finding["rule"] for finding in findings.values()}


def test_room_is_bounded() -> None:
    """Of more ledgers than there is room for, those used last stay."""
    residents = Residents(contacts_max=8)
    for key in ("b|1", "b|2", "b|3"):
        residents.keep(key, Resident(key, None))
    assert residents.take("b|1") is None
    assert residents.take("b|3") is not None
    assert residents.take("b|3") is None
