import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.types import TP

from stream.shell.consumers import stop_consumer
from stream.shell.transport.connect import new_consumer, new_end_reader
from stream.shell.transport.filling import Most, Records, filled
from stream.shell.transport.group import GroupSettings
from stream.shell.transport.heartbeats import Heartbeats

log = logging.getLogger(__name__)

_LEAVE_SECONDS: Final = 5.0


class Member:
    """One member of a consumer group: aiokafka's consumer, in this project's words.

    It runs on the loop it is started in: half the latency of a consumer in a thread (field-notes.md).
    """

    def __init__(self, settings: GroupSettings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._end_reader: AIOKafkaConsumer | None = None
        self.heartbeats = Heartbeats(settings.session_timeout_seconds, settings.instance_id)
        self._topics: frozenset[str] = frozenset()
        self._missing: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Connect; raises if no broker answers."""
        consumer, end_reader = new_consumer(self._settings), new_end_reader(self._settings)
        async with AsyncExitStack() as unless_started:
            unless_started.push_async_callback(stop_consumer, consumer)
            unless_started.push_async_callback(stop_consumer, end_reader)
            await consumer.start()
            await end_reader.start()
            unless_started.pop_all()
        self.heartbeats.listen(consumer._coordinator)  # noqa: SLF001 - the group's side of aiokafka
        self._consumer, self._end_reader = consumer, end_reader

    async def stop(self) -> None:
        """Leave the group at once, so that the others get its partitions now and not after the session time-out.

        aiokafka keeps the place of a static member (KIP-345), which is for processes that are killed: one that is
        stopped may not come back.
        """
        consumer, self._consumer = self._consumer, None
        end_reader, self._end_reader = self._end_reader, None
        if consumer is None:
            return
        consumer._coordinator._group_instance_id = None  # noqa: SLF001 - else it does not say that it leaves
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await stop_consumer(consumer)
        except TimeoutError:
            log.warning("the group was not left in %.0f s; its coordinator will notice", _LEAVE_SECONDS)
        except KafkaError as exc:
            # Its background work had ended before, and stopping it tells so once more, half-way.
            log.warning("the group was not left in order: %s", exc)
            await consumer._client.close()  # noqa: SLF001
        finally:
            if end_reader is not None:
                await stop_consumer(end_reader)

    @property
    def started(self) -> bool:
        """Whether there is a connection to use."""
        return self._consumer is not None

    @property
    def _open(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise RuntimeError("the consumer is not started, or stopped already")
        return self._consumer

    def subscribe(self, topics: set[str], listener: ConsumerRebalanceListener) -> None:
        """Ask for partitions of these topics."""
        self._topics = frozenset(topics)
        self._open.subscribe(topics=topics, listener=listener)

    @property
    def missing_topics(self) -> frozenset[str]:
        """Those of the topics that the brokers do not know; nobody reads them until they do."""
        return frozenset(topic for topic in self._topics if not self.partition_count(topic))

    def look_for_topics(self) -> None:
        """Ask the brokers again for missing topics; aiokafka would for a minute read the others alone."""
        missing = self.missing_topics
        if missing != self._missing:
            log.warning("topics that are not there: %s", ", ".join(sorted(missing)) or "none any more")
        if missing:
            self._open._client.force_metadata_update()  # noqa: SLF001 - finding them, aiokafka joins again
        self._missing = missing

    @property
    def generation(self) -> int:
        """The generation that this member belongs to, -1 when the group has forgotten it."""
        generation: int = self._open._coordinator.generation  # noqa: SLF001 - the public API does not tell it
        return generation

    def check(self) -> None:
        """Raise what has ended aiokafka's background work; a dead fetcher would otherwise look like an idle one.

        Raises PlaceLostError, too.
        """
        self.heartbeats.check_place()
        consumer = self._open
        consumer._coordinator.check_errors()  # noqa: SLF001 - called inside getmany only, that is with partitions
        fetcher = consumer._fetcher.error_future  # noqa: SLF001 - checked nowhere in aiokafka
        if fetcher.done():
            fetcher.result()
            raise RuntimeError("the fetcher has ended")

    def assignment(self) -> set[TP]:
        """Tell which partitions aiokafka holds."""
        return {TP(*tp) for tp in self._consumer.assignment()} if self._consumer is not None else set()

    async def fetch(self, partitions: Iterable[TP]) -> Records:
        """Wait a second at most for records of these partitions (at least one); positions move past what returns."""
        named = [TopicPartition(*tp) for tp in partitions]
        consumer, settings = self._open, self._settings

        async def get_many(wait_ms: int, records_max: int) -> Records:
            return await consumer.getmany(*named, timeout_ms=wait_ms, max_records=records_max)  # type: ignore[no-any-return] # aiokafka ships no types

        return await filled(get_many, Most(settings.batch_records_max, settings.batch_bytes_max))

    def seek_back(self, records: Records) -> None:
        """Let the next fetch return these records again."""
        for tp, fetched in records.items():
            self._open.seek(tp, fetched[0].offset)

    def _state(self, tp: TP) -> Any:
        subscription = self._consumer._subscription.subscription if self._consumer is not None else None  # noqa: SLF001
        if subscription is None or subscription.assignment is None:
            return None
        return subscription.assignment.state_value(TopicPartition(*tp))

    def position(self, tp: TP) -> int | None:
        """Tell the offset that the next fetch begins with; None while it is not known."""
        state = self._state(tp)
        return state.position if state is not None and state.has_valid_position else None

    def highwater(self, tp: TP) -> int | None:
        """Tell the offset that the partition's next record will get, as of the latest fetch."""
        state = self._state(tp)
        return None if state is None else state.highwater

    def stable(self, tp: TP) -> int | None:
        """Tell the end of what no open transaction holds back, as of the latest fetch."""
        state = self._state(tp)
        return None if state is None else state.lso

    def partition_count(self, topic: str) -> int | None:
        """Tell how many partitions a topic has; None if it is not known."""
        found = self._consumer.partitions_for_topic(topic) if self._consumer is not None else None
        return len(found) if found else None

    async def ends(self, partitions: Iterable[TP]) -> dict[TP, int]:
        """Ask the brokers where these partitions end, with what an open transaction still holds back."""
        if self._end_reader is None:
            raise RuntimeError("the consumer is not started, or stopped already")
        found = await self._end_reader.end_offsets([TopicPartition(*tp) for tp in partitions])
        return {TP(*tp): offset for tp, offset in found.items()}

    async def commit(self, offsets: Mapping[TP, int], metadata: Mapping[TP, str]) -> bool:
        """Store offsets and metadata for the group; False if the group is changing or out of reach: try it again."""
        named = {TopicPartition(*tp): OffsetAndMetadata(offset, metadata[tp]) for tp, offset in offsets.items()}
        try:
            async with asyncio.timeout(self._settings.commit_timeout_seconds):
                await self._open.commit(named)
        except (CommitFailedError, IllegalStateError) as exc:
            log.info("offsets not committed, the group is changing: %s", exc)
            self.heartbeats.notice_lost_place(self.generation)
            return False
        except TimeoutError:
            log.warning("offsets not committed in %.1f s", self._settings.commit_timeout_seconds)
            return False
        return True

    async def committed(self, partitions: Iterable[TP]) -> dict[TP, tuple[int, str]]:
        """Ask the group for offsets and the metadata stored with them; partitions without a commit are left out."""
        named = [TopicPartition(*tp) for tp in partitions]
        found = await self._open._coordinator.fetch_committed_offsets(named)  # noqa: SLF001 - with metadata
        return {TP(*tp): (stored.offset, stored.metadata) for tp, stored in found.items()}
