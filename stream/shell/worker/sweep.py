"""Judges ledgers again that no event has touched: after registry entries, and under a new policy."""

import time
from collections.abc import AsyncIterator, Iterable

from stream.core.partition import BUCKETS
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.store.store import Store
from stream.shell.worker.metrics import Metrics

_PAGE = 500


class Sweep:
    """Goes through the index bucket by bucket. A crash begins it anew; what was judged already has nothing to say."""

    def __init__(self, store: Store, delivery: Delivery, metrics: Metrics) -> None:
        self._store = store
        self._delivery = delivery
        self._metrics = metrics

    async def after_registry(self, institutions: Iterable[str], sources: set[str], mark: bytes) -> None:
        """Judges every debtor of the institutions again with the registry as of `mark` or later.

        Each bucket first refuses saves that were judged with less, so that no worker behind can undo the sweep.
        """
        for bucket in range(BUCKETS):
            await self._store.raise_registry(bucket, mark)
            for institution in institutions:
                await self._bucket(institution, bucket, sources, "registry")

    async def under_policy(self, sources: set[str]) -> None:
        """Judges every debtor again under the rulebook of this worker."""
        for bucket in range(BUCKETS):
            await self._bucket(None, bucket, sources, "policy")

    async def _bucket(self, institution: str | None, bucket: int, sources: set[str], why: str) -> None:
        async for keys in self._pages(institution, bucket):
            started = time.monotonic()
            await self._delivery.deliver([Task(key, set(sources)) for key in keys], started)
            self._metrics.count("duewatch_swept_debtors_total", why, by=len(keys))

    async def _pages(self, institution: str | None, bucket: int) -> AsyncIterator[list[str]]:
        after = ""
        while keys := await self._store.debtors(institution, bucket, after, _PAGE):
            yield keys
            after = keys[-1]
