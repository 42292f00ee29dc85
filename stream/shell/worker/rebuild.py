"""Fills an emptied, replaced or restored Redis from Kafka, by itself: Kafka is the truth, Redis a cache of it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.core.registry import Entry
from stream.core.rulebook import Rulebook
from stream.shell.codec.decode import Record
from stream.shell.codec.refusal import Refusal
from stream.shell.consumers import stop_consumer
from stream.shell.delivery.delivery import ForgottenError, RegistryPosition
from stream.shell.delivery.plan import grown
from stream.shell.delivery.records import FINDINGS, is_heartbeat
from stream.shell.kafka.clients import new_consumer
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.ingest import prune_of_type, put
from stream.shell.ledgers.recall import (
    StrangeRecordError,
    recall_finding,
    recall_state,
    told_finding_of,
    told_state_of,
)
from stream.shell.ledgers.remembered import DUE_NOW, Remembered, decode, encode
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.store.store import Outcome, Store, Write
from stream.shell.topics.outputs import NEEDED, Outputs
from stream.shell.worker.intake import TYPES, Intake, recorded_at

_LOG = logging.getLogger(__name__)

_LOCK_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_RECORDS_MAX = 2000

Change = Callable[[Remembered, str], None]
"""What one record does to the ledger of the key."""


class Rebuild:
    """One worker rebuilds, the others wait: their saves are refused until it is done.

    The inputs are ingested without judging, up to their ends; what had been told is read back from the output topics.
    Every ledger is then due at once, so that the timers of all workers judge it: an event that was committed before
    Redis forgot it is judged now, and what is already told is not told again.
    """

    def __init__(
        self,
        store: Store,
        registry: RegistryPosition,
        rulebook: Rulebook,
        intake: Intake,
        bounds: Bounds,
        *,
        kafka: KafkaAccess,
        outputs: Outputs,
        prefix: str,
        owner: str,
    ) -> None:
        self._store = store
        self._registry = registry
        self._rulebook = rulebook
        self._intake = intake
        self._bounds = bounds
        self._kafka = kafka
        self._outputs = outputs
        self._prefix = prefix
        self._owner = owner
        self.progress: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ensure(self) -> bool:
        """Returns when the store is whole; until then rebuilds it, or waits for the worker that does.

        Says whether there was anything to do.
        """
        async with self._one_at_a_time:
            return await self._ensured()

    async def _ensured(self) -> bool:
        was_whole = True
        while not await self._store.whole():
            was_whole = False
            self.progress = self.progress or 0.0
            if await self._store.lock_rebuild(self._owner, _LOCK_SECONDS):
                with contextlib.suppress(ForgottenError):
                    # Lost again while it was filled: it is looked at anew, and filled anew.
                    await self._rebuild_locked()
            else:
                await asyncio.sleep(_LOOK_SECONDS)
        self.progress = None
        return not was_whole

    async def _rebuild_locked(self) -> None:
        keeping = asyncio.create_task(self._keep_lock(), name="rebuild lock")
        try:
            if not await self._store.whole():
                await self._rebuild()
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await self._store.unlock_rebuild(self._owner)

    async def _keep_lock(self) -> None:
        while True:
            await asyncio.sleep(_LOCK_SECONDS / 3)
            await self._store.lock_rebuild(self._owner, _LOCK_SECONDS)

    async def _rebuild(self) -> None:
        started, token = time.monotonic(), time.time_ns() // 1000
        _LOG.info("Redis is new, or does not hold what it once held: the ledgers are made from what Kafka has")
        await self._store.begin_rebuild(token)
        mark = self._registry.mark()
        outputs = await self._outputs.topics(NEEDED)
        inputs = told = 0
        # Where nothing was ever said nothing was ever judged: what stands on the inputs comes as live events.
        if outputs and await self._any_in(outputs):
            inputs = await self._read([f"{self._prefix}-{short}" for short in TYPES], self._ingest, 0.0, 0.8)
            told = await self._read(outputs, self._recall, 0.8, 0.2)
        if await self._store.end_rebuild(token, mark):
            seconds = time.monotonic() - started
            level = logging.WARNING if inputs or told else logging.INFO
            _LOG.log(level, "rebuilt from %d input and %d output records in %.1f s", inputs, told, seconds)

    async def _any_in(self, topics: Sequence[str]) -> bool:
        consumer = new_consumer(self._kafka, *topics, enable_auto_commit=False)
        await consumer.start()
        try:
            return any((await consumer.end_offsets(sorted(consumer.assignment()))).values())
        finally:
            await stop_consumer(consumer)

    async def _read(
        self, topics: Sequence[str], take: Callable[[list[Any]], Awaitable[None]], begin: float, share: float
    ) -> int:
        """Reads topics from the start to where they end now; `begin` and `share` are their part of the progress."""
        consumer = new_consumer(
            self._kafka,
            *topics,
            enable_auto_commit=False,
            # Not `seek_to_beginning`: the reset to the end that aiokafka has under way by default may undo that.
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(sorted(consumer.assignment()))
            count, total = 0, sum(ends.values())
            while await _unread(consumer, ends):
                fetched = await consumer.getmany(timeout_ms=500, max_records=_RECORDS_MAX)
                records = [record for tp, found in fetched.items() for record in found if record.offset < ends[tp]]
                await take(records)
                count += len(records)
                self.progress = begin + share * min(1.0, count / max(total, 1))
            return count
        finally:
            await stop_consumer(consumer)

    async def _ingest(self, records: list[Any]) -> None:
        changes: dict[str, list[Change]] = {}
        for kafka_record in records:
            with contextlib.suppress(Refusal):
                # It was dead-lettered when it first came (contract §7).
                record = self._intake.read(kafka_record)
                changes.setdefault(record.key, []).append(self._putting(record, recorded_at(kafka_record)))
        homeless = await self._outputs.homeless({key.partition("|")[0] for key in changes})
        await self._change({key: some for key, some in changes.items() if key.partition("|")[0] not in homeless})

    def _putting(self, record: Record, recorded: int) -> Change:
        def change(remembered: Remembered, key: str) -> None:
            ledger = remembered.ledger(key)
            if isinstance(record.item, Entry):
                return
            put(ledger, record.item, recorded, self._rulebook, self._bounds)
            prune_of_type(ledger, self._rulebook, self._bounds, record.type, recorded - self._bounds.kept_microseconds)
            remembered.contacts = list(ledger.contacts.values())
            remembered.facts = list(ledger.facts.values())
            remembered.firsts = ledger.firsts

        return change

    async def _recall(self, records: list[Any]) -> None:
        changes: dict[str, list[Change]] = {}
        strange: list[str] = []
        for record in records:
            if is_heartbeat(record.key):
                continue
            try:
                key, change = self._recalling(record)
            except StrangeRecordError:
                strange.append(f"{record.topic}-{record.partition} at {record.offset}")
                continue
            changes.setdefault(key, []).append(change)
        if strange:
            _LOG.warning("%d output records are not Duewatch's and tell nothing, first %s", len(strange), strange[0])
        await self._change(changes)

    def _recalling(self, record: Any) -> tuple[str, Change]:
        if record.topic.startswith(f"{self._prefix}-{FINDINGS}"):
            finding, version = told_finding_of(record.value)
            return f"{finding.institution}|{finding.debtor}", _finding_change(finding, version)
        told = told_state_of(record.value)
        return f"{told.institution}|{told.debtor}", _state_change(told)

    async def _change(self, changes: dict[str, list[Change]]) -> None:
        while changes:
            keys = list(changes)
            values = await self._store.load(keys)
            writes = [_changed(key, value, changes[key]) for key, value in zip(keys, values, strict=True)]
            outcomes = await self._store.save(writes)
            if Outcome.FORGOTTEN in outcomes:
                raise ForgottenError("Redis lost what it was being filled with")
            # Another worker may confirm what it had published before the loss; then the ledger is read again.
            changes = {key: changes[key] for key, out in zip(keys, outcomes, strict=True) if out is not Outcome.SAVED}


def _changed(key: str, value: bytes | None, changes: list[Change]) -> Write:
    remembered = decode(value)
    rev_read = remembered.rev
    for change in changes:
        change(remembered, key)
    remembered.rev = grown(remembered.rev)
    remembered.changes_at = DUE_NOW
    return Write(key, rev_read, encode(remembered), DUE_NOW)


def _state_change(told: Any) -> Change:
    return lambda remembered, _: recall_state(remembered, told)


def _finding_change(finding: Any, version: int) -> Change:
    return lambda remembered, _: recall_finding(remembered, finding, version)


async def _unread(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await consumer.position(tp) < end:
            return True
    return False
