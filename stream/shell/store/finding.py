"""Who holds the data now: what is asked of whoever knows, and how it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from redis.crc import key_slot
from redis.exceptions import ClusterDownError

from stream.shell.settings.address import Address


@dataclass(frozen=True, slots=True)
class Found:
    """The masters of one moment. `slots`: slot → its master's place in `masters`, -1 = nobody's; None: there is one."""

    masters: tuple[Address, ...]
    slots: Sequence[int] | None = None

    def place_of(self, key: bytes) -> int:
        """Place in `masters` of the one that holds this key; raises redis-py's ClusterDownError where nobody does."""
        if self.slots is None:
            return 0
        slot = key_slot(key)
        if self.slots[slot] < 0:
            raise ClusterDownError(f"nobody serves slot {slot}")
        return self.slots[slot]


class Finder(Protocol):
    """Finds out which servers hold the data."""

    cluster: bool
    """Whether they are nodes of a Cluster: then keys of different slots need commands of their own."""
    changing: bool
    """Whether another server may take a master's place."""

    async def find(self) -> Found:
        """The masters now; raises what redis-py does, or a `StoreError`."""

    def doubt(self) -> None:
        """What was found last proved wrong: somebody else is asked first from now on."""

    async def close(self) -> None:
        """Let go of whom it asks; it may find again afterwards."""


class OneServer:
    """The server that the address names."""

    cluster = False
    changing = False

    def __init__(self, at: Address) -> None:
        self._found = Found((at,))

    async def find(self) -> Found:
        """See `Finder`."""
        return self._found

    def doubt(self) -> None:
        """See `Finder`; there is nobody else."""

    async def close(self) -> None:
        """See `Finder`."""
