"""Judges ledgers again that no event has touched: after registry entries, and under a new policy."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from stream.core.partition import BUCKETS
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.store.store import Store
from stream.shell.topics.outputs import Homeless, nobody
from stream.shell.worker.metrics import Metrics

_PAGE = 200
_BUCKETS_AT_ONCE = 16


class Sweep:
    """Goes through the index bucket by bucket, no faster than `debtors_per_second`, beside live work.

    A crash begins it anew; what was judged already has nothing to say. Debtors of an institution that nothing can be
    said about (`homeless`) are left out.
    """

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        metrics: Metrics,
        *,
        debtors_per_second: int,
        homeless: Homeless = nobody,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._metrics = metrics
        self._seconds_each = 1 / debtors_per_second
        # A page takes a second at most: who watches the worker sees that it goes on.
        self._page = min(_PAGE, debtors_per_second)
        self._homeless = homeless
        self.swept = 0
        """How many debtors were judged so far after registry entries."""

    async def after_registry(self, institutions: Sequence[str], sources: set[str], mark: bytes) -> None:
        """Judges every debtor of the institutions again with the registry as of `mark` or later.

        Every bucket first refuses saves that were judged with less, so that no worker behind can undo the sweep. What
        is saved there from then on is left alone.
        """
        before: list[int] = []
        for begin in range(0, BUCKETS, _BUCKETS_AT_ONCE):
            some = range(begin, min(begin + _BUCKETS_AT_ONCE, BUCKETS))
            before += await asyncio.gather(*(self._store.raise_registry(bucket, mark) for bucket in some))
        for institution in institutions:
            await self._sweep(institution, sources, "registry", before)

    async def under_policy(self, sources: set[str]) -> None:
        """Judges every debtor again under the rulebook of this worker."""
        await self._sweep(None, sources, "policy")

    async def after_rebuild(self) -> None:
        """Judges every debtor again when it is known who was contacted first."""
        await self._sweep(None, {"firsts"}, "firsts")

    async def _sweep(
        self, institution: str | None, sources: set[str], why: str, before: Sequence[int | None] = (None,) * BUCKETS
    ) -> None:
        """`before`: of each bucket the rev above which ledgers need no judging; None = all do."""
        for begin in range(0, BUCKETS, _BUCKETS_AT_ONCE):
            self._metrics.put("duewatch_sweep_progress_ratio", begin / BUCKETS, why)
            some = range(begin, min(begin + _BUCKETS_AT_ONCE, BUCKETS))
            # Most buckets of a small installation are empty: they are asked together.
            first = await asyncio.gather(*(self._store.debtors(institution, bucket, "", self._page) for bucket in some))
            for bucket, keys in zip(some, first, strict=True):
                async for tasks in self._tasks(institution, bucket, keys, sources, before[bucket]):
                    await self._judge(tasks, why)
        self._metrics.put("duewatch_sweep_progress_ratio", 1, why)

    async def _judge(self, tasks: list[Task], why: str) -> None:
        started = time.monotonic()
        await self._delivery.deliver(tasks)
        if why == "registry":
            self.swept += len(tasks)
        self._metrics.count("duewatch_swept_debtors_total", why, by=len(tasks))
        await asyncio.sleep(max(0.0, started + len(tasks) * self._seconds_each - time.monotonic()))

    async def _tasks(
        self, institution: str | None, bucket: int, first: list[str], sources: set[str], before: int | None
    ) -> AsyncIterator[list[Task]]:
        keys = first
        while keys:
            homeless = await self._homeless({key.partition("|")[0] for key in keys})
            yield [
                Task(key, set(sources), unless_above=before) for key in keys if key.partition("|")[0] not in homeless
            ]
            keys = await self._store.debtors(institution, bucket, keys[-1], self._page)
