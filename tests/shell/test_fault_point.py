"""The fault points of tests: a process that ends or stands still at one step, and at no other."""

import signal
import subprocess
import sys

import pytest

from stream.shell.delivery.fault_point import STEPS
from stream.shell.settings.settings import SettingsError, read

PROGRAM = """
import os
from stream.shell.delivery.fault_point import STEPS, FaultPoint
from stream.shell.settings.settings import read
point = FaultPoint(read(os.environ).fault_point)
for round_ in range(3):
    for step in STEPS:
        print(f"{round_}:{step}", flush=True)
        point.reached(step)
"""


def running(fault: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.Popen(command, env={"DUEWATCH_FAULT_POINT": fault}, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("step", STEPS)
def test_it_dies_at_the_step(step: str) -> None:
    """A worker told to die as it comes to a step for the second time ends there and does nothing more."""
    with running(f"kill:{step}:2") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert said.split()[-1] == f"1:{step}"


def test_it_stands_still_and_goes_on() -> None:
    """A worker told to stop stands still at the step until somebody lets it go on."""
    with running("stop:before-publish:1") as process:
        assert process.stdout is not None
        while process.stdout.readline() != "0:before-publish\n":
            pass
        process.send_signal(signal.SIGCONT)
        while process.poll() is None:
            process.send_signal(signal.SIGCONT)  # it may not have come to the signal of its own before
        assert process.stdout.read().split()[-1] == f"2:{STEPS[-1]}"


def test_nothing_happens_without_one() -> None:
    """With the default every step passes."""
    with running("none") as process:
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, len(said.split())) == (0, 3 * len(STEPS))


@pytest.mark.parametrize("given", ["kill", "kill:after-save", "kill:after-save:0", "end:after-save:1", "kill:save:1"])
def test_what_is_no_fault_point_is_refused(given: str) -> None:
    """A fault point is an action, a step and a number."""
    with pytest.raises(SettingsError, match="DUEWATCH_FAULT_POINT"):
        read({"DUEWATCH_FAULT_POINT": given})
