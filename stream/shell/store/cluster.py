"""The masters of a Redis Cluster, as its nodes tell them."""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import ClusterDownError, ResponseError

from stream.shell.settings.address import Address
from stream.shell.store.asking import Asking
from stream.shell.store.finding import Found
from stream.shell.store.node import Connect
from stream.shell.store.store import StoreRefused

_UNKNOWN = b"?"


class Cluster:
    """A `Finder` that asks the nodes that were named, and those it hears of, replicas as well."""

    cluster = True
    changing = True

    def __init__(self, named: Iterable[Address], connect: Connect) -> None:
        self._nodes = Asking(named, connect)

    async def find(self) -> Found:
        """See `Finder`."""
        at, ranges = await self._slots()
        await self._nodes.learn(place for _, _, *places in ranges for place in _addresses(places, at))
        found = found_in(ranges, at)
        if not found.masters:
            raise ClusterDownError(f"{at} knows of no master with slots")
        return found

    def doubt(self) -> None:
        """See `Finder`."""
        self._nodes.doubt()

    async def close(self) -> None:
        """See `Finder`."""
        await self._nodes.close()

    async def _slots(self) -> tuple[Address, list[Any]]:
        try:
            return await self._nodes.reply("CLUSTER", "SLOTS")
        except ResponseError as error:
            if "cluster support disabled" not in str(error):
                raise
            raise StoreRefused(
                "DUEWATCH_REDIS names a Cluster, and a server there is none of its nodes: name a single server as "
                "redis://host:6379/0"
            ) from error


def found_in(ranges: Iterable[list[Any]], asked: Address) -> Found:
    """The masters in a reply to CLUSTER SLOTS of the node at `asked`."""
    slots = array("h", [-1]) * REDIS_CLUSTER_HASH_SLOTS
    masters: dict[Address, int] = {}
    for first, last, master, *_ in ranges:
        for at in _addresses([master], asked):
            place = masters.setdefault(at, len(masters))
            slots[first : last + 1] = array("h", [place]) * (last + 1 - first)
    return Found(tuple(masters), slots)


def _addresses(places: Iterable[list[Any]], asked: Address) -> Iterator[Address]:
    """Addresses that a node tells; one that does not know its own host is where it was asked."""
    for host, port, *_ in places:
        if host != _UNKNOWN:
            yield Address(host.decode() if host else asked.host, port)
