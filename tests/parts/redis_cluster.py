"""A real Redis Cluster of three masters on loopback, each with a replica where a failover is wanted."""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from stream.shell.embedded.ports import LOOPBACK, free_port
from tests.parts.redis_process import SECONDS_MAX, RedisProcess

_MASTERS = 3
_SHARE = -(-REDIS_CLUSTER_HASH_SLOTS // _MASTERS)


class RedisClusterServers:
    """The processes, for as long as a with block."""

    nodes: list[RedisProcess]
    """All of them; the first three begin as masters, the others as their replicas in the same order."""

    def __init__(self, *, replicas: bool, node_timeout_ms: int) -> None:
        self._count = 2 * _MASTERS if replicas else _MASTERS
        self._node_timeout_ms = node_timeout_ms
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="duewatch-cluster-")))
            self.nodes = [self._started(folder / str(number), opening) for number in range(self._count)]
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
        return "redis+cluster://" + ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)

    def master_of(self, key: str) -> RedisProcess:
        """The process that serves this key now."""
        slot = key_slot(key.encode())
        for first, last, (_, port, *_), *_ in next(node for node in self.nodes if node.running).ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise AssertionError(f"nobody serves slot {slot}")

    def leave_behind(self, master: RedisProcess) -> RedisProcess:
        """From now on this master's replica gets nothing of what is written, and stands still; returns the replica."""
        replica = self.nodes[self.nodes.index(master) + _MASTERS]
        replica.pause()
        # Or it would find all of it in its socket when it goes on.
        master.ask("CLIENT", "KILL", "TYPE", "replica")
        return replica

    def _started(self, folder: Path, opening: ExitStack) -> RedisProcess:
        options = {
            "--cluster-enabled": "yes",
            "--cluster-port": free_port(),
            "--cluster-node-timeout": self._node_timeout_ms,
            "--repl-diskless-sync-delay": 0,
        }
        node = RedisProcess(folder, options)
        opening.callback(node.close)
        return node

    def _form(self) -> None:
        first, masters, replicas = self.nodes[0], self.nodes[:_MASTERS], self.nodes[_MASTERS:]
        bus_port = first.ask("CONFIG", "GET", "cluster-port")[1]
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not first:
                node.ask("CLUSTER", "MEET", LOOPBACK, first.port, bus_port)
        for number, node in enumerate(masters):
            last = min((number + 1) * _SHARE, REDIS_CLUSTER_HASH_SLOTS) - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", number * _SHARE, last)
        _wait(lambda: all(_told(node, "cluster_known_nodes") == str(self._count) for node in self.nodes))
        for node, master in zip(replicas, masters, strict=False):
            node.ask("CLUSTER", "REPLICATE", master.ask("CLUSTER", "MYID"))
        _wait(lambda: all(_told(node, "cluster_state") == "ok" for node in self.nodes))
        _wait(lambda: all(node.raw.info("replication")["master_link_status"] == "up" for node in replicas))


def _told(node: RedisProcess, name: str) -> str:
    lines = dict(line.split(":", 1) for line in node.ask("CLUSTER", "INFO").decode().split())
    return str(lines[name])


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not until():
        assert time.monotonic() < deadline, "the Cluster does not form"
        time.sleep(0.05)
