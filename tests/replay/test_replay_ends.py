"""Whatever ends a replay that several processes share: it says why, and leaves neither processes nor files behind."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.shell.codec import shapes
from stream.shell.codec.limits import Limits
from stream.shell.replay.plan import Plan
from stream.shell.replay.replay import Replay
from stream.shell.replay.sources import block_of
from stream.shell.replay.worker import Orders
from tests.parts.inputs import dial, written
from tests.replay.engine import RULEBOOK

SECONDS_MAX = 60
LINE = written(dial()) + b"\n"


@contextmanager
def running(out: Path, *options: str) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """A replay that waits for more input, with the ids of the processes that share it."""
    command = [sys.executable, "-m", "stream", "replay", "-", "--out", str(out), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(LINE * 10_000)
            process.stdin.flush()
            until(lambda: len(members(process.pid)) == 2)
            yield process, members(process.pid)
        finally:
            process.kill()


def members(pid: int) -> list[int]:
    """The processes that share the work of a replay."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def ended(process: "subprocess.Popen[bytes]", pids: list[int], out: Path) -> str:
    """What it said last; nothing is left of it."""
    _, said = process.communicate(timeout=SECONDS_MAX)
    until(lambda: all(map(gone, pids)))
    assert list(out.iterdir()) == []
    assert b"Traceback" not in said
    return said.decode()


def test_a_process_that_dies(tmp_path: Path) -> None:
    """One of several that is killed, as where memory runs out: there are no results, and it says what may help."""
    with running(tmp_path, "--jobs", "2") as (process, pids):
        os.kill(pids[0], signal.SIGKILL)
        said = ended(process, pids, tmp_path)
        assert process.returncode == 70
    assert "a process of the replay was ended by signal 9" in said
    assert "fewer --jobs" in said


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C on the terminal, which reaches all processes, ends them at once and without a word but `Aborted!`."""
    with running(tmp_path, "--jobs", "2") as (process, pids):
        os.killpg(process.pid, signal.SIGINT)
        assert ended(process, pids, tmp_path).strip() == "Aborted!"
        assert process.returncode == 1


def test_a_signal_to_end(tmp_path: Path) -> None:
    """What a supervisor or a time limit sends ends everything, too, with the exit code for that signal."""
    with running(tmp_path, "--jobs", "2") as (process, pids):
        process.terminate()
        assert ended(process, pids, tmp_path) == ""
        assert process.returncode == 128 + signal.SIGTERM


def test_a_kill(tmp_path: Path) -> None:
    """Where the replay itself is killed, its processes end by themselves."""
    with running(tmp_path, "--jobs", "2") as (process, pids):
        process.kill()
        process.communicate(timeout=SECONDS_MAX)
        until(lambda: all(map(gone, pids)))


class Impossible(Limits):
    """Limits that no record is ever checked against."""

    def check(self, shape: shapes.AnyRecord, record_bytes: int) -> None:
        raise NotImplementedError(f"no limits on {record_bytes} bytes of {type(shape).__name__}")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_that_nobody_expects(jobs: int) -> None:
    """It is the same error in one process and in several, and says where it came from."""
    orders = Orders(RULEBOOK, limits=Impossible())
    with pytest.raises(NotImplementedError, match="of Dial") as raised, Replay(orders, Plan(jobs)) as engine:
        engine.read([block_of("log", [LINE])])
    notes = getattr(raised.value, "__notes__", [])
    assert [("in check" in note) for note in notes] == [True] * (jobs - 1)


def test_no_room_for_the_temporary_file(tmp_path: Path) -> None:
    """A full disk is told with the folder that is full and the option that needs less of it."""
    out = tmp_path / "out"
    log = tmp_path / "log.ndjson"
    log.write_bytes(b"".join(written(dial(contact_id=f"c-{number}")) + b"\n" for number in range(10_000)))
    done = subprocess.run(
        [sys.executable, "-m", "stream", "replay", str(log), "--out", str(out), "--memory-mb", "16"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
        text=True,
    )
    assert done.returncode == 74, done.stderr
    assert "in the temporary file for what does not fit into memory (--memory-mb)" in done.stderr
    assert str(out) in done.stderr
    assert list(out.iterdir()) == []
