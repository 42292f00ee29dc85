"""Waiting that ends."""

import asyncio
from collections.abc import Callable

from stream.shell.demo.failure import PartFailedError

_LOOK_SECONDS = 0.05


async def until(true: Callable[[], bool], seconds_max: float) -> None:
    """Returns when it is true; raises PartFailedError when it has not become so in time."""
    try:
        async with asyncio.timeout(seconds_max):
            while not true():  # noqa: ASYNC110 - it is found by comparing, nobody announces it
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise PartFailedError(f"the worker has not judged all in {seconds_max:g} s") from error
