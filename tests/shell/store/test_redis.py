"""What the ledger store in Redis does beside the contract."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
import redis
from redis.crc import key_slot

from stream.core.partition import bucket_of
from stream.shell.embedded.ports import free_port
from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.redis import RedisStore
from stream.shell.store.registry_mark import canonical
from stream.shell.store.rights import RIGHTS
from stream.shell.store.store import (
    DueMove,
    StoreFull,
    StoreRefused,
    StoreUnreachable,
)
from tests.parts.stores import (
    CONFLICT,
    KEY,
    NOW,
    SAVED,
    SECONDS_MAX,
    RedisWorld,
    ledger,
    opened,
    write,
)


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
        moved = await asyncio.gather(*(store.move_due([DueMove(KEY, 1, None)]) for _ in range(5)))
        assert sorted(moved) == [[False]] * 4 + [[True]]


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
    async with asyncio.timeout(SECONDS_MAX):
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
    rights = RIGHTS.replace(" +config|get", "").split()
    command(spare.raw, "ACL", "SETUSER", "limited", "on", ">secret", "~*", *rights)
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
