"""One process of a real Redis, with options of a test's own."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from stream.shell.embedded.child import Child
from stream.shell.embedded.ports import LOOPBACK, free_port
from stream.shell.embedded.redis_server import find_redis_program

SECONDS_MAX = 60


class RedisProcess:
    """A server on loopback that keeps nothing on disk. `arguments` come first on its command line."""

    def __init__(self, folder: Path, options: Mapping[str, object], *arguments: str | Path) -> None:
        program = find_redis_program()
        assert program is not None, "no redis-server of version 7 or later runs here"
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        common: dict[str, object] = {
            "--port": self.port,
            "--bind": LOOPBACK,
            "--dir": folder,
            "--save": "",
            "--appendonly": "no",
        }
        words = [str(word) for pair in {**common, **options}.items() for word in pair]
        self.raw = redis.Redis(host=LOOPBACK, port=self.port, protocol=2, socket_timeout=5)
        self._child = Child(f"Redis at {self.port}", [str(program.path), *map(str, arguments), *words], folder / "log")
        self._child.wait_until(self._answers, SECONDS_MAX)

    @property
    def running(self) -> bool:
        """Whether it has not been ended."""
        return self._child.running

    def ask(self, *words: Any) -> Any:
        """Reply to a command, as redis-py reads it."""
        return self.raw.execute_command(*words)  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """End it as a power failure would."""
        self._child.kill()

    def pause(self) -> None:
        """Stop it where it stands: its connections stay open, and nothing answers."""
        self._child.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._child.resume()

    def close(self) -> None:
        """End it."""
        self.raw.close()
        self._child.terminate()

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.raw.ping())
        return False
