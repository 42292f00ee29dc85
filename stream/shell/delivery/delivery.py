"""Remember, publish, confirm: the protocol of one debtor (architecture), for a batch of them at a time."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from stream.shell.clock import Clock
from stream.shell.delivery.fault_point import FaultPoint
from stream.shell.delivery.lease import Lease
from stream.shell.delivery.plan import Plan, Planner, grown
from stream.shell.delivery.portions import portions
from stream.shell.delivery.publisher import Publisher
from stream.shell.delivery.resident import Resident, Residents
from stream.shell.delivery.task import Task
from stream.shell.ledgers.packed import body_of, is_settled_above, pack
from stream.shell.ledgers.remembered import DUE
from stream.shell.store.store import DueMove, Outcome, Store, StoreUnreachable, Write

_JUDGING_SECONDS_MAX = 0.02
_SAVED_BYTES_MAX = 64 * 1024 * 1024
"""Redis closes a connection on which a call of 1 GB comes in (client-query-buffer-limit)."""
_BEHIND_SECONDS = 0.05


class ForgottenError(Exception):
    """Redis holds less than this worker has seen there: it was emptied, replaced or restored."""


class RegistryPosition(Protocol):
    """How far the registry topic has been read."""

    def mark(self) -> bytes:
        """Partition → next offset, as JSON; the store compares it with the mark of sweeps."""

    async def catch_up(self) -> None:
        """Returns when everything that stood on the topic at the call has been read."""


class Delivery:
    """Brings debtors' ledgers up to date and tells the world what changed, each key acknowledged and confirmed."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        planner: Planner,
        registry: RegistryPosition,
        clock: Clock,
        *,
        recover: Callable[[], Awaitable[object]],
        kept_from: Callable[[], int | None] = lambda: None,
        lease: Lease | None = None,
        retries_max: int = 5,
        fault_point: FaultPoint | None = None,
        residents: Residents | None = None,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._planner = planner
        self._registry = registry
        self._clock = clock
        self._recover = recover
        self._kept_from = kept_from
        self._lease = lease or Lease()
        self._retries_max = retries_max
        self._residents = residents or Residents()
        self._reached = (fault_point or FaultPoint(None)).reached

    async def deliver(self, tasks: Sequence[Task]) -> None:
        """Returns when every task is remembered, published and confirmed; only then may its offsets be committed.

        `recover` is awaited when Redis has forgotten; it returns when all is rebuilt, and the work begins anew.
        Raises LeaseError, PublishError, and StoreError when the store did not answer `retries_max`
        times in a row; then nothing may be committed.
        """
        failures = 0
        while pending := [task for task in tasks if not task.finished]:
            try:
                await self._round(pending)
                failures = 0
            except ForgottenError:
                self._residents.clear()
                await self._recover()
            except StoreUnreachable:
                failures += 1
                if failures > self._retries_max:
                    raise
                # What became of a save is unknown; the next round loads the ledgers again and sees.
                await asyncio.sleep(0.05 * 2**failures)

    async def _round(self, tasks: list[Task]) -> None:
        at_hand = self._at_hand(tasks)
        missing = [task.key for task in tasks if task.key not in at_hand]
        values = dict(zip(missing, await self._store.load(missing), strict=True))
        self._reached("after-read")
        tasks = [task for task in tasks if not _is_needless(task, values)]
        ledgers = {task.key: at_hand.get(task.key) or self._read(task.key, values[task.key]) for task in tasks}
        # Taken before planning: what the registry learns meanwhile is more than the mark says, never less.
        mark = self._registry.mark()
        plans = await self._planned(tasks, ledgers)
        remembered = await self._remember([plan for plan in plans if not _is_doubtful(plan, at_hand)], mark)
        self._reached("after-save")
        saying = [plan for plan in remembered if plan.keys]
        if saying:
            await self._lease.held()
            self._reached("before-publish")
            await self._publisher.publish(record for plan in saying for record in self._planner.said(plan))
            self._reached("after-publish")
            await self._confirm(saying, mark)
            self._reached("after-confirm")
        await self._finish([plan for plan in remembered if not plan.keys])

    def _at_hand(self, tasks: list[Task]) -> dict[str, Resident]:
        """Ledgers that need not be read, by key: each is guarded when it is saved.

        A moment that is due, or a sweep, says that a ledger may be another one than it was, without an event: it is
        read.
        """
        taken = {task.key: self._residents.take(task.key) for task in tasks if task.items}
        return {key: resident for key, resident in taken.items() if resident is not None}

    def _read(self, key: str, value: bytes | None) -> Resident:
        self._residents.take(key)
        return Resident(key, value)

    def partitions_moved(self) -> None:
        """Others may have written since what is at hand."""
        self._residents.clear()

    async def _planned(self, tasks: list[Task], ledgers: dict[str, Resident]) -> list[Plan]:
        now, kept_from = self._clock.now(), self._kept_from()
        plans = []
        yielded_at = time.monotonic()
        for task in tasks:
            if time.monotonic() - yielded_at > _JUDGING_SECONDS_MAX:
                # Judging a large batch must not keep heartbeats waiting.
                await asyncio.sleep(0)
                yielded_at = time.monotonic()
            plans.append(self._planner.plan(task, ledgers[task.key], now, kept_from))
        return plans

    async def _remember(self, plans: list[Plan], mark: bytes) -> list[Plan]:
        """Saves what has to be saved; returns the plans that stand, the others are for the next round."""
        writing = [plan for plan in plans if plan.write]
        for plan in writing:
            plan.body = body_of(plan.remembered)
            plan.resident.bytes = plan.body.plain_bytes
        outcomes = await self._saved(writing, mark)
        standing = [plan for plan in plans if not plan.write]
        for plan, outcome in zip(writing, outcomes, strict=True):
            if outcome is Outcome.SAVED:
                standing.append(plan)
        if Outcome.BEHIND_REGISTRY in outcomes:
            # Or the bucket is closed while it is rebuilt: then judging again is of no use before that is over.
            await self._recover()
            await self._registry.catch_up()
            await asyncio.sleep(_BEHIND_SECONDS)
        elif Outcome.CONFLICT in outcomes:
            await asyncio.sleep(random.random() * 0.005)  # noqa: S311 - two workers should not meet again at once
        return standing

    async def _confirm(self, plans: list[Plan], mark: bytes) -> None:
        for plan in plans:
            for source in plan.task.sources:
                plan.remembered.outbox.pop(source, None)
            plan.rev_read = plan.remembered.rev
            plan.remembered.rev = grown(plan.remembered.rev)
        for plan, outcome in zip(plans, await self._saved(plans, mark), strict=True):
            if outcome is Outcome.SAVED:
                self._finished(plan)
            else:
                plan.task.owed |= plan.keys

    async def _finish(self, plans: list[Plan]) -> None:
        """Ends tasks that had nothing to say; a due moment that was looked at moves on."""
        moves = [
            DueMove(plan.task.key, plan.task.moment_read, plan.truth.changes_at)
            for plan in plans
            if DUE in plan.task.sources and not plan.write
        ]
        if moves:
            await self._store.move_due(moves)
        for plan in plans:
            self._finished(plan)

    def _finished(self, plan: Plan) -> None:
        plan.task.finished = True
        self._residents.keep(plan.task.key, plan.resident)

    async def _saved(self, plans: list[Plan], mark: bytes) -> list[Outcome]:
        if not plans:
            return []
        writes = [Write(p.task.key, p.rev_read, pack(p.remembered, p.body), p.remembered.due) for p in plans]
        outcomes = [
            outcome
            for some in portions(writes, _size_of_write, len(writes), _SAVED_BYTES_MAX)
            for outcome in await self._store.save(some, mark)
        ]
        if Outcome.FORGOTTEN in outcomes:
            raise ForgottenError(
                "Redis holds older ledgers than this worker has seen there: it was emptied or restored"
            )
        return outcomes


def _is_needless(task: Task, values: Mapping[str, bytes | None]) -> bool:
    """Whether a ledger that is to be judged again has been since."""
    if task.unless_above is not None and not task.owed and is_settled_above(values[task.key], task.unless_above):
        task.finished = True
    return task.finished


def _is_doubtful(plan: Plan, at_hand: Mapping[str, Resident]) -> bool:
    """Whether a record was refused by a ledger that nothing guards, as it is not saved: somebody may have written to it
    since. It is read then, in the next round.
    """
    if plan.write or plan.task.key not in at_hand or all(entry.outcome == "duplicate" for entry in plan.task.items):
        return False
    for entry in plan.task.items:
        entry.outcome = ""
    return True


def _size_of_write(write: Write) -> int:
    return len(write.value)
