import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

from faust.types import TP
from mode import Service
from mode.utils.futures import maybe_async

from stream.shell.cancelling import cancelled
from stream.shell.transport.batch import Batch
from stream.shell.transport.group import GroupSettings, Hooks
from stream.shell.transport.lane import Lane
from stream.shell.transport.listener import RebalanceListener
from stream.shell.transport.member import Member
from stream.shell.transport.pump import Pump
from stream.shell.transport.quiet import FAUST_LOG
from stream.shell.transport.required import ConsumerDuties
from stream.shell.transport.tenure import Tenure

log = logging.getLogger(__name__)

_WATCH_SECONDS: Final = 1.0
_CANCEL_SECONDS: Final = 5.0  # how long a hook may take to notice that it was cancelled


class BatchConsumer(ConsumerDuties):
    """Reads for the lanes, hands batches over, commits what is done, and begins and ends tenures.

    Each lane has its pump. Pumps live within one tenure, so whatever they hold belongs to one generation; at its end
    positions go back to the committed offsets, and with them what was not done.
    """

    logger = FAUST_LOG
    mundane_level = "debug"

    def __init__(
        self, *args: Any, settings: GroupSettings, hooks: Hooks, lanes: Sequence[Lane], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.member = Member(settings)
        self.tenure: Tenure | None = None
        self._settings = settings
        self._hooks = hooks
        self._lanes = lanes
        self._leaving = False
        self._running: set[asyncio.Future[Any]] = set()
        self._ending = asyncio.Lock()
        self._committing = asyncio.Lock()

    async def on_start(self) -> None:
        """Connect."""
        await self.member.start()

    async def on_stop(self) -> None:
        """Leave, if that has not been done yet."""
        await self.leave(0.0)

    async def leave(self, drain_seconds: float) -> None:
        """End the tenure and leave the group; a batch in flight gets this long to be done."""
        self._leaving = True
        await self._end_tenure(drain_seconds)
        await self.member.stop()

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for these topics. A fault in a rebalance crashes the app; aiokafka would only log it."""
        listener = RebalanceListener(
            lambda tps: self.add_future(self.on_partitions_revoked(tps)),
            lambda tps: self.add_future(self.on_partitions_assigned(tps)),
        )
        self.member.subscribe(set(topics), listener)

    # Rebalances

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """End the tenure: every rebalance of this protocol takes all partitions first."""
        self.member.heartbeats.check_place()
        self.app.on_rebalance_start()
        await self._end_tenure(self._settings.revoke_drain_seconds)
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Begin a tenure. Faust then resumes the flow from a task of its own, so that heartbeats can go on."""
        if self._leaving:
            return  # a join that was under way has ended
        self.member.heartbeats.joined()
        generation_id = self.member.generation
        self.app.consumer_generation_id = generation_id
        # Faust may still be resuming the flow of the assignment before, and then opens this one instead.
        await self.app.topics.on_partitions_assigned(assigned)
        self.tenure = Tenure(generation_id, assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Seek nothing: aiokafka begins every assignment at the committed offsets."""

    def resume_flow(self) -> None:
        """Open the tenure, once."""
        if self.tenure is None:
            return  # revoked again while Faust was on its way here
        super().resume_flow()
        if not self.tenure.opened:
            self.tenure.opened = True
            self._run(self._open(self.tenure))

    async def _open(self, tenure: Tenure) -> None:
        await maybe_async(self._hooks.on_assigned(set(tenure.partitions)))
        for lane in self._lanes:
            if partitions := lane.partitions(tenure.partitions):
                self._run(Pump(lane, partitions, tenure.generation, self.member, self.callback).run())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        running = self.add_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _end_tenure(self, drain_seconds: float) -> None:
        async with self._ending:
            tenure = self.tenure
            if tenure is None:
                return
            await self._halt()
            await self._drain(drain_seconds)
            await self.commit()
            self.tenure = None
            for lane in self._lanes:
                lane.drop()
            async with asyncio.timeout(self._settings.rebalance_timeout_seconds):
                await maybe_async(self._hooks.on_revoked(set(tenure.partitions)))

    async def _halt(self) -> None:
        # A cancelled fetch loses nothing: aiokafka moves a position only as it returns the records.
        if not await cancelled(set(self._running), _CANCEL_SECONDS):
            raise RuntimeError("on_assigned goes on after it was cancelled")

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        for task in self._running - {asyncio.current_task()}:
            task.cancel()

    async def _drain(self, seconds: float) -> None:
        if self.crashed:
            return
        try:
            async with asyncio.timeout(seconds):
                for lane in self._lanes:
                    await lane.idle()
        except TimeoutError:
            log.warning("a batch was not done in %.1f s; its records will be read again", seconds)

    def judged(self, tp: TP) -> int | None:
        """Tell the offset below which nothing is left to do; None while it is not known."""
        for lane in self._lanes:
            if lane.batch is not None and tp in lane.batch.next_offsets:
                first: int = next(each.offset for each in lane.batch.records if (each.topic, each.partition) == tp)
                return first
        return self.member.position(tp)

    # Committing

    def done(self, batch: Batch, stops: Mapping[TP, int]) -> bool:
        """Mark a batch as finished; False if its partitions were revoked in the meantime, or it was marked before."""
        if self.tenure is None or not any(lane.finish(batch) for lane in self._lanes):
            return False
        self.tenure.finish({**batch.next_offsets, **stops})
        return True

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002
        """Commit what is done. Every attempt is bounded, so that none outlives its tenure."""
        async with self._committing:
            tenure = self.tenure
            due = tenure.due() if tenure is not None else {}
            if tenure is None or not due or self.member.generation != tenure.generation:
                return False
            if not await self.member.commit(due, {tp: self._hooks.commit_metadata(tp) for tp in due}):
                return False
            tenure.committed(due)
            return True

    async def on_task_error(self, exc: BaseException) -> None:
        """Commit nothing for an agent that raised."""

    @Service.task
    async def _commit_handler(self) -> None:
        while not self.should_stop:
            await self.sleep(self._settings.commit_seconds)
            if self.member.started:
                await self.commit()

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(_WATCH_SECONDS)
            if self.member.started:
                self.member.check()
                self.member.look_for_topics()

    # What Faust asks

    def assignment(self) -> set[TP]:
        """Tell which partitions aiokafka holds."""
        return self.member.assignment()

    async def position(self, tp: TP) -> int | None:
        """Tell the offset that the next fetch begins with."""
        return self.member.position(tp)

    def highwater(self, tp: TP) -> int:
        """Tell the offset that the partition's next record will get; 0 while it is not known."""
        return self.member.highwater(tp) or 0

    def topic_partitions(self, topic: str) -> int | None:
        """Tell how many partitions a topic has."""
        return self.member.partition_count(topic)
