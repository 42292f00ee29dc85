from collections.abc import Mapping
from typing import Any, NoReturn

from faust.transport.consumer import Consumer
from faust.types import TP


class ConsumerDuties(Consumer):
    """What Faust wants every consumer to have and never calls here: there are no tables and no topics to create."""

    async def _commit(self, offsets: Mapping[TP, int]) -> NoReturn:
        raise NotImplementedError

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> NoReturn:  # noqa: ASYNC109
        raise NotImplementedError

    def _to_message(self, tp: TP, record: Any) -> NoReturn:
        raise NotImplementedError

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def _seek(self, partition: TP, offset: int) -> NoReturn:
        raise NotImplementedError

    async def seek_to_committed(self) -> NoReturn:
        """Not used: aiokafka begins every assignment at the committed offsets."""
        raise NotImplementedError

    async def seek_wait(self, partitions: Mapping[TP, int]) -> NoReturn:
        """Not used: seeks table changelogs."""
        raise NotImplementedError

    async def earliest_offsets(self, *partitions: TP) -> NoReturn:
        """Not used: asked for table changelogs."""
        raise NotImplementedError

    async def highwaters(self, *partitions: TP) -> NoReturn:
        """Not used: asked for table changelogs."""
        raise NotImplementedError

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> NoReturn:
        """Not used: Faust produces nothing here."""
        raise NotImplementedError

    async def create_topic(self, topic: str, partitions: int, replication: int, **_: Any) -> NoReturn:
        """Refuse: topics are made by `duewatch topics` only."""
        raise NotImplementedError
