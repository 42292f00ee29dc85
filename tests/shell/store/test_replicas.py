"""A master with a replica: Sentinels that make the replica the master, and waiting until the replica has it all."""

import asyncio
from collections.abc import Iterator

import pytest

from stream.shell.embedded.ports import LOOPBACK, free_port
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import Rebuilt, StoreRefused, StoreUnreachable
from stream.shell.store.waiting import Waiting
from tests.parts.redis_sentinels import NAME, SentinelServers
from tests.parts.stores import (
    CONFLICT,
    KEY,
    NOW,
    SAVED,
    SECONDS_MAX,
    SentinelWorld,
    in_the_end,
    ledger,
    opened,
    write,
)

ONE_REPLICA = Waiting(replicas=1, milliseconds=300)
TOKEN = 17


@pytest.fixture(scope="module")
def servers() -> Iterator[SentinelServers]:
    with SentinelServers() as servers:
        yield servers


@pytest.fixture
def failing() -> Iterator[SentinelServers]:
    """Return servers of one test alone, of which the master may be killed."""
    with SentinelServers() as servers:
        yield servers


async def test_nothing_that_a_replica_lacks_is_saved_or_loaded(servers: SentinelServers) -> None:
    """While the replica stands still a save does not succeed, and neither does loading what it has left, by whichever
    worker; once the replica has it, both do.
    """
    world = SentinelWorld(servers, ONE_REPLICA)
    async with opened(world) as store, opened(world) as other, opened(SentinelWorld(servers)) as hasty:
        assert await store.save([write(KEY, 0, NOW)]) == [SAVED]
        servers.replica.pause()
        try:
            with pytest.raises(StoreUnreachable, match=r"0 of 1 replicas \(DUEWATCH_REDIS_WAIT_REPLICAS\)"):
                await store.save([write(KEY, NOW, NOW + 1)])
            for reader in (store, other):
                with pytest.raises(StoreUnreachable, match="nothing is published that they lack"):
                    await reader.load([KEY])
            assert await hasty.save([write("bank-a|D2", 0, 1)]) == [SAVED]
        finally:
            servers.replica.resume()
        assert await in_the_end(lambda: other.load([KEY])) == [ledger(NOW + 1)]
        assert await store.save([write(KEY, NOW, NOW + 2)]) == [CONFLICT]
        assert await store.save([write(KEY, NOW + 1, NOW + 2)]) == [SAVED]


async def test_too_few_replicas(servers: SentinelServers) -> None:
    """Waiting for more replicas than there are never succeeds, and says how many there are."""
    async with opened(SentinelWorld(servers, Waiting(replicas=2, milliseconds=100))) as store:
        with pytest.raises(StoreUnreachable, match="1 of 2 replicas"):
            await store.save([write(KEY, 0, NOW)])


async def test_sentinels_make_the_replica_the_master(failing: SentinelServers) -> None:
    """When the master is killed the store finds the new one, also while the first Sentinel that is named is dead; what
    the replica lacks counts as lost, to a worker that starts later as well.
    """
    world = SentinelWorld(failing)
    async with opened(world) as store:
        await store.begin_rebuild(TOKEN)
        assert await store.end_rebuild(Rebuilt(TOKEN), b"")
        assert await store.save([write(KEY, 0, NOW)]) == [SAVED]
        failing.sentinels[0].kill()
        failing.master.kill()
        with pytest.raises(StoreUnreachable):
            await store.load([KEY])
        assert not await in_the_end(store.whole)
        async with opened(world) as fresh:
            assert not await fresh.whole()
            await fresh.begin_rebuild(TOKEN)
            assert await fresh.end_rebuild(Rebuilt(TOKEN), b"")
        assert await store.whole()


async def test_who_does_not_know_the_master(servers: SentinelServers) -> None:
    """A master that the Sentinels do not watch is refused by name; Sentinels that are not there are unreachable."""
    with pytest.raises(StoreRefused, match="watches no master other"):
        await RedisStore(parse_redis(servers.url.replace(NAME, "other"))).open()
    with pytest.raises(StoreUnreachable, match="does not answer"):
        await RedisStore(parse_redis(f"redis+sentinel://{LOOPBACK}:{free_port()}/{NAME}")).open()


async def test_sentinels_with_a_password_of_their_own(servers: SentinelServers) -> None:
    """User and password for Sentinels stand at the end of the URL; those before the hosts are for the master alone."""
    servers.sentinels[0].ask("ACL", "SETUSER", "asker", "on", ">hush", "+sentinel|get-master-addr-by-name")
    first = f"redis+sentinel://{LOOPBACK}:{servers.sentinels[0].port}/{NAME}?sentinel_username=asker&sentinel_password="
    store = RedisStore(parse_redis(first + "hush"))
    await store.open()
    await store.close()
    with pytest.raises(StoreRefused, match="another user or password") as caught:
        await RedisStore(parse_redis(first + "guessed")).open()
    assert "guessed" not in str(caught.value)


async def test_a_master_that_steps_down(servers: SentinelServers) -> None:
    """After a failover by hand the old master still takes writes for a while: whoever looks whether all is there
    follows to the new one, and counts what is there as lost.
    """
    world = SentinelWorld(servers)
    async with opened(world) as store:
        await store.begin_rebuild(TOKEN)
        assert await store.end_rebuild(Rebuilt(TOKEN), b"")
        servers.sentinels[1].ask("SENTINEL", "FAILOVER", NAME)
        async with asyncio.timeout(SECONDS_MAX):
            while await in_the_end(store.whole):
                await asyncio.sleep(0.1)
        assert await in_the_end(lambda: store.save([write(KEY, 0, NOW)])) == [SAVED]
        assert servers.replica.raw.info("replication")["role"] == "master"
        assert len(servers.replica.raw.keys(f"{world.namespace}:*|*")) == 1
