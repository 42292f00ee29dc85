"""The agent of contacts and facts: batch in, ledgers and topics up to date, batch done."""

import time
from collections import Counter

from stream.shell.codec.refusal import conflict, too_many_facts, unknown_institution
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.topics.outputs import Homeless, nobody
from stream.shell.transport.batch import Batch
from stream.shell.worker.dead_letter_limit import Overrun
from stream.shell.worker.dead_letters import DeadLetters, Refused, reached
from stream.shell.worker.intake import Intake, recorded_at
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.progress import Progress

_REFUSALS = {"conflict": conflict, "too-many": too_many_facts}


class Contacts:
    """Judges batches of contacts and facts. What is refused is on the dead-letter topic before the batch is done."""

    def __init__(
        self,
        intake: Intake,
        delivery: Delivery,
        letters: DeadLetters,
        progress: Progress,
        metrics: Metrics,
        homeless: Homeless = nobody,
    ) -> None:
        self._intake = intake
        self._delivery = delivery
        self._letters = letters
        self._progress = progress
        self._metrics = metrics
        self._homeless = homeless
        self._generation = -1

    async def judge(self, batch: Batch) -> list[Overrun]:
        """Returns when everything that follows from the batch is confirmed; raises what `Delivery.deliver` does.

        Says where there are too many dead letters: what stands there or behind it is not done.
        """
        if batch.generation != self._generation:
            self._generation = batch.generation
            self._delivery.partitions_moved()
        refused = Refused()
        tasks = self._intake.tasks(batch.records, refused.add)
        await self._turn_away(tasks, refused)
        await self._delivery.deliver(list(tasks.values()))
        for task in tasks.values():
            for entry in task.items:
                if entry.outcome in _REFUSALS:
                    refused.add(entry.origin, _REFUSALS[entry.outcome]())
        overruns = await self._letters.publish(batch.records, refused)
        self._intake.know({key.partition("|")[0] for key in tasks})
        self._note(batch, tasks, overruns)
        return overruns

    async def _turn_away(self, tasks: dict[str, Task], refused: Refused) -> None:
        """What cannot be told to anybody is not judged; the other institutions do not wait for that."""
        homeless = await self._homeless({key.partition("|")[0] for key in tasks})
        for key in [key for key in tasks if homeless and key.partition("|")[0] in homeless]:
            for entry in tasks.pop(key).items:
                refused.add(entry.origin, unknown_institution())

    def _note(self, batch: Batch, tasks: dict[str, Task], overruns: list[Overrun]) -> None:
        for record in reached(batch.records, {overrun.partition: overrun.offset for overrun in overruns}):
            self._progress.read((record.topic, record.partition), recorded_at(record))
        outcomes = Counter(
            (self._intake.short(entry.origin.topic), entry.outcome) for task in tasks.values() for entry in task.items
        )
        for (topic, outcome), count in outcomes.items():
            self._metrics.count("duewatch_events_total", topic, outcome, by=count)
        self._metrics.observe("duewatch_batch_records", len(batch.records))
        self._metrics.observe("duewatch_batch_seconds", time.monotonic() - batch.fetched_at)
