"""The agent of the registry topic: dead letters once, quiet hours of new institutions, and the sweep."""

from stream.core.ledger import EVERYBODY
from stream.shell.codec.refusal import Refusal, unknown_institution
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.task import Task
from stream.shell.topics.outputs import Homeless, nobody
from stream.shell.transport.batch import Batch
from stream.shell.worker.dead_letter_limit import Overrun
from stream.shell.worker.dead_letters import DeadLetters, Refused
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
        letters: DeadLetters,
        metrics: Metrics,
        homeless: Homeless = nobody,
    ) -> None:
        self._reader = reader
        self._intake = intake
        self._delivery = delivery
        self._sweep = sweep
        self._letters = letters
        self._metrics = metrics
        self._homeless = homeless

    async def judge(self, batch: Batch) -> list[Overrun]:
        """Returns when the debtors of every institution in the batch have been judged with its entries.

        Says where there are too many dead letters: what stands there or behind it is not done.
        """
        self._reader.check_partitions({record.partition for record in batch.records})
        await self._reader.catch_up()
        refused = Refused()
        named: dict[str, list[KafkaRecord]] = {}
        for record in batch.records:
            try:
                named.setdefault(self._institution(record), []).append(record)
            except Refusal as refusal:
                refused.add(record, refusal)
        for institution in await self._homeless(named):
            # The entry is known all the same; sent again it makes the quiet hours be told.
            for record in named.pop(institution):
                refused.add(record, unknown_institution())
        for records in named.values():
            self._metrics.count("duewatch_events_total", "registry", "new", by=len(records))
        overruns = await self._letters.publish(batch.records, refused)
        await self._judge_again({name: {*map(self._intake.source, records)} for name, records in named.items()})
        return overruns

    def _institution(self, record: KafkaRecord) -> str:
        entry = self._reader.decoded(record.value, record.key)
        self._reader.check(entry)
        return entry.institution

    async def _judge_again(self, sources: dict[str, set[str]]) -> None:
        if not sources:
            return
        new = [Task(f"{name}|{EVERYBODY}", set(found)) for name, found in sources.items()]
        await self._delivery.deliver(new)
        self._intake.know(sources)
        every = {source for found in sources.values() for source in found}
        await self._sweep.after_registry(sorted(sources), every, self._reader.mark())
