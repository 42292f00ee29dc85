"""Says on every partition of the blocks topics up to when everything is judged: silence must not look like freedom."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from aiokafka.errors import KafkaError
from faust.types import TP

from stream.core.rulebook import Rulebook
from stream.shell.clock import Clock
from stream.shell.delivery.publisher import Publisher, PublishError
from stream.shell.delivery.records import BLOCKS, Beat, OutRecord, Stamp, heartbeat_record
from stream.shell.topics.outputs import Outputs
from stream.shell.transport.app import BatchApp
from stream.shell.worker.judged import Judged
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.timer import Timer

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0


class Heartbeat:
    """Speaks for a partition while this worker holds it in all topics of debtors (`topics`), and knows up to when.

    Until it does, after a start or a rebalance, the last record of whoever spoke before stands. `silent`: whether
    nothing may be said now, because the worker has failed or the group may have given it up.
    """

    def __init__(
        self,
        app: BatchApp,
        publisher: Publisher,
        outputs: Outputs,
        timer: Timer,
        rulebook: Rulebook,
        clock: Clock,
        metrics: Metrics,
        *,
        topics: Sequence[str],
        partitions: int,
        every_seconds: int,
        rebuilding: Callable[[], bool],
        silent: Callable[[], bool],
    ) -> None:
        self._app = app
        self._publisher = publisher
        self._outputs = outputs
        self._timer = timer
        self._rulebook = rulebook
        self._clock = clock
        self._metrics = metrics
        self._topics = topics
        self._partitions = partitions
        self._every_seconds = every_seconds
        self._rebuilding = rebuilding
        self._silent = silent
        self._generation: int | None = None
        self._since = 0.0
        self._judged = Judged()
        self._spoke: dict[int, float] = {}

    async def run(self) -> None:
        """Runs until it is cancelled. What Kafka does not take is left out: then the silence says what is so."""
        while True:
            try:
                await self._publisher.publish(await self._beats())
            except (KafkaError, PublishError) as error:
                _LOG.warning("no heartbeat, the readers of the blocks topics are left without: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _beats(self) -> list[OutRecord]:
        """Looks at every partition, and gives the records of those whose turn it is."""
        self._begin()
        held = self._held()
        # Both taken before the brokers are asked: nothing said is newer than what was looked at.
        now, version = self._clock.now(), time.time_ns() // 1000
        await self._look(now, [tp for tps in held.values() for tp in tps])
        if self._generation != self._app.generation or self._silent():
            return []
        records: list[OutRecord] = []
        self._metrics.forget("duewatch_judged_until_timestamp_seconds")
        for number, tps in held.items():
            until = self._until(tps)
            if until is None:
                continue
            self._metrics.put("duewatch_judged_until_timestamp_seconds", until / 1e6, str(number))
            if self._is_due(number):
                records += self._records(self._beat(number, until, tps), Stamp(version, self._rulebook.zone.text(now)))
        return records

    def _begin(self) -> None:
        """Forgets everything after a rebalance: others may have judged meanwhile, and not as far."""
        if self._app.generation != self._generation:
            self._generation, self._since = self._app.generation, time.monotonic()
            self._judged = Judged()
            self._spoke = {}

    def _held(self) -> Mapping[int, list[TP]]:
        assigned = self._app.assigned()
        every = {number: [TP(topic, number) for topic in self._topics] for number in range(self._partitions)}
        return {number: tps for number, tps in every.items() if assigned.issuperset(tps)}

    async def _look(self, now: int, tps: Sequence[TP]) -> None:
        if not tps:
            return
        ends = await self._app.ends(tps)
        self._judged.look(now, ends)
        done = {tp: offset for tp in tps if (offset := self._app.judged(tp)) is not None}
        self._judged.settle(done, ends)

    def _until(self, tps: Sequence[TP]) -> int | None:
        """What falls due by itself counts as well as what comes in, if it was looked for since the last rebalance."""
        until, caught_up = self._judged.until(tps), self._timer.caught_up
        if until is None or caught_up is None or caught_up[0] < self._since:
            return None
        return min(until, caught_up[1])

    def _is_due(self, number: int) -> bool:
        now = time.monotonic()
        if now - self._spoke.get(number, -self._every_seconds) < self._every_seconds - _LOOK_SECONDS / 2:
            return False
        self._spoke[number] = now
        return True

    def _beat(self, number: int, until: int, tps: Sequence[TP]) -> Beat:
        return Beat(
            partition=number,
            partitions=self._partitions,
            judged_until=until,
            lag=self._judged.lag(tps),
            state="rebuilding" if self._rebuilding() else "judging",
            heartbeat_seconds=self._every_seconds,
        )

    def _records(self, beat: Beat, stamp: Stamp) -> list[OutRecord]:
        by_output = {short: heartbeat_record(self._rulebook, channel, beat, stamp) for channel, short in BLOCKS.items()}
        return [
            replace(record, topic=topic) for short, record in by_output.items() for topic in self._outputs.of(short)
        ]
