"""Publishes what was refused in a batch, as far as the limit of dead letters lets the batch go."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.publisher import Publisher
from stream.shell.delivery.records import DEAD_LETTERS
from stream.shell.worker.dead_letter_limit import DeadLetterLimit, Overrun, Partition, Read
from stream.shell.worker.intake import Intake, KafkaRecord
from stream.shell.worker.metrics import Metrics

Place = tuple[str, int, int]
"""Topic, partition and offset."""


class Refused:
    """The refused records of one batch."""

    def __init__(self) -> None:
        self.refusals: dict[Place, Refusal] = {}

    def add(self, record: KafkaRecord, refusal: Refusal) -> None:
        """Notes why a record is refused."""
        self.refusals[record.topic, record.partition, record.offset] = refusal


class DeadLetters:
    """The way from refused records to the dead-letter topic."""

    def __init__(self, intake: Intake, publisher: Publisher, limit: DeadLetterLimit, metrics: Metrics) -> None:
        self._intake = intake
        self._publisher = publisher
        self._limit = limit
        self._metrics = metrics

    async def publish(self, records: Sequence[KafkaRecord], refused: Refused) -> list[Overrun]:
        """Returns when all dead letters that are allowed are acknowledged; says where reading has to stop, if it has.

        `records` are all of the batch, read well or not. Raises PublishError.
        """
        overruns = self._limit.weigh(_reads(records, refused.refusals))
        stops = {overrun.partition: overrun.offset for overrun in overruns}
        letters = []
        for record in reached(records, stops) if refused.refusals else ():
            refusal = refused.refusals.get((record.topic, record.partition, record.offset))
            if refusal is not None:
                self._metrics.count("duewatch_dead_letters_total", refusal.word)
                letters.append(self._intake.dead_letter(record, refusal))
        await self._publisher.publish(letters)
        if letters:
            self._metrics.count("duewatch_records_published_total", DEAD_LETTERS, by=len(letters))
        return overruns


def reached(records: Iterable[KafkaRecord], stops: Mapping[Partition, int]) -> Iterable[KafkaRecord]:
    """The records before the stops of their partitions."""
    if not stops:
        return records
    return [each for each in records if each.offset < stops.get((each.topic, each.partition), each.offset + 1)]


def _reads(records: Sequence[KafkaRecord], refusals: Mapping[Place, Refusal]) -> Iterator[Read]:
    """What became of the records of a batch: those read well in one piece as far as they follow each other."""
    for partition, group in groupby(records, attrgetter("topic", "partition")):
        offsets = [record.offset for record in group]
        if not refusals:
            yield from _read_well(partition, offsets)
            continue
        well: list[int] = []
        for offset in offsets:
            refusal = refusals.get((*partition, offset))
            if refusal is None:
                well.append(offset)
                continue
            yield from _read_well(partition, well)
            yield Read(partition, offset, offset, 1, refusal.word, refusal.message)
            well = []
        yield from _read_well(partition, well)


def _read_well(partition: Partition, offsets: list[int]) -> Iterator[Read]:
    if offsets:
        yield Read(partition, offsets[0], offsets[-1], len(offsets))
