"""A Redis that keeps its data over a restart, and can be stopped, emptied, filled and set back."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from stream.shell.embedded.child import Child
from stream.shell.embedded.ports import LOOPBACK, free_port
from stream.shell.embedded.redis_server import find_redis_program

_SECONDS_MAX = 10


class DurableRedis:
    """One server of a test's own, which writes all to disk at once."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="duewatch-redis-")
        self._data = Path(self._folder.name) / "appendonlydir"
        self._snapshots: list[tuple[float, Path]] = []
        self.port = free_port()
        self._child = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.terminate()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where it is, the same over restarts."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def pause(self, seconds: float) -> None:
        """Stops it for so long: connections stay open, and nothing answers."""
        self.freeze()
        time.sleep(seconds)
        self.thaw()

    def freeze(self) -> None:
        """Stops it where it stands, until `thaw`."""
        self._child.pause()

    def thaw(self) -> None:
        """Lets it go on."""
        self._child.resume()

    def restart(self, seconds: float) -> None:
        """Ends it, and starts it again with its data after so long."""
        self._child.terminate()
        time.sleep(seconds)
        self._child = self._started()

    def replace(self, seconds: float) -> None:
        """Kills it, and starts an empty one in its place after so long."""
        self._child.kill()
        shutil.rmtree(self._data)
        time.sleep(seconds)
        self._child = self._started()

    def snapshot(self) -> None:
        """Keeps a copy of its data as they are now, for `restore`."""
        copy = Path(self._folder.name) / f"snapshot-{len(self._snapshots)}"
        shutil.copytree(self._data, copy)
        self._snapshots.append((time.monotonic(), copy))

    def restore(self, age_seconds_min: float) -> float:
        """Kills it, and starts it with the newest copy of at least that age; returns the age in seconds.

        Raises ValueError where there is none.
        """
        latest = time.monotonic() - age_seconds_min
        taken_at, copy = max(snapshot for snapshot in self._snapshots if snapshot[0] <= latest)
        self._child.kill()
        shutil.rmtree(self._data)
        shutil.copytree(copy, self._data)
        self._child = self._started()
        return time.monotonic() - taken_at

    def flush(self) -> None:
        """Empties it."""
        with self._client() as client:
            client.flushall()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Within this it refuses every write, as one that is out of memory does."""
        with self._client() as client:
            client.config_set("maxmemory", 1)
            try:
                yield
            finally:
                client.config_set("maxmemory", 0)

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=_SECONDS_MAX)

    def _started(self) -> Child:
        program = find_redis_program()
        assert program is not None, "no redis-server of version 7 or later runs here"
        options = {"--port": str(self.port), "--bind": LOOPBACK, "--dir": self._folder.name, "--save": ""}
        # Never rewritten, so that a copy of the files is whole at any moment; a torn end is cut off at the start.
        options |= {"--appendonly": "yes", "--appendfsync": "always", "--auto-aof-rewrite-percentage": "0"}
        command = [str(program.path), *(word for pair in options.items() for word in pair)]
        child = Child("Redis", command, Path(self._folder.name) / "redis.log")
        with redis.Redis.from_url(self.url, socket_timeout=1) as probe:
            child.wait_until(lambda: _answers(probe), _SECONDS_MAX)
        return child


def _answers(probe: redis.Redis) -> bool:
    try:
        return bool(probe.ping())
    except redis.RedisError:
        return False
