"""What is found out about first contacts, put into ledgers that live work goes on changing."""

import asyncio
from collections.abc import Iterable

from stream.core.rulebook import Rulebook
from stream.shell.delivery.delivery import ForgottenError, RegistryPosition
from stream.shell.delivery.plan import grown
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.packed import pack, unpack
from stream.shell.rebuild.earlier import Earlier
from stream.shell.store.store import Outcome, Rebuilt, Store, Write

_DEBTORS_MAX = 10_000
_SAVED_AT_ONCE = 200
_AGAIN_SECONDS = 0.05


class Found:
    """Of some debtors at a time; `earlier` is what is known of those that were loaded last."""

    def __init__(
        self, store: Store, registry: RegistryPosition, rebuilt: Rebuilt, rulebook: Rulebook, bounds: Bounds
    ) -> None:
        self.earlier: dict[str, Earlier] = {}
        self._store = store
        self._registry = registry
        self._token = rebuilt.token
        self._rulebook = rulebook
        self._bounds = bounds

    async def load(self, keys: Iterable[str]) -> None:
        """Has these debtors in `earlier`; saves those that were there before where there are too many."""
        asked = dict.fromkeys(keys)
        missing = [key for key in asked if key not in self.earlier]
        if missing and len(self.earlier) + len(missing) > _DEBTORS_MAX:
            await self.save()
            missing = list(asked)
        for key, value in zip(missing, await self._store.load(missing), strict=True):
            held = unpack(value)
            self.earlier[key] = Earlier(key, held.earlier, held.firsts, self._rulebook, self._bounds)

    async def save(self) -> None:
        """Puts it into the ledgers as they are now. Raises ForgottenError where another rebuild has begun."""
        held, self.earlier = self.earlier, {}
        keys = list(held)
        for begin in range(0, len(keys), _SAVED_AT_ONCE):
            left = keys[begin : begin + _SAVED_AT_ONCE]
            while left:
                left = await self._save_some(left, held)

    async def _save_some(self, keys: list[str], held: dict[str, Earlier]) -> list[str]:
        """Returns those that somebody has changed meanwhile."""
        mark = self._registry.mark()
        values = await self._store.load(keys)
        writes = [_write(key, value, held[key]) for key, value in zip(keys, values, strict=True)]
        outcomes = await self._store.save(writes, mark)
        if Outcome.BEHIND_REGISTRY in outcomes:
            if not await self._store.whole() or self._store.rebuilt.token != self._token:
                raise ForgottenError("another rebuild has begun")
            await self._registry.catch_up()
            await asyncio.sleep(_AGAIN_SECONDS)
        if Outcome.FORGOTTEN in outcomes:
            raise ForgottenError("Redis has lost what had been found out")
        return [key for key, outcome in zip(keys, outcomes, strict=True) if outcome is not Outcome.SAVED]


def _write(key: str, value: bytes | None, earlier: Earlier) -> Write:
    remembered = unpack(value)
    rev_read = remembered.rev
    remembered.earlier = earlier.contacts
    for party, first in earlier.firsts.items():
        remembered.firsts[party] = min(first, remembered.firsts.get(party, first))
    remembered.rev = grown(remembered.rev)
    return Write(key, rev_read, pack(remembered), remembered.due)
