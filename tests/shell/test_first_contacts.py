"""Reading who was contacted first gives way to a rebuild."""

import asyncio
from typing import Any, cast

from stream.shell.delivery.delivery import ForgottenError
from stream.shell.rebuild.refill import Refill
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import Rebuilt
from stream.shell.worker.first_contacts import FirstContacts
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.rebuild import Rebuild
from tests.parts.ground import Known

SECONDS = 15


class LongRebuild(Rebuild):
    """A rebuild that lasts until it is told to end."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, Known(), cast("Any", None), Metrics(), owner="w1")
        self.begun, self.end = asyncio.Event(), asyncio.Event()

    async def _rebuild(self, refill: Refill) -> None:  # noqa: ARG002 - nothing is filled
        self.begun.set()
        await self.end.wait()
        await self.store.drop_wanted(await self.store.wanted_rebuilds())


class CutShort(FirstContacts):
    """A reading that ends when a rebuild has begun, as it does at its next save."""

    def __init__(self, rebuild: LongRebuild) -> None:
        super().__init__(rebuild, Known(), cast("Any", None), Metrics())
        self.begun, self._begun_rebuild = asyncio.Event(), rebuild.begun

    async def _find_out(self) -> None:
        self.begun.set()
        await self._begun_rebuild.wait()
        raise ForgottenError("another rebuild has begun")


async def test_a_rebuild_that_begins_meanwhile_keeps_its_lock() -> None:
    """`duewatch rebuild` while a worker reads first contacts: the reading ends, and no other worker begins a second
    rebuild beside that worker's.
    """
    memory = Memory()
    store, other = MemoryStore(memory), MemoryStore(memory)
    await store.begin_rebuild(1)
    await store.end_rebuild(Rebuilt(1, 0, "unknown"), b"")
    rebuild = LongRebuild(store)
    reading = CutShort(rebuild)
    looking = asyncio.create_task(reading.look())
    await reading.begun.wait()
    await store.want_rebuild(None)
    rebuilding = asyncio.create_task(rebuild.ensure())
    await asyncio.wait({looking})
    assert isinstance(looking.exception(), ForgottenError)
    assert not await other.lock_rebuild("w2", SECONDS)
    rebuild.end.set()
    await rebuilding
    assert await other.lock_rebuild("w2", SECONDS)
