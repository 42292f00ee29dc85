from collections.abc import Iterable, Sequence
from typing import Any

from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.transport.base import Transport
from faust.types import AppT
from faust.types.transports import ConsumerCallback, ConsumerT
from mode import Service, ServiceT

from stream.shell.transport.consumer import BatchConsumer
from stream.shell.transport.group import GroupSettings, Hooks
from stream.shell.transport.lane import Lane
from stream.shell.transport.quiet import FAUST_LOG


class NoFetcher(Service):
    """Faust wants a service that reads; here each lane has a pump that does."""

    logger = FAUST_LOG
    mundane_level = "debug"

    def __init__(self, app: AppT, **options: Any) -> None:
        self.app = app
        super().__init__(**options)


class BatchTransport(Transport):
    """Faust's way to Kafka, for reading only; the worker's outputs have their own producer."""

    Fetcher = NoFetcher
    driver_version = "duewatch"

    def __init__(
        self, *args: Any, settings: GroupSettings, hooks: Hooks, lanes: Sequence[Lane], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._settings = settings
        self._hooks = hooks
        self._lanes = lanes

    def create_consumer(self, callback: ConsumerCallback, **options: Any) -> ConsumerT:
        """Make the consumer that reads for the lanes."""
        return BatchConsumer(
            self,
            callback=callback,
            loop=self.loop,
            settings=self._settings,
            hooks=self._hooks,
            lanes=self._lanes,
            **options,
        )


class BatchBoot(BootStrategy):
    """Starts what batches need: no producer, web server, leader election, reply topic or statistics."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False

    def kafka_consumer(self) -> Iterable[ServiceT]:
        """Name the consumer alone."""
        return [self.app.consumer]


class NoTables(TableManager):
    """Faust's table manager resumes the flow after each rebalance; there are no tables for it to wait a second for."""

    logger = FAUST_LOG

    async def on_start(self) -> None:
        """Begin without the wait."""
        await self._update_channels()
        await self.recovery.start()
