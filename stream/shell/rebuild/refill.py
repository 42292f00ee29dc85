"""One filling of an emptied store, from the first record that matters to where the topics end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from stream.core.rulebook import Rulebook
from stream.core.zone import DAY
from stream.shell.clock import Clock
from stream.shell.delivery.records import FINDINGS
from stream.shell.ledgers.bounds import BLOCKED_DAYS_MAX, Bounds
from stream.shell.ledgers.ingest import looks_at_firsts
from stream.shell.rebuild.drafts import Drafts
from stream.shell.rebuild.filling import Filling
from stream.shell.rebuild.log import Log, Stretch, opened_log
from stream.shell.rebuild.span import reports
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.store.store import Store
from stream.shell.topics.outputs import NEEDED, Outputs
from stream.shell.worker.intake import AHEAD_MICROSECONDS_MAX, TYPES, Intake
from stream.shell.worker.progress import Progress

_PUBLISHED_BEFORE_MICROSECONDS = DAY
"""A finding is published after its contact; by so much at most a worker's clock may be behind a dialer's."""

Stretches = Mapping[TopicPartition, Stretch]


@dataclass(frozen=True, slots=True)
class Installation:
    """What is filled from where, and as what the records are read."""

    kafka: KafkaAccess
    prefix: str
    group: str
    outputs: Outputs
    intake: Intake
    rulebook: Rulebook
    bounds: Bounds
    clock: Clock


class Refill:
    """Fills ledgers partition by partition: in all topics partition n concerns the same debtors (they need not).

    Contacts are read as far back as they were kept, by the group's own progress (`since`; None = all are); facts and
    blocks from the start; findings from when the oldest of those contacts was made. `left_older`: there are older
    contacts, which say who was contacted first. `progress` is from 0 to 1.
    """

    def __init__(self, of: Installation, store: Store) -> None:
        self._of = of
        self._store = store
        self._progress = Progress()
        self._done = self._total = 0
        self.since: int | None = None
        self.left_older = False

    @property
    def progress(self) -> float:
        """How much has been read of what is to be read."""
        return min(1.0, self._done / self._total) if self._total else 0.0

    async def run(self, wanted: int | None) -> int:
        """Returns how many records there were. `wanted`: an instant before which no contacts are to be read.

        Raises ForgottenError where the store has lost it again.
        """
        outputs = await self._of.outputs.topics(NEEDED)
        async with opened_log(self._of.kafka, [*map(self._topic, TYPES), *outputs]) as log:
            whole = await log.bounds(log.partitions)
            told = {tp: stretch for tp, stretch in whole.items() if tp.topic in outputs}
            if not any(stretch.end for stretch in told.values()):
                # Where nothing was ever said nothing was ever judged: what stands on the inputs comes as live events.
                return 0
            self.since = await self._found_since(log, {tp: whole[tp] for tp in whole if tp not in told}, wanted)
            await self._fill(log, whole, told)
        return self._done

    async def _fill(self, log: Log, whole: Stretches, told: Stretches) -> None:
        since = self.since
        contacts = self._named(whole, (short for short in TYPES if short != "facts"))
        recent, findings = contacts, {tp: told[tp] for tp in told if tp.topic.startswith(self._topic(FINDINGS))}
        if since is not None:
            recent = await log.since(contacts, since - AHEAD_MICROSECONDS_MAX)
            findings = await log.since(findings, since - _PUBLISHED_BEFORE_MICROSECONDS)
            older = any(recent[tp].begin > contacts[tp].begin for tp in contacts)
            self.left_older = older and looks_at_firsts(self._of.rulebook)
        inputs = {**recent, **self._named(whole, ["facts"])}
        outputs = {**told, **findings}
        self._total = sum(stretch.end - stretch.begin for some in (inputs, outputs) for stretch in some.values())
        drafts = Drafts(self._store, self._of.rulebook, self._of.bounds, since)
        filling = Filling(drafts, self._of.intake, self._of.outputs, self._of.prefix, since)
        for number in sorted({tp.partition for tp in whole}):
            await self._read(log, inputs, number, filling.ingest)
            await self._read(log, outputs, number, filling.recall)
            await drafts.save()

    async def _read(
        self, log: Log, stretches: Stretches, number: int, take: Callable[[str, Sequence[Any]], Awaitable[None]]
    ) -> None:
        here = {tp: stretch for tp, stretch in stretches.items() if tp.partition == number}
        reading: AsyncIterator[tuple[str, list[Any]]] = log.read(here)
        async for topic, records in reading:
            await take(topic, records)
            self._done += len(records)

    async def _found_since(self, log: Log, inputs: Stretches, wanted: int | None) -> int | None:
        """The instant from which contacts are kept; None = it is not known how far the inputs were judged."""
        found = await reports(self._of.kafka, self._of.group, log, inputs)
        await self._store.progress_put(found)
        self._progress.learn(found, self._of.clock.now())
        watermark = self._progress.watermark
        if watermark is None:
            return wanted
        if wanted is not None:
            return min(wanted, watermark - BLOCKED_DAYS_MAX * DAY)
        return watermark - self._of.bounds.kept_microseconds

    def _named(self, stretches: Stretches, shorts: Any) -> dict[TopicPartition, Stretch]:
        topics = {self._topic(short) for short in shorts}
        return {tp: stretch for tp, stretch in stretches.items() if tp.topic in topics}

    def _topic(self, short: str) -> str:
        return f"{self._of.prefix}-{short}"
