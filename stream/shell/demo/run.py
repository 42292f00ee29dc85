"""One run of the demo, from the parts to the last line."""

import asyncio
import errno
import io
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from rich.console import Console

from stream.rulebooks.loader import load
from stream.shell.delivery.publisher import PublishError
from stream.shell.demo.board import HEIGHT_MIN, WIDTH_MIN, Board
from stream.shell.demo.clock import DayClock
from stream.shell.demo.day import Day
from stream.shell.demo.event import Event
from stream.shell.demo.failure import DemoFailed, PartFailedError
from stream.shell.demo.interruption import Interruption
from stream.shell.demo.lines import Lines
from stream.shell.demo.log_file import logging_to_file
from stream.shell.demo.parts import POLICY, Parts, parts, settings
from stream.shell.demo.performance import Audience, Outcome, Performance
from stream.shell.demo.picture import save_picture
from stream.shell.demo.sample import sample
from stream.shell.demo.scene import Scene
from stream.shell.demo.summary import print_differences, print_summary, print_what_next
from stream.shell.demo.terminal import Terminal
from stream.shell.embedded import StartupError
from stream.shell.store.store import StoreError
from stream.shell.topics.admin import KafkaUnavailableError, TopicsError
from stream.shell.worker.registry_reader import RegistryError

_LOG = logging.getLogger(__name__)
_DIFFERS, _FAILED = 1, 70
_FAILURES = (
    PartFailedError,
    StartupError,
    KafkaException,
    KafkaError,
    KafkaUnavailableError,
    TopicsError,
    PublishError,
    RegistryError,
    StoreError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the day is played: in so many `seconds`, or `speed` times as fast as the wall. `picture`, `events`: files to
    write.
    """

    seed: int
    seconds: float
    speed: float | None
    picture: Path | None
    events: Path | None


def run(wishes: Wishes, interruption: Interruption) -> None:
    """Play the day and show it on stdout. Raises Interrupted, DemoFailed, and OSError for files it cannot write."""
    console = _console()
    scene, events = _prepared(wishes)
    with ExitStack() as open_:
        interruption.let_go = open_.close
        log = open_.enter_context(logging_to_file())
        with _failing_with(log):
            outcome = _played(scene, events, wishes, console, interruption, open_.enter_context(ExitStack()))
        interruption.check()
        print_summary(console, scene, outcome)
        if any(check.differences for check in outcome.checks):
            print_differences(console, outcome.checks)
            raise DemoFailed(f"the topics do not say what replay says (the log: {log})", _DIFFERS)
    print_what_next(console, scene, wishes.events)


def _console() -> Console:
    # Whatever CI or a shell says of colours: a pipe gets plain text, and a narrow character set no error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(force_terminal=sys.stdout.isatty(), highlight=False)


def _prepared(wishes: Wishes) -> tuple[Scene, list[Event]]:
    rulebook = load(POLICY)
    day = Day.before(rulebook.zone, time.time_ns() // 1000)
    events = sample(day, wishes.seed)
    if wishes.picture and not wishes.picture.parent.is_dir():  # told now, not when the afternoon comes
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(wishes.picture))
    if wishes.events:
        wishes.events.write_bytes(b"".join(event.value + b"\n" for event in events))
    speed = wishes.speed or (day.ends - day.begins) / 1e6 / wishes.seconds
    return Scene(rulebook, day, DayClock(day.begins, speed)), events


@contextmanager
def _failing_with(log: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # who read our output has seen enough
        raise
    except _FAILURES as error:
        _LOG.error("the demo failed", exc_info=error)
        first = str(error).partition("\n")[0]
        raise DemoFailed(f"the demo failed: {first} (the log: {log})", _FAILED) from error


def _played(
    scene: Scene,
    events: Sequence[Event],
    wishes: Wishes,
    console: Console,
    interruption: Interruption,
    open_: ExitStack,
) -> Outcome:
    """The day, played on parts that stand in `open_` and are gone when this returns or raises."""
    with open_:
        started = open_.enter_context(parts())
        try:
            return asyncio.run(_performed(scene, events, wishes, started, console, interruption))
        except asyncio.CancelledError:
            interruption.check()
            raise


async def _performed(
    scene: Scene,
    events: Sequence[Event],
    wishes: Wishes,
    started: Parts,
    console: Console,
    interruption: Interruption,
) -> Outcome:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a running coroutine is in a task
    board = Board(scene, f"Duewatch plays a sample day under {scene.rulebook.policy}")
    beside = [save_picture(board, scene, wishes.picture)] if wishes.picture else []
    with interruption.cancelling(task):
        audience = _audience(scene, board, console)
        performance = Performance(settings(started), scene, events, audience)
        performance.step(f"{started.kinds} are up")
        return await performance.run(*beside)


def _audience(scene: Scene, board: Board, console: Console) -> Audience:
    large = console.width >= WIDTH_MIN and console.height >= HEIGHT_MIN
    if console.is_terminal and not console.is_dumb_terminal and large:
        return Terminal(board, console)
    return Lines(scene, lambda line: print(line, flush=True))  # noqa: T201 - this is the command's output
