"""Calls to one debtor, delivered to a ground in memory."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stream.core.registry import Entry
from stream.core.zone import instant_of
from stream.shell.delivery.lease import Lease
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.packed import unpack
from stream.shell.ledgers.remembered import Remembered
from tests.parts.ground import Ground, records_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
KEY = "bank-a|D1"


def call(contact_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An effective call of half a minute."""
    return {
        "type": "dial", "contact_id": contact_id, "institution": "bank-a", "debtor": "D1", "mode": "interactive",
        "started_at": at.isoformat(), "answered_at": at.isoformat(), "talk_seconds": 30, "answered_by": "human",
        "intent": "yes", "recording": "r", "agency": "ag-1", **more,
    }  # fmt: skip


async def deliver(
    ground: Ground,
    *records: dict[str, Any],
    recorded: datetime = NOON,
    owed: Iterable[str] = (),
    lease: Lease | None = None,
) -> list[str]:
    """Delivers records that Kafka took at one moment; returns what the ledger did with each.

    `owed`: keys that have to be said whatever the records change.
    """
    task = Task(KEY, {"dials-0"}, owed=set(owed))
    for record in records_of(records, ground):
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, instant_of(recorded)))
    await (await ground.worker(lease=lease)).deliver([task])
    return [entry.outcome for entry in task.items]


async def ledger(ground: Ground) -> Remembered:
    store = (await ground.worker())._store  # noqa: SLF001 - the ledger is looked at as the next worker finds it
    return unpack((await store.load([KEY]))[0])


def found(ground: Ground, rule: str) -> dict[str, dict[str, Any]]:
    """Contact → finding of a rule, as the topic says in the end."""
    findings = ground.said()[0].values()
    return {finding["contact_id"]: finding for finding in findings if finding["rule"] == rule}
