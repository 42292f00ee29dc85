"""One run of the demo, from the parts to the last line."""

import asyncio
import logging
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
from stream.shell.demo.check import Checked
from stream.shell.demo.clock import DayClock
from stream.shell.demo.day import Day
from stream.shell.demo.event import Event
from stream.shell.demo.failure import DemoFailed
from stream.shell.demo.interruption import Interruption
from stream.shell.demo.lines import Lines
from stream.shell.demo.log_file import logging_to_file
from stream.shell.demo.parts import POLICY, Parts, parts, settings
from stream.shell.demo.performance import Audience, PartFailedError, Performance
from stream.shell.demo.picture import save_picture
from stream.shell.demo.sample import sample
from stream.shell.demo.scene import Scene
from stream.shell.demo.summary import facts, print_summary, print_what_next
from stream.shell.demo.terminal import Terminal
from stream.shell.embedded import StartupError
from stream.shell.store.store import StoreError
from stream.shell.topic_admin import KafkaUnavailableError, TopicsError
from stream.shell.worker.registry_reader import RegistryError

_LOG = logging.getLogger(__name__)
_FAILED, _DIFFERS = 70, 1
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
)
_DIFFERENCES_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the day is played; `seconds`: how long it takes. `picture` and `events` are files to write."""

    seed: int
    seconds: float
    picture: Path | None
    events: Path | None


def run(wishes: Wishes, interruption: Interruption) -> None:
    """Play the day and show it on stdout. Raises Interrupted, DemoFailed, and OSError where a file cannot be written."""
    console = Console(force_terminal=sys.stdout.isatty(), highlight=False)
    rulebook = load(POLICY)
    day = Day.before(rulebook.zone, time.time_ns() // 1000)
    events = sample(day, wishes.seed)
    if wishes.events:
        wishes.events.write_bytes(b"".join(event.value + b"\n" for event in events))
    scene = Scene(rulebook, day, DayClock(day.begins, (day.ends - day.begins) / 1e6 / wishes.seconds))
    with logging_to_file() as log, _failing_with(log):
        performance, checks = _played(scene, events, wishes, console, interruption)
    interruption.check()
    


@contextmanager
def _failing_with(log: Path) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        _LOG.error("the demo failed", exc_info=error)
        first = str(error).partition("\n")[0]
        raise DemoFailed(f"the demo failed: {first} (its log: {log})", _FAILED) from error
