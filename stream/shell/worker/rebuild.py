"""Fills an emptied, replaced or restored Redis from Kafka, by itself: Kafka is the truth, Redis a cache of it."""

import asyncio
import contextlib
import logging
import math
import time

from stream.shell.cancelling import cancelled
from stream.shell.delivery.delivery import ForgottenError, RegistryPosition
from stream.shell.rebuild.refill import Installation, Refill
from stream.shell.store.store import Rebuilt, Store
from stream.shell.worker.metrics import Metrics

_LOG = logging.getLogger(__name__)

_LOCK_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_PROGRESS = "rebuild@"
"""Under this name the worker that rebuilds tells the others how far it is."""


class Rebuild:
    """One worker rebuilds, the others wait: their saves are refused until it is done.

    The inputs are ingested without judging, up to their ends; what had been told is read back from the output topics.
    Every ledger is then due at once, so that the timers of all workers judge it: an event that was committed before
    Redis forgot it is judged now, and what is already told is not told again.
    """

    def __init__(
        self, store: Store, registry: RegistryPosition, installation: Installation, metrics: Metrics, *, owner: str
    ) -> None:
        self.store = store
        self._registry = registry
        self.installation = installation
        self.owner = owner
        self.progress: float | None = None
        self._metrics = metrics
        metrics.put("duewatch_rebuild_progress_ratio", 1)
        self._one_at_a_time = asyncio.Lock()
        self._token: int | None = None
        self.whole_span = (math.inf, -math.inf)
        """From which to which moment (`time.monotonic()`) the store was whole, as the looks at both ends have found."""

    async def ensure(self) -> bool:
        """Returns when the store is whole; until then rebuilds it, or waits for the worker that does.

        Says whether there was anything to do.
        """
        async with self._one_at_a_time:
            return await self._ensured()

    async def _ensured(self) -> bool:
        was_whole = True
        while not await self._is_whole():
            was_whole = False
            self._tell(self.progress or 0.0)
            if await self.store.lock_rebuild(self.owner, _LOCK_SECONDS):
                with contextlib.suppress(ForgottenError):
                    # Lost again while it was filled: it is looked at anew, and filled anew.
                    await self._rebuild_locked()
            else:
                self._tell(float((await self.store.progress_all()).get(_PROGRESS, 0.0)))
                await asyncio.sleep(_LOOK_SECONDS)
        self._tell(None)
        return not was_whole

    async def _is_whole(self) -> bool:
        looked, token = time.monotonic(), self._token
        is_whole = await self.store.whole()
        self._token = self.store.rebuilt.token
        # Another worker may have rebuilt it between two looks.
        as_before = is_whole and self._token == token
        self.whole_span = (min(self.whole_span[0], looked), looked) if as_before else (math.inf, -math.inf)
        return is_whole

    def _tell(self, progress: float | None) -> None:
        self.progress = progress
        self._metrics.put("duewatch_rebuild_progress_ratio", 1 if progress is None else progress)

    async def _rebuild_locked(self) -> None:
        refill = Refill(self.installation, self.store)
        keeping = asyncio.create_task(self._keep_lock(refill), name="rebuild lock")
        try:
            if not await self.store.whole():
                await self._rebuild(refill)
        finally:
            await cancelled([keeping])
            await self.store.unlock_rebuild(self.owner)

    async def _keep_lock(self, refill: Refill) -> None:
        locked_at = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._tell(refill.progress)
            await self.store.progress_put({_PROGRESS: f"{refill.progress:.3f}"})
            if time.monotonic() - locked_at > _LOCK_SECONDS / 3:
                locked_at = time.monotonic()
                await self.store.lock_rebuild(self.owner, _LOCK_SECONDS)

    async def _rebuild(self, refill: Refill) -> None:
        started, token = time.monotonic(), time.time_ns() // 1000
        wanted = await self.store.wanted_rebuilds()
        why = "was asked for" if wanted else "is needed: Redis is new, or does not hold what it once held"
        _LOG.info("a rebuild %s; the ledgers are made from what Kafka has", why)
        # Nobody sweeps again what was swept before: whoever judges has to know at least what is on the topic now.
        await self._registry.catch_up()
        await self.store.begin_rebuild(token)
        mark = self._registry.mark()
        count = await refill.run(wanted[max(wanted)] if wanted else None)
        rebuilt = Rebuilt(token, refill.since, "unknown" if refill.left_older else "known")
        if await self.store.end_rebuild(rebuilt, mark):
            await self.store.drop_wanted(wanted)
            seconds = time.monotonic() - started
            level = logging.WARNING if count else logging.INFO
            _LOG.log(level, "rebuilt from %d records in %.1f s", count, seconds)
