"""Judges ledgers again that no event has touched: after registry entries, and under a new policy."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from stream.core.partition import BUCKETS
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.store.store import Store
from stream.shell.worker.metrics import Metrics

_PAGE = 200
_BUCKETS_AT_ONCE = 16


class Sweep:
    """Goes through the index bucket by bucket, no faster than `debtors_per_second`, beside live work.

    A crash begins it anew; what was judged already has nothing to say.
    """

    def __init__(self, store: Store, delivery: Delivery, metrics: Metrics, *, debtors_per_second: int) -> None:
        self._store = store
        self._delivery = delivery
        self._metrics = metrics
        self._seconds_each = 1 / debtors_per_second

    async def after_registry(self, institutions: Sequence[str], sources: set[str], mark: bytes) -> None:
        """Judges every debtor of the institutions again with the registry as of `mark` or later.

        Every bucket first refuses saves that were judged with less, so that no worker behind can undo the sweep.
        """
        for begin in range(0, BUCKETS, _BUCKETS_AT_ONCE):
            some = range(begin, min(begin + _BUCKETS_AT_ONCE, BUCKETS))
            await asyncio.gather(*(self._store.raise_registry(bucket, mark) for bucket in some))
        for institution in institutions:
            await self._sweep(institution, sources, "registry")

    async def under_policy(self, sources: set[str]) -> None:
        """Judges every debtor again under the rulebook of this worker."""
        await self._sweep(None, sources, "policy")

    async def after_rebuild(self) -> None:
        """Judges every debtor again when it is known who was contacted first."""
        await self._sweep(None, {"firsts"}, "firsts")

    async def _sweep(self, institution: str | None, sources: set[str], why: str) -> None:
        for begin in range(0, BUCKETS, _BUCKETS_AT_ONCE):
            self._metrics.put("duewatch_sweep_progress_ratio", begin / BUCKETS, why)
            some = range(begin, min(begin + _BUCKETS_AT_ONCE, BUCKETS))
            # Most buckets of a small installation are empty: they are asked together.
            first = await asyncio.gather(*(self._store.debtors(institution, bucket, "", _PAGE) for bucket in some))
            for bucket, keys in zip(some, first, strict=True):
                await self._bucket(institution, bucket, keys, sources, why)
        self._metrics.put("duewatch_sweep_progress_ratio", 1, why)

    async def _bucket(
        self, institution: str | None, bucket: int, first: list[str], sources: set[str], why: str
    ) -> None:
        async for keys in self._pages(institution, bucket, first):
            started = time.monotonic()
            await self._delivery.deliver([Task(key, set(sources)) for key in keys])
            self._metrics.count("duewatch_swept_debtors_total", why, by=len(keys))
            await asyncio.sleep(max(0.0, started + len(keys) * self._seconds_each - time.monotonic()))

    async def _pages(self, institution: str | None, bucket: int, first: list[str]) -> AsyncIterator[list[str]]:
        keys = first
        while keys:
            yield keys
            keys = await self._store.debtors(institution, bucket, keys[-1], _PAGE)
