"""Servers that know who the masters are: whoever answers is asked again, until it does not, or is wrong."""

from collections.abc import Iterable
from typing import Any

from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

from stream.shell.settings.address import Address
from stream.shell.store.commands import Argument
from stream.shell.store.node import Connect, Node


class Asking:
    """Asks one of several servers, in turn where one does not answer. At first these are the ones that were named."""

    def __init__(self, named: Iterable[Address], connect: Connect) -> None:
        self._named = tuple(named)
        self._order = list(self._named)
        self._connect = connect
        self._nodes: dict[Address, Node] = {}

    async def reply(self, *command: Argument) -> tuple[Address, Any]:
        """Reply of the first that answers, and who that is; raises redis-py's error of the last one if none does."""
        for left in reversed(range(len(self._order))):
            at = self._order[0]
            try:
                return at, await self._node(at).reply(*command)
            except (NoConnection, NoAnswer):
                self.doubt()
                if not left:
                    raise
        raise AssertionError("somebody was named")

    def doubt(self) -> None:
        """Ask another one first from now on."""
        self._order.append(self._order.pop(0))

    async def learn(self, others: Iterable[Address]) -> None:
        """Ask these, too, after the one that is asked first; of earlier ones only those that were named."""
        self._order = list(dict.fromkeys((self._order[0], *others, *self._named)))
        for at in self._nodes.keys() - set(self._order):
            await self._nodes.pop(at).close()

    async def close(self) -> None:
        """Close all connections."""
        nodes, self._nodes = self._nodes, {}
        for node in nodes.values():
            await node.close()

    def _node(self, at: Address) -> Node:
        if at not in self._nodes:
            self._nodes[at] = self._connect(at)
        return self._nodes[at]
