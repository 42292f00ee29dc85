import time
from collections.abc import Iterable
from itertools import chain

from faust.types import TP, Message
from faust.types.transports import ConsumerCallback

from stream.shell.transport.batch import Batch
from stream.shell.transport.filling import Records
from stream.shell.transport.lane import Lane
from stream.shell.transport.member import Member


class Pump:
    """Fetches for one lane within one tenure: wait until the agent asks, fetch, hand over, again."""

    def __init__(
        self, lane: Lane, partitions: Iterable[TP], generation: int, member: Member, deliver: ConsumerCallback
    ) -> None:
        self._lane = lane
        self._partitions = frozenset(partitions)
        self._generation = generation
        self._member = member
        self._deliver = deliver

    async def run(self) -> None:
        """Go on until cancelled. A cancelled fetch loses nothing: positions move only as records are returned."""
        while True:
            await self._lane.wanted()
            await self._member.heartbeats.counted()
            records = await self._member.fetch(self._partitions)
            fetched_at = time.monotonic()
            if not records:
                continue
            if not self._member.heartbeats.counts():
                # This process stood still, or the coordinator is out of reach: another member may have these by now.
                self._member.seek_back(records)
                continue
            await self._hand_over(self._batch(records, fetched_at))

    def _batch(self, records: Records, fetched_at: float) -> Batch:
        next_offsets: dict[TP, int] = {}
        for tp, fetched in records.items():
            # The position is past the last record by more than 1 where transaction markers follow it.
            next_offsets[TP(*tp)] = self._member.position(TP(*tp)) or fetched[-1].offset + 1
        return Batch(tuple(chain.from_iterable(records.values())), next_offsets, fetched_at, self._generation)

    async def _hand_over(self, batch: Batch) -> None:
        self._lane.hand_over(batch)
        first = batch.records[0]
        tp = TP(first.topic, first.partition)
        message = Message(
            *tp,
            offset=first.offset,
            timestamp=first.timestamp / 1000,
            timestamp_type=first.timestamp_type,
            headers=None,
            key=None,
            value=batch,  # type: ignore[arg-type]  # BatchSchema passes it on as it is
            checksum=None,
            tp=tp,
            generation_id=batch.generation,
        )
        await self._deliver(message)
