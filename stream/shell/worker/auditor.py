"""Reads the output topics as their readers do, and has said again what an older record has overwritten.

A worker that was paused between saving and publishing may speak after its partitions have moved, and die before it can
confirm: then an older record is the last of its key (architecture, "Left over"). Nothing else notices that.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.core.finding import finding_key
from stream.shell.consumers import start_consumer, stop_consumer
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.records import BLOCKS, is_heartbeat
from stream.shell.delivery.task import Task
from stream.shell.kafka.clients import new_consumer
from stream.shell.ledgers.recall import Version, is_name
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.topics.admin import KafkaUnavailableError
from stream.shell.topics.outputs import NEEDED, Outputs
from stream.shell.worker.metrics import Metrics

_LOG = logging.getLogger(__name__)

AUDIT = "audit"
"""The auditor as a source of an outbox entry."""

_BACK_SECONDS = 300
_KEYS_MAX = 200_000
_LOOK_SECONDS = 20.0


class _Told(msgspec.Struct):
    """What the auditor looks at in a record of either kind."""

    institution: str
    debtor: str
    version: Version
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
        self, kafka: KafkaAccess, outputs: Outputs, delivery: Delivery, mine: Callable[[str], bool], metrics: Metrics
    ) -> None:
        self._kafka = kafka
        self._outputs = outputs
        self._topics: list[str] = []
        self._delivery = delivery
        self._mine = mine
        self._metrics = metrics
        self._versions = Versions()
        self._overwritten: dict[tuple[str, bytes], tuple[str, str]] = {}

    async def run(self) -> None:
        """Runs until it is cancelled; raises what `Delivery.deliver` does."""
        places: dict[TopicPartition, int] = {}
        while True:
            await self._look()
            if self._topics:
                places = await self._audit_from(places)
            else:
                await asyncio.sleep(_LOOK_SECONDS)

    async def _audit_from(self, places: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Audits until there are other topics; returns how far it came."""
        consumer = new_consumer(self._kafka, *self._topics, enable_auto_commit=False)
        try:
            await _seek_back(consumer, await start_consumer(consumer), places)
            looked_at = time.monotonic()
            while True:
                fetched = await consumer.getmany(timeout_ms=1000)
                await self._audit([record for records in fetched.values() for record in records])
                # aiokafka asks without a pause for partitions that are gone.
                gone = any(consumer.partitions_for_topic(topic) is None for topic in self._topics)
                if gone or time.monotonic() - looked_at > _LOOK_SECONDS:
                    looked_at = time.monotonic()
                    if await self._look():
                        return {tp: await consumer.position(tp) for tp in consumer.assignment()}
        finally:
            await stop_consumer(consumer)

    async def _look(self) -> bool:
        """Sees which topics there are; whether they are others than before. What is not to be had now stays as it was.

        It makes heartbeats begin for an institution that has topics now, before anything is known of its debtors.
        """
        try:
            topics = await self._outputs.topics(NEEDED)
        except KafkaUnavailableError as error:
            _LOG.warning("which output topics there are could not be seen: %s", error)
            return False
        before, self._topics = self._topics, topics
        return topics != before

    async def _audit(self, records: list[Any]) -> None:
        for record in records:
            if is_heartbeat(record.key):
                # The next one is on its way.
                continue
            told = _told(record.value)
            if told is None:
                self._metrics.count("duewatch_strange_outputs_total")
                continue
            place = (record.topic, record.key)
            if self._versions.is_older(*place, told.version):
                self._overwritten[place] = f"{told.institution}|{told.debtor}", told.outbox_key
            else:
                # Whoever has the debtor has said it again.
                self._overwritten.pop(place, None)
        await self._say_again()

    async def _say_again(self) -> None:
        """Has said again what is this worker's. In a rebalance nothing is anybody's: it waits for another look."""
        mine = {place: said for place, said in self._overwritten.items() if self._mine(said[0])}
        if not mine:
            return
        tasks: dict[str, Task] = {}
        for debtor, outbox_key in mine.values():
            tasks.setdefault(debtor, Task(debtor, {AUDIT})).owed.add(outbox_key)
        self._metrics.count("duewatch_overwritten_total", by=len(tasks))
        await self._delivery.deliver(list(tasks.values()))
        for place in mine:
            self._overwritten.pop(place, None)


def _told(value: bytes | None) -> _Told | None:
    """What a record says; None where Duewatch has not written it."""
    try:
        told = _DECODER.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = is_name(told.rule) if told.rule else told.channel in BLOCKS
    return told if is_ours else None


async def _seek_back(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], places: Mapping[TopicPartition, int]
) -> None:
    """Goes on at its places, or begins some minutes back: what a dead worker was about to notice is noticed now."""
    ends = await consumer.end_offsets(partitions)
    since = round((time.time() - _BACK_SECONDS) * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, since))
    for tp in partitions:
        place = found.get(tp)
        # Brokers that cannot look up times give nothing; then what comes from now on is audited.
        consumer.seek(tp, places.get(tp, place.offset if place is not None else ends[tp]))
