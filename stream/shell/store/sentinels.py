"""The master that Redis Sentinels watch."""

from collections.abc import Iterable

from stream.shell.settings.address import Address
from stream.shell.store.asking import Asking
from stream.shell.store.finding import Found
from stream.shell.store.node import Connect
from stream.shell.store.store import StoreRefused


class Sentinels:
    """A `Finder` that asks one Sentinel after the other for the master of this name."""

    cluster = False
    changing = True

    def __init__(self, named: Iterable[Address], master: str, connect: Connect) -> None:
        self._sentinels = Asking(named, connect)
        self._master = master

    async def find(self) -> Found:
        """See `Finder`."""
        at, reply = await self._sentinels.reply("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._master)
        if reply is None:
            raise StoreRefused(
                f"the Sentinel at {at} (DUEWATCH_REDIS) watches no master {self._master}; name one that it watches"
            )
        host, port = reply
        return Found((Address(host.decode(), int(port)),))

    def doubt(self) -> None:
        """See `Finder`."""
        self._sentinels.doubt()

    async def close(self) -> None:
        """See `Finder`."""
        await self._sentinels.close()
