import asyncio
import time
from typing import Any


class PlaceLostError(RuntimeError):
    """The group has removed a static member that answered in time: another process came with its `instance_id`."""


class Heartbeats:
    """How surely the group still counts on this member.

    aiokafka keeps the time of the last good heartbeat to itself, goes on fetching after the group has forgotten the
    member, and joins again as often as another process takes its place.
    """

    def __init__(self, session_timeout_seconds: float, instance_id: str | None) -> None:
        self._session_timeout_seconds = session_timeout_seconds
        self._instance_id = instance_id
        self._heard_at = -float("inf")
        self._heard = asyncio.Event()
        self._place_lost = False
        self._coordinator: Any = None

    def listen(self, coordinator: Any) -> None:
        """Note from now on how the heartbeats of aiokafka's coordinator are answered."""
        beat = coordinator._do_heartbeat  # noqa: SLF001 - there is no public place to listen at
        self._coordinator = coordinator

        async def listened_to() -> bool:
            sent_at = time.monotonic()
            answered: bool = await beat()
            if answered:
                self._heard_from(sent_at)
            else:
                self.notice_lost_place(coordinator.generation)
            return answered

        coordinator._do_heartbeat = listened_to  # noqa: SLF001

    def _heard_from(self, sent_at: float) -> None:
        self._heard_at = sent_at
        self._heard.set()

    def joined(self) -> None:
        """Note that an assignment has just come in."""
        self._heard_from(time.monotonic())

    @property
    def heard_at(self) -> float:
        """`time.monotonic()` of the latest heartbeat that the group has answered, taken when it was sent."""
        return self._heard_at

    def counts(self) -> bool:
        """Whether the group cannot have given this member's partitions away for its silence."""
        return time.monotonic() - self._heard_at < self._session_timeout_seconds

    async def counted(self) -> None:
        """Wait until the group counts on this member."""
        while not self.counts():
            self._heard.clear()
            await self._heard.wait()

    def notice_lost_place(self, generation: int) -> None:
        """See whether the group has forgotten a static member, whose place it keeps for the session time-out."""
        if self._instance_id is not None and generation < 0 and self.counts():
            self._place_lost = True

    def check_place(self) -> None:
        """Raise PlaceLostError if it is so, and join no more: the two would take the place from each other for ever."""
        if self._place_lost:
            self._coordinator._coordination_task.cancel()  # noqa: SLF001 - it would join again next
            raise PlaceLostError(f"another process has joined as {self._instance_id!r}, or it was removed")
