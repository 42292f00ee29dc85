"""Cuts what is too large for a dead letter: a record that Kafka took must not become one that Kafka refuses."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from stream.shell.topics.declared import RECORD_BYTES_LEAST

LETTER_BYTES_MAX = RECORD_BYTES_LEAST - 10_000
"""What brokers take, compressed, less what is for the headers that a dead letter gets."""

_HEADER_FRAME_BYTES = 10
_NOTE = re.compile(r"; of its \d+ bytes the dead letter has \d+(?:, and not all of its key and headers)?$")

Headers = Sequence[tuple[str, bytes]]


class Fitted(NamedTuple):
    """A record as a dead letter can hold it; `note` says what was cut, or nothing."""

    value: bytes | None
    key: bytes | None
    headers: Headers
    note: str


def fitted(value: bytes | None, key: bytes | None, headers: Headers) -> Fitted:
    """Cuts the value, then leaves out the headers, then cuts the key, as far as has to be.

    The whole record still stands where its dead letter says that it was read.
    """
    room = LETTER_BYTES_MAX - _size(headers) - len(key or b"")
    if len(value or b"") <= room:
        return Fitted(value, key, headers, "")
    cut = (value or b"")[: max(0, room)]
    note = f"; of its {len(value or b'')} bytes the dead letter has {len(cut)}"
    if room < 0:
        key, headers = (key or b"")[:LETTER_BYTES_MAX], ()
        note += ", and not all of its key and headers"
    return Fitted(cut, key, headers, note)


def was_cut(message: str) -> bool:
    """Whether a dead letter with this message holds less than its record had."""
    return _NOTE.search(message) is not None


def _size(headers: Headers) -> int:
    return sum(len(name.encode()) + len(given or b"") + _HEADER_FRAME_BYTES for name, given in headers)
