"""`duewatch demo` as its users meet it: in a pipe, on a terminal, interrupted, and without what it needs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from rich.cells import cell_len

_SECONDS_MAX = 90
_COMMAND = (sys.executable, "-m", "stream", "demo")
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
_SECOND_SCREEN, _FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment full of settings that must not matter, with a folder for temporary files of its own."""
    (tmp_path / "tmp").mkdir()
    disturbing = {
        "DUEWATCH_KAFKA": "192.0.2.1:9092",
        "DUEWATCH_POLICY": "no-such-rulebook",
        "DUEWATCH_NO_SUCH_SETTING": "1",
        "FORCE_COLOR": "1",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    return kept | disturbing


def files_of(environ: dict[str, str]) -> list[str]:
    """What lies in the demo's folder for temporary files."""
    return [entry.name for entry in Path(environ["TMPDIR"]).iterdir()]


def children_of(pid: int) -> dict[int, str]:
    """Process id and command line of every process that this one has started and that has not ended."""
    return {each: args for each, parent, args in _processes() if parent == pid}


def _processes() -> Iterator[tuple[int, int, str]]:
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="],  # noqa: S607 - where it lies differs
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        pid, parent, args = line.split(maxsplit=2)
        yield int(pid), int(parent), args


def still_running(pids: Iterable[int]) -> list[str]:
    """Command lines of those that have not ended, whoever their parent is now."""
    return [args for pid, _, args in _processes() if pid in set(pids)]


def test_in_a_pipe(environ: dict[str, str], tmp_path: Path) -> None:
    """In a pipe the demo tells, line by line and without colours, of the block at the third call, the finding at the
    fourth, what a correction takes back, and every dead letter; the topics end up saying what `replay` says of the same
    events; a picture and the events are left, and nothing else.
    """
    log, picture = tmp_path / "day.ndjson", tmp_path / "board.svg"
    command = [*_COMMAND, "--seconds", "8", "--events", str(log), "--save", str(picture)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert re.search(r"BLOCK +bank-a D-1042: no interactive dial until 24:00: 3 of 3 .*第十六条（二）1", done.stdout)
    assert re.search(r"VIOLATION +bank-a D-1042 by ag-north: fourth effective call", done.stdout)
    assert re.search(r"RETRACTED +bank-b D-2038 .*NIFA-16-1-RECORDED", done.stdout)
    assert re.search(r"DEAD +demo-dials: not-json", done.stdout)
    assert re.search(r"DEAD +demo-dials: personal-data", done.stdout)
    assert done.stdout.count("the topics say exactly what replay says") == 2
    assert len(log.read_bytes().splitlines()) > 400
    assert 10_000 < picture.stat().st_size < 300_000
    assert "第" in picture.read_text("utf-8")
    assert "http" not in picture.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert files_of(environ) == []
    assert _replayed_findings(log, tmp_path) >= 15


def _replayed_findings(log: Path, folder: Path) -> int:
    command = [sys.executable, "-m", "stream", "replay", str(log), "--out", str(folder / "out")]
    subprocess.run(command, capture_output=True, timeout=_SECONDS_MAX, check=True)
    return len([orjson.loads(line) for line in (folder / "out" / "findings.ndjson").read_bytes().splitlines()])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
@pytest.mark.parametrize("awaited", ["joins its consumer group", "BLOCK"], ids=["at-the-start", "in-the-middle"])
def test_interrupted(environ: dict[str, str], awaited: str, number: signal.Signals) -> None:
    """Ctrl-C (or TERM) while the worker starts or works: one line, exit code 128 + its number, no process, no file."""
    with subprocess.Popen(_COMMAND, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert any(awaited in line for line in demo.stdout)
        children = children_of(demo.pid)
        assert any("redis-server" in args for args in children.values()), children
        demo.send_signal(number)
        _, errors = demo.communicate(timeout=_SECONDS_MAX)
    assert demo.returncode == 128 + number
    assert errors.splitlines() == ["duewatch: interrupted; nothing is left running"]
    assert (still_running(children), files_of(environ)) == ([], [])


def test_on_a_terminal(environ: dict[str, str]) -> None:
    """On a terminal of 80 columns a board is drawn on the second screen, no line of it or of the summary is wider, and
    the summary stands on the first screen.
    """
    with _on_a_terminal(environ, 80, 24, "--seconds", "5") as (demo, terminal):
        shown = _read_all(terminal)
    assert demo.returncode == 0
    board, _, summary = shown.partition(_SECOND_SCREEN)[2].rpartition(_FIRST_SCREEN)
    widest = max((_CONTROL.sub("", line) for line in re.split(r"\r?\n|\x1b\[H", board + summary)), key=cell_len)
    assert cell_len(widest) <= 80, widest
    assert "blocks in force" in board
    assert "第十六条（二）1" in board
    assert summary.count("the topics say exactly what") == 2


def test_interrupted_on_a_terminal(environ: dict[str, str]) -> None:
    """Ctrl-C on a terminal brings the first screen back."""
    with _on_a_terminal(environ, 100, 30) as (demo, terminal):
        shown = _read_until(terminal, "blocks in force")
        demo.send_signal(signal.SIGINT)
        shown += _read_all(terminal)
    assert demo.returncode == 128 + signal.SIGINT
    assert shown.rpartition(_FIRST_SCREEN)[2].strip().endswith("duewatch: interrupted; nothing is left running")
    assert files_of(environ) == []


@contextmanager
def _on_a_terminal(
    environ: dict[str, str], columns: int, rows: int, *options: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The demo, and the other end of the terminal that it runs on; it has ended when the block is left."""
    terminal, its_end = pty.openpty()
    fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    there = environ | {"TERM": "xterm-256color"}
    streams = {"stdin": its_end, "stdout": its_end, "stderr": its_end}
    with subprocess.Popen([*_COMMAND, *options], env=there, **streams) as demo:  # type: ignore[call-overload] # three times the same
        os.close(its_end)
        try:
            yield demo, terminal
            demo.wait(_SECONDS_MAX)
        finally:
            demo.kill()
            os.close(terminal)


def _read_until(terminal: int, awaited: str) -> str:
    shown, end = b"", time.monotonic() + _SECONDS_MAX
    while awaited.encode() not in shown and time.monotonic() < end:
        shown += _read(terminal) or b""
    assert awaited.encode() in shown
    return shown.decode("utf-8", "replace")


def _read_all(terminal: int) -> str:
    pieces, end = [], time.monotonic() + _SECONDS_MAX
    while time.monotonic() < end and (piece := _read(terminal)) is not None:
        pieces.append(piece)
    return b"".join(pieces).decode()


def _read(terminal: int) -> bytes | None:
    """What has been written to the terminal within a second, or None when nobody holds it any more."""
    if not select.select([terminal], [], [], 1)[0]:
        return b""
    try:
        return os.read(terminal, 1 << 16) or None
    except OSError:
        return None


def test_without_the_extra(environ: dict[str, str]) -> None:
    """Without the packages of the extra `demo`, one line says what to install."""
    program = "import sys; sys.modules['confluent_kafka'] = None; from stream.cli.main import main; main(['demo'])"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False
    )
    assert done.returncode == 69
    assert done.stdout == ""
    assert done.stderr.splitlines() == ["duewatch: confluent_kafka not installed: pip install 'duewatch[demo]'"]


def test_a_part_that_fails(environ: dict[str, str]) -> None:
    """When Redis is killed while the day is played, one line says so and names the log; nothing is left running."""
    with subprocess.Popen(_COMMAND, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert any("BLOCK" in line for line in demo.stdout)
        (redis,) = children_of(demo.pid)
        os.kill(redis, signal.SIGKILL)
        _, errors = demo.communicate(timeout=_SECONDS_MAX)
    assert demo.returncode == 70
    (line,) = errors.splitlines()
    assert re.match(r"duewatch: the demo failed: the worker ended: .*Redis", line)
    (log,) = Path(environ["TMPDIR"]).rglob("*.log")
    assert str(log) in line
    assert files_of(environ) == [log.parent.name]
