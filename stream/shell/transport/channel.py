from collections.abc import Mapping
from typing import Any, cast

import faust
from faust.serializers.schemas import DecodeFunction
from faust.types import AppT, EventT, Message

from stream.shell.transport.batch import Batch
from stream.shell.transport.lane import Lane


class BatchSchema(faust.Schema[None, Batch]):
    """Passes batches through: their records are decoded by whoever reads them."""

    def compile(self, app: AppT, **_: Any) -> DecodeFunction:
        """Give the function that makes a Faust event of a message whose value is a batch."""

        async def decode(message: Message, *, propagate: bool = False) -> EventT[Any]:  # noqa: ARG001
            return app.create_event(None, cast("Any", message.value), None, message)

        return decode


class BatchTopic(faust.Topic):
    """Some topics that one agent reads together, a batch at a time.

    Faust's acknowledgements are off: it acknowledges what raised (field-notes.md). `app.done` takes their place.
    """

    def __init__(self, app: AppT, *, lane: Lane, **options: Any) -> None:
        self.lane = lane
        super().__init__(app, **options)

    def _clone_args(self) -> Mapping[str, Any]:
        return {**super()._clone_args(), "lane": self.lane}

    async def __anext__(self) -> EventT[Any]:
        self.lane.ask()
        event = await super().__anext__()
        self.lane.take(event.value)
        return event
