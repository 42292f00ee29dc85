"""How much goes to Kafka or Redis at a time, so that a time-out is about them and not about the size of a batch."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from stream.shell.delivery.records import DEAD_LETTERS, OutRecord

_OWN_HEADERS_BYTES = 512
_T = TypeVar("_T")


def portions(items: Iterable[_T], size_of: Callable[[_T], int], count_max: int, bytes_max: int) -> Iterator[list[_T]]:
    """The items in their order, so many and so many bytes at a time; one that is larger by itself goes alone."""
    portion: list[_T] = []
    size = 0
    for item in items:
        more = size_of(item)
        if portion and (len(portion) >= count_max or size + more > bytes_max):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += more
    if portion:
        yield portion


def size_of_record(record: OutRecord) -> int:
    """About as many bytes as an output record takes."""
    size = _OWN_HEADERS_BYTES + len(record.value or b"") + len(record.key or b"")
    if record.topic == DEAD_LETTERS:
        # A dead letter has the headers of its record, too.
        size += sum(len(name) + len(value or b"") for name, value in record.headers)
    return size
