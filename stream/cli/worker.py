"""`duewatch worker`: the service."""

import asyncio
import logging
import os
import signal
from functools import partial
from typing import TYPE_CHECKING

import click

from stream.cli.failures import failing_with
from stream.cli.masked_log import log_to_stderr
from stream.shell.settings.settings import Settings, SettingsError, describe, read
from stream.shell.worker.dead_letter_limit import TooManyDeadLettersError

if TYPE_CHECKING:
    from stream.shell.worker.worker import Worker

FAILED = 70
"""The exit code of a worker that must not go on; its supervisor starts it again (EX_SOFTWARE)."""
_TOLD_SECONDS = 5
"""How long `/healthz` tells of too many dead letters before the process ends; without it no probe would hear why."""


class WorkerCommand(click.Command):
    """Lists the settings in its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The settings, with defaults and meanings."""
        with formatter.section("Settings (environment)"):
            formatter.write_dl([(name, f"{meaning}  [{default}]") for name, default, meaning in describe()])


@click.command(cls=WorkerCommand)
def worker() -> None:
    """Judge contacts live: reads the input topics, writes blocks, findings and dead letters."""
    # Without a handler the first process of a container would not hear it, and what follows takes a while to load.
    signal.signal(signal.SIGTERM, _end_at_once)
    with failing_with({SettingsError: 78}):
        settings = read(os.environ)
    log_to_stderr(settings.log)
    _serve(settings)


def _serve(settings: Settings) -> None:
    from aiokafka.errors import KafkaError

    from stream.rulebooks.loader import RulebookError
    from stream.shell.delivery.publisher import PublishError
    from stream.shell.store.store import StoreFull, StoreRefused, StoreUnreachable
    from stream.shell.topics.admin import KafkaUnavailableError, TopicsError
    from stream.shell.worker.registry_reader import RegistryError

    codes: dict[type[Exception], int] = {
        SettingsError: 78,
        RulebookError: 78,
        TopicsError: 78,
        StoreRefused: 78,
        KafkaUnavailableError: 69,
        StoreUnreachable: 69,
        StoreFull: 69,
        RegistryError: 69,
        PublishError: 69,
        KafkaError: 69,
        OSError: 71,
    }
    with failing_with(codes):
        asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from stream.shell.clock import WallClock
    from stream.shell.worker.worker import Worker

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _stop, stopping)
    worker = Worker(settings, WallClock(settings.clock_shift_seconds), partial(_end, stopping))
    starting = asyncio.create_task(worker.start())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        await _started(starting, worker)
    await waiting
    loop.call_later(settings.stop_seconds_max, _give_up)
    starting.cancel()
    await worker.stop()


async def _started(starting: asyncio.Task[None], worker: "Worker") -> None:
    """Raises why the worker has not started, once it has let go of what was there; the rest has no news of its own."""
    try:
        await starting
    except Exception:
        asyncio.get_running_loop().call_later(worker.settings.stop_seconds_max, _give_up)
        await worker.stop()
        raise


def _end_at_once(_number: int, _frame: object) -> None:
    # An exception would go unheard where it meets a finalizer, or an import that goes on without a part.
    os._exit(0)


def _stop(stopping: asyncio.Event) -> None:
    if stopping.is_set():
        _give_up()
    logging.getLogger(__name__).info("stopping: the batch in flight is finished, a second signal ends at once")
    stopping.set()


def _give_up() -> None:
    logging.getLogger(__name__).warning("ended without finishing; what was not confirmed will be read again")
    _exit()


def _end(stopping: asyncio.Event, error: BaseException) -> None:
    """Ends the process without acknowledging anything: what is not confirmed is read again by who comes next."""
    log = logging.getLogger(__name__)
    if stopping.is_set() and isinstance(error, asyncio.CancelledError):
        # A start that was interrupted is no failure.
        return
    if isinstance(error, TooManyDeadLettersError):
        # Nothing has gone wrong in here, so no traceback; what is right was acknowledged, and nothing is read any more.
        log.critical("ending: %s", error)
        asyncio.get_running_loop().call_later(_TOLD_SECONDS, _exit)
        return
    log.critical("ending: %s: %s", type(error).__name__, error, exc_info=error)
    _exit()


def _exit() -> None:
    logging.shutdown()
    os._exit(FAILED)
