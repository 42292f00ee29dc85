"""The timer judges this worker's due debtors, however many of somebody else's are due before them."""

import time
from collections.abc import Collection
from datetime import timedelta

from stream.shell.delivery.task import Task
from stream.shell.store.memory import MemoryStore
from stream.shell.store.store import Write
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.timer import Timer
from tests.parts.calls import NOON, call, deliver, found
from tests.parts.ground import FixedClock, Ground


async def timer(ground: Ground) -> tuple[Timer, MemoryStore]:
    """A timer that minds D1 alone, and its store."""
    store = MemoryStore(ground.memory)
    worker = await ground.worker()
    return Timer(store, worker, FixedClock(ground.now), lambda key: key == "bank-a|D1", Metrics()), store


async def test_a_missing_recording_is_confirmed_when_its_time_is_up() -> None:
    """24 hours after a call without a recording the provisional finding becomes a confirmed one, without any event."""
    ground = Ground(NOON)
    await deliver(ground, call("c-1", NOON - timedelta(minutes=1), recording=None))
    assert found(ground, "NIFA-16-1-RECORDED")["c-1"]["state"] == "provisional"
    ground.now += 24 * 3600 * 1_000_000
    ticking, _ = await timer(ground)
    assert await ticking.tick() == 1
    assert found(ground, "NIFA-16-1-RECORDED")["c-1"]["state"] == "confirmed"
    assert await ticking.tick() == 0


async def test_others_debtors_do_not_stand_in_the_way() -> None:
    """2 000 debtors of a worker that is stuck have been due for longer; this worker's own is judged all the same."""
    ground = Ground(NOON)
    await deliver(ground, call("c-1", NOON - timedelta(days=2), recording=None))
    ticking, store = await timer(ground)
    await store.save([Write(f"bank-b|D{n}", 0, b'{"rev":1,"x":0}', due=n) for n in range(2000)])
    value = (await store.load(["bank-a|D1"]))[0]
    assert value is not None
    await (await ground.worker()).deliver([Task("bank-a|D1", {"dials-0"})])
    rev = int(value.split(b",")[0].removeprefix(b'{"rev":'))
    again = value.replace(b"%d" % rev, b"%d" % (rev + 1), 1)
    await store.save([Write("bank-a|D1", rev, again, due=2001)])
    assert await ticking.tick() == 1
    assert [key for key, _ in await store.due(10_000, 3000) if key == "bank-a|D1"] == []


async def test_it_says_when_nothing_is_overdue_any_more() -> None:
    """`caught_up` is the hour of a look after which all that was due is judged; with more left than one look takes, or
    none of it seen for other workers' debtors, it stays what it was.
    """
    ground = Ground(NOON)
    ticking, store = await timer(ground)
    await ticking.tick()
    assert ticking.caught_up is not None
    assert ticking.caught_up[1] == ground.now
    all_due = Timer(store, await ground.worker(), FixedClock(ground.now), lambda _: True, Metrics())
    await store.save([Write(f"bank-a|D{n}", 0, b'{"rev":1,"outbox":{}}', due=n) for n in range(700)])
    assert (await all_due.tick(), all_due.caught_up) == (500, None)
    assert await all_due.tick() == 200
    assert all_due.caught_up is not None


async def test_an_emptied_store_is_not_caught_up() -> None:
    """In a store that was emptied nothing is due: such a look counts no more than one while the store is filled again,
    whoever has noticed it when; the first look at a whole one counts.
    """
    ground = Ground(NOON)
    store, span = MemoryStore(ground.memory), [0.0, 0.0]
    worker, clock = await ground.worker(), FixedClock(ground.now)
    ticking = Timer(store, worker, clock, lambda _: True, Metrics(), whole_span=lambda: (span[0], span[1]))
    await ticking.tick()
    assert ticking.caught_up is None, "it is not known yet whether the store was whole"
    span[1] = time.monotonic()
    told = ticking.caught_up
    assert told is not None
    ground.memory.forget()
    await ticking.tick()
    span[:] = [time.monotonic(), time.monotonic()]
    assert ticking.caught_up == told
    await ticking.tick()
    span[1] = time.monotonic()
    assert ticking.caught_up not in (None, told)


async def test_debtors_of_whom_nothing_can_be_said_are_put_off() -> None:
    """2 000 debtors of an institution without topics are due first: the others' are judged, and nothing is overdue."""
    ground = Ground(NOON)
    await deliver(ground, call("c-1", NOON - timedelta(days=2), recording=None))
    store, worker, clock = MemoryStore(ground.memory), await ground.worker(), FixedClock(ground.now)
    await store.save([Write(f"bank-z|D{n}", 0, b'{"rev":1,"x":0}', due=n) for n in range(2000)])

    async def homeless(names: Collection[str]) -> set[str]:
        return {*names} - {"bank-a"}

    ticking = Timer(store, worker, clock, lambda _: True, Metrics(), homeless=homeless)
    while await ticking.tick():
        pass
    assert ticking.caught_up is not None
    assert await store.due(ground.now, 10) == []
    assert len(await store.due(ground.now + 300_000_000, 3000)) >= 2000
