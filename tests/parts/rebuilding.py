"""What a rebuild makes of the topics of a real Kafka."""

from stream.core.registry import Registry
from stream.shell.clock import WallClock
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.plan import Planner
from stream.shell.delivery.task import Task
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.packed import unpack
from stream.shell.ledgers.remembered import DUE, Remembered
from stream.shell.rebuild.refill import Installation
from stream.shell.settings.settings import read
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import Store
from stream.shell.worker.first_contacts import FirstContacts
from stream.shell.worker.intake import Intake
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.output_checks import outputs_of
from stream.shell.worker.rebuild import Rebuild
from stream.shell.worker.sweep import Sweep
from tests.parts.ground import NO_BOUNDS, Known
from tests.parts.inputs import DECODER
from tests.parts.kafka import KafkaServer
from tests.parts.topics import MemoryTopics
from tests.replay.engine import RULEBOOK


async def rebuilt(
    kafka: KafkaServer, prefix: str, store: Store | None = None, bounds: Bounds = NO_BOUNDS, *, judged: bool = False
) -> dict[str, Remembered]:
    """Give the ledgers that a worker on an empty store begins with, or, `judged`, those that it has soon after."""
    store = store or MemoryStore(Memory())
    await store.open()
    assert await rebuild(kafka, prefix, store, bounds).ensure()
    keys = ["bank-a|D1", "bank-a|D2"]
    if judged:
        worker = delivery(store, bounds)
        await known(kafka, prefix, store, worker, bounds)
        await worker.deliver([Task(key, {DUE}) for key in keys])
    return {key: unpack(value) for key, value in zip(keys, await store.load(keys), strict=True) if value}


def rebuild(kafka: KafkaServer, prefix: str, store: Store, bounds: Bounds) -> Rebuild:
    """What makes a store whole."""
    intake = Intake(DECODER, prefix)
    outputs = outputs_of(read({"DUEWATCH_KAFKA": kafka.address, "DUEWATCH_PREFIX": prefix}))
    installation = Installation(kafka.access, prefix, prefix, outputs, intake, RULEBOOK, bounds, WallClock())
    return Rebuild(store, Known(), installation, Metrics(), owner="w1")


async def known(kafka: KafkaServer, prefix: str, store: Store, worker: Delivery, bounds: Bounds = NO_BOUNDS) -> None:
    """Read the contacts that a rebuild has left, and judge everybody again."""
    sweep = Sweep(store, worker, Metrics(), debtors_per_second=1_000_000)
    await FirstContacts(rebuild(kafka, prefix, store, bounds), NoEntries(), sweep, Metrics()).look()


def delivery(store: Store, bounds: Bounds, topics: MemoryTopics | None = None) -> Delivery:
    """Judges on this store as a worker does."""
    planner = Planner(RULEBOOK, Registry(), bounds, firsts_known=lambda: store.rebuilt.firsts != "unknown")

    return Delivery(store, topics or MemoryTopics(), planner, NoEntries(), WallClock(), recover=store.whole)


class NoEntries(Known):
    """A registry that was read and has nothing in it."""

    def mark(self) -> bytes:
        return b"{}"
