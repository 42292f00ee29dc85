"""Feeds a log live, in its order and evenly, whatever happens to the broker meanwhile."""

import asyncio
import time
from datetime import datetime

from aiokafka.errors import KafkaError

from tests.e2e.world import World
from tests.logs import Line

_TRY_SECONDS_MAX = 20
_PAUSE_SECONDS = 0.05


async def feed(world: World, lines: list[Line], recorded: datetime, seconds: float) -> None:
    """Sends all within so many seconds; what was not acknowledged is sent again, so that it may come twice."""
    began, sent = time.monotonic(), 0
    while sent < len(lines):
        try:
            async with world.producer() as producer:
                while sent < len(lines):
                    share = min(1.0, (time.monotonic() - began) / seconds)
                    due = lines[sent : round(share * len(lines))]
                    async with asyncio.timeout(_TRY_SECONDS_MAX):
                        sent += await world.send(producer, due, recorded)
                    await asyncio.sleep(_PAUSE_SECONDS)
        except (KafkaError, TimeoutError):
            await asyncio.sleep(_PAUSE_SECONDS * 10)
