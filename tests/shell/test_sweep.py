"""A registry entry that comes late reaches the debtors of its institution, in the background."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from stream.core.partition import BUCKETS, bucket_of
from stream.core.registry import Entry
from stream.core.zone import instant_of
from stream.rulebooks.loader import load
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.plan import Planner
from stream.shell.delivery.records import OutRecord
from stream.shell.delivery.task import Item, Task
from stream.shell.store.memory import MemoryStore
from stream.shell.store.store import rev_of
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.sweep import Sweep
from stream.shell.worker.timer import Timer
from tests.parts.calls import NOON, call
from tests.parts.ground import FixedClock, Ground, records_of

MARK = b'{"0":1}'
EARLIER = (NOON - timedelta(days=30)).isoformat()
LISTED: dict[str, Any] = {
    "type": "registry", "kind": "agency", "id": "ag-listed", "institution": "bank-a", "agency": None,
    "valid_from": EARLIER, "valid_until": None, "recorded_at": EARLIER,
}  # fmt: skip


async def judged(ground: Ground, *contacts: dict[str, Any]) -> None:
    for record in records_of(contacts, ground):
        assert not isinstance(record.item, Entry)
        task = Task(record.key, {"dials-0"}, [Item(record.item, ground.now)])
        await (await ground.worker()).deliver([task])


async def test_a_late_entry_makes_debtors_judged_again() -> None:
    """Once the bank has a list, calls of an agency that is not on it are found with all its debtors, and with no other
    bank's; the metrics say how many were judged again and that it is over.
    """
    ground = Ground(NOON)
    calls = [call(f"c-{n}", NOON - timedelta(hours=1), debtor=f"D{n}") for n in range(5)]
    await judged(ground, *calls, call("other", NOON, institution="bank-b"))
    assert not ground.said()[0]
    assert not records_of([LISTED], ground)
    store, metrics = MemoryStore(ground.memory), Metrics()
    sweep = Sweep(store, await ground.worker(), metrics, debtors_per_second=1_000_000)
    await sweep.after_registry(["bank-a"], {"registry-0"}, MARK)
    found = [(finding["rule"], finding["contact_id"]) for finding in ground.said()[0].values()]
    assert sorted(found) == [("NIFA-17-2-LISTED", f"c-{n}") for n in range(5)]
    assert metrics.registry.get_sample_value("duewatch_swept_debtors_total", {"why": "registry"}) == 5
    assert metrics.registry.get_sample_value("duewatch_sweep_progress_ratio", {"why": "registry"}) == 1


async def test_a_second_sweep_says_nothing_again() -> None:
    """A sweep that is begun anew after a crash tells the world nothing it was told already."""
    ground = Ground(NOON)
    await judged(ground, call("c-1", NOON - timedelta(hours=1)))
    records_of([LISTED], ground)
    for expected in (1, 1):
        sweep = Sweep(MemoryStore(ground.memory), await ground.worker(), Metrics(), debtors_per_second=1_000_000)
        await sweep.after_registry(["bank-a"], {"registry-0"}, MARK)
        assert len(ground.topics.records["findings"]) == expected


async def test_who_was_judged_since_is_left_alone() -> None:
    """A sweep reads, but does not judge, debtors whose ledgers were saved after it had begun, with all it is about."""
    ground = Ground(NOON)
    await judged(ground, call("early", NOON - timedelta(hours=1), debtor="D0"))
    records_of([LISTED], ground)
    store = MemoryStore(ground.memory)
    sweep = Sweep(Meddling(store, ground), await ground.worker(), Metrics(), debtors_per_second=1_000_000)  # type: ignore[arg-type] # the part of a store that is used
    await sweep.after_registry(["bank-a"], {"registry-0"}, MARK)
    revs = {key: rev for key, rev in (await revs_of(store)).items() if key != "bank-a|*"}
    assert revs["bank-a|D1"] == Meddling.saved
    assert len({finding["contact_id"] for finding in ground.said()[0].values()}) == 2


class Meddling:
    """A store into which somebody writes as soon as the sweep has raised the marks."""

    saved = 0

    def __init__(self, store: MemoryStore, ground: Ground) -> None:
        self._store = store
        self._ground = ground
        self.raise_registry = store.raise_registry

    async def debtors(self, institution: str | None, bucket: int, after: str, limit: int) -> list[str]:
        """The first look comes after all marks are raised."""
        if not Meddling.saved:
            await judged(self._ground, call("since", NOON - timedelta(hours=1), debtor="D1"))
            Meddling.saved = (await revs_of(self._store))["bank-a|D1"]
        return await self._store.debtors(institution, bucket, after, limit)


async def revs_of(store: MemoryStore) -> dict[str, int]:
    keys = [key for bucket in range(BUCKETS) for key in await store.debtors("bank-a", bucket, "", 9)]
    return {key: rev_of(value) for key, value in zip(keys, await store.load(keys), strict=True) if value}


class Reading:
    """How far a worker has read a registry topic that grows; what the ground's registry holds is behind `offset`."""

    offset = 0

    def mark(self) -> bytes:
        return b'{"0":%d}' % self.offset if self.offset else b"{}"

    async def catch_up(self) -> None:
        self.offset = 1


class Slow:
    """Topics on which an entry is swept while the first record is still under way."""

    def __init__(self, ground: Ground, store: MemoryStore) -> None:
        self._ground = ground
        self._store = store
        self.highest_before = -1

    async def publish(self, records: Iterable[OutRecord]) -> None:
        if self.highest_before < 0:
            records_of([LISTED], self._ground)
            self.highest_before = await self._store.raise_registry(bucket_of("bank-a|D1"), MARK)
        await self._ground.topics.publish(records)


async def test_what_is_confirmed_after_a_sweep_was_judged_with_its_entries() -> None:
    """A sweep leaves alone what is saved later. So what was judged before an entry came is not even confirmed under
    it, but judged again: the entry is not overlooked.
    """
    ground = Ground(NOON)
    calls = records_of([call(f"c-{n}", NOON - timedelta(hours=n)) for n in range(1, 5)], ground)
    store = MemoryStore(ground.memory)
    topics = Slow(ground, store)
    planner = Planner(ground.rulebook, ground.registry, ground.bounds)
    worker = Delivery(store, topics, planner, Reading(), FixedClock(ground.now), recover=_nothing)
    await worker.deliver([Task("bank-a|D1", {"dials-0"}, [Item(each.item, ground.now) for each in calls])])  # type: ignore[arg-type] # calls are no entries
    assert (await revs_of(store))["bank-a|D1"] > topics.highest_before > 0
    listed = [finding for finding in ground.said()[0].values() if finding["rule"] == "NIFA-17-2-LISTED"]
    assert len(listed) == 4


async def _nothing() -> None:
    """Nothing was lost."""


async def test_another_rulebook_brings_its_own_hours() -> None:
    """Under another rulebook nothing changes for a debtor now, but in the evening: then he is blocked, without any
    event.
    """
    noon = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("America/New_York"))
    ground = Ground(noon)
    zone = {
        "type": "fact", "fact_id": "z", "kind": "zone", "value": "America/Los_Angeles", "institution": "bank-a",
        "debtor": "D1", "at": (noon - timedelta(days=9)).isoformat(), "recorded_at": noon.isoformat(),
    }  # fmt: skip
    await judged(ground, zone)
    ground.rulebook = load("reg-f-2021")
    store = MemoryStore(ground.memory)
    await Sweep(store, await ground.worker(), Metrics(), debtors_per_second=1_000_000).under_policy({"policy"})
    assert not any(state["blocks"] for state in ground.said()[1].values())
    ground.now = instant_of(datetime(2026, 11, 20, 22, 30, tzinfo=ZoneInfo("America/Los_Angeles")))
    await Timer(store, await ground.worker(), FixedClock(ground.now), lambda _: True, Metrics()).tick()
    blocks = [block["rule"] for state in ground.said()[1].values() for block in state["blocks"]]
    assert blocks == ["REGF-6-B1-HOURS"] * 3


async def test_debtors_of_whom_nothing_can_be_said_are_left_out() -> None:
    """An institution without topics: its debtors are not judged again, those of the others are."""
    ground = Ground(NOON)
    at = NOON - timedelta(hours=1)
    await judged(ground, call("mine", at, recording=None), call("other", at, recording=None, institution="bank-b"))
    ground.rulebook = load("reg-f-2021")
    store = MemoryStore(ground.memory)

    async def homeless(names: Collection[str]) -> set[str]:
        return {*names} - {"bank-b"}

    sweep = Sweep(store, await ground.worker(), Metrics(), debtors_per_second=100, homeless=homeless)
    await sweep.under_policy({"policy"})
    said = [orjson.loads(record.value or b"") for _, record in ground.topics.records["findings"]]
    assert {each["institution"] for each in said} == {"bank-a", "bank-b"}
    assert {each["institution"] for each in said if each["state"] == "retracted"} == {"bank-b"}
