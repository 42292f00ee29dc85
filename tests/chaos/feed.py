"""Feeds a log live, in its order and evenly, whatever happens to the broker meanwhile."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from aiokafka.errors import KafkaError

from tests.e2e.world import World
from tests.logs import Line

_TRY_SECONDS_MAX = 20
_PAUSE_SECONDS = 0.05


async def feed(
    world: World, lines: list[Line], recorded: datetime, seconds: float, in_a_hurry: Callable[[], bool]
) -> None:
    """Sends all within so many seconds, or at once in a hurry. What was not acknowledged is sent again."""
    began, sent = time.monotonic(), 0
    while sent < len(lines):
        try:
            async with world.producer() as producer:
                while sent < len(lines):
                    share = 1.0 if in_a_hurry() else min(1.0, (time.monotonic() - began) / seconds)
                    due = lines[sent : round(share * len(lines))]
                    async with asyncio.timeout(_TRY_SECONDS_MAX):
                        sent += await world.send(producer, due, recorded)
                    await asyncio.sleep(_PAUSE_SECONDS)
        except (KafkaError, TimeoutError):
            await asyncio.sleep(_PAUSE_SECONDS * 10)
