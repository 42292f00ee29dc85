"""Tests only: a worker that kills or stops itself at one named step of *remember, publish, confirm, commit*."""

import logging
import os
import signal
from typing import Final, NamedTuple

STEPS: Final = ("after-read", "after-save", "before-publish", "after-publish", "after-confirm", "before-commit")
"""In their order. `before-publish` lies behind the look at the group: who is stopped there speaks as a zombie."""

ACTIONS: Final = ("kill", "stop")

_LOG = logging.getLogger(__name__)


class Fault(NamedTuple):
    """What to do as a step is reached for so many times."""

    action: str
    step: str
    times: int


class FaultPoint:
    """Is told of every step, and does at one of them what the fault says, once; without a fault, nothing."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault
        self._left = fault.times if fault is not None else 0

    def reached(self, step: str) -> None:
        """Ends or stops the process with a signal if this is the place."""
        fault = self._fault
        if fault is None or fault.step != step:
            return
        self._left -= 1
        if self._left == 0:
            _LOG.warning("%s %s, as DUEWATCH_FAULT_POINT says", fault.action, step)
            os.kill(os.getpid(), getattr(signal, f"SIG{fault.action.upper()}"))
