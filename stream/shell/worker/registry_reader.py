"""The whole registry in every worker: read from the start before the first contact is judged, then kept up to date."""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.core.registry import ENTRIES_MAX, Entry, Registry
from stream.shell.cancelling import cancelled
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.refusal import Refusal, conflict, too_many_entries
from stream.shell.consumers import start_consumer, stop_consumer
from stream.shell.kafka.clients import new_consumer
from stream.shell.settings.kafka_access import KafkaAccess

_METADATA_AGE_MS = 10_000
_UNNAMED_SECONDS_MAX = 30


class RegistryError(Exception):
    """The registry topic cannot be read; nothing may be judged without it."""


class RegistryReader:
    """Reads every partition of the registry topic, in no group; refused records are the concern of who owns them.

    `entries_max`: how many entries are kept, in equal parts from each partition: what is beyond is the same for every
    worker, in whatever order the partitions come.
    """

    def __init__(
        self,
        kafka: KafkaAccess,
        topic: str,
        decoder: Decoder,
        *,
        fetch_wait_ms: int = 20,
        entries_max: int = ENTRIES_MAX,
    ) -> None:
        self.registry = Registry()
        self._entries: Counter[int] = Counter()
        self._entries_max = entries_max
        self._topic = topic
        self._decoder = decoder
        self._kafka = kafka
        self._fetch_wait_ms = fetch_wait_ms
        self._consumer: AIOKafkaConsumer | None = None
        self._next: dict[int, int] = {}
        self._read = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None
        self._named_at = math.inf

    async def start(self) -> None:
        """Connects and reads all that stands on the topic; raises RegistryError."""
        consumer = new_consumer(
            self._kafka,
            self._topic,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=self._fetch_wait_ms,
            metadata_max_age_ms=_METADATA_AGE_MS,
        )
        self._consumer = consumer
        try:
            partitions = await start_consumer(consumer)
        except KafkaError as error:
            raise RegistryError(f"the registry topic {self._topic} cannot be read: {error}") from error
        self._next = {tp.partition: 0 for tp in partitions}
        if not self._next:
            raise RegistryError(f"the registry topic {self._topic} does not exist; create it with `duewatch topics`")
        self._reading = asyncio.create_task(self._read_on(), name="registry reader")
        await self.catch_up()

    @property
    def entries(self) -> int:
        """How many entries are known."""
        return self._entries.total()

    async def stop(self) -> None:
        """Stops reading."""
        if self._reading is not None:
            await cancelled([self._reading])
        if self._consumer is not None:
            await stop_consumer(self._consumer)

    def failed(self) -> BaseException | None:
        """Why reading ended by itself, if it did."""
        if self._reading is None or not self._reading.done() or self._reading.cancelled():
            return None
        return self._reading.exception()

    def mark(self) -> bytes:
        """Partition → next offset, as JSON with sorted keys: what judgements of this moment have seen."""
        return msgspec.json.encode({str(number): offset for number, offset in self._next.items() if offset})

    async def catch_up(self) -> None:
        """Returns when all that stands on the topic now has been read."""
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 - started first
        ends = await consumer.end_offsets([TopicPartition(self._topic, number) for number in self._next])
        async with self._read:
            await self._read.wait_for(
                lambda: self.failed() is not None or all(self._next[tp.partition] >= end for tp, end in ends.items())
            )
        if (error := self.failed()) is not None:
            raise RegistryError(f"reading the registry topic ended: {error}") from error

    async def _read_on(self) -> None:
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 - started first
        try:
            while True:
                await self._take(await consumer.getmany(timeout_ms=200))
                self._look_for_partitions(consumer.partitions_for_topic(self._topic))
        finally:
            async with self._read:
                self._read.notify_all()

    def _look_for_partitions(self, numbers: Collection[int] | None) -> None:
        """One answer of a broker may come without the topic."""
        if numbers is not None:
            self._named_at = time.monotonic()
            self.check_partitions(numbers)
        elif time.monotonic() - self._named_at > _UNNAMED_SECONDS_MAX:
            raise RegistryError(f"the registry topic {self._topic} is gone; create it with `duewatch topics`")

    def check_partitions(self, numbers: Collection[int]) -> None:
        """Raises RegistryError where the topic has partitions now that this reader, once started, does not read."""
        if self._next and not self._next.keys() >= set(numbers):
            raise RegistryError(f"the registry topic {self._topic} has more partitions than before: start again")

    async def _take(self, fetched: dict[TopicPartition, list[object]]) -> None:
        consumer = self._consumer
        assert consumer is not None  # noqa: S101 - started first
        for tp, records in fetched.items():
            for record in records:
                self.put(tp.partition, record)
        async with self._read:
            for number in self._next:
                # Past control records and compacted gaps the position is ahead of the last record.
                self._next[number] = await consumer.position(TopicPartition(self._topic, number))
            self._read.notify_all()

    def put(self, partition: int, record: Any) -> None:
        """Takes a record of the topic, if it can be read and there is room; its owner dead-letters it otherwise."""
        with contextlib.suppress(Refusal):
            entry = self.decoded(record.value, record.key)
            if self._entries[partition] < -(-self._entries_max // max(1, len(self._next))):
                self._entries[partition] += self.registry.put(entry) == "new"

    def check(self, entry: Entry) -> None:
        """Raises Refusal for an entry that has been read and is not known: another one is, or there was no room."""
        held = self.registry.held(entry)
        if held is None:
            raise too_many_entries()
        if held != entry:
            raise conflict()

    def decoded(self, value: bytes | None, key: bytes | None) -> Entry:
        """The entry in a record of the registry topic; raises Refusal."""
        record: Record = self._decoder.decode(value)
        if not isinstance(record.item, Entry):
            raise Refusal("bad-value", f"$.type: {record.type} does not belong on the registry topic", "$.type")
        check_key(record, key)
        return record.item


def check_key(record: Record, key: bytes | None) -> None:
    """Raises Refusal where a record's key is not the one its value asks for (contract §1)."""
    if key != record.key.encode():
        raise Refusal("key-mismatch", "the record's key is not the one that its fields make (see the topic's key)", "$")
