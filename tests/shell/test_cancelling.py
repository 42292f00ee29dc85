"""A task is ended although it has not heard that it was cancelled."""

import asyncio
import contextlib
import logging

import pytest

from stream.shell import cancelling
from stream.shell.cancelling import cancelled


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "_AGAIN_SECONDS", 0.01)


async def deaf(times: int) -> None:
    """Pass over so many cancellations, as `asyncio.wait_for` does at a bad moment."""
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
    await asyncio.sleep(60)


async def begun(times: int) -> "asyncio.Task[None]":
    task = asyncio.create_task(deaf(times), name="deaf")
    await asyncio.sleep(0)
    return task


async def test_nothing_to_end() -> None:
    """Without tasks there is nothing to wait for."""
    assert await cancelled([])


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_it_is_cancelled_until_it_hears(times: int) -> None:
    """However often a cancellation has passed unheard, the task ends."""
    tasks = [await begun(times), await begun(0)]
    assert await cancelled(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """A task that never hears is left, and told by name."""
    task = await begun(1000)
    with caplog.at_level(logging.WARNING):
        assert not await cancelled([task], seconds_max=0.05)
    assert "not to be cancelled: deaf" in caplog.text
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def test_what_fails_as_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A task that fails while it is ended has ended; why is in the log."""

    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("too late")

    task = asyncio.create_task(failing(), name="failing")
    await asyncio.sleep(0)
    with caplog.at_level(logging.WARNING):
        assert await cancelled([task])
    assert "failing ended as it was cancelled: too late" in caplog.text
