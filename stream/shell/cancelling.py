"""Ends tasks for sure: a cancellation may pass unheard."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

_LOG = logging.getLogger(__name__)

_AGAIN_SECONDS = 1.0
"""What a task has to let go of takes less."""
_SECONDS_MAX = 5.0


async def cancelled(tasks: Collection[asyncio.Future[Any]], seconds_max: float = _SECONDS_MAX) -> bool:
    """Cancels until it is heard, for so long; whether all have ended. How they ended is logged where it is a failure.

    `asyncio.wait_for`, as redis-py and aiokafka use it, lets a cancellation pass that meets its result (Python 3.11),
    and mode one that meets it while it starts its services.
    """
    loop = asyncio.get_running_loop()
    end, left = loop.time() + seconds_max, set(tasks)
    while left and loop.time() < end:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                _LOG.warning("%s ended as it was cancelled: %s", _named(task), error, exc_info=error)
    if left:
        _LOG.warning("not to be cancelled: %s", ", ".join(map(_named, left)))
    return not left


def _named(task: asyncio.Future[Any]) -> str:
    return task.get_name() if isinstance(task, asyncio.Task) else repr(task)
