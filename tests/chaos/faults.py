"""What can go wrong, one short function each; all of them leave things so that they can go on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from stream.shell.delivery.fault_point import STEPS
from tests.chaos.crew import Crew
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer
from tests.parts.proxy import Proxy

SETTINGS = {
    "DUEWATCH_SESSION_TIMEOUT_SECONDS": "6",
    "DUEWATCH_HEARTBEAT_SECONDS": "1",
    "DUEWATCH_REBALANCE_TIMEOUT_SECONDS": "8",
    "DUEWATCH_REQUEST_TIMEOUT_SECONDS": "8",
    "DUEWATCH_STALL_SECONDS": "30",
}
"""Time-outs of the workers: so short that faults outlast them soon, and long enough for a machine that is busy."""

_SESSION_SECONDS = (6.5, 10.0)
_REQUEST_SECONDS = (8.5, 12.0)
"""How long what is meant to outlast a time-out takes."""


class MissedError(Exception):
    """Another fault came between: this one did not happen."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that may be broken. The two servers are broken by one fault at a time, workers by any number."""

    crew: Crew
    kafka: KafkaServer
    kafka_proxy: Proxy
    redis: DurableRedis
    redis_proxy: Proxy
    snapshot_age_seconds: float = 60.0
    kafka_alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    redis_alone: asyncio.Lock = field(default_factory=asyncio.Lock)


async def kill_worker(stage: Stage, rng: random.Random) -> None:
    """Kill -9; the supervisor starts it again."""
    stage.crew.kill(rng.choice(sorted(stage.crew.names)))


async def kill_all_workers(stage: Stage, _: random.Random) -> None:
    """Power failure of all workers at once."""
    for name in sorted(stage.crew.names):
        stage.crew.kill(name)


async def kill_worker_at(stage: Stage, rng: random.Random, step: str) -> None:
    """Kill -9 at a named step of the protocol."""
    async with stage.crew.somebody(rng) as name:
        if not await stage.crew.come_to(name, f"kill:{step}:{rng.randrange(1, 6)}"):
            raise MissedError


async def speak_late(stage: Stage, rng: random.Random) -> None:
    """SIGSTOP right before publishing, for longer than the session: a zombie that publishes late."""
    async with stage.crew.somebody(rng) as name:
        if not await stage.crew.come_to(
            name, f"stop:before-publish:{rng.randrange(1, 6)}", rng.uniform(*_SESSION_SECONDS)
        ):
            raise MissedError


async def freeze_worker(stage: Stage, rng: random.Random) -> None:
    """SIGSTOP anywhere for longer than the session, then SIGCONT."""
    async with stage.crew.somebody(rng) as name:
        await stage.crew.freeze(name, rng.uniform(*_SESSION_SECONDS))


async def terminate_worker(stage: Stage, rng: random.Random) -> None:
    """SIGTERM; it finishes, commits and leaves, and the supervisor starts it again."""
    async with stage.crew.somebody(rng) as name:
        await stage.crew.terminate(name)


async def add_worker(stage: Stage, _: random.Random) -> None:
    """One more worker from now on."""
    stage.crew.add(f"w{max(int(name[1:]) for name in stage.crew.starts) + 1}")


async def remove_worker(stage: Stage, rng: random.Random) -> None:
    """One worker fewer from now on."""
    async with stage.crew.somebody(rng) as name:
        await stage.crew.remove(name)


async def flush_redis(stage: Stage, _: random.Random) -> None:
    """FLUSHALL."""
    async with stage.redis_alone:
        await asyncio.to_thread(stage.redis.flush)


async def restart_redis(stage: Stage, rng: random.Random) -> None:
    """Redis ends and comes back with its data."""
    async with stage.redis_alone:
        await asyncio.to_thread(stage.redis.restart, rng.uniform(0.1, 2))


async def replace_redis(stage: Stage, rng: random.Random) -> None:
    """Redis is killed and comes back empty."""
    async with stage.redis_alone:
        await asyncio.to_thread(stage.redis.replace, rng.uniform(0.1, 2))


async def restore_redis(stage: Stage, _: random.Random) -> None:
    """Redis is killed and comes back as it was a minute ago."""
    async with stage.redis_alone:
        await asyncio.to_thread(stage.redis.restore, stage.snapshot_age_seconds)


async def pause_redis(stage: Stage, rng: random.Random) -> None:
    """Redis answers nothing for five seconds, or for longer than a request may take."""
    async with stage.redis_alone:
        await asyncio.to_thread(stage.redis.pause, rng.choice((5.0, 5.0, 9.0)))


async def fill_redis(stage: Stage, rng: random.Random) -> None:
    """Redis is out of memory: it refuses every write, and then takes them again."""
    async with stage.redis_alone:
        with stage.redis.full():
            await asyncio.sleep(rng.uniform(0.5, 5))


async def cut_redis(stage: Stage, rng: random.Random) -> None:
    """All connections to Redis are cut, some answers get lost, and for a while there are no new connections."""
    async with stage.redis_alone:
        await _cut(stage.redis_proxy, rng)


async def restart_broker(stage: Stage, rng: random.Random) -> None:
    """The broker is killed -9 and started again on its data."""
    async with stage.kafka_alone:
        await asyncio.to_thread(stage.kafka.kill)
        await asyncio.sleep(rng.uniform(0, 2))
        await asyncio.to_thread(stage.kafka.restart)


async def pause_broker(stage: Stage, rng: random.Random) -> None:
    """The broker answers nothing for longer than a request may take."""
    async with stage.kafka_alone:
        stage.kafka.pause()
        await asyncio.sleep(rng.uniform(*_REQUEST_SECONDS))
        stage.kafka.resume()


async def cut_kafka(stage: Stage, rng: random.Random) -> None:
    """All connections to Kafka are cut, some answers get lost, and for a while there are no new connections."""
    async with stage.kafka_alone:
        await _cut(stage.kafka_proxy, rng)


async def _cut(proxy: Proxy, rng: random.Random) -> None:
    proxy.mute()
    await asyncio.sleep(rng.uniform(0, 0.5))
    proxy.cut()
    await asyncio.sleep(rng.choice((0.0, 0.5, 5.0)))
    proxy.mend()


class Fault(NamedTuple):
    """A fault by its name in reports."""

    name: str
    happen: Callable[[Stage, random.Random], Awaitable[None]]


FAULTS: tuple[Fault, ...] = (
    Fault("worker killed", kill_worker),
    Fault("all workers killed", kill_all_workers),
    *(Fault(f"worker killed {step.replace('-', ' ')}", partial(kill_worker_at, step=step)) for step in STEPS),
    Fault("worker speaks late", speak_late),
    Fault("worker stopped and continued", freeze_worker),
    Fault("worker terminated", terminate_worker),
    Fault("worker added", add_worker),
    Fault("worker removed", remove_worker),
    Fault("Redis flushed", flush_redis),
    Fault("Redis restarted with its data", restart_redis),
    Fault("Redis replaced by an empty one", replace_redis),
    Fault("Redis restored from a snapshot", restore_redis),
    Fault("Redis paused", pause_redis),
    Fault("Redis out of memory", fill_redis),
    Fault("connections to Redis cut", cut_redis),
    Fault("broker killed and restarted", restart_broker),
    Fault("broker paused", pause_broker),
    Fault("connections to Kafka cut", cut_kafka),
)
