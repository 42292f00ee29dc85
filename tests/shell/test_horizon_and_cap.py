"""What comes too late or too often: judged once, without touching what is kept (rules.md: horizon, cap)."""

from datetime import timedelta

from stream.core.registry import Entry
from stream.core.zone import instant_of
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.bounds import Bounds
from tests.parts.calls import KEY, NOON, call, deliver, found, ledger
from tests.parts.ground import Ground, records_of


async def test_a_contact_past_the_horizon_is_judged_alone() -> None:
    """A call that arrives nine days late at night breaks the quiet hours, marked late; it fills no limit."""
    ground = Ground(NOON, bounds=Bounds())
    night = (NOON - timedelta(days=9)).replace(hour=23)
    late = [call(f"late-{n}", night + timedelta(minutes=n)) for n in range(5)]
    assert await deliver(ground, *late) == ["late"] * 5
    hours = found(ground, "NIFA-9-HOURS")
    assert sorted(hours) == [f"late-{n}" for n in range(5)]
    assert all(finding["late"] is True for finding in hours.values())
    assert not found(ground, "NIFA-16-2-CALLS")


async def test_what_came_late_takes_nothing_back() -> None:
    """A correction past the horizon may add findings; what was found of the contact stands, and goes on standing."""
    ground = Ground(NOON, bounds=Bounds())
    night = (NOON - timedelta(days=7)).replace(hour=23)
    await deliver(ground, call("c-1", night))
    corrected = call("c-1", night.replace(hour=12), revision=1, labels=["threat"])
    assert await deliver(ground, corrected, recorded=NOON + timedelta(days=2)) == ["late"]
    await deliver(ground, call("c-2", NOON))
    assert list(found(ground, "NIFA-9-HOURS")) == ["c-1"]
    assert found(ground, "NIFA-4-3-HARM")["c-1"]["late"] is True


async def test_a_runaway_dialer_costs_no_more_than_its_cap() -> None:
    """Of 130 effective calls in a day 100 are kept; each beyond is in breach by position alone, without a count."""
    ground = Ground(NOON, bounds=Bounds())
    calls = [call(f"c-{n:03}", NOON - timedelta(minutes=200 - n)) for n in range(130)]
    outcomes = [outcome for one in calls for outcome in await deliver(ground, one)]
    assert outcomes == ["new"] * 100 + ["over"] * 30
    findings = found(ground, "NIFA-16-2-CALLS")
    assert sorted(findings) == [f"c-{n:03}" for n in range(3, 130)]
    assert findings["c-099"]["count"] == 100
    assert findings["c-129"]["count"] is None
    assert findings["c-129"]["counted"] is None
    assert findings["c-129"]["state"] == "confirmed"
    assert len((await ledger(ground)).contacts) == 100


async def test_a_full_day_takes_corrections() -> None:
    """A revision of a call that is kept replaces it, however full its day is."""
    ground = Ground(NOON, bounds=Bounds())
    await deliver(ground, *(call(f"c-{n:03}", NOON - timedelta(minutes=200 - n)) for n in range(100)))
    assert await deliver(ground, call("c-050", NOON, revision=1, voided=True)) == ["replaced"]
    assert "c-050" not in found(ground, "NIFA-16-2-CALLS")


async def test_what_is_dropped_takes_nothing_back_of_what_is_kept() -> None:
    """When the first calls of a day are old enough to be dropped and the fourth is not yet, its finding stands."""
    ground = Ground(NOON, bounds=Bounds())
    began = NOON - timedelta(days=20)
    await deliver(ground, *(call(f"c-{n}", began + timedelta(hours=n)) for n in range(4)), recorded=began)
    before = found(ground, "NIFA-16-2-CALLS")
    assert list(before) == ["c-3"]
    worker = await ground.worker()
    worker._kept_from = lambda: instant_of(began + timedelta(hours=2))  # noqa: SLF001 - as the watermark would have it
    task = Task(KEY, {"dials-0"})
    for record in records_of([call("later", NOON)], ground):
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, ground.now))
    await worker.deliver([task])
    assert [contact.contact_id for contact in (await ledger(ground)).contacts] == ["c-2", "c-3", "later"]
    assert found(ground, "NIFA-16-2-CALLS") == before


async def test_what_is_older_than_what_is_kept_is_judged_alone() -> None:
    """A contact recorded in its time, but read when the rest has long moved on, is judged as one past the horizon."""
    ground = Ground(NOON, bounds=Bounds())
    worker = await ground.worker()
    worker._kept_from = lambda: instant_of(NOON - timedelta(days=16))  # noqa: SLF001 - as the watermark would have it
    night = (NOON - timedelta(days=20)).replace(hour=23)
    task = Task(KEY, {"dials-0"})
    for record in records_of([call("old", night)], ground):
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, instant_of(night)))
    await worker.deliver([task])
    assert [entry.outcome for entry in task.items] == ["late"]
    assert found(ground, "NIFA-9-HOURS")["old"]["late"] is True


async def test_what_came_late_stands_beside_an_older_revision() -> None:
    """A correction that comes ten days late confirms a provisional finding: a later call does not take that back,
    though the visit's first revision is still judged with all others. A further correction does.
    """
    ground = Ground(NOON, bounds=Bounds())
    start = (NOON - timedelta(days=1)).isoformat()
    visit = {
        "type": "visit", "contact_id": "v", "institution": "bank-a", "debtor": "D1", "started_at": start,
        "headcount": 2, "entered_private": True, "recording": "r",
    }  # fmt: skip
    await deliver(ground, visit)
    assert found(ground, "NIFA-16-3-ENTRY")["v"]["state"] == "provisional"
    later = NOON + timedelta(days=9)
    ground.now = instant_of(later)
    await deliver(ground, visit | {"revision": 1, "entry_consent": False}, recorded=later)
    for contact_id in ("after", "and again"):
        finding = found(ground, "NIFA-16-3-ENTRY")["v"]
        assert (finding["state"], finding["late"], finding["revision"]) == ("confirmed", True, 1)
        await deliver(ground, call(contact_id, later), recorded=later)
    again = visit | {"revision": 2, "operator": "o-2"}
    await deliver(ground, again, recorded=later)
    finding = found(ground, "NIFA-16-3-ENTRY")["v"]
    assert (finding["state"], finding["late"], finding["revision"]) == ("provisional", True, 2)
