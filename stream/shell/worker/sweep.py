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

        Each bucket first refuses saves that were judged with less, so that no worker behind can undo the sweep.
        """
        for bucket in range(BUCKETS):
            self._metrics.put("duewatch_sweep_progress_ratio", bucket / BUCKETS, "registry")
            await self._store.raise_registry(bucket, mark)
            for institution in institutions:
                await self._bucket(institution, bucket, sources, "registry")
        self._metrics.put("duewatch_sweep_progress_ratio", 1, "registry")

    async def under_policy(self, sources: set[str]) -> None:
        """Judges every debtor again under the rulebook of this worker."""
        for bucket in range(BUCKETS):
            self._metrics.put("duewatch_sweep_progress_ratio", bucket / BUCKETS, "policy")
            await self._bucket(None, bucket, sources, "policy")
        self._metrics.put("duewatch_sweep_progress_ratio", 1, "policy")

    async def _bucket(self, institution: str | None, bucket: int, sources: set[str], why: str) -> None:
        async for keys in self._pages(institution, bucket):
            started = time.monotonic()
            await self._delivery.deliver([Task(key, set(sources)) for key in keys])
            self._metrics.count("duewatch_swept_debtors_total", why, by=len(keys))
            await asyncio.sleep(max(0.0, started + len(keys) * self._seconds_each - time.monotonic()))

    async def _pages(self, institution: str | None, bucket: int) -> AsyncIterator[list[str]]:
        after = ""
        while keys := await self._store.debtors(institution, bucket, after, _PAGE):
            yield keys
            after = keys[-1]
