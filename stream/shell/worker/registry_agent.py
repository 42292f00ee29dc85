"""The agent of the registry topic: dead letters once, quiet hours of new institutions, and the sweep."""

from stream.core.ledger import EVERYBODY
from stream.shell.codec.refusal import Refusal, conflict
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.publisher import Publisher
from stream.shell.delivery.records import OutRecord
from stream.shell.delivery.task import Task
from stream.shell.transport.batch import Batch
from stream.shell.worker.intake import Intake, KafkaRecord
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.registry_reader import RegistryReader
from stream.shell.worker.sweep import Sweep


class RegistryAgent:
    """Sees to the registry partitions of this worker; the entries themselves are in every worker's reader."""

    def __init__(
        self,
        reader: RegistryReader,
        intake: Intake,
        delivery: Delivery,
        sweep: Sweep,
        publisher: Publisher,
        metrics: Metrics,
    ) -> None:
        self._reader = reader
        self._intake = intake
        self._delivery = delivery
        self._sweep = sweep
        self._publisher = publisher
        self._metrics = metrics

    async def judge(self, batch: Batch) -> None:
        """Returns when the debtors of every institution in the batch have been judged with its entries."""
        await self._reader.catch_up()
        letters: list[OutRecord] = []
        sources: dict[str, set[str]] = {}
        for record in batch.records:
            try:
                institution = self._institution(record)
            except Refusal as refusal:
                self._metrics.count("duewatch_dead_letters_total", refusal.word)
                letters.append(self._intake.dead_letter(record, refusal))
                continue
            sources.setdefault(institution, set()).add(self._intake.source(record))
            self._metrics.count("duewatch_events_total", "registry", "new")
        await self._publisher.publish(letters)
        await self._judge_again(sources)

    def _institution(self, record: KafkaRecord) -> str:
        entry = self._reader.decoded(record.value, record.key)
        if (record.partition, record.offset) in self._reader.conflicts:
            raise conflict()
        return entry.institution

    async def _judge_again(self, sources: dict[str, set[str]]) -> None:
        if not sources:
            return
        new = [Task(f"{name}|{EVERYBODY}", set(found)) for name, found in sources.items()]
        await self._delivery.deliver(new)
        self._intake.institutions |= set(sources)
        every = {source for found in sources.values() for source in found}
        await self._sweep.after_registry(sorted(sources), every, self._reader.mark())
