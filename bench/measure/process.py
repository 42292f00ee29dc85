"""One measured process: started on its core, its log kept, its CPU time and memory read from the kernel."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.measure.cores import measured_core, pin
from stream.shell.embedded.child import Child

_REPOSITORY = Path(__file__).parents[2]
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_LOG_LINES_SHOWN = 15


class EndedError(Exception):
    """A measured process has ended by itself; the message has the end of its log."""


class Process(AbstractContextManager["Process"]):
    """A program on the measured core, or the cores given, for as long as a with block; killed where it does not end."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], cores: set[int] | None = None
    ) -> None:
        self._name = name
        self._folder = tempfile.TemporaryDirectory(prefix="duewatch-bench-")
        self._log = Path(self._folder.name) / "log"
        settings = {"PYTHONPATH": str(_REPOSITORY), "PYTHONUNBUFFERED": "1", **environment}
        assigned = [f"{key}={value}" for key, value in settings.items()]
        self._child = Child(name, ["/usr/bin/env", *assigned, *command], self._log)
        pin(self._child.pid, cores or measured_core())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate(grace_seconds=5)
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def log(self) -> str:
        """Everything that it has written."""
        return self._log.read_text(errors="replace")

    def check(self) -> None:
        """Raises EndedError where it does not run any more."""
        if not self._child.running:
            tail = "\n  ".join(self.log.splitlines()[-_LOG_LINES_SHOWN:])
            raise EndedError(f"{self._name} has ended; its log ends:\n  {tail}")

    def terminate(self, grace_seconds: float = 10) -> None:
        """Ask it to end (TERM) and wait until it has."""
        self._child.terminate(grace_seconds)

    def kill(self) -> None:
        """End it as a power failure would (KILL)."""
        self._child.kill()


def cpu_seconds(pid: int) -> float:
    """What a process and its threads have used so far, in user and kernel mode; good to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def busy_seconds(cores: set[int]) -> float:
    """For how long these cores have been busy so far, with whatever it was."""
    busy = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name.removeprefix("cpu").isdigit() and int(name.removeprefix("cpu")) in cores:
            user, nice, system, _idle, _waiting, interrupts, soft_interrupts = map(int, ticks[:7])
            busy += user + nice + system + interrupts + soft_interrupts
    return busy / _TICKS_PER_SECOND


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has had resident so far."""
    return _status(pid, "VmHWM") / 1024


def resident_megabytes(pid: int) -> float:
    """The memory that a process has resident now."""
    return _status(pid, "VmRSS") / 1024


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise EndedError(f"process {pid} is ending")
