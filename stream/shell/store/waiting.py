"""Waiting until replicas have what a master has: the odds that a failover loses it are lower then, not nil."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from stream.shell.store.commands import Command
from stream.shell.store.layout import waited_beside
from stream.shell.store.store import StoreUnreachable


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many replicas must have what was read or written, and how long that may take; 0 replicas: no waiting."""

    replicas: int = 0
    milliseconds: int = 1000

    def commands(self, key: bytes) -> list[Command]:
        """What to send behind commands of which one is about `key`.

        WAIT waits for what its connection has written. What others wrote there before stands in front of a write of
        one's own on the way to the replicas, so what was read has been waited for as well.
        """
        if not self.replicas:
            return []
        return [("SET", waited_beside(key), ""), ("WAIT", self.replicas, self.milliseconds)]

    def check(self, at: object, replies: Sequence[Any]) -> None:
        """Raise StoreUnreachable where too few replicas have it, by the replies to `commands` of the server `at`."""
        for reply in replies:
            if isinstance(reply, ResponseError):
                raise reply
        if replies and replies[-1] < self.replicas:
            raise StoreUnreachable(
                f"{replies[-1]} of {self.replicas} replicas (DUEWATCH_REDIS_WAIT_REPLICAS) of Redis at {at} have what "
                f"it has after {self.milliseconds} ms; nothing is published that they lack"
            )


NO_WAITING = Waiting()
"""What a master has said counts at once."""
