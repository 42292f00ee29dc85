"""Reads the output topics as their readers do, and has said again what an older record has overwritten.

A worker that was paused between saving and publishing may speak after its partitions have moved, and die before it can
confirm: then an older record is the last of its key (architecture, "Left over"). Nothing else notices that.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.core.finding import finding_key
from stream.shell.consumers import stop_consumer
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.records import BLOCKS, FINDINGS, is_heartbeat
from stream.shell.delivery.task import Task
from stream.shell.kafka.clients import new_consumer
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.worker.metrics import Metrics

AUDIT = "audit"
"""The auditor as a source of an outbox entry."""

_BACK_SECONDS = 300
_KEYS_MAX = 200_000


class _Told(msgspec.Struct):
    """What the auditor looks at in a record of either kind."""

    institution: str
    debtor: str
    version: int
    channel: str = ""
    rule: str = ""
    contact_id: str = ""
    policy: str = ""
    shadow: bool = False

    @property
    def outbox_key(self) -> str:
        """The record's key within its debtor's ledger."""
        if not self.rule:
            return self.channel
        return finding_key(self.rule, self.contact_id, self.policy if self.shadow else None)


_DECODER = msgspec.json.Decoder(_Told)


class Versions:
    """The highest version seen of each key, for as many keys as were last written; zombies are never late for long."""

    def __init__(self, keys_max: int = _KEYS_MAX) -> None:
        self._keys_max = keys_max
        self._highest: OrderedDict[tuple[str, bytes], int] = OrderedDict()

    def is_older(self, topic: str, key: bytes, version: int) -> bool:
        """Whether a newer version of the key was read before; otherwise notes this one."""
        place = (topic, key)
        highest = self._highest.get(place, -1)
        if version < highest:
            return True
        self._highest[place] = version
        self._highest.move_to_end(place)
        if len(self._highest) > self._keys_max:
            self._highest.popitem(last=False)
        return False


class Auditor:
    """Audits the partitions of debtors that are this worker's (`mine`), from some minutes back on."""

    def __init__(
        self, kafka: KafkaAccess, prefix: str, delivery: Delivery, mine: Callable[[str], bool], metrics: Metrics
    ) -> None:
        self._kafka = kafka
        self._topics = [f"{prefix}-{short}" for short in (*BLOCKS.values(), FINDINGS)]
        self._delivery = delivery
        self._mine = mine
        self._metrics = metrics
        self._versions = Versions()

    async def run(self) -> None:
        """Runs until it is cancelled; raises what `Delivery.deliver` does."""
        consumer = new_consumer(self._kafka, *self._topics, enable_auto_commit=False)
        await consumer.start()
        try:
            await _seek_back(consumer)
            while True:
                fetched = await consumer.getmany(timeout_ms=1000)
                await self._audit([record for records in fetched.values() for record in records])
        finally:
            await stop_consumer(consumer)

    async def _audit(self, records: list[Any]) -> None:
        tasks: dict[str, Task] = {}
        for record in records:
            if is_heartbeat(record.key):
                # The next one is on its way.
                continue
            told = _DECODER.decode(record.value)
            debtor = f"{told.institution}|{told.debtor}"
            if self._versions.is_older(record.topic, record.key, told.version) and self._mine(debtor):
                tasks.setdefault(debtor, Task(debtor, {AUDIT})).owed.add(told.outbox_key)
        if tasks:
            self._metrics.count("duewatch_overwritten_total", by=len(tasks))
            await self._delivery.deliver(list(tasks.values()))


async def _seek_back(consumer: AIOKafkaConsumer) -> None:
    """Begins some minutes back: what a worker that died meanwhile was about to notice is noticed now."""
    partitions: list[TopicPartition] = sorted(consumer.assignment())
    ends = await consumer.end_offsets(partitions)
    since = round((time.time() - _BACK_SECONDS) * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, since))
    for tp in partitions:
        place = found.get(tp)
        # Brokers that cannot look up times give nothing; then what comes from now on is audited.
        consumer.seek(tp, place.offset if place is not None else ends[tp])
