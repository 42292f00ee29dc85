"""The contract of the ledger store, held to memory, a real Redis and its stand-in alike."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.core.partition import bucket_of
from stream.shell.store.store import (
    DueMove,
    Store,
    Write,
    rev_of,
)
from tests.parts.stores import (
    BEHIND,
    CONFLICT,
    FORGOTTEN,
    KEY,
    NOW,
    SAVED,
    MemoryWorld,
    RedisWorld,
    World,
    keys_in,
    ledger,
    opened,
    write,
)


async def test_first_save_wins(world: World, store: Store) -> None:
    """Of two workers that loaded the same ledger the first to save wins; the other is told, and changes nothing."""
    async with opened(world) as other:
        assert await store.load([KEY]) == await other.load([KEY]) == [None]
        assert await store.save([write(KEY, 0, NOW, due=5)]) == [SAVED]
        assert await other.save([write(KEY, 0, NOW + 1, due=6)]) == [CONFLICT]
        assert await other.load([KEY]) == [ledger(NOW)]
        assert await other.due(10, 10) == [(KEY, 5)]
        assert await other.save([write(KEY, NOW, NOW + 2)]) == [SAVED]
        assert await store.save([write(KEY, NOW, NOW + 3)]) == [CONFLICT]
        assert await store.load([KEY]) == [ledger(NOW + 2)]


async def test_race(world: World) -> None:
    """However many save at once from the same rev, exactly one wins, again and again."""
    async with opened(world) as one, opened(world) as other:
        read = 0
        for start in range(10, 100, 10):
            # No more at once: the stand-in resets connections that have to queue.
            racing = [(start + n, store) for n, store in enumerate((one, other, one, other))]
            outcomes = await asyncio.gather(*(store.save([write(KEY, read, rev)]) for rev, store in racing))
            [read] = [rev for (rev, _), [outcome] in zip(racing, outcomes, strict=True) if outcome is SAVED]
            assert outcomes.count([CONFLICT]) == 3
            assert await other.load([KEY]) == [ledger(read)]


async def test_batch(store: Store) -> None:
    """A batch's outcomes and loads come in the order asked for; one write's conflict does not touch the others."""
    keys = [f"bank-{n % 3}|D{n}" for n in range(300)]
    assert await store.save([write(key, 0, NOW + n) for n, key in enumerate(keys)]) == [SAVED] * 300
    again = [write(key, NOW + n if n % 7 else 1, NOW + 1000 + n) for n, key in enumerate(keys)]
    assert await store.save(again) == [SAVED if n % 7 else CONFLICT for n in range(300)]
    wanted = [ledger(NOW + n + (1000 if n % 7 else 0)) for n in range(300)]
    assert await store.load([*keys, "bank-0|nobody", keys[1]]) == [*wanted, None, wanted[1]]
    assert not await store.load([])
    assert not await store.save([])
    assert not await store.move_due([])


async def test_one_key_twice(store: Store) -> None:
    """Two writes to one key in one batch are the caller's mistake: one of them could not have read the other."""
    with pytest.raises(ValueError, match="one write for each ledger"):
        await store.save([write(KEY, 0, 5), write(KEY, 5, 6)])
    assert await store.load([KEY]) == [None]


@pytest.mark.parametrize(
    "bad",
    [
        Write(KEY, 0, b'{"version":1,"rev":5,', None),
        Write(KEY, 0, b'{"rev":0,"text":""}', None),
        Write(KEY, 5, b'{"rev":5,"text":""}', None),
        Write(KEY, -1, b'{"rev":5,"text":""}', None),
        Write(KEY, 0, b'{"rev":%d,"text":""}' % 2**53, None),
        Write(KEY, 0, ledger(5), -1),
        Write(KEY, 0, ledger(5), 2**53),
        Write("due", 0, ledger(5), None),
    ],
)
async def test_bad_write(store: Store, bad: Write) -> None:
    """A write that breaks its type is the caller's mistake, and nothing of its batch is written."""
    with pytest.raises(ValueError, match=r"ledger|moment"):
        await store.save([write("bank-a|D2", 0, 5), bad])
    assert await store.load(["bank-a|D2", KEY]) == [None, None]


async def test_due_order(store: Store) -> None:
    """Due debtors come oldest first, each once, none after the moment asked for, and never more than asked for."""
    moments = {f"bank-a|D{n}": NOW + (n * 7919) % 1009 for n in range(1009)}
    await store.save([write(key, 0, 1, due=moment) for key, moment in moments.items()])
    oldest = sorted(moments.items(), key=lambda entry: entry[1])
    assert await store.due(NOW - 1, 10) == []
    assert await store.due(NOW + 99, 500) == oldest[:100]
    for limit in (1, 2, 30, 700, 2000):
        assert await store.due(NOW * 2, limit) == oldest[:limit]
    assert await store.due(NOW * 2, 0) == []


async def test_due_crowd(store: Store) -> None:
    """The oldest come first also when they all lie in one bucket, and a moment that many share cuts nobody off."""
    crowd, others = keys_in(3, 60), [f"bank-a|E{n}" for n in range(200)]
    await store.save([write(key, 0, 1, due=n) for n, key in enumerate(crowd)])
    await store.save([write(key, 0, 1, due=1000) for key in others])
    assert [moment for _, moment in await store.due(2000, 50)] == list(range(50))
    everybody = await store.due(1000, 500)
    assert [key for key, _ in everybody] == crowd + sorted(others)


async def test_due_follows_saves(store: Store) -> None:
    """A save sets the due moment, moves it, or takes it away."""
    await store.save([write(KEY, 0, 1, due=NOW)])
    assert await store.due(NOW, 5) == [(KEY, NOW)]
    await store.save([write(KEY, 1, 2, due=NOW + 1)])
    assert await store.due(NOW + 1, 5) == [(KEY, NOW + 1)]
    await store.save([write(KEY, 2, 3)])
    assert await store.due(NOW * 2, 5) == []


async def test_move_due(store: Store) -> None:
    """A due moment is moved or cleared only while it is the one that was read."""
    await store.save([write(KEY, 0, 1, due=NOW)])
    assert await store.move_due([DueMove(KEY, NOW - 1, None)]) == [False]
    assert await store.move_due([DueMove(KEY, NOW, NOW + 5)]) == [True]
    assert await store.move_due([DueMove(KEY, NOW, None)]) == [False]
    assert await store.due(NOW * 2, 5) == [(KEY, NOW + 5)]
    moves = [DueMove(KEY, None, 1), DueMove("bank-b|D2", None, 7), DueMove(KEY, NOW + 5, None), DueMove(KEY, NOW, 9)]
    assert await store.move_due(moves) == [False, True, True, False]
    assert await store.due(NOW * 2, 5) == [("bank-b|D2", 7)]
    with pytest.raises(ValueError, match="moment"):
        await store.move_due([DueMove("bank-b|D2", 7, -1)])


async def test_debtors(store: Store) -> None:
    """Pages over a bucket have each debtor once, in key order, and of one institution only its own."""
    of_a, of_ab, of_b, of_brace = (keys_in(9, 8, form) for form in ("a|{}", "ab|{}", "b|{}", "a}}|{}"))
    with_bars, others = keys_in(9, 3, "a|b|{}"), keys_in(10, 3, "a|{}")
    await store.save([write(key, 0, 1) for key in of_b + of_ab + of_a + of_brace + with_bars + others])

    async def pages(institution: str | None, size: int) -> list[str]:
        found: list[str] = []
        while page := await store.debtors(institution, 9, found[-1] if found else "", size):
            assert len(page) <= size
            found += page
        return found

    for size in (1, 3, 100):
        assert await pages("a", size) == sorted(of_a + with_bars)
        assert await pages("ab", size) == of_ab
        assert await pages("a}", size) == of_brace
        assert await pages(None, size) == sorted(of_a + of_ab + of_b + of_brace + with_bars)
    assert await pages("a|b", 5) == await pages("nobody", 5) == []
    assert await store.debtors("a", 9, "a", 1) == [min(of_a)]
    assert await store.debtors("ab", 9, of_b[0], 5) == await store.debtors("a", 9, of_b[0], 5) == []


async def test_index_is_by_save(store: Store) -> None:
    """A debtor is in the index once his ledger is, however often it is saved; a refused save does not put him there."""
    bucket = bucket_of(KEY)
    await store.save([write(KEY, 3, 4)])
    assert await store.debtors(None, bucket, "", 5) == []


async def test_any_text(store: Store) -> None:
    """Debtors may have braces, bars, spaces, quotes, line ends and any script: each is kept apart and comes back."""
    keys = ["银行|债务人", "bank|{b001}", "b{ank|}x{", 'a b|"\r\n\t\\', "é|ö😀", "a|", "|", "a|{}", "a||b", "a|\0z"]
    assert await store.save([write(key, 0, n + 1, due=n) for n, key in enumerate(keys)]) == [SAVED] * len(keys)
    assert await store.load(keys) == [ledger(n + 1) for n in range(len(keys))]
    assert await store.due(99, 99) == [(key, n) for n, key in enumerate(keys)]
    for key in keys:
        assert key in await store.debtors(key.partition("|")[0], bucket_of(key), "", 9)
    assert await store.move_due([DueMove(key, n, None) for n, key in enumerate(keys)]) == [True] * len(keys)


async def test_forgotten(world: World, store: Store) -> None:
    """Once the data is lost, whoever saved or loaded there before is refused, and nothing is written."""
    first, second, elsewhere = *keys_in(5, 2), keys_in(6, 1)[0]
    await store.save([write(first, 0, NOW)])
    async with opened(world) as reader:
        await reader.load([first])
        world.forget()
        for witness in (store, reader):
            assert await witness.load([first]) == [None]
            batch = [write(first, 0, NOW + 9), write(elsewhere, 0, 1), write(second, 0, NOW + 9, due=1)]
            assert await witness.save(batch) == [FORGOTTEN, SAVED if witness is store else CONFLICT, FORGOTTEN]
    assert await store.load([first, second]) == [None, None]
    assert (await store.due(9, 9), await store.debtors(None, 5, "", 9)) == ([], [])


async def test_rev_read_is_a_witness(world: World, store: Store) -> None:
    """A rev that was read proves what the bucket once held, also to a worker that saw nothing else of it."""
    await store.save([write(KEY, 0, NOW)])
    world.forget()
    async with opened(world) as fresh:
        assert await fresh.save([write(KEY, NOW, NOW + 1)]) == [FORGOTTEN]


async def test_old_snapshot(world: World, store: Store) -> None:
    """An old snapshot of a bucket is noticed by whoever saw a later save there, through whichever debtor."""
    one, other = keys_in(7, 2)
    await store.save([write(one, 0, NOW), write(other, 0, NOW)])
    restore = world.snapshot(7)
    await store.save([write(one, NOW, NOW + 1)])
    restore()
    assert await store.load([one, other]) == [ledger(NOW), ledger(NOW)]
    assert await store.save([write(other, NOW, NOW + 2), write(one, NOW, NOW + 3)]) == [FORGOTTEN, FORGOTTEN]
    assert await store.load([one, other]) == [ledger(NOW), ledger(NOW)]
    async with opened(world) as fresh:
        assert await fresh.save([write(other, NOW, NOW + 4)]) == [SAVED]


async def test_conflict_keeps_marker(world: World, store: Store) -> None:
    """Somebody else's later save is no forgetting, and is learnt from a conflict as from a save."""
    one, other = keys_in(8, 2)
    await store.save([write(one, 0, NOW)])
    restore = world.snapshot(8)
    async with opened(world) as busy:
        assert await busy.save([write(one, NOW, NOW + 5)]) == [SAVED]
    assert await store.save([write(other, 0, NOW + 1), write(one, NOW, NOW + 6)]) == [SAVED, CONFLICT]
    restore()
    assert await store.save([write(other, 0, NOW + 9)]) == [FORGOTTEN]


async def test_marker_never_falls(store: Store) -> None:
    """A debtor whose rev is lower than another's of the same bucket does not make it look forgotten."""
    one, other = keys_in(8, 2)
    assert await store.save([write(one, 0, NOW)]) == [SAVED]
    assert await store.save([write(other, 0, 5)]) == [SAVED]
    assert await store.save([write(other, 5, 6), write(one, NOW, NOW + 1)]) == [SAVED, SAVED]
    assert await store.save([write(one, NOW + 1, NOW + 2), write(other, 6, 7)]) == [SAVED, SAVED]
    assert await store.save([write(other, 7, 8)]) == [SAVED]


async def test_registry(store: Store) -> None:
    """A save is behind if the bucket was swept with more in any partition; the write's own bucket alone counts."""
    here, elsewhere = keys_in(11, 1)[0], keys_in(12, 1)[0]
    rev = 0
    await store.raise_registry(11, b'{"0":5,"10":7}')
    await store.raise_registry(11, b'{"2":1, "10":6}')  # merged: 0 → 5, 2 → 1, 10 → 7
    for registry, outcome in [
        (b'{"0":5,"2":1,"10":7}', SAVED),
        (b'{"10":7,"2":1,"0":5}', SAVED),
        (b'{"0":6,"1":1,"2":1,"10":100}', SAVED),
        (b'{"0":4,"2":9,"10":9}', BEHIND),
        (b'{"0":9,"2":9,"10":6}', BEHIND),
        (b'{"0":9,"10":9}', BEHIND),
        (b"{}", BEHIND),
        (b"", SAVED),
    ]:
        batch = [write(here, rev, rev + 1, due=rev), write(elsewhere, 0, NOW)]
        assert (await store.save(batch, registry))[0] == outcome
        rev += outcome is SAVED
        assert await store.load([here]) == [ledger(rev)]
    assert await store.load([elsewhere]) == [ledger(NOW)]
    assert await store.save([write(here, 1, 99)], b"{}") == [BEHIND]


@pytest.mark.parametrize("bad", [b"[]", b'{"0":-1}', b'{"a":1}', b'{"0":1', b'{"0":"1"}', b'{"0":9007199254740992}'])
async def test_bad_registry(store: Store, bad: bytes) -> None:
    """What is no mark is the caller's mistake."""
    with pytest.raises(ValueError, match="mark"):
        await store.raise_registry(1, bad)
    with pytest.raises(ValueError, match="mark"):
        await store.save([write(KEY, 0, 1)], bad)
    assert await store.load([KEY]) == [None]


async def test_progress(world: World, store: Store) -> None:
    """Each partition's progress is the last put there, seen by all workers, and one put leaves the others alone."""
    assert await store.progress_all() == {}
    await store.progress_put({"duewatch-dials-0": "17", "批": "x"})
    await store.progress_put({})
    async with opened(world) as other:
        await other.progress_put({"duewatch-dials-0": "18"})
    assert await store.progress_all() == {"duewatch-dials-0": "18", "批": "x"}


async def test_reopened(world: World, store: Store) -> None:
    """A store that was closed and opened again still knows what it had seen."""
    await store.save([write(KEY, 0, NOW)])
    await store.close()
    await store.close()
    world.forget()
    await store.open()
    assert await store.save([write(KEY, 0, NOW + 1)]) == [FORGOTTEN]


Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["save", "save", "save", "move", "raise", "forget", "snapshot", "restore"]),
        st.integers(0, 5),
        st.integers(0, 2),
        st.integers(0, 3),
    ),
    max_size=25,
)
SIX = [*keys_in(1, 3), *keys_in(2, 3)]


async def replayed(world: World, steps: list[Step]) -> list[object]:
    """Return everything that two workers see while they do this, one step after the other."""
    async with opened(world) as one, opened(world) as other:
        seen: list[object] = []
        restore: Callable[[], None] = world.snapshot(1)
        for moment, (step, number, back, extra) in enumerate(steps, 10):
            store, key = (one, other)[extra % 2], SIX[number]
            if step == "save":
                revs = [rev_of(value) if value else 0 for value in await store.load(SIX)]
                registry = b'{"0":%d}' % extra if extra else b""
                batch = {SIX[0]: write(SIX[0], revs[0], moment)}
                batch[key] = write(key, max(revs[number] - back, 0), moment, due=back or None)
                seen.append(await store.save(list(batch.values()), registry))
            elif step == "move":
                seen.append(await store.move_due([DueMove(key, back or None, extra or None)]))
            elif step == "raise":
                await store.raise_registry(1 + back % 2, b'{"0":%d}' % extra)
            elif step == "forget":
                world.forget()
            elif step == "snapshot":
                restore = world.snapshot(1)
            else:
                restore()
            seen.append((await store.load(SIX), await store.due(99, 3), await store.debtors(None, 1, "", 9)))
        return seen


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(STEPS)
async def test_memory_is_redis(redis_clean: str, steps: list[Step]) -> None:
    """Whatever two workers do and whatever is lost meanwhile, the store in memory answers as the one in Redis."""
    remote = RedisWorld(redis_clean)
    with remote.raw:
        remote.forget()
        assert await replayed(remote, steps) == await replayed(MemoryWorld(), steps)
