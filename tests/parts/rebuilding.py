"""What a rebuild makes of the topics of a real Kafka."""

from stream.shell.clock import WallClock
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.remembered import Remembered, decode
from stream.shell.rebuild.refill import Installation
from stream.shell.settings.settings import read
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import Store
from stream.shell.worker.intake import Intake
from stream.shell.worker.output_checks import outputs_of
from stream.shell.worker.rebuild import Rebuild
from tests.parts.ground import NO_BOUNDS, Known
from tests.parts.inputs import DECODER
from tests.parts.kafka import KafkaServer
from tests.replay.engine import RULEBOOK


async def rebuilt(
    kafka: KafkaServer, prefix: str, store: Store | None = None, bounds: Bounds = NO_BOUNDS
) -> dict[str, Remembered]:
    """Give the ledgers that a worker on an empty store begins with."""
    store = store or MemoryStore(Memory())
    await store.open()
    intake = Intake(DECODER, prefix)
    outputs = outputs_of(read({"DUEWATCH_KAFKA": kafka.address, "DUEWATCH_PREFIX": prefix}))
    installation = Installation(kafka.access, prefix, prefix, outputs, intake, RULEBOOK, bounds, WallClock())
    rebuild = Rebuild(store, Known(), installation, owner="w1")
    assert await rebuild.ensure()
    keys = ["bank-a|D1", "bank-a|D2"]
    return {key: decode(value) for key, value in zip(keys, await store.load(keys), strict=True) if value}
