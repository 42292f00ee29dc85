"""A ledger as it stands in Redis: what every write changes in front, as JSON, and behind it the whole, compressed.

Contacts of one debtor are much alike, so five of them take a third of the room. `duewatch explain` shows a ledger.
"""

import re
from typing import NamedTuple

import zstandard
from msgspec import Struct, json

from stream.shell.ledgers.remembered import LedgerError, Remembered, decode, encode

PLAIN_BYTES_MAX = 600
"""A smaller ledger is left as it is, in JSON."""

_PLAIN_BYTES_READ_MAX = 512 * 1024 * 1024
"""No ledger is larger (`contact_bytes_max`, `facts_per_debtor_max`): what says so is damaged."""
_JOINT = b"}(\xb5/\xfd"
"""The end of the JSON and the beginning of a zstd frame; no JSON holds such bytes."""
_SETTLED = re.compile(rb'\{"rev":(\d+),"outbox":\{\}')
_COMPRESSOR = zstandard.ZstdCompressor(level=1)
_DECOMPRESSOR = zstandard.ZstdDecompressor()


class _Head(Struct):
    """What stands in front: it is newer than the same fields behind it."""

    rev: int
    outbox: dict[str, list[str]]


_HEAD = json.Decoder(_Head)


class Body(NamedTuple):
    """What stays the same while only `rev` and the outbox change: a zstd frame, or nothing of a small ledger."""

    frame: bytes
    plain_bytes: int


def body_of(remembered: Remembered) -> Body:
    """The compressed part of a ledger."""
    plain = encode(remembered)
    return Body(_COMPRESSOR.compress(plain) if len(plain) > PLAIN_BYTES_MAX else b"", len(plain))


def pack(remembered: Remembered, body: Body | None = None) -> bytes:
    """The ledger's value; `body`: what `body_of` gave of it, if nothing but `rev` and the outbox has changed since."""
    body = body or body_of(remembered)
    if not body.frame:
        return encode(remembered)
    return json.encode(_Head(remembered.rev, remembered.outbox)) + body.frame


def unpack(value: bytes | None) -> Remembered:
    """The ledger in a value; of None, one of which nothing is known yet. Raises LedgerError."""
    joint = -1 if value is None else value.find(_JOINT)
    if value is None or joint < 0:
        return decode(value)
    try:
        head = _HEAD.decode(value[: joint + 1])
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"a ledger in Redis cannot be read: {error}") from error
    remembered = decode(_decompressed(value[joint + 1 :]))
    remembered.rev, remembered.outbox = head.rev, head.outbox
    return remembered


def plain_bytes(value: bytes | None) -> int:
    """How long a ledger is without compression."""
    joint = -1 if value is None else value.find(_JOINT)
    if value is None or joint < 0:
        return len(value or b"")
    return int(zstandard.frame_content_size(value[joint + 1 : joint + 32]))


def is_settled_above(value: bytes | None, rev: int) -> bool:
    """Whether the JSON is of a ledger with a higher rev that has nothing left to say; it is not decoded for that."""
    found = _SETTLED.match(value or b"")
    return found is not None and int(found[1]) > rev


def _decompressed(frame: bytes) -> bytes:
    try:
        if zstandard.frame_content_size(frame) > _PLAIN_BYTES_READ_MAX:
            raise LedgerError(f"a ledger in Redis says that it is longer than {_PLAIN_BYTES_READ_MAX} bytes")
        return _DECOMPRESSOR.decompress(frame)
    except zstandard.ZstdError as error:
        raise LedgerError(f"a ledger in Redis cannot be read: {error}") from error
