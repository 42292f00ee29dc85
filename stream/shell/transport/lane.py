import asyncio
from collections.abc import Iterable

from faust.types import TP

from stream.shell.transport.batch import Batch


class NotDoneError(RuntimeError):
    """An agent asked for the next batch and had not called `app.done` for the one before."""


class Lane:
    """The way from the fetches of some topics to the one agent that reads them: one batch at a time, no queue.

    The agent asks, a batch is fetched and handed over, the agent takes it, `app.done` finishes it. As nothing is
    fetched before it is asked for, no batch grows old waiting. A revocation drops the batch wherever it is, and a
    later `done` finds nothing to finish.
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._claimed = False
        self._batch: Batch | None = None
        self._taken = False
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def batch(self) -> Batch | None:
        """The batch that is handed over or being worked on."""
        return self._batch

    def claim(self) -> None:
        """Give this lane its agent; it has none yet."""
        if self._claimed:
            raise ValueError(f"another agent reads {', '.join(sorted(self.topics))}")
        self._claimed = True

    def partitions(self, assigned: Iterable[TP]) -> frozenset[TP]:
        """Pick those of the assigned partitions that this lane reads."""
        return frozenset(tp for tp in assigned if tp.topic in self.topics)

    def ask(self) -> None:
        """Note that the agent is ready for the next batch."""
        if self._taken:
            raise NotDoneError(f"app.done was not called for a batch of {', '.join(sorted(self.topics))}")
        self._wanted.set()

    async def wanted(self) -> None:
        """Wait until the agent is ready for a batch."""
        await self._wanted.wait()

    def hand_over(self, batch: Batch) -> None:
        """Make this the batch in flight; there is none yet."""
        if self._batch is not None:
            raise RuntimeError("a batch is in flight already")
        self._batch, self._taken = batch, False
        self._wanted.clear()
        self._idle.clear()

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
        if self._batch is not None and not self._taken:
            self._wanted.set()  # the agent still waits for the one that did not reach it
        self._batch, self._taken = None, False
        self._idle.set()

    async def idle(self) -> None:
        """Wait until no batch is in flight."""
        await self._idle.wait()
