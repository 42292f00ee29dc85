import asyncio
from collections.abc import Iterable

from faust.types import TP

from stream.shell.transport.batch import Batch


class NotDoneError(RuntimeError):
    """An agent asked for the next batch and had not called `app.done` for the one before."""


class Lane:
    """The way from the fetches of some topics to the one agent that reads them: one batch at a time.

    A batch is handed over, taken by the agent, finished by `app.done`; only then comes the next. A revocation drops
    the batch wherever it is, and a later `done` finds nothing to finish.
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._batch: Batch | None = None
        self._taken = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def batch(self) -> Batch | None:
        """The batch that is handed over or being worked on."""
        return self._batch

    def partitions(self, assigned: Iterable[TP]) -> frozenset[TP]:
        """Pick those of the assigned partitions that this lane reads."""
        return frozenset(tp for tp in assigned if tp.topic in self.topics)

    def hand_over(self, batch: Batch) -> None:
        """Make this the batch in flight; there is none yet."""
        if self._batch is not None:
            raise RuntimeError("a batch is in flight already")
        self._batch, self._taken = batch, False
        self._idle.clear()

    def ask(self) -> None:
        """Note that the agent is ready for the next batch."""
        if self._taken:
            raise NotDoneError(f"app.done was not called for a batch of {', '.join(sorted(self.topics))}")

    def take(self, batch: object) -> None:
        """Note that the agent has this batch; one dropped in the meantime stays dropped."""
        self._taken = self._batch is not None and self._batch is batch

    def finish(self, batch: Batch) -> bool:
        """End the batch in flight; False for one that was dropped or finished before."""
        if self._batch is not batch:
            return False
        self.drop()
        return True

    def drop(self) -> None:
        """Forget the batch in flight."""
        self._batch, self._taken = None, False
        self._idle.set()

    async def idle(self) -> None:
        """Wait until no batch is in flight."""
        await self._idle.wait()
