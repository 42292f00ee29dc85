"""Watches the worker itself: lag and progress of every partition, the low watermark, and whether all still moves."""

import asyncio
import time
from collections.abc import Callable, Mapping

from faust.types import TP

from stream.core.registry import KINDS
from stream.shell.clock import Clock
from stream.shell.store.store import Store, StoreUnreachable
from stream.shell.transport.app import BatchApp
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.progress import Progress
from stream.shell.worker.rebuild import Rebuild
from stream.shell.worker.registry_reader import RegistryReader

_EVERY_SECONDS = 1.0


class StalledError(Exception):
    """A partition has records to read and made no progress for too long ("consumers slowly die", field notes)."""


class Watch:
    """Looks every second; raises StalledError, or what ended the registry reader."""

    def __init__(
        self,
        app: BatchApp,
        store: Store,
        progress: Progress,
        reader: RegistryReader,
        rebuild: Rebuild,
        metrics: Metrics,
        clock: Clock,
        *,
        stall_seconds: float,
        notes: Mapping[str, str],
        steps: Callable[[TP], int] = lambda _: 0,
    ) -> None:
        self._app = app
        self._store = store
        self._progress = progress
        self._reader = reader
        self._rebuild = rebuild
        self._metrics = metrics
        self._clock = clock
        self._stall_seconds = stall_seconds
        self._notes = notes
        self._steps = steps
        self._moved: dict[TP, tuple[int | None, int | None, int, float]] = {}
        self._still: set[TP] = set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            assigned = self._app.assigned()
            self._look(assigned)
            if (error := self._reader.failed()) is not None:
                raise error
            try:
                # A loss has to be noticed without an event to judge; while it is made good nothing counts as stalled.
                if await self._rebuild.ensure():
                    self._moved.clear()
                await self._report(assigned)
            except StoreUnreachable:
                # The watermark only says what may be pruned; work itself finds out and bounds its retries.
                continue

    def why_not_ready(self) -> str:
        """Why the worker does not judge, or nothing."""
        return "" if self._app.assigned() else "no partitions are assigned yet"

    def _look(self, assigned: set[TP]) -> None:
        now = time.monotonic()
        self._moved = {tp: seen for tp, seen in self._moved.items() if tp in assigned}
        self._still = set()
        self._metrics.forget("duewatch_lag_records")
        for tp in assigned:
            finished, position = self._app.finished(tp), self._app.position(tp)
            here = finished, position, self._steps(tp)
            before = self._moved.get(tp)
            if before is not None and before[:2] == here[:2]:
                self._still.add(tp)
            lag = self._lag(tp)
            self._metrics.put("duewatch_lag_records", lag, tp.topic, str(tp.partition))
            if before is None or before[:3] != here or not self._readable(tp):
                # Where there was nothing to read, the time begins with the first record.
                self._moved[tp] = (*here, now)
            elif now - before[3] > self._stall_seconds:
                raise StalledError(
                    f"{tp.topic}-{tp.partition} has {lag} records and has not moved for {self._stall_seconds:g} s"
                )

    def _readable(self, tp: TP) -> bool:
        """Whether there is anything to do; what stands behind an open transaction is nobody's to read yet."""
        finished, stable = self._app.finished(tp), self._app.stable(tp)
        done = self._app.position(tp) if finished is None else finished
        return self._lag(tp) > 0 and (stable is None or done is None or done < stable)

    def _lag(self, tp: TP) -> int:
        highwater = self._app.highwater(tp)
        done = self._app.finished(tp)
        if done is None:
            done = self._app.position(tp)
        return 0 if highwater is None or done is None else max(0, highwater - done)

    async def _report(self, assigned: set[TP]) -> None:
        # Before anything is done, a position at the end may only mean that a batch is under way: it has to stand still.
        at_end = {
            (tp.topic, tp.partition): self._lag(tp) == 0
            and self._app.highwater(tp) is not None
            and (self._app.finished(tp) is not None or tp in self._still)
            for tp in assigned
        }
        report = self._progress.report(((tp.topic, tp.partition) for tp in assigned), at_end)
        # Beside it stands what is no partition: a Redis that has lost it gets it again.
        await self._store.progress_put({**report, **self._notes})
        self._progress.learn(await self._store.progress_all(), self._clock.now())
        if self._progress.watermark is not None:
            self._metrics.put("duewatch_watermark_timestamp_seconds", self._progress.watermark / 1e6)
        self._metrics.put("duewatch_registry_entries", self._reader.entries)
        for kind in KINDS:
            self._metrics.put("duewatch_registry_unenforced_kinds", self._reader.registry.without(kind), kind)
