"""Reads contacts older than a rebuild has, for who was contacted first, while live work goes on."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from msgspec import structs

from stream.core.contact import Contact
from stream.shell.delivery.delivery import ForgottenError, RegistryPosition
from stream.shell.rebuild.filling import items_of
from stream.shell.rebuild.found import Found
from stream.shell.rebuild.log import Log, Stretch, opened_log
from stream.shell.store.store import Rebuilt, StoreUnreachable
from stream.shell.worker.intake import AHEAD_MICROSECONDS_MAX, TYPES
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.rebuild import Rebuild
from stream.shell.worker.sweep import Sweep

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_LOCK_SECONDS = 15.0
_RECORDS_MAX = 200
"""Read at a time: live work waits no longer than these take."""
_DONE = "firsts@"
"""Under such names stand the partitions that are done, with the rebuild's token: after a crash they are passed over."""


class FirstContacts:
    """One worker does it, under the lock of the rebuild: until it ends nobody finds or takes back who was first.

    Every ledger gets what is to be known in it; then all are judged again. A rebuild that begins meanwhile ends it.
    """

    def __init__(self, rebuild: Rebuild, registry: RegistryPosition, sweep: Sweep, metrics: Metrics) -> None:
        self._rebuild = rebuild
        self._store = rebuild.store
        self._of = rebuild.installation
        self._owner = rebuild.owner
        self._registry = registry
        self._sweep = sweep
        self._metrics = metrics

    async def run(self) -> None:
        """Runs until it is cancelled, and does something whenever a rebuild has left older contacts unread."""
        while True:
            try:
                await self.look()
            except (ForgottenError, StoreUnreachable, KafkaError) as error:
                _LOG.warning("who was contacted first is still unknown, it is looked for again: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Does what there is to do, if no other worker does it."""
        if self._store.rebuilt.firsts == "known":
            return
        if not await self._store.whole() or not await self._store.lock_rebuild(self._owner, _LOCK_SECONDS):
            return
        keeping = asyncio.create_task(self._keep_lock(), name="first contacts' lock")
        try:
            await self._find_out()
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError, StoreUnreachable):
                await keeping
            if self._rebuild.progress is None:
                # A rebuild that has begun in this worker meanwhile goes on under the same lock.
                await self._store.unlock_rebuild(self._owner)

    async def _keep_lock(self) -> None:
        while True:
            await asyncio.sleep(_LOCK_SECONDS / 3)
            await self._store.lock_rebuild(self._owner, _LOCK_SECONDS)

    async def _find_out(self) -> None:
        rebuilt = self._store.rebuilt
        if rebuilt.firsts == "unknown":
            started = time.monotonic()
            count = await self._read(rebuilt)
            _LOG.info("who was contacted first is known from %d contacts, in %.0f s", count, time.monotonic() - started)
            # The next token, not the clock's: a rebuild that has begun meanwhile has a higher one.
            rebuilt = structs.replace(rebuilt, token=rebuilt.token + 1, firsts="new")
            await self._store.put_rebuilt(rebuilt)
        if rebuilt.firsts == "new":
            await self._sweep.after_rebuild()
            await self._store.put_rebuilt(structs.replace(rebuilt, token=rebuilt.token + 1, firsts="known"))

    async def _read(self, rebuilt: Rebuilt) -> int:
        assert rebuilt.since is not None  # noqa: S101 - otherwise nothing is older
        topics = [f"{self._of.prefix}-{short}" for short in TYPES if short != "facts"]
        count = 0
        async with opened_log(self._of.kafka, topics) as log:
            whole = await log.bounds(log.partitions)
            recent = await log.since(whole, rebuilt.since - AHEAD_MICROSECONDS_MAX)
            numbers = sorted({tp.partition for tp in whole})
            for done, number in enumerate(numbers):
                self._metrics.put("duewatch_sweep_progress_ratio", done / len(numbers), "firsts")
                older = {tp: Stretch(whole[tp].begin, recent[tp].begin) for tp in whole if tp.partition == number}
                count += await self._read_partition(log, number, older, rebuilt)
        return count

    async def _read_partition(
        self, log: Log, number: int, older: Mapping[TopicPartition, Stretch], rebuilt: Rebuilt
    ) -> int:
        name, token = f"{_DONE}{number}", str(rebuilt.token)
        if (await self._store.progress_all()).get(name) == token:
            return 0
        count, found = 0, Found(self._store, self._registry, rebuilt, self._of.rulebook, self._of.bounds)
        async for _, records in log.read(older, _RECORDS_MAX):
            began = time.monotonic()
            await self._take(found, records, rebuilt.since or 0)
            count += len(records)
            # Live work has half of the time at least.
            await asyncio.sleep(time.monotonic() - began)
        await found.save()
        await self._store.progress_put({name: token})
        return count

    async def _take(self, found: Found, records: Sequence[Any], since: int) -> None:
        items = await items_of(records, self._of.intake, self._of.outputs)
        await found.load(key for key, _, _ in items)
        for key, item, recorded in items:
            if isinstance(item, Contact):
                found.earlier[key].put(item, recorded, since)
                found.earlier[key].settle(item.type, recorded)
