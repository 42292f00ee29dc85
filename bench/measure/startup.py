"""How soon Duewatch is there: its help, a worker on an idle cluster, and a worker that is started again."""

import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from threading import Thread

from bench.entrants import Duewatch
from bench.job.live import live
from bench.measure.feed import Ear, Feed
from bench.measure.ground import Ground
from bench.measure.latency import awaken, some_noon
from bench.measure.process import Process
from stream.shell.embedded.ports import LOOPBACK, free_port

_READY_SECONDS_MAX = 60
_LOOK_SECONDS = 0.02
_CALLS_PER_SECOND = 100
_GAP_SECONDS = 8
# Nobody has started as soon as this: what is heard before is the last that the one before had said.
_START_SECONDS_MIN = 0.3


class NotReadyError(Exception):
    """A worker did not become ready."""


@dataclass(frozen=True)
class Startup:
    """Seconds, medians of some times: until `--help` has ended, until a new worker is ready, and, with calls coming
    all the while, from its start until a worker that had been ended (TERM) or killed (-9) says its first block again.
    """

    help_seconds: float
    ready_seconds: float
    back_after_term_seconds: float
    back_after_kill_seconds: float


def startup(ground: Ground, times: int, say: Callable[[str], None]) -> Startup:
    """Measures all of it.

    Raises:
        NotReadyError: a worker is not ready within a minute.
        EndedError: a worker has ended.

    """
    say("duewatch --help")
    helped = median(_help_seconds() for _ in range(times))
    say("a worker on an idle cluster")
    ready = median(_ready_seconds(ground) for _ in range(times))
    say("a worker that was ended")
    after_term = median(_back_seconds(ground, Process.terminate) for _ in range(times))
    say("a worker that was killed")
    after_kill = median(_back_seconds(ground, Process.kill) for _ in range(times))
    return Startup(helped, ready, after_term, after_kill)


def _help_seconds() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "stream", "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def _ready_seconds(ground: Ground) -> float:
    prefix, now, port = _prefix(), some_noon(), free_port()
    worker = Duewatch("worker", "nifa-2024", {"DUEWATCH_WEB": f"{LOOPBACK}:{port}"})
    try:
        worker.prepare(ground, prefix, now)
        began = time.monotonic()
        with _started(worker, ground, prefix, now) as process:
            while not _is_ready(port):
                process.check()
                if time.monotonic() - began > _READY_SECONDS_MAX:
                    raise NotReadyError(f"a worker is not ready after {_READY_SECONDS_MAX} s:\n{process.log[-2000:]}")
                time.sleep(_LOOK_SECONDS)
            return time.monotonic() - began
    finally:
        ground.clear(prefix)


def _back_seconds(ground: Ground, end: Callable[[Process], None]) -> float:
    prefix, now = _prefix(), some_noon()
    worker = Duewatch("worker", "nifa-2024")
    try:
        worker.prepare(ground, prefix, now)
        with ground.sender(linger_ms=0) as sender, Ear(worker, ground, worker.outputs(prefix)) as ear:
            feed = Feed(sender, f"{prefix}-dials", live(now - timedelta(minutes=30), seed=1))
            with _started(worker, ground, prefix, now) as process:
                awaken(feed, ear, process)
                feeding = Thread(target=feed.run, args=(_CALLS_PER_SECOND, _GAP_SECONDS))
                feeding.start()
                end(process)
            before = set(ear.heard)
            began = time.monotonic()
            with _started(worker, ground, prefix, now) as process:
                feeding.join()
                awaken(feed, ear, process)
            after = (moment - began for debtor, moment in ear.heard.items() if debtor not in before)
            return min(seconds for seconds in after if seconds > _START_SECONDS_MIN)
    finally:
        ground.clear(prefix)


def _started(worker: Duewatch, ground: Ground, prefix: str, now: datetime) -> Process:
    return Process(worker.name, worker.command(), worker.environment(ground, prefix, now))


def _prefix() -> str:
    return f"bench-{secrets.token_hex(4)}"


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
