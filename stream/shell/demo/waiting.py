"""Waiting that ends."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from stream.shell.demo.failure import PartFailedError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.05
_CANCEL_SECONDS = 0.1
_CANCELLATIONS_MAX = 8


async def until(true: Callable[[], bool], seconds_max: float) -> None:
    """Returns when it is true; raises PartFailedError when it has not become so in time."""
    try:
        async with asyncio.timeout(seconds_max):
            while not true():  # noqa: ASYNC110 - it is found by comparing, nobody announces it
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise PartFailedError(f"the worker has not judged all in {seconds_max:g} s") from error


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancels until it is heard: mode lets a cancellation pass that meets it while it starts its services."""
    left = set(tasks)
    for _ in range(_CANCELLATIONS_MAX):
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_CANCEL_SECONDS)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                _LOG.warning("%s ended as it was cancelled", task.get_name(), exc_info=error)
        if not left:
            return
    _LOG.warning("not to be cancelled: %s", ", ".join(task.get_name() for task in left))
