import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import wraps
from typing import Any, Final, cast

import faust
from faust.types import TP, AgentT, StreamT
from faust.types.transports import TransportT
from mode import CrashingSupervisor
from mode.utils.futures import maybe_async
from yarl import URL

from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.transport.batch import Batch
from stream.shell.transport.channel import BatchSchema, BatchTopic
from stream.shell.transport.consumer import BatchConsumer
from stream.shell.transport.group import CrashHook, GroupSettings, Hooks, Metadata, PartitionsHook, no_metadata, nothing
from stream.shell.transport.lane import Lane
from stream.shell.transport.quiet import FAUST_LOG, quiet_libraries
from stream.shell.transport.transport import BatchBoot, BatchTransport, NoTables

log = logging.getLogger(__name__)

_STOP_SECONDS: Final = 10.0

AgentBody = Callable[[StreamT[Batch]], Awaitable[None]]


class AgentEndedError(RuntimeError):
    """An agent's body returned while the worker was running; nothing would read its topics any more."""


class BatchApp(faust.App):
    """A Faust app whose agents get one event per fetch, and whose offsets follow `done` alone."""

    BootStrategy = BatchBoot
    logger = FAUST_LOG
    mundane_level = "debug"

    def __init__(self, group: str, /, *, settings: GroupSettings, hooks: Hooks, **options: Any) -> None:
        self._group = settings
        self._hooks = hooks
        self._lanes: list[Lane] = []
        self._telling: asyncio.Future[Any] | None = None
        super().__init__(group, **options)

    def batches(self, *topics: str) -> BatchTopic:
        """Name the topics that one agent reads together; no two agents share one."""
        taken = {topic for lane in self._lanes for topic in lane.topics}
        if not topics or taken & set(topics):
            raise ValueError(f"an agent needs topics that no other agent reads, not {', '.join(topics) or 'none'}")
        lane = Lane(topics)
        self._lanes.append(lane)
        return BatchTopic(self, lane=lane, topics=topics, schema=BatchSchema(), acks=False)

    def agent(self, channel: BatchTopic, *, name: str | None = None) -> Callable[[AgentBody], AgentT[Batch]]:  # type: ignore[override]  # what else Faust offers would not keep the order of batches
        """Make an agent of an `async def` that reads batches until its stream ends."""
        channel.lane.claim()
        register = super().agent(channel, name=name)

        def decorate(body: AgentBody) -> AgentT[Batch]:
            @wraps(body)
            async def endless(stream: StreamT[Batch]) -> None:
                await body(stream)
                if not self.should_stop:
                    raise AgentEndedError(f"{body.__qualname__} has returned")

            return register(cast("Any", endless))

        return decorate

    def done(self, batch: Batch, stops: Mapping[TP, int] | None = None) -> bool:
        """Mark a batch as finished, for the next commit; in the partitions of `stops` only what is below the offset.

        False, and nothing happens, for a batch whose partitions were revoked in the meantime or that is done already.
        """
        return self._reader.done(batch, stops or {})

    def current(self, batch: Batch) -> bool:
        """Tell whether this batch is still this worker's to finish."""
        return any(lane.batch is batch for lane in self._lanes)

    def assigned(self) -> set[TP]:
        """Tell which partitions are this worker's now."""
        tenure = self._reader.tenure
        return set(tenure.partitions) if tenure is not None else set()

    def missing_topics(self) -> frozenset[str]:
        """Tell which of the agents' topics the brokers do not know; nobody reads those."""
        return self._reader.member.missing_topics

    def position(self, tp: TP) -> int | None:
        """Tell the offset that the next fetch begins with; None while it is not known."""
        return self._reader.member.position(tp)

    def finished(self, tp: TP) -> int | None:
        """Tell the offset below which all is done; None if nothing has been done since the assignment."""
        tenure = self._reader.tenure
        return tenure.finished(tp) if tenure is not None else None

    def highwater(self, tp: TP) -> int | None:
        """Tell the offset that the partition's next record will get, as of the latest fetch; None while unknown."""
        return self._reader.member.highwater(tp)

    def stable(self, tp: TP) -> int | None:
        """Tell up to where records can be read, as of the latest fetch: an open transaction holds back what follows."""
        return self._reader.member.stable(tp)

    def judged(self, tp: TP) -> int | None:
        """Tell the offset below which nothing is left to do: no batch in flight holds any of it; None while unknown."""
        return self._reader.judged(tp)

    @property
    def generation(self) -> int | None:
        """Tell which tenure this is; None while there is none."""
        tenure = self._reader.tenure
        return tenure.generation if tenure is not None else None

    def partition_count(self, topic: str) -> int | None:
        """Tell how many partitions a topic of the agents has; None while unknown."""
        return self._reader.member.partition_count(topic)

    async def ends(self, partitions: Iterable[TP]) -> dict[TP, int]:
        """Ask the brokers where these partitions end now; raises aiokafka's KafkaError."""
        return await self._reader.member.ends(partitions)

    async def committed(self, partitions: Iterable[TP]) -> dict[TP, tuple[int, str]]:
        """Ask the group for stored offsets and their metadata; partitions without a commit are left out."""
        return await self._reader.member.committed(partitions)

    @property
    def heard_at(self) -> float:
        """`time.monotonic()` of the latest heartbeat that the group has answered, taken when it was sent.

        No batch is handed over when it is further back than the session time-out.
        """
        return self._reader.member.heartbeats.heard_at

    @property
    def _reader(self) -> BatchConsumer:
        return cast("BatchConsumer", self.consumer)

    async def on_first_start(self) -> None:
        """Make no directories: there are no tables to keep."""

    async def stop(self) -> None:
        """Finish the batch in flight as far as time allows, commit, leave the group, end the agents."""
        try:
            if self._consumer is not None and not self._stopped.is_set():
                await self._reader.leave(self._group.stop_drain_seconds)
        finally:
            await self._stop_services(super().stop())

    @staticmethod
    async def _stop_services(stop: Coroutine[Any, Any, None]) -> None:
        # mode swallows cancellations while it stops children, so a time-out cannot be thrown into it.
        stopping = asyncio.ensure_future(stop)
        if (await asyncio.wait({stopping}, timeout=_STOP_SECONDS))[0]:
            stopping.result()
        else:
            log.error("an agent goes on after it was cancelled")

    def _crash(self, reason: BaseException) -> None:
        # Every service's crash comes here: an agent's, a pump's, aiokafka's through the watch.
        first = not self.crashed
        super()._crash(reason)
        if first:
            self._telling = asyncio.ensure_future(maybe_async(self._hooks.on_crash(reason)))

    def _new_transport(self) -> TransportT:
        return BatchTransport([URL("duewatch://")], self, settings=self._group, hooks=self._hooks, lanes=self._lanes)


def new_app(
    group: str,
    *,
    kafka: KafkaAccess,
    on_crash: CrashHook,
    instance_id: str | None = None,
    fetch_wait_ms: int = 20,
    batch_records_max: int = 2000,
    batch_bytes_max: int = 64 * 1024 * 1024,
    fetch_bytes_max: int = 16 * 1024 * 1024,
    fetch_partition_bytes_max: int = 1024 * 1024,
    session_timeout_seconds: float = 6.0,
    heartbeat_seconds: float = 2.0,
    rebalance_timeout_seconds: float = 10.0,
    commit_seconds: float = 0.5,
    revoke_drain_seconds: float = 2.0,
    stop_drain_seconds: float = 5.0,
    on_assigned: PartitionsHook = nothing,
    on_revoked: PartitionsHook = nothing,
    commit_metadata: Metadata = no_metadata,
) -> BatchApp:
    """Make an app for one consumer group; the time-outs' defaults are those measured in field-notes.md.

    Call it inside the loop that the app will run in. `GroupSettings` and `Hooks` say what each argument means.
    """
    settings = GroupSettings(
        group=group,
        kafka=kafka,
        instance_id=instance_id,
        fetch_wait_ms=fetch_wait_ms,
        batch_records_max=batch_records_max,
        batch_bytes_max=batch_bytes_max,
        fetch_bytes_max=fetch_bytes_max,
        fetch_partition_bytes_max=fetch_partition_bytes_max,
        session_timeout_seconds=session_timeout_seconds,
        heartbeat_seconds=heartbeat_seconds,
        rebalance_timeout_seconds=rebalance_timeout_seconds,
        commit_seconds=commit_seconds,
        revoke_drain_seconds=revoke_drain_seconds,
        stop_drain_seconds=stop_drain_seconds,
    )
    quiet_libraries()
    return BatchApp(
        group,
        settings=settings,
        hooks=Hooks(on_assigned=on_assigned, on_revoked=on_revoked, on_crash=on_crash, commit_metadata=commit_metadata),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        broker_session_timeout=session_timeout_seconds,
        broker_request_timeout=settings.answer_timeout_seconds,
        agent_supervisor=CrashingSupervisor,
        TableManager=NoTables,
    )
