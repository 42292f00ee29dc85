"""What the ledger store does on a Redis Cluster beside the contract."""

from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from stream.core.partition import BUCKETS
from stream.shell.embedded.ports import LOOPBACK, free_port
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.layout import Layout
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import Rebuilt, Store, StoreRefused, StoreUnreachable
from stream.shell.store.waiting import Waiting
from tests.parts.redis_cluster import RedisClusterServers
from tests.parts.redis_process import RedisProcess
from tests.parts.stores import NOW, SAVED, ClusterWorld, in_the_end, keys_in, ledger, opened, write

ONE_EACH = [keys_in(bucket, 1)[0] for bucket in range(BUCKETS)]
TOKEN = 17


@pytest.fixture
def cluster_world(cluster: RedisClusterServers) -> ClusterWorld:
    world = ClusterWorld(cluster)
    world.forget()
    return world


@pytest.fixture(scope="module")
def failing_servers() -> Iterator[RedisClusterServers]:
    with RedisClusterServers(replicas=True, node_timeout_ms=2000) as servers:
        yield servers


@pytest.fixture
def failing(failing_servers: RedisClusterServers) -> ClusterWorld:
    """Return a Cluster of which each test may kill one master."""
    return ClusterWorld(failing_servers)


async def complete(store: Store) -> None:
    """Rebuild a store of which there is nothing to fill in."""
    await store.begin_rebuild(TOKEN)
    assert await store.end_rebuild(Rebuilt(TOKEN), b"")


async def save_everywhere(store: Store, read: int, rev: int) -> None:
    """Save a ledger in each bucket."""
    assert await store.save([write(key, read, rev) for key in ONE_EACH]) == [SAVED] * BUCKETS


async def test_functions_lost_on_one_master(cluster_world: ClusterWorld) -> None:
    """A master that lost the functions gets them again in the middle of a batch, and nothing is done twice."""
    async with opened(cluster_world) as store:
        await save_everywhere(store, 0, 1)
        cluster_world.servers.nodes[1].raw.function_flush()
        await save_everywhere(store, 1, 2)
        assert await store.load(ONE_EACH) == [ledger(2)] * BUCKETS


async def test_a_slot_moves(cluster_world: ClusterWorld) -> None:
    """While a bucket's slot moves to another master the bucket cannot be written; afterwards it is found there, with
    all that it held, and as the masters are the same nothing counts as lost.
    """
    servers, [key], rev = cluster_world.servers, keys_in(7, 1), NOW
    source = servers.master_of("{b007}")
    target = next(node for node in servers.nodes if node is not source)
    async with opened(cluster_world) as store:
        await complete(store)
        await save_everywhere(store, 0, rev)
        for one, other in ((source, target), (target, source)):
            begin_move(one, other)
            move_keys(one, other, 2)
            with pytest.raises(StoreUnreachable, match="cannot be written to now"):
                await store.save([write(key, rev, rev + 1)])
            move_keys(one, other, 100)
            end_move(other, servers.nodes)
            assert await store.load([key]) == [ledger(rev)]
            assert await store.whole()
            assert await store.save([write(key, rev, rev + 1)]) == [SAVED]
            rev += 1


SLOT = key_slot(b"b007")


def begin_move(source: RedisProcess, target: RedisProcess) -> None:
    target.ask("CLUSTER", "SETSLOT", SLOT, "IMPORTING", source.ask("CLUSTER", "MYID"))
    source.ask("CLUSTER", "SETSLOT", SLOT, "MIGRATING", target.ask("CLUSTER", "MYID"))


def move_keys(source: RedisProcess, target: RedisProcess, count: int) -> None:
    keys = source.ask("CLUSTER", "GETKEYSINSLOT", SLOT, count)
    assert source.ask("MIGRATE", LOOPBACK, target.port, "", 0, 5000, "KEYS", *keys) == b"OK"


def end_move(target: RedisProcess, nodes: list[RedisProcess]) -> None:
    for node in [target, *nodes]:
        node.ask("CLUSTER", "SETSLOT", SLOT, "NODE", target.ask("CLUSTER", "MYID"))


async def test_waiting_for_a_replica_of_every_master(failing: ClusterWorld) -> None:
    """Each master that a batch touches has to have its own replica follow; one that stands still is enough to fail."""
    waiting = Waiting(replicas=1, milliseconds=300)
    store = RedisStore(parse_redis(failing.url), failing.namespace, waiting=waiting)
    await store.open()
    await save_everywhere(store, 0, 1)
    replica = failing.servers.nodes[-1]
    replica.pause()
    try:
        with pytest.raises(StoreUnreachable, match="0 of 1 replicas"):
            await save_everywhere(store, 1, 2)
    finally:
        replica.resume()
    assert await in_the_end(lambda: store.load(ONE_EACH)) == [ledger(2)] * BUCKETS
    await store.close()


async def test_a_failover_is_a_loss(failing: ClusterWorld) -> None:
    """When a master is killed its replica's data are used again after a while, but count as lost, to everybody, a
    worker that starts later as well: the last writes may be missing. A rebuild makes them whole.
    """
    servers = failing.servers
    async with opened(failing) as store, opened(failing) as other:
        await complete(store)
        await save_everywhere(store, 0, NOW)
        assert await other.whole()
        victim = servers.master_of(Layout(failing.namespace).holder.decode())
        victim.kill()
        with pytest.raises(StoreUnreachable):
            await store.load(ONE_EACH)
        assert not await in_the_end(store.whole)
        assert not await in_the_end(other.whole)
        async with opened(failing) as fresh:
            assert not await in_the_end(fresh.whole)
            await in_the_end(lambda: complete(fresh))
            assert await in_the_end(fresh.whole)
        assert await in_the_end(store.whole)
        await save_everywhere(other, 0, NOW + 1)


async def test_a_rebuild_over_which_a_master_fails(failing: ClusterWorld) -> None:
    """A rebuild that a failover comes between does not open the store: the replica may lack what was filled in."""
    async with opened(failing) as store:
        await in_the_end(lambda: store.begin_rebuild(TOKEN))
        next(node for node in failing.servers.nodes if node.running).kill()  # a master that still has a replica
        assert not await in_the_end(lambda: store.end_rebuild(Rebuilt(TOKEN), b""))
        # Nodes agree on a failover one after the other; until then one of them may say once more that all is down.
        assert not await in_the_end(store.whole)
        await in_the_end(lambda: complete(store))
        assert await in_the_end(store.whole)


async def test_one_node_knows_the_others(cluster_world: ClusterWorld) -> None:
    """One node that answers is enough to find all masters; it need not be the first that is named."""
    url = f"redis+cluster://{LOOPBACK}:{free_port()},{LOOPBACK}:{cluster_world.servers.nodes[2].port}"
    store = RedisStore(parse_redis(url), cluster_world.namespace)
    await store.open()
    await save_everywhere(store, 0, 1)
    await store.close()
    with pytest.raises(StoreUnreachable, match="does not answer"):
        await RedisStore(parse_redis(f"redis+cluster://{LOOPBACK}:{free_port()},{LOOPBACK}:{free_port()}")).open()


async def test_every_master_is_checked(cluster_world: ClusterWorld) -> None:
    """One master that may evict ledgers is enough for the Cluster to be refused, and is named."""
    node = cluster_world.servers.nodes[2]
    node.raw.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(StoreRefused, match=f"{LOOPBACK}:{node.port} .* allkeys-lru .* noeviction"):
            await cluster_world.client().open()
    finally:
        node.raw.config_set("maxmemory-policy", "noeviction")


async def test_cluster_or_not(cluster_world: ClusterWorld, redis_url: str) -> None:
    """A node of a Cluster that is named as a single server is refused, and the other way round; both say what to do."""
    node = f"{LOOPBACK}:{cluster_world.servers.nodes[0].port}"
    with pytest.raises(StoreRefused, match=r"node of a Cluster; name its nodes as redis\+cluster://"):
        await RedisStore(parse_redis(f"redis://{node}")).open()
    single = redis_url.removeprefix("redis://").removesuffix("/0")
    with pytest.raises(StoreRefused, match="name a single server as redis://"):
        await RedisStore(parse_redis(f"redis+cluster://{single}")).open()


async def test_least_rights(cluster_world: ClusterWorld) -> None:
    """The rights that a refusal asks for suffice on a Cluster, too."""
    rights = "~* +@read +@write +fcall +function|load +info +cluster|slots"
    for node in cluster_world.servers.nodes:
        node.ask("ACL", "SETUSER", "limited", "on", ">secret", *rights.split())
    address = parse_redis(cluster_world.url.replace("//", "//limited:secret@"))
    store = RedisStore(address, cluster_world.namespace)
    await store.open()
    await complete(store)
    await save_everywhere(store, 0, 1)
    assert await store.whole()
    await store.close()
    for node in cluster_world.servers.nodes:
        node.ask("ACL", "DELUSER", "limited")
