import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from stream.shell.embedded import EmbeddedBroker, EmbeddedRedis
from stream.shell.embedded.redis_server import STAND_IN, find_redis_program
from tests.parts.ports import listens
from tests.parts.records import first_record, send

_LIBRARY = """#!lua name=tests
redis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
"""


@pytest.fixture
def empty_tempdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(params=[False, True], ids=["real", "stand-in"])
def embedded(request: pytest.FixtureRequest) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(stand_in=request.param) as server:
        yield server


def test_a_function_runs(embedded: EmbeddedRedis) -> None:
    """The real Redis and the one that stands in both run Functions."""
    with redis.Redis.from_url(embedded.url) as client:
        client.function_load(_LIBRARY)
        client.fcall("put", 1, "name", "value")
        assert client.get("name") == b"value"


@pytest.mark.parametrize("stand_in", [False, True], ids=["real", "stand-in"])
def test_gone_afterwards(empty_tempdir: Path, *, stand_in: bool) -> None:
    """An embedded Redis answers inside the with block; after it nobody listens and no file is left."""
    with EmbeddedRedis(stand_in=stand_in) as server:
        address = urlsplit(server.url)
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()
    assert not listens(address.hostname, address.port)
    assert list(empty_tempdir.iterdir()) == []


def test_gone_after_an_error() -> None:
    """An embedded Redis is gone as well when the with block raises."""
    server = EmbeddedRedis()
    with pytest.raises(ZeroDivisionError), server:
        _ = 1 / 0
    address = urlsplit(server.url)
    assert not listens(address.hostname, address.port)


def test_settings(redis_url: str) -> None:
    """An embedded Redis evicts nothing, saves nothing, and listens on loopback alone."""
    with redis.Redis.from_url(redis_url) as client:
        settings = client.config_get("maxmemory-policy", "save", "appendonly", "bind")
    assert settings == {"maxmemory-policy": "noeviction", "save": "", "appendonly": "no", "bind": "127.0.0.1"}


def test_no_graph_module(redis_url: str) -> None:
    """Of the package that brings `redis-server`, the program alone is used, without its graph module."""
    with redis.Redis.from_url(redis_url) as client:
        assert "graph" not in str(client.module_list())


def test_kind() -> None:
    """`kind` says what answers: a Redis with the version that it reports itself, or the stand-in."""
    with EmbeddedRedis() as real, redis.Redis.from_url(real.url) as client:
        assert real.kind == f"redis {client.info('server')['redis_version']}"
    with EmbeddedRedis(stand_in=True) as other:
        assert other.kind == STAND_IN


def test_two_at_once() -> None:
    """Two embedded Redis servers do not meet."""
    with EmbeddedRedis() as one, EmbeddedRedis() as two:
        with redis.Redis.from_url(one.url) as client:
            client.set("name", "value")
        with redis.Redis.from_url(two.url) as client:
            assert client.get("name") is None


def test_programs_that_do_not_serve_are_passed_over(tmp_path: Path) -> None:
    """A program that is missing, does not run, or is older than Functions is passed over."""
    broken, old, new = (tmp_path / name for name in ("broken", "old", "new"))
    broken.write_text("not a program")
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0'\n")
    new.write_text("#!/bin/sh\necho 'Redis server v=10.0.1 sha=00000000:0'\n")
    for path in (broken, old, new):
        path.chmod(0o755)
    unfit = [tmp_path / "missing", broken, old]
    assert find_redis_program(unfit) is None
    found = find_redis_program([*unfit, new])
    assert found is not None
    assert (found.path, found.version) == (new, "10.0.1")


async def test_the_mock_broker_delivers(topic_prefix: str) -> None:
    """The mock broker takes idempotent sends and delivers key, value and headers as they were produced."""
    with EmbeddedBroker() as broker:
        await send(broker.address, topic_prefix, key=b"k", value=b"v", headers={"ce_id": b"1"})
        record = await first_record(broker.address, topic_prefix)
    assert (record.key, record.value, record.headers) == (b"k", b"v", (("ce_id", b"1"),))


def test_the_mock_broker_is_gone_afterwards() -> None:
    """The mock broker listens inside the with block and nowhere after it."""
    with EmbeddedBroker() as broker:
        host, _, port = broker.address.partition(":")
        assert listens(host, int(port))
    assert not listens(host, int(port))
