"""What every test may ask for: a real Kafka, a real Redis, names of its own, and Hypothesis's profiles."""

import os
import secrets
from collections.abc import Iterator

import pytest
import redis
from hypothesis import settings

from stream.shell.embedded.redis_server import STAND_IN, EmbeddedRedis
from tests.parts.jars import kafka_jars
from tests.parts.kafka import KafkaServer

settings.register_profile("default", max_examples=200, deadline=None, print_blob=True)
settings.register_profile("deep", settings.get_profile("default"), max_examples=50_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[KafkaServer]:
    """One real Kafka broker for the whole run; topics are a test's own, named with `topic_prefix`."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():  # the first run of a clone fetches for a while and says so
        kafka_jars()
    with KafkaServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One real Redis server for the whole run, with whatever earlier tests left in it."""
    with EmbeddedRedis() as server:
        assert server.kind != STAND_IN, "no redis-server of version 7 or later runs here"
        yield server.url


@pytest.fixture
def redis_clean(redis_url: str) -> str:
    """Return the URL of the run's Redis with no data in it; loaded functions stay."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture
def topic_prefix() -> str:
    """Return a prefix for topic names that no other test has: letters, digits and dashes only."""
    return f"t-{secrets.token_hex(5)}"
