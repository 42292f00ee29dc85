"""Processes of ours that never outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("die_with_parent.py")
_LOG_TAIL_LINES = 30
_PROBE_EVERY_SECONDS = 0.05


class StartupError(RuntimeError):
    """A part did not come up; the message says which, and how its log ends."""


class Child:
    """A server process that ends with us, whatever ends us.

    Its output goes to a log file. On Linux the kernel kills it even when we are killed with -9.
    It has a session of its own, so Ctrl-C on our terminal reaches it only through us.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start the command; raises OSError where it cannot be run at all (off Linux; on Linux its log says so)."""
        self._name = name
        self._log = log
        self._process = _birthplace().submit(_start, command, log).result()
        self._paused = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended; a paused one is running."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Return as soon as `ready` says so; whatever comes instead, the process is then gone.

        Raises:
            StartupError: the process ended, or time is up.

        """
        deadline = time.monotonic() + timeout_seconds
        with ExitStack() as unless_ready:
            unless_ready.callback(self.kill)
            while not ready():
                self._give_up_if_hopeless(deadline, timeout_seconds)
                time.sleep(_PROBE_EVERY_SECONDS)
            unless_ready.pop_all()

    def terminate(self, grace_seconds: float = 3.0) -> None:
        """Ask it to end (TERM), and kill it when it has not after the grace; one that has ended is left alone."""
        self._process.terminate()
        if self._paused:  # or it would not hear
            self.resume()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once (KILL)."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Stop it where it stands (STOP): its connections stay open and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Let a paused one go on (CONT)."""
        self._process.send_signal(signal.SIGCONT)
        self._paused = False

    def _give_up_if_hopeless(self, deadline: float, timeout_seconds: float) -> None:
        if not self.running:
            raise StartupError(self._obituary(f"ended with code {self._process.returncode}"))
        if time.monotonic() > deadline:
            raise StartupError(self._obituary(f"did not come up in {timeout_seconds:g} s"))

    def _obituary(self, what: str) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n  ".join([f"{self._name} {what}; its log ends:", *(lines or ["(empty)"])])


@cache
def _birthplace() -> ThreadPoolExecutor:
    # The kernel ties a child to the thread that started it, not to the process: one that lasts starts them all.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="birthplace")


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    launched = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())] if sys.platform == "linux" else []
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - the commands are our own
            [*launched, *command],
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
