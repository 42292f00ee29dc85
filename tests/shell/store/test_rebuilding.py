"""A store that lost data is closed, filled again and opened; memory and Redis alike."""

import asyncio

from stream.core.partition import BUCKETS
from stream.shell.store.store import Rebuilt, Store
from tests.parts.stores import BEHIND, CONFLICT, FORGOTTEN, NOW, SAVED, World, keys_in, ledger, opened, write

SEEN = b'{"0":5}'
TOKEN = 17


async def complete(store: Store) -> None:
    """Rebuilds a store of which there is nothing to fill in."""
    await store.begin_rebuild(TOKEN)
    assert await store.end_rebuild(Rebuilt(TOKEN), b"")


async def test_a_new_store_is_not_whole_until_it_was_rebuilt(store: Store) -> None:
    """An empty server may be a new one or one that lost everything: it counts as whole once it was rebuilt."""
    assert not await store.whole()
    await complete(store)
    assert await store.whole()


async def test_a_loss_is_seen_by_everybody_who_had_seen_the_store_whole(world: World, store: Store) -> None:
    """After the data is lost the store is not whole, and no save passes, not even into a bucket never used."""
    await complete(store)
    async with opened(world) as other:
        assert await other.whole()
        world.forget()
        assert not await store.whole()
        assert not await other.whole()
        for bucket in (0, BUCKETS - 1):
            assert await other.save([write(keys_in(bucket, 1)[0], 0, 1)], SEEN) == [FORGOTTEN]


async def test_saves_under_way_are_no_loss(store: Store) -> None:
    """Whoever asks whether the store is whole while his own saves come back is not told that it forgot something."""
    await complete(store)
    keys = keys_in(5, 40)

    async def saving() -> None:
        for number, key in enumerate(keys, start=1):
            assert await store.save([write(key, 0, NOW + number)]) == [SAVED]

    busy = asyncio.create_task(saving())
    while not busy.done():
        await asyncio.sleep(0)
        assert await store.whole()
    await busy


async def test_while_it_is_rebuilt_only_the_rebuild_saves(world: World, store: Store) -> None:
    """Between begin and end what was judged is refused as behind the registry; the rebuild, which judges nothing, may
    save; afterwards both may.
    """
    await complete(store)
    one, other = keys_in(3, 2)
    async with opened(world) as worker:
        assert await worker.whole()
        assert await worker.save([write(one, 0, NOW)], SEEN) == [SAVED]
        await store.begin_rebuild(TOKEN)
        assert await worker.load([one]) == [None]
        assert not await worker.whole()
        assert await worker.save([write(one, 0, NOW + 1)], SEEN) == [BEHIND]
        assert await worker.save([write(one, NOW, NOW + 1)]) == [CONFLICT]
        assert await store.save([write(one, 0, NOW + 2), write(other, 0, NOW + 2)]) == [SAVED, SAVED]
        assert await store.end_rebuild(Rebuilt(TOKEN), SEEN)
        assert await worker.load([one]) == [ledger(NOW + 2)]
        assert await worker.save([write(one, NOW + 2, NOW + 3)], b'{"0":4}') == [BEHIND]
        assert await worker.save([write(one, NOW + 2, NOW + 3)], SEEN) == [SAVED]
        assert await worker.whole()


async def test_a_rebuild_that_another_one_overtook_does_not_open_the_store(store: Store) -> None:
    """Who lost the lock and goes on cannot open what somebody else is filling."""
    await store.begin_rebuild(TOKEN)
    await store.begin_rebuild(TOKEN + 1)
    assert not await store.end_rebuild(Rebuilt(TOKEN), b"")
    assert not await store.whole()
    assert await store.end_rebuild(Rebuilt(TOKEN + 1), b"")
    assert await store.whole()


async def test_a_sweep_during_a_rebuild(store: Store) -> None:
    """A sweep that raises a bucket's registry mark while the bucket is rebuilt neither opens it nor is undone by the
    end of the rebuild.
    """
    key = keys_in(3, 1)[0]
    await store.begin_rebuild(TOKEN)
    await store.raise_registry(3, b'{"0":7,"1":2}')
    assert not await store.whole()
    assert await store.save([write(key, 0, NOW)], b'{"0":7,"1":2}') == [BEHIND]
    assert await store.end_rebuild(Rebuilt(TOKEN), SEEN)
    assert await store.whole()
    assert await store.save([write(key, 0, NOW)], SEEN) == [BEHIND]
    assert await store.save([write(key, 0, NOW)], b'{"0":7,"1":2}') == [SAVED]


async def test_one_rebuilds_at_a_time(store: Store) -> None:
    """The lock is one worker's until he gives it back; he may take it again, to keep it."""
    assert await store.lock_rebuild("w1", 30)
    assert await store.lock_rebuild("w1", 30)
    assert not await store.lock_rebuild("w2", 30)
    await store.unlock_rebuild("w2")
    assert not await store.lock_rebuild("w2", 30)
    await store.unlock_rebuild("w1")
    assert await store.lock_rebuild("w2", 30)


async def test_an_older_marker_is_a_loss(world: World, store: Store) -> None:
    """A bucket put back to an old copy makes the store less than whole for whoever saw it newer."""
    await complete(store)
    key = keys_in(7, 1)[0]
    restore = world.snapshot(7)
    assert await store.save([write(key, 0, NOW * 2)]) == [SAVED]
    assert await store.whole()
    restore()
    assert not await store.whole()


async def test_a_rebuild_that_was_asked_for(store: Store) -> None:
    """From then on the store is not whole, also after a rebuild that was begun but not ended, until the wish is taken
    back; what was asked for meanwhile stays.
    """
    await complete(store)
    await store.want_rebuild(None)
    assert not await store.whole()
    await store.begin_rebuild(TOKEN)
    wanted = await store.wanted_rebuilds()
    assert list(wanted.values()) == [None]
    await store.want_rebuild(NOW)
    assert await store.end_rebuild(Rebuilt(TOKEN), b"")
    assert not await store.whole()
    await store.drop_wanted(wanted)
    assert list((await store.wanted_rebuilds()).values()) == [NOW]
    await store.drop_wanted(await store.wanted_rebuilds())
    assert await store.whole()
