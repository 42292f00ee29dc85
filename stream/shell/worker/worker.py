"""The service: joins settings, store, topics, agents and timers, and ends the process rather than go on wrongly."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from faust.types import TP, StreamT

from stream.core.partition import partition_of
from stream.shell.cancelling import cancelled
from stream.shell.clock import Clock
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.lease import Lease
from stream.shell.delivery.plan import Planner
from stream.shell.delivery.resident import Residents
from stream.shell.settings.settings import Settings
from stream.shell.transport.app import BatchApp, new_app
from stream.shell.transport.batch import Batch
from stream.shell.transport.quiet import quiet_libraries
from stream.shell.worker.auditor import Auditor
from stream.shell.worker.contacts import Contacts
from stream.shell.worker.dead_letter_limit import Overrun, TooManyDeadLettersError
from stream.shell.worker.dead_letters import DeadLetters
from stream.shell.worker.first_contacts import FirstContacts
from stream.shell.worker.garbage import collect_seldom
from stream.shell.worker.heartbeat import Heartbeat
from stream.shell.worker.intake import TYPES
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.output_checks import check_outputs_as_before, check_topics, outputs_note
from stream.shell.worker.parts import parts_of
from stream.shell.worker.registry_agent import RegistryAgent
from stream.shell.worker.sweep import Sweep
from stream.shell.worker.timer import Timer
from stream.shell.worker.watch import Watch
from stream.shell.worker.web import Web

_LOG = logging.getLogger(__name__)

Fatal = Callable[[BaseException], None]


class Worker:
    """One worker. `on_fatal` is called once when it must not go on; nothing is acknowledged after that."""

    def __init__(self, settings: Settings, clock: Clock, on_fatal: Fatal) -> None:
        quiet_libraries()
        self.settings = settings
        self.metrics = Metrics()
        self._clock = clock
        self._on_fatal = on_fatal
        self._failure: BaseException | None = None
        self._background: list[asyncio.Task[None]] = []
        self._parts = parts_of(settings, clock, self.metrics)
        self._outputs = self._parts.outputs
        self._partitions = 0
        self._app: BatchApp | None = None
        self._watch: Watch | None = None
        self.web = Web(settings.web, self.metrics, self._why_not_alive, self._why_not_ready)

    async def start(self) -> None:
        """Connects everything and begins to work. Raises what the parts raise where one of them cannot be used."""
        settings, parts = self.settings, self._parts
        await check_topics(settings, self._outputs)
        await parts.store.open()
        await check_outputs_as_before(settings, parts.store)
        await parts.publisher.start()
        self._partitions = await parts.publisher.partitions(self._topic("dials"))
        await parts.reader.start()
        _LOG.info("the registry has %d entries", parts.reader.entries)
        await self.web.start()
        await parts.rebuild.ensure()
        parts.progress.learn(await parts.store.progress_all(), self._clock.now())
        await parts.store.progress_put(outputs_note(settings))
        delivery = self._new_delivery()
        sweep = Sweep(
            parts.store,
            delivery,
            self.metrics,
            debtors_per_second=settings.sweep_debtors_per_second,
            homeless=self._outputs.homeless,
        )
        await self._start_app(delivery, sweep)
        timer = Timer(
            parts.store,
            delivery,
            self._clock,
            self._holds,
            self.metrics,
            retries_max=settings.retries_max,
            whole_span=lambda: parts.rebuild.whole_span,
            homeless=self._outputs.homeless,
        )
        self._run(timer.run(), "timer")
        self._run(self._sweep_under_policy(sweep), "policy sweep")
        self._run(FirstContacts(parts.rebuild, parts.reader, sweep, self.metrics).run(), "first contacts")
        self._run(self._new_heartbeat(timer).run(), "heartbeat")
        auditor = Auditor(settings.kafka_access, self._outputs, delivery, self._is_mine, self.metrics)
        self._run(auditor.run(), "auditor")
        collect_seldom()
        _LOG.info("working as %s of group %s under %s", settings.worker, settings.group, parts.rulebook.policy)

    async def stop(self) -> None:
        """Finishes the batch in flight, commits, leaves the group, and lets go of Kafka and Redis."""
        await cancelled(self._background, self.settings.stop_seconds_max / 2)
        if self._app is not None:
            await self._app.stop()
        await self._parts.reader.stop()
        await self._parts.publisher.stop()
        await self._parts.store.close()
        await self.web.stop()

    def _new_delivery(self) -> Delivery:
        settings, parts = self.settings, self._parts

        def kept_from() -> int | None:
            watermark = parts.progress.watermark
            return None if watermark is None else watermark - parts.bounds.kept_microseconds

        return Delivery(
            parts.store,
            parts.publisher,
            Planner(
                parts.rulebook,
                parts.reader.registry,
                parts.bounds,
                firsts_known=lambda: parts.store.rebuilt.firsts != "unknown",
            ),
            parts.reader,
            self._clock,
            recover=parts.rebuild.ensure,
            kept_from=kept_from,
            lease=Lease(self._unheard_seconds, settings.session_timeout_seconds / 2),
            retries_max=settings.retries_max,
            fault_point=parts.fault_point,
            residents=Residents(settings.contacts_at_hand_max),
        )

    def _new_heartbeat(self, timer: Timer) -> Heartbeat:
        settings = self.settings
        assert self._app is not None  # noqa: S101 - started before
        return Heartbeat(
            self._app,
            self._parts.publisher,
            self._outputs,
            timer,
            self._parts.rulebook,
            self._clock,
            self.metrics,
            topics=[self._topic(short) for short in TYPES],
            partitions=self._partitions,
            every_seconds=settings.heartbeat_seconds,
            rebuilding=lambda: self._parts.rebuild.progress is not None,
            silent=lambda: self._failure is not None or self._unheard_seconds() > settings.session_timeout_seconds / 2,
        )

    async def _start_app(self, delivery: Delivery, sweep: Sweep) -> None:
        settings, parts = self.settings, self._parts
        app = self._app = new_app(
            settings.group,
            kafka=settings.kafka_access,
            instance_id=settings.worker,
            fetch_wait_ms=settings.fetch_wait_ms,
            batch_records_max=settings.batch_records_max,
            batch_bytes_max=settings.batch_bytes_max,
            fetch_bytes_max=settings.fetch_bytes_max,
            fetch_partition_bytes_max=settings.fetch_partition_bytes_max,
            session_timeout_seconds=settings.session_timeout_seconds,
            heartbeat_seconds=settings.group_heartbeat_seconds,
            rebalance_timeout_seconds=settings.rebalance_timeout_seconds,
            commit_seconds=settings.commit_interval_ms / 1000,
            # The rest is for the commit, for leaving, and for letting go of everything.
            stop_drain_seconds=settings.stop_seconds_max / 2,
            on_assigned=self._assigned,
            on_crash=self._fatal,
            commit_metadata=self._commit_metadata,
        )
        letters = DeadLetters(parts.intake, parts.publisher, parts.limit, self.metrics)
        homeless = self._outputs.homeless
        contacts = Contacts(parts.intake, delivery, letters, parts.progress, self.metrics, homeless)
        registry = RegistryAgent(parts.reader, parts.intake, delivery, sweep, letters, self.metrics, homeless)

        @app.agent(app.batches(*(self._topic(short) for short in TYPES)), name="contacts")
        async def judge_contacts(stream: StreamT[Batch]) -> None:
            async for batch in stream:
                await self._done(batch, await contacts.judge(batch))

        @app.agent(app.batches(self._topic("registry")), name="registry")
        async def judge_registry(stream: StreamT[Batch]) -> None:
            async for batch in stream:
                await self._done(batch, await registry.judge(batch))

        await app.start()
        self._watch = Watch(
            app,
            parts.store,
            parts.progress,
            parts.reader,
            parts.rebuild,
            self.metrics,
            self._clock,
            stall_seconds=settings.stall_seconds,
            notes=outputs_note(settings),
            # A batch of registry entries is done when their sweep is: that takes as long as there are debtors.
            steps=lambda tp: sweep.swept if tp.topic == self._topic("registry") else 0,
        )
        self._run(self._watch.run(), "watch")

    async def _assigned(self, partitions: set[TP]) -> None:
        """Goes on counting dead letters where whoever had the partitions before has stopped."""
        assert self._app is not None  # noqa: S101 - the app calls this
        stored = await self._app.committed(partitions)
        self._parts.limit.begin({(tp.topic, tp.partition): note for tp, (_, note) in stored.items()})

    def _commit_metadata(self, tp: TP) -> str:
        self._parts.fault_point.reached("before-commit")
        return self._parts.limit.note((tp.topic, tp.partition))

    async def _done(self, batch: Batch, overruns: list[Overrun]) -> None:
        """Acknowledges a batch; where it has too many dead letters, only up to them, and for the last time."""
        app = self._app
        assert app is not None  # noqa: S101 - the app has given the batch
        stops = {TP(*overrun.partition): overrun.offset for overrun in overruns}
        if app.done(batch, stops) and overruns:
            # So that the next start stops at the same records, and nothing is said twice.
            await app.consumer.commit()
            self._fatal(TooManyDeadLettersError(overruns))
            # Raised, it would be told three times over, with Faust's stacks. The agent asks for no more batches.
            await asyncio.Event().wait()

    async def _sweep_under_policy(self, sweep: Sweep) -> None:
        """A worker that has not yet worked under this policy judges everybody again, in the background."""
        name, policy = f"policy@{self.settings.worker}", self._parts.rulebook.speaking
        if (await self._parts.store.progress_all()).get(name) == policy:
            return
        await sweep.under_policy({"policy"})
        await self._parts.store.progress_put({name: policy})

    def _topic(self, short: str) -> str:
        return f"{self.settings.prefix}-{short}"

    def _holds(self, key: str) -> bool:
        assert self._app is not None  # noqa: S101 - the timer starts after the app
        return TP(self._topic("facts"), partition_of(key, self._partitions)) in self._app.assigned()

    def _is_mine(self, key: str) -> bool:
        return self._holds(key) and self._outputs.has_home(key.partition("|")[0])

    def _unheard_seconds(self) -> float:
        assert self._app is not None  # noqa: S101 - nothing is judged before the app has started
        return time.monotonic() - self._app.heard_at

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._background.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fatal(error)

    def _fatal(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
            self._on_fatal(error)

    def _why_not_alive(self) -> str:
        return "" if self._failure is None else f"the worker has failed: {self._failure}"

    def _why_not_ready(self) -> str:
        if self._failure is not None:
            return self._why_not_alive()
        if self._parts.rebuild.progress is not None:
            return f"rebuilding, {self._parts.rebuild.progress:.0%}"
        if self._app is None or self._watch is None:
            return "starting"
        return self._watch.why_not_ready()
