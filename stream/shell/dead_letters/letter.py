"""A dead letter as it stands on its topic (contract §7)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stream.shell.delivery.records import CLOUD_EVENT, DEAD_LETTER_TYPE, ERRORS, RECORDED_HEADER, VERSION_HEADER

_NUMBER = re.compile(r"[0-9]{1,18}")

UNKNOWN = "unknown"
"""The error of a record on the topic that has not the headers of a dead letter: somebody else wrote it."""


class Place(NamedTuple):
    """Where a dead letter stands on its own topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


class Origin(NamedTuple):
    """Where its record was read."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter: what was wrong, where the record was read, and the record with its own headers.

    `written_ms` is the letter's Kafka timestamp and `recorded_ms` the record's; what is not known is None or empty.
    """

    place: Place
    written_ms: int
    error: str
    message: str
    version: str
    origin: Origin | None
    recorded_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def letter_of(record: Any) -> DeadLetter:
    """The dead letter in a record of aiokafka's."""
    said = {name: (given or b"").decode("utf-8", "replace") for name, given in record.headers if _is_ours(name)}
    recorded = _number(said.get(RECORDED_HEADER))
    return DeadLetter(
        place=Place(record.partition, record.offset),
        written_ms=record.timestamp,
        error=said.get(f"{ERRORS}exception") or UNKNOWN,
        message=said.get(f"{ERRORS}message", ""),
        version=said.get(VERSION_HEADER, ""),
        origin=_origin(said),
        recorded_ms=record.timestamp if recorded is None else recorded,
        key=record.key,
        value=record.value,
        headers=tuple(_original(record.headers)),
    )


def _original(headers: Sequence[tuple[str, bytes | None]]) -> Iterator[tuple[str, bytes | None]]:
    """The headers that the record came with."""
    ours = (f"{CLOUD_EVENT}type", DEAD_LETTER_TYPE.encode()) in headers
    for name, given in headers:
        if not _is_ours(name) and not (ours and name.startswith(CLOUD_EVENT)):
            yield name, given


def _is_ours(name: str) -> bool:
    return name.startswith(ERRORS) or name in (VERSION_HEADER, RECORDED_HEADER)


def _origin(said: dict[str, str]) -> Origin | None:
    topic = said.get(f"{ERRORS}topic")
    partition, offset = _number(said.get(f"{ERRORS}partition")), _number(said.get(f"{ERRORS}offset"))
    return Origin(topic, partition, offset) if topic and partition is not None and offset is not None else None


def _number(text: str | None) -> int | None:
    """A header's number; None where it holds none, or is the -1 of a record without a timestamp."""
    return int(text) if text and _NUMBER.fullmatch(text) else None
