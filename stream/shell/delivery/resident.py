"""Ledgers that were read a moment ago stay in memory: no reading, no decoding, and contacts need no new look.

The compare-and-set still guards every write: a ledger that somebody else has written since is read again.
"""

from collections import OrderedDict

from stream.core.alone import Alone
from stream.core.finding import Finding
from stream.core.ledger import Ledger
from stream.shell.ledgers.packed import plain_bytes, unpack
from stream.shell.ledgers.remembered import Remembered

CONTACTS_MAX = 300_000
"""From 400 MB, of many small ledgers, to 800 MB."""

_FRAME = 4
"""What a ledger takes beside its contacts and facts, as a number of contacts."""

_CONTACT_BYTES = 500
"""A contact has seldom more in Redis; a longer one takes the room of several."""

Digests = dict[str, tuple[Finding, str]]
"""Finding key → the finding and its digest."""


class Resident:
    """A ledger as it stands in Redis, so many `bytes` long without compression, and what was made of it.

    `digests` are those of its findings. `registry`: how many entries the registry had when the contacts were looked at
    (see `Registry.entries`).
    """

    __slots__ = ("alone", "bytes", "digests", "ledger", "registry", "remembered")

    def __init__(self, key: str, value: bytes | None) -> None:
        self.remembered: Remembered = unpack(value)
        self.ledger: Ledger = self.remembered.ledger(key)
        self.bytes = plain_bytes(value)
        self.alone = Alone()
        self.digests: Digests = {}
        self.registry = 0

    @property
    def weight(self) -> int:
        """The room that it takes, as a number of contacts."""
        return _FRAME + max(len(self.ledger.contacts) + len(self.ledger.facts), self.bytes // _CONTACT_BYTES)


class Residents:
    """The ledgers used last. Whoever works on one takes it out: nobody else works on the same object meanwhile."""

    def __init__(self, contacts_max: int = CONTACTS_MAX) -> None:
        self._contacts_max = contacts_max
        self._ledgers: OrderedDict[str, tuple[Resident, int]] = OrderedDict()
        self._weight = 0

    def take(self, key: str) -> Resident | None:
        """The ledger, if it is here; it is not any more."""
        found = self._ledgers.pop(key, None)
        if found is None:
            return None
        self._weight -= found[1]
        return found[0]

    def keep(self, key: str, resident: Resident) -> None:
        """Keeps a ledger that is now as it stands in Redis; those not used for longest go."""
        self.take(key)
        weight = resident.weight
        self._ledgers[key] = resident, weight
        self._weight += weight
        while self._weight > self._contacts_max:
            _, (_, gone) = self._ledgers.popitem(last=False)
            self._weight -= gone

    def clear(self) -> None:
        """Forgets them all."""
        self._ledgers.clear()
        self._weight = 0
