"""The masters of this moment: connected, checked, and each with the store's functions."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, ExitStack
from importlib.resources import files

from stream.shell.settings.address import Address
from stream.shell.store.finding import Finder, Found
from stream.shell.store.node import Connect, Node
from stream.shell.store.server_checks import check_server

FUNCTIONS = files("stream.shell.store").joinpath("functions.lua").read_text("utf-8")


class Masters:
    """Connections to the masters. `connect` makes those to a server that was not spoken to before.

    Every method raises what redis-py does, or a `StoreError`.
    """

    def __init__(self, finder: Finder, connect: Connect) -> None:
        self._finder = finder
        self._connect = connect
        self._nodes: dict[Address, Node] = {}
        self._known: tuple[Found, tuple[Node, ...]] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def cluster(self) -> bool:
        """Whether they are the masters of a Cluster."""
        return self._finder.cluster

    async def holding(self, keys: Iterable[bytes]) -> list[Node]:
        """Who holds each of these keys, as far as is known without looking again."""
        found, nodes = self._known or await self._look()
        return [nodes[found.place_of(key)] for key in keys]

    async def all(self) -> tuple[Node, ...]:
        """Every master, looked up anew."""
        return (await self._look())[1]

    def forget(self) -> None:
        """What is known may be wrong: it is looked up anew before anything else is sent."""
        self._known = None

    async def close(self) -> None:
        """Close all connections."""
        nodes, self._nodes, self._known = self._nodes, {}, None
        for node in nodes.values():
            await node.close()
        await self._finder.close()

    async def _look(self) -> tuple[Found, tuple[Node, ...]]:
        async with self._one_at_a_time:
            with ExitStack() as unless_right:
                unless_right.callback(self._finder.doubt)
                found = await self._finder.find()
                for at in found.masters:
                    if at not in self._nodes:
                        self._nodes[at] = await self._joined(at)
                unless_right.pop_all()
            gone = [self._nodes.pop(at) for at in self._nodes.keys() - set(found.masters)]
            self._known = found, tuple(self._nodes[at] for at in found.masters)
            for node in gone:
                await node.close()
            return self._known

    async def _joined(self, at: Address) -> Node:
        async with AsyncExitStack() as unless_fit:
            node = self._connect(at)
            unless_fit.push_async_callback(node.close)
            await check_server(node.reply, at, self._finder)
            await load_functions(node)
            unless_fit.pop_all()
            return node


async def load_functions(node: Node) -> None:
    """Give a server the store's functions, in place of those of the same version that it may have."""
    await node.reply("FUNCTION", "LOAD", "REPLACE", FUNCTIONS)
