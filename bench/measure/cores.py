"""Which cores do what: whoever is measured has the last one to itself, all else shares the others."""

import os
from pathlib import Path


class TooFewCoresError(Exception):
    """This machine cannot be measured on."""


def measured_core() -> set[int]:
    """The core of the process that is measured."""
    return {max(_cores())}


def other_cores() -> set[int]:
    """The cores of the broker, Redis, and the programs that send and read."""
    return _cores() - measured_core()


def all_cores() -> set[int]:
    """Every core there is."""
    return _cores()


def move_aside() -> None:
    """Put this process, and whatever it starts from now on, on the other cores.

    Raises:
        TooFewCoresError: there is one core only, or the system cannot pin processes.

    """
    if not hasattr(os, "sched_setaffinity"):
        raise TooFewCoresError("processes cannot be pinned to a core here: the benchmark needs Linux")
    if not other_cores():
        raise TooFewCoresError("the measured process needs a core of its own, and this machine has one for all")
    os.sched_setaffinity(0, other_cores())


def pin(pid: int, cores: set[int]) -> None:
    """Put a process that has only just been started on these cores; its threads and children stay there."""
    os.sched_setaffinity(pid, cores)


def pin_whole(pid: int, cores: set[int]) -> None:
    """Put a running process on these cores, with all the threads that it has; new threads take after their makers."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), cores)
        except ProcessLookupError:
            continue  # it has ended meanwhile


# Asked once, before anything is moved: what a process may use later is what it was given.
_ALL = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset[int]()


def _cores() -> set[int]:
    return set(_ALL)
