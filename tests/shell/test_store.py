"""The contract of the ledger store, held to memory, a real Redis and its stand-in alike; then what Redis alone does."""

import asyncio
import copy
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.crc import key_slot

from stream.core.partition import bucket_of
from stream.shell.embedded.ports import free_port
from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.redis_address import parse_redis
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.redis import RedisStore
from stream.shell.store.registry_mark import canonical
from stream.shell.store.store import (
    DueMove,
    Outcome,
    Store,
    StoreFull,
    StoreRefused,
    StoreUnreachable,
    Write,
    rev_of,
)

NOW = 1_795_501_217_108_661  # microseconds
SAVED, CONFLICT, BEHIND, FORGOTTEN = Outcome
KEY = "bank-a|D1"


def ledger(rev: int, text: str = "") -> bytes:
    return b'{"rev":%d,"text":"%s"}' % (rev, text.encode())


def write(key: str, read: int, rev: int, due: int | None = None) -> Write:
    return Write(key, read, ledger(rev), due)


def keys_in(bucket: int, count: int, form: str = "bank-a|D{}") -> list[str]:
    """Return the first `count` keys of this form that lie in one bucket, in key order."""
    found = (key for number in range(10**6) if bucket_of(key := form.format(f"{number:06d}")) == bucket)
    return [next(found) for _ in range(count)]


class World(Protocol):
    """Where a store keeps its data, as a test may damage it."""

    def client(self) -> Store: ...
    def forget(self) -> None: ...
    def snapshot(self, bucket: int) -> Callable[[], None]: ...


class MemoryWorld:
    """The store in memory."""

    def __init__(self) -> None:
        self.memory = Memory()

    def client(self) -> Store:
        return MemoryStore(self.memory)

    def forget(self) -> None:
        self.memory.forget()

    def snapshot(self, bucket: int) -> Callable[[], None]:
        """Return what puts this bucket back to how it is now."""
        kept = copy.deepcopy(self.memory.buckets[bucket])

        def restore() -> None:
            self.memory.buckets[bucket] = copy.deepcopy(kept)

        return restore


class RedisWorld:
    """The store in Redis, real or not."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.namespace = f"t-{secrets.token_hex(4)}"
        self.raw = redis.Redis.from_url(url, protocol=2)

    def client(self) -> Store:
        return RedisStore(parse_redis(self.url), self.namespace)

    def forget(self) -> None:
        self.raw.flushall()

    def snapshot(self, bucket: int) -> Callable[[], None]:
        """Return what puts this bucket back to how it is now."""
        pattern = f"{self.namespace}:1:{{b{bucket:03d}}}:*"
        kept = {key: self.raw.dump(key) for key in self.raw.keys(pattern)}

        def restore() -> None:
            for key in self.raw.keys(pattern):
                self.raw.delete(key)
            for key, dumped in kept.items():
                assert isinstance(dumped, bytes)
                self.raw.restore(key, 0, dumped)

        return restore


@pytest.fixture(scope="session")
def stand_in_url() -> Iterator[str]:
    with EmbeddedRedis(stand_in=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def spare_url() -> Iterator[str]:
    """Return the URL of a real Redis whose settings these tests may change."""
    with EmbeddedRedis() as server:
        yield server.url


@pytest.fixture
def spare(spare_url: str) -> Iterator[RedisWorld]:
    world = RedisWorld(spare_url)
    with world.raw:
        world.forget()
        yield world


@pytest.fixture(params=["memory", "redis", "stand-in"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    remote = RedisWorld(request.getfixturevalue("redis_url" if request.param == "redis" else "stand_in_url"))
    with remote.raw:
        remote.forget()
        yield remote


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Store]:
    store = world.client()
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(world: World) -> AsyncIterator[Store]:
    async with opened(world) as store:
        yield store


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
    assert not await store.clear_due(KEY, NOW - 1)
    assert await store.clear_due(KEY, NOW, NOW + 5)
    assert not await store.clear_due(KEY, NOW)
    assert await store.due(NOW * 2, 5) == [(KEY, NOW + 5)]
    moves = [DueMove(KEY, None, 1), DueMove("bank-b|D2", None, 7), DueMove(KEY, NOW + 5, None), DueMove(KEY, NOW, 9)]
    assert await store.move_due(moves) == [False, True, True, False]
    assert await store.due(NOW * 2, 5) == [("bank-b|D2", 7)]
    with pytest.raises(ValueError, match="moment"):
        await store.clear_due("bank-b|D2", 7, -1)


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


def command(raw: redis.Redis, *words: str) -> None:
    raw.execute_command(*words)  # type: ignore[no-untyped-call]


def calls(raw: redis.Redis) -> dict[str, int]:
    """Return how often clients, and functions, called each command since the last reset."""
    stats = raw.info("commandstats")
    assert isinstance(stats, dict)
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}


async def test_one_round_trip(spare: RedisWorld) -> None:
    """A batch is one command to read and one to write, whatever its size and however many buckets it touches."""
    keys = [f"bank-a|D{n}" for n in range(1000)]
    async with opened(spare) as store:
        for start in (0, 1):
            spare.raw.config_resetstat()
            await store.load(keys)
            assert calls(spare.raw)["mget"] == 1
            await store.save([write(key, start, start + 1, due=NOW) for key in keys], b'{"0":1}')
            done = calls(spare.raw)
            assert (done["mget"], done["fcall"], done["set"]) == (2, 1, 1000)  # the second mget is the function's own
        spare.raw.config_resetstat()
        assert len(await store.due(NOW, 1000)) == 1000
        assert await store.move_due([DueMove(key, NOW, None) for key in keys]) == [True] * 1000
        assert 2 <= calls(spare.raw)["fcall"] <= 3


async def test_layout(spare: RedisWorld) -> None:
    """All keys of a bucket, and nothing else, share its hash tag, also where a debtor has braces of his own."""
    key = "bank|{b001}"
    async with opened(spare) as store:
        await store.save([write(key, 0, NOW, due=NOW)])
        await store.raise_registry(bucket_of(key), b'{"10":5,"3":4}')
        await store.progress_put({"p": "1"})
    tag = f"{spare.namespace}:1:{{b{bucket_of(key):03d}}}:"
    kept = {tag + key, *(tag + name for name in ("due", "index", "marker", "registry"))}
    names = {*kept, f"{spare.namespace}:1:progress"}
    assert set(spare.raw.keys("*")) == {name.encode() for name in names}
    assert {key_slot(name.encode()) for name in kept} == {key_slot(b"b%03d" % bucket_of(key))}
    assert spare.raw.get(f"{tag}marker") == b"%d" % NOW
    assert spare.raw.get(f"{tag}registry") == canonical(b'{"10":5,"3":4}') == b'{"3":4,"10":5}'
    with pytest.raises(ValueError, match="braces"):
        RedisStore(parse_redis(spare.url), "a{b}")


async def test_namespaces(spare: RedisWorld) -> None:
    """Two groups on one server do not see each other."""
    async with opened(spare) as store, opened(RedisWorld(spare.url)) as stranger:
        await store.save([write(KEY, 0, NOW, due=1)])
        assert (await stranger.load([KEY]), await stranger.due(9, 9)) == ([None], [])
        assert await stranger.save([write(KEY, 0, 1)]) == [SAVED]


async def test_functions_lost(spare: RedisWorld) -> None:
    """A server that lost the functions gets them again, whichever is called first, and the call is made."""
    async with opened(spare) as store:
        spare.raw.function_flush()
        assert await store.save([write(KEY, 0, NOW, due=1)]) == [SAVED]
        spare.raw.function_flush()
        assert await store.due(1, 1) == [(KEY, 1)]
        spare.raw.function_flush()
        assert sum(await asyncio.gather(*(store.clear_due(KEY, 1) for _ in range(5)))) == 1


async def test_strange_value(spare: RedisWorld) -> None:
    """What stands in a ledger's place and is none is refused, and never overwritten."""
    place = f"{spare.namespace}:1:{{b{bucket_of(KEY):03d}}}:{KEY}"
    spare.raw.set(place, "hello")
    async with opened(spare) as store:
        with pytest.raises(StoreRefused, match="no ledger at"):
            await store.load([KEY])
        assert await store.save([write(KEY, 0, NOW)]) == [CONFLICT]
    assert spare.raw.get(place) == b"hello"


async def test_redis_down() -> None:
    """A server that is not there is named by its setting and address, without user or password."""
    url = f"redis://someone:secret@127.0.0.1:{free_port()}/3"
    with pytest.raises(StoreUnreachable, match=r"\*\*\*@127\.0\.0\.1:\d+/3 \(DUEWATCH_REDIS\)") as caught:
        await RedisStore(parse_redis(url)).open()
    assert "secret" not in str(caught.value)
    assert "someone" not in str(caught.value)


async def test_redis_gone() -> None:
    """Once the server is gone, every call says so."""
    with EmbeddedRedis() as server:
        store = RedisStore(parse_redis(server.url))
        await store.open()
        assert await store.save([write(KEY, 0, NOW)]) == [SAVED]
    for attempt in (store.load([KEY]), store.save([write(KEY, NOW, NOW + 1)]), store.due(1, 1), store.progress_all()):
        with pytest.raises(StoreUnreachable, match="does not answer"):
            await attempt
    await store.close()


async def test_connections_closed(spare: RedisWorld) -> None:
    """Connections that the server closed are replaced: at most the call that finds out fails."""
    async with opened(spare) as store:
        await asyncio.gather(*(store.load([KEY]) for _ in range(5)))
        spare.raw.client_kill_filter(_type="normal", skipme=True)
        with suppress(StoreUnreachable):
            await store.load([KEY])
        assert await asyncio.gather(*(store.load([KEY]) for _ in range(5))) == [[None]] * 5


async def test_slow_answer(spare: RedisWorld) -> None:
    """A save that is not answered in time has an unknown outcome; loading again tells it, and nothing is mixed up."""
    store = RedisStore(parse_redis(spare.url), spare.namespace, timeout_seconds=0.2)
    await store.open()
    spare.raw.client_pause(600, all=False)  # writes only; what was sent is done when the pause is over
    with pytest.raises(StoreUnreachable, match="does not answer"):
        await store.save([write(KEY, 0, NOW)])
    spare.raw.client_unpause()
    while await store.load([KEY]) == [None]:
        await asyncio.sleep(0.01)
    assert await store.save([write(KEY, 0, NOW)]) == [CONFLICT]
    assert await store.load([KEY, "bank-a|nobody"]) == [ledger(NOW), None]
    await store.close()


async def test_cancelled(spare: RedisWorld) -> None:
    """A call that was cancelled half-way leaves no answer behind for the next one."""
    async with opened(spare) as store:
        await store.save([write(KEY, 0, NOW)])
        for rounds in range(30):
            task = asyncio.create_task(store.load([KEY] * 400))
            for _ in range(rounds):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await store.load([KEY]) == [ledger(NOW)]
            assert await store.progress_all() == {}


async def test_full(spare: RedisWorld) -> None:
    """A server at its maxmemory says so: nothing of the batch is written, and reading still works."""
    async with opened(spare) as store:
        assert await store.save([write(KEY, 0, 1, due=5)]) == [SAVED]
        spare.raw.config_set("maxmemory", 1)
        try:
            with pytest.raises(StoreFull, match="maxmemory"):
                await store.save([write(KEY, 1, 2), write("bank-a|D2", 0, 2)])
            assert await store.load([KEY, "bank-a|D2"]) == [ledger(1), None]
            assert await store.due(9, 9) == [(KEY, 5)]
        finally:
            spare.raw.config_set("maxmemory", 0)
        assert await store.save([write(KEY, 1, 2)]) == [SAVED]


@pytest.fixture
def limited_user(spare: RedisWorld) -> Iterator[str]:
    """Return the URL of a user who may do what the store needs, and read no configuration."""
    rights = "~* +@read +@write +fcall +function|load +info"
    command(spare.raw, "ACL", "SETUSER", "limited", "on", ">secret", *rights.split())
    yield spare.url.replace("//", "//limited:secret@")
    command(spare.raw, "ACL", "DELUSER", "limited")


async def test_least_rights(limited_user: str) -> None:
    """The rights that a refusal asks for suffice."""
    store = RedisStore(parse_redis(limited_user))
    await store.open()
    assert await store.save([write(KEY, 0, NOW, due=1)]) == [SAVED]
    assert await store.due(9, 9) == [(KEY, 1)]
    assert await store.debtors(None, bucket_of(KEY), "", 9) == [KEY]
    await store.progress_put({"p": "1"})
    await store.close()


@pytest.mark.parametrize("hidden", ["nothing", "-config", "-info", "-config -info"])
async def test_eviction_refused(
    spare: RedisWorld, limited_user: str, hidden: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that may evict ledgers is refused, wherever its policy can be read; where not, a warning says so."""
    hides = [] if hidden == "nothing" else hidden.split()
    command(spare.raw, "ACL", "SETUSER", "limited", "+config|get", *hides)
    spare.raw.config_set("maxmemory-policy", "allkeys-lru")
    store = RedisStore(parse_redis(limited_user))
    try:
        if len(hides) == 2:
            await store.open()
            await store.close()
            assert "see to it that it is noeviction" in caplog.text
        else:
            with pytest.raises(StoreRefused, match=r"allkeys-lru .* set maxmemory-policy noeviction"):
                await store.open()
    finally:
        spare.raw.config_set("maxmemory-policy", "noeviction")


async def test_wrong_rights(spare: RedisWorld, limited_user: str) -> None:
    """A wrong password or a missing right is refused with what to do, and the password is not repeated."""
    with pytest.raises(StoreRefused, match="another user or password") as caught:
        await RedisStore(parse_redis(limited_user.replace("secret", "guessed"))).open()
    assert "guessed" not in str(caught.value)
    command(spare.raw, "ACL", "SETUSER", "limited", "-fcall", "-function|load")
    with pytest.raises(StoreRefused, match="Grant its ACL"):
        await RedisStore(parse_redis(limited_user)).open()


async def test_replica_refused() -> None:
    """A replica is refused: it forgets what is written to it, if it takes it at all."""
    with EmbeddedRedis() as server:
        with redis.Redis.from_url(server.url) as raw:
            raw.replicaof("127.0.0.1", free_port())
        with pytest.raises(StoreRefused, match="name its master"):
            await RedisStore(parse_redis(server.url)).open()


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("redis_version:6.2.14", "version 6.2.14; Duewatch needs Redis 7.0"),
        ("redis_version:7.2.4\r\nredis_mode:cluster", "node of a Cluster"),
    ],
)
async def test_unfit_server_refused(info: str, message: str) -> None:
    """A server without functions, or a node of a Cluster, is refused by what it says of itself."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = [(await reader.readline(), await reader.readline())[1].strip() for _ in range(int(head[1:]))]
            writer.write(b"$%d\r\n%s\r\n" % (len(info), info.encode()) if words == [b"INFO"] else b"+OK\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(StoreRefused, match=message):
            await RedisStore(parse_redis(f"redis://127.0.0.1:{port}")).open()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis+cluster://127.0.0.1:1,127.0.0.1:2", "a Cluster is not yet supported"),
        ("redis://127.0.0.1:1/0?decode_responses=true", "unknown option .* there are client_name, password"),
        ("redis://127.0.0.1:1/0?ssl_certfile=x", "unknown option"),
        ("redis://127.0.0.1:1/0?socket_timeout=secret", "DUEWATCH_REDIS: Invalid value for 'socket_timeout'"),
    ],
)
async def test_unfit_address_refused(url: str, message: str) -> None:
    """An address that cannot be used as it is meant is refused before anything is sent."""
    with pytest.raises(StoreRefused, match=message) as caught:
        await RedisStore(parse_redis(url)).open()
    assert "secret" not in str(caught.value)
