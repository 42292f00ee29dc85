"""A real Redis master with a replica, watched by three Sentinels, on loopback."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.shell.embedded.ports import LOOPBACK
from tests.parts.redis_process import SECONDS_MAX, RedisProcess

NAME = "the-master"
_SENTINELS = 3
_QUORUM = 2


class SentinelServers:
    """The processes, for as long as a with block."""

    master: RedisProcess
    """The one that begins as the master."""
    replica: RedisProcess
    sentinels: list[RedisProcess]

    def __init__(self, *, down_after_ms: int = 2000) -> None:
        self._down_after_ms = down_after_ms
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="duewatch-sentinels-")))
            self.master = RedisProcess(folder / "master", {"--repl-diskless-sync-delay": 0})
            opening.callback(self.master.close)
            self.replica = RedisProcess(folder / "replica", {"--replicaof": f"{LOOPBACK} {self.master.port}"})
            opening.callback(self.replica.close)
            self.sentinels = [self._sentinel(folder / f"sentinel-{n}", opening) for n in range(_SENTINELS)]
            self._form()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        """What `DUEWATCH_REDIS` is to be."""
        return f"redis+sentinel://{','.join(f'{LOOPBACK}:{each.port}' for each in self.sentinels)}/{NAME}"

    def _sentinel(self, folder: Path, opening: ExitStack) -> RedisProcess:
        folder.mkdir()
        (folder / "sentinel.conf").touch()  # a Sentinel writes down what it learns
        sentinel = RedisProcess(folder, {}, folder / "sentinel.conf", "--sentinel")
        opening.callback(sentinel.close)
        sentinel.ask("SENTINEL", "MONITOR", NAME, LOOPBACK, self.master.port, _QUORUM)
        sentinel.ask("SENTINEL", "SET", NAME, "down-after-milliseconds", self._down_after_ms)
        sentinel.ask("SENTINEL", "SET", NAME, "failover-timeout", 10_000)
        return sentinel

    def _form(self) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while self.replica.raw.info("replication")["master_link_status"] != "up" or not all(
            self._knows_all(each) for each in self.sentinels
        ):
            assert time.monotonic() < deadline, "the Sentinels do not find each other"
            time.sleep(0.05)

    def _knows_all(self, sentinel: RedisProcess) -> bool:
        found = sentinel.ask("SENTINEL", "MASTER", NAME)
        told = dict(zip(found[::2], found[1::2], strict=True))
        return (int(told[b"num-slaves"]), int(told[b"num-other-sentinels"])) == (1, _SENTINELS - 1)
