"""What can go wrong, one function each; all of them leave things so that they can go on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import redis

from tests.chaos.crew import Crew
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that may be broken, and the chance that decides which worker is."""

    crew: Crew
    kafka: KafkaServer
    redis: DurableRedis
    rng: random.Random

    def somebody(self) -> str:
        """One of the workers."""
        return self.rng.choice(sorted(self.crew.names))


async def kill_worker(stage: Stage) -> None:
    """Kill -9; the supervisor starts it again."""
    stage.crew.kill(stage.somebody())


async def kill_all_workers(stage: Stage) -> None:
    """Power failure of all workers at once."""
    for name in sorted(stage.crew.names):
        stage.crew.kill(name)


async def terminate_worker(stage: Stage) -> None:
    """SIGTERM; it finishes, commits and leaves."""
    await asyncio.to_thread(stage.crew.terminate, stage.somebody())


async def freeze_worker(stage: Stage) -> None:
    """SIGSTOP for longer than the session time-out, then SIGCONT: a zombie that goes on where it stood."""
    await stage.crew.freeze(stage.somebody(), stage.rng.uniform(6.5, 9))


async def add_and_remove_worker(stage: Stage) -> None:
    """A further worker for some seconds."""
    stage.crew.add("guest")
    await asyncio.sleep(stage.rng.uniform(3, 6))
    await asyncio.to_thread(stage.crew.remove, "guest")


async def flush_redis(stage: Stage) -> None:
    """FLUSHALL."""
    with redis.Redis.from_url(stage.redis.url, socket_timeout=5) as client:
        await asyncio.to_thread(client.flushall)


async def restart_redis(stage: Stage) -> None:
    """Redis ends and comes back with its data."""
    await asyncio.to_thread(stage.redis.restart, stage.rng.uniform(0.1, 2))


async def replace_redis(stage: Stage) -> None:
    """Redis ends and comes back empty."""
    await asyncio.to_thread(stage.redis.replace, stage.rng.uniform(0.1, 2))


async def pause_redis(stage: Stage) -> None:
    """Redis answers nothing for five seconds."""
    await asyncio.to_thread(stage.redis.pause, 5.0)


async def restart_broker(stage: Stage) -> None:
    """The broker is killed -9 and started again on its data."""
    await asyncio.to_thread(stage.kafka.kill)
    await asyncio.to_thread(stage.kafka.restart)


async def pause_broker(stage: Stage) -> None:
    """The broker answers nothing for some seconds."""
    stage.kafka.pause()
    await asyncio.sleep(stage.rng.uniform(2, 8))
    stage.kafka.resume()


FAULTS: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    kill_worker, kill_all_workers, terminate_worker, freeze_worker, add_and_remove_worker,
    flush_redis, restart_redis, replace_redis, pause_redis, restart_broker, pause_broker,
)  # fmt: skip
