"""The agent of contacts and facts: batch in, ledgers and topics up to date, batch done."""

import time
from collections import Counter

from stream.shell.codec.refusal import Refusal, conflict
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.publisher import Publisher
from stream.shell.delivery.records import OutRecord
from stream.shell.delivery.task import Task
from stream.shell.transport.batch import Batch
from stream.shell.worker.intake import Intake, KafkaRecord, recorded_at
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.progress import Progress


class Contacts:
    """Judges batches of contacts and facts. What is refused is on the dead-letter topic before the batch is done."""

    def __init__(
        self, intake: Intake, delivery: Delivery, publisher: Publisher, progress: Progress, metrics: Metrics
    ) -> None:
        self._intake = intake
        self._delivery = delivery
        self._publisher = publisher
        self._progress = progress
        self._metrics = metrics

    async def judge(self, batch: Batch) -> None:
        """Returns when everything that follows from the batch is confirmed; raises what `Delivery.deliver` does."""
        letters: list[OutRecord] = []

        def refuse(record: KafkaRecord, refusal: Refusal) -> None:
            self._metrics.count("duewatch_dead_letters_total", refusal.word)
            letters.append(self._intake.dead_letter(record, refusal))

        tasks = self._intake.tasks(batch.records, refuse)
        await self._delivery.deliver(list(tasks.values()))
        for task in tasks.values():
            for entry in task.items:
                if entry.outcome == "conflict":
                    refuse(entry.origin, conflict())
        await self._publisher.publish(letters)
        self._intake.institutions |= {key.partition("|")[0] for key in tasks}
        self._note(batch, tasks, len(letters))

    def _note(self, batch: Batch, tasks: dict[str, Task], refused: int) -> None:
        for record in batch.records:
            self._progress.read((record.topic, record.partition), recorded_at(record))
        outcomes = Counter(
            (self._intake.short(entry.origin.topic), entry.outcome) for task in tasks.values() for entry in task.items
        )
        for (topic, outcome), count in outcomes.items():
            self._metrics.count("duewatch_events_total", topic, outcome, by=count)
        if refused:
            self._metrics.count("duewatch_records_published_total", "dead-letters", by=refused)
        self._metrics.observe("duewatch_batch_records", len(batch.records))
        self._metrics.observe("duewatch_batch_seconds", time.monotonic() - batch.fetched_at)
