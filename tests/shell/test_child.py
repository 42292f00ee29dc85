import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from stream.shell.embedded.child import Child, StartupError
from tests.parts.ports import listens

_DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
_PARENT_OF_A_REDIS = """
import time
from stream.shell.embedded import EmbeddedRedis
with EmbeddedRedis() as server:
    print(server.url.split(':')[-1].split('/')[0], flush=True)
    time.sleep(600)
"""
_ANSWERS_A_FILE = """
import pathlib, time
while not pathlib.Path("question").exists():
    time.sleep(0.02)
print("here", flush=True)
time.sleep(600)
"""
_PATIENCE_SECONDS = 20


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _sleeper(log: Path) -> Child:
    return Child("Sleeper", _python("import time; time.sleep(600)"), log)


def test_one_that_ends_at_once(tmp_path: Path) -> None:
    """A part that ends while it starts is named, with its exit code and the end of its log."""
    child = Child("Part", _python("print('no room left'); raise SystemExit(3)"), tmp_path / "log")
    with pytest.raises(StartupError, match=r"(?s)Part ended with code 3; its log ends:.*no room left"):
        child.wait_until(lambda: False, _PATIENCE_SECONDS)


def test_one_that_never_answers(tmp_path: Path) -> None:
    """A part that is not ready in time is named and killed."""
    child = _sleeper(tmp_path / "log")
    with pytest.raises(StartupError, match=r"(?s)Sleeper did not come up in 0.1 s; its log ends:.*\(empty\)"):
        child.wait_until(lambda: False, 0.1)
    assert not child.running


def test_one_whose_probe_fails(tmp_path: Path) -> None:
    """A part whose probe raises is not left running."""
    child = _sleeper(tmp_path / "log")
    with pytest.raises(ZeroDivisionError):
        child.wait_until(lambda: bool(1 / 0), _PATIENCE_SECONDS)
    assert not child.running


def test_one_that_ignores_term(tmp_path: Path) -> None:
    """A part that does not end on TERM is killed after the grace."""
    log = tmp_path / "log"
    child = Child("Deaf", _python(_DEAF), log)
    child.wait_until(lambda: "deaf" in log.read_text(), _PATIENCE_SECONDS)
    child.terminate(grace_seconds=0.1)
    assert not child.running


def test_a_paused_one_can_be_ended(tmp_path: Path) -> None:
    """A part that was paused runs, and hears TERM all the same; ending it twice is no error."""
    child = _sleeper(tmp_path / "log")
    child.pause()
    assert child.running
    child.terminate(_PATIENCE_SECONDS)
    child.terminate()
    assert not child.running


def test_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    """A part belongs to the process, not to the thread that happened to start it."""
    log, question = tmp_path / "log", tmp_path / "question"
    born: list[Child] = []
    thread = Thread(target=lambda: born.append(Child("Part", _python(_ANSWERS_A_FILE), log)))
    thread.start()
    thread.join()
    time.sleep(0.2)  # for the kernel to do what it must not do
    question.touch()
    born[0].wait_until(lambda: "here" in log.read_text(), _PATIENCE_SECONDS)
    born[0].terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child for us")
def test_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """A part is gone soon after its parent was killed with -9."""
    surroundings = os.environ | {"TMPDIR": str(tmp_path)}  # it cannot clean up
    with subprocess.Popen(_python(_PARENT_OF_A_REDIS), stdout=subprocess.PIPE, text=True, env=surroundings) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert listens("127.0.0.1", port)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while listens("127.0.0.1", port):
        assert time.monotonic() < deadline, "the Redis of a killed parent still listens"
        time.sleep(0.05)
