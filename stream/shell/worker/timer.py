"""Judges debtors again when their judgement changes by itself: a day ends, 24 hours pass, an agreement begins."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable

from stream.shell.clock import Clock
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.ledgers.remembered import DUE
from stream.shell.store.store import DueMove, Store, StoreUnreachable
from stream.shell.topics.outputs import Homeless, nobody
from stream.shell.worker.metrics import Metrics

_AT_ONCE_MAX = 500
_ASKED_MAX = 128_000
_LOOKS_MAX = 1000
_PUT_OFF_MICROSECONDS = 300_000_000


class Timer:
    """Looks at what is due every `every_seconds`. `mine` says whether a debtor's partition is this worker's.

    `whole_span`: from which to which moment the store is known to have been whole (`Rebuild`). `homeless`: of
    which institutions nothing can be said; their debtors are put off.
    """

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        clock: Clock,
        mine: Callable[[str], bool],
        metrics: Metrics,
        *,
        every_seconds: float = 0.2,
        retries_max: int = 5,
        whole_span: Callable[[], tuple[float, float]] = lambda: (-math.inf, math.inf),
        homeless: Homeless = nobody,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._clock = clock
        self._mine = mine
        self._metrics = metrics
        self._every_seconds = every_seconds
        self._retries_max = retries_max
        self._whole_span = whole_span
        self._homeless = homeless
        self._looks: deque[tuple[float, int]] = deque(maxlen=_LOOKS_MAX)
        self._caught_up: tuple[float, int] | None = None

    @property
    def caught_up(self) -> tuple[float, int] | None:
        """The last look after which nothing was overdue: when it began (`time.monotonic()`), and what it looked for.

        All of this worker's debtors whose judgement changed by itself up to that instant are judged. An emptied store
        has nothing due either: a look counts when the store is known to have been whole before and after it.
        """
        since, until = self._whole_span()
        while self._looks and self._looks[0][0] <= until:
            look = self._looks.popleft()
            if look[0] >= since:
                self._caught_up = look
        return self._caught_up

    async def run(self) -> None:
        """Runs until it is cancelled; raises what `Delivery.deliver` does."""
        failures = 0
        while True:
            try:
                found = await self.tick()
                failures = 0
            except StoreUnreachable:
                failures += 1
                if failures > self._retries_max:
                    raise
                found = 0
            if found < _AT_ONCE_MAX:
                await asyncio.sleep(self._every_seconds * 2**failures)

    async def tick(self) -> int:
        """Judges what is due now; returns how many debtors that were."""
        looked = time.monotonic(), self._clock.now()
        due, rest = await self._due(looked[1])
        tasks = [Task(key, {DUE}, moment_read=moment) for key, moment in due]
        await self._delivery.deliver(tasks)
        if tasks:
            self._metrics.count("duewatch_due_total", by=len(tasks))
        if not rest:
            self._looks.append(looked)
        return len(tasks)

    async def _due(self, now: int) -> tuple[list[tuple[str, int]], bool]:
        """The oldest of this worker's due debtors, and whether there may be more of them.

        Those of a worker that is stuck must not stand in their way.
        """
        asked = _AT_ONCE_MAX
        while True:
            due = await self._store.due(now, asked)
            mine = await self._with_home([(key, moment) for key, moment in due if self._mine(key)], now)
            if len(due) < asked or len(mine) >= _AT_ONCE_MAX or asked >= _ASKED_MAX:
                return mine[:_AT_ONCE_MAX], len(due) == asked or len(mine) > _AT_ONCE_MAX
            asked *= 4

    async def _with_home(self, due: list[tuple[str, int]], now: int) -> list[tuple[str, int]]:
        """Those that something can be said about. The others would be the oldest for ever: they are looked at later."""
        homeless = await self._homeless({key.partition("|")[0] for key, _ in due})
        if not homeless:
            return due
        away = [each for each in due if each[0].partition("|")[0] in homeless]
        for begin in range(0, len(away), _AT_ONCE_MAX):
            some = away[begin : begin + _AT_ONCE_MAX]
            await self._store.move_due([DueMove(*each, now + _PUT_OFF_MICROSECONDS) for each in some])
        return [each for each in due if each[0].partition("|")[0] not in homeless]
