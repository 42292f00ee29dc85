"""Run a command that the kernel kills as soon as the process that started it is gone.

Used as a script: `python die_with_parent.py PARENT_PID COMMAND [ARGUMENT…]`. Linux only.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def run(parent_pid: int, command: list[str]) -> None:
    """Become the command, with the parent's death as its own.

    Raises:
        OSError: the kernel refuses, or the command cannot be run.

    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:  # it died before we asked to be told
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
