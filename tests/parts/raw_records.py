"""Records as no well-behaved client writes them, in the bytes of a Kafka batch."""

from collections.abc import Sequence
from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

NONE, GZIP, ZSTD = 0, 1, 4
_BATCH_BYTES = 10_000_000


class HeaderName(str):
    """The name of a header that is any bytes, each of them written here as one character."""

    __slots__ = ()

    def encode(self, encoding: str = "latin-1", errors: str = "strict") -> bytes:  # noqa: ARG002 - str's signature
        return super().encode("latin-1")


Raw = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]]]
"""Key, value, headers."""


def builder_of(records: Sequence[Raw], timestamp_ms: int, codec: int = NONE) -> Any:
    """One batch of the records, to be sent as it is."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, _BATCH_BYTES)
    for offset, (key, value, headers) in enumerate(records):
        assert builder.append(offset, timestamp_ms, key, value, list(headers)) is not None
    return builder
