from collections.abc import Awaitable, Callable, Iterable

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from faust.types import TP

Rebalanced = Callable[[set[TP]], Awaitable[None]]


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]  # its base is untyped
    """Brings aiokafka's rebalance calls to the consumer, in Faust's types."""

    def __init__(self, revoked: Rebalanced, assigned: Rebalanced) -> None:
        self._revoked = revoked
        self._assigned = assigned

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Give up these partitions; the group waits."""
        await self._revoked({TP(*tp) for tp in revoked})

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take these partitions; no heartbeat goes out until this returns."""
        await self._assigned({TP(*tp) for tp in assigned})
