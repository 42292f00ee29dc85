"""Redis behind TLS and users."""

from collections.abc import Iterator

import pytest
import redis

from stream.core.partition import bucket_of
from stream.shell.settings.redis_address import parse_redis
from stream.shell.settings.settings import read
from stream.shell.store.redis import RedisStore
from stream.shell.store.rights import RIGHTS
from stream.shell.store.store import DueMove, Rebuilt, StoreError, StoreRefused, StoreUnreachable
from tests.parts.access import FOLDER, grant_on_redis
from tests.parts.certificates import Certificates
from tests.parts.stores import KEY, NOW, SAVED, write
from tests.parts.tls_front import TlsFront

PASSWORD = "redis-secret"  # noqa: S105 - nobody's


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def user(spare_url: str) -> Iterator[str]:
    """A user of the Redis behind the front."""
    with redis.Redis.from_url(spare_url) as raw:
        raw.acl_setuser("me", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], categories=["+@all"])
        yield "me"
        raw.acl_deluser("me")


async def saved(settings: dict[str, str]) -> None:
    """Opens a store as the settings say and writes to it."""
    store = RedisStore(read(settings).redis, "security")
    try:
        await store.open()
        assert await store.save([write(KEY, 0, NOW)]) == [SAVED]
        await store.begin_rebuild(1)
    finally:
        await store.close()


async def refused(settings: dict[str, str], kind: type[StoreError]) -> str:
    with pytest.raises(kind) as error:
        await saved(settings)
    assert PASSWORD not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("wants_certificate", [False, True])
async def test_tls_and_user(certificates: Certificates, user: str, spare_url: str, *, wants_certificate: bool) -> None:
    """The store works over TLS as a user, whose password stands beside the URL; with a client's certificate, too."""
    with redis.Redis.from_url(spare_url) as raw:
        raw.flushall()
    with TlsFront(certificates, certificates.server, spare_url, wants_certificate=wants_certificate) as front:
        settings = {
            "DUEWATCH_REDIS": f"rediss://127.0.0.1:{front.port}/0",
            "DUEWATCH_REDIS_USER": user,
            "DUEWATCH_REDIS_PASSWORD": PASSWORD,
            "DUEWATCH_REDIS_CA_FILE": str(certificates.authority),
        }
        if wants_certificate:
            await refused(settings, StoreUnreachable)
            settings["DUEWATCH_REDIS_CERTIFICATE_FILE"] = str(certificates.client.certificate)
            settings["DUEWATCH_REDIS_KEY_FILE"] = str(certificates.client.key)
        await saved(settings)


async def test_wrong_password(certificates: Certificates, user: str, spare_url: str) -> None:
    """A wrong password is refused without being repeated."""
    with TlsFront(certificates, certificates.server, spare_url) as front:
        url = f"rediss://{user}:guessed@127.0.0.1:{front.port}/0"
        said = await refused(
            {"DUEWATCH_REDIS": url, "DUEWATCH_REDIS_CA_FILE": str(certificates.authority)}, StoreRefused
        )
        assert "wants another user or password" in said
        assert "guessed" not in said


async def test_who_is_not_trusted(certificates: Certificates, spare_url: str) -> None:
    """A Redis whose certificate is from another authority, or for another name, is not talked to."""
    with TlsFront(certificates, certificates.server, spare_url) as front:
        url = {"DUEWATCH_REDIS": f"rediss://127.0.0.1:{front.port}/0"}
        for files in ({}, {"DUEWATCH_REDIS_CA_FILE": str(certificates.stranger)}):
            assert "certificate verify failed" in (await refused(url | files, StoreUnreachable)).lower()
    with TlsFront(certificates, certificates.elsewhere, spare_url) as front:
        url = {"DUEWATCH_REDIS": f"rediss://127.0.0.1:{front.port}/0"}
        said = await refused(url | {"DUEWATCH_REDIS_CA_FILE": str(certificates.authority)}, StoreUnreachable)
        assert "not valid for '127.0.0.1'" in said


@pytest.fixture
def worker(spare_url: str) -> Iterator[str]:
    """The URL of a Redis as the user of deploy/acl/redis.acl, whose namespace is `security`."""
    with redis.Redis.from_url(spare_url) as raw:
        raw.flushall()
        raw.function_flush()
        name = grant_on_redis(spare_url, "security", PASSWORD)
        raw.config_resetstat()
        yield spare_url.replace("//", f"//{name}:{PASSWORD}@")
        raw.acl_deluser(name)


async def everything(store: RedisStore) -> None:
    """All that a worker does with its store."""
    await store.open()
    assert not await store.whole()
    assert await store.lock_rebuild("w1", 30)
    assert await store.lock_rebuild("w1", 30)
    await store.progress_put({"of": "before"})
    await store.want_rebuild(None)
    await store.begin_rebuild(1)
    assert await store.end_rebuild(Rebuilt(1), b"")
    await store.drop_wanted(await store.wanted_rebuilds())
    await store.unlock_rebuild("w1")
    assert await store.whole()
    assert await store.save([write(KEY, 0, NOW, due=1)], b'{"0":1}') == [SAVED]
    assert await store.save([write(KEY, NOW, NOW + 1, due=None)]) == [SAVED]
    assert await store.save([write("bank-a|D2", 0, NOW, due=1)]) == [SAVED]
    assert await store.load([KEY]) != [None]
    assert await store.due(9, 9) == [("bank-a|D2", 1)]
    assert await store.move_due([DueMove("bank-a|D2", 1, None)]) == [True]
    assert await store.debtors(None, bucket_of(KEY), "", 9) == [KEY]
    await store.raise_registry(bucket_of(KEY), b'{"0":1}')
    await store.progress_put({"p": "1"})
    assert await store.progress_all() == {"p": "1"}
    await store.close()


async def test_the_rights_that_are_written_down(worker: str, spare_url: str) -> None:
    """The user of deploy/acl/redis.acl may do all that a worker does, and every command that it is granted is used."""
    await everything(RedisStore(parse_redis(worker), "security"))
    with redis.Redis.from_url(spare_url) as raw:
        stats = raw.info("commandstats")
    assert isinstance(stats, dict)
    used = {name.removeprefix("cmdstat_") for name in stats}
    granted = {right.removeprefix("+") for right in RIGHTS.split()}
    assert granted <= used
    assert [word for word in (FOLDER / "redis.acl").read_text().split() if word.startswith("+")] == RIGHTS.split()


@pytest.mark.parametrize(
    "command",
    [
        "GET other:1:x",
        "SET other:1:x 1",
        "MGET security:1:x other:1:x",
        "KEYS *",
        "FLUSHALL",
        "FLUSHDB",
        "CONFIG SET maxmemory-policy allkeys-lru",
        "ACL LIST",
        "FUNCTION FLUSH",
        "EVAL return(1) 0",
        "SHUTDOWN",
        "MONITOR",
        "PUBLISH c x",
    ],
)
def test_and_no_more(worker: str, command: str) -> None:
    """It may not touch other keys, or do anything to the server. (SCAN shows their names: see docs/security.md.)."""
    with redis.Redis.from_url(worker) as raw, pytest.raises(redis.exceptions.NoPermissionError):
        raw.execute_command(*command.split())
