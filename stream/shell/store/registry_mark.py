"""How much of the registry is known: a JSON object, partition → next offset, that can be compared and merged."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from stream.shell.store.store import MOST

REBUILT_PARTITION = 999_998
"""No registry has a partition of this number; its offset is the token of the rebuild that filled the store last."""

_DECODER = msgspec.json.Decoder(dict[int, int])


def parse_mark(registry: bytes) -> dict[int, int]:
    """Offsets by partition; empty bytes are an empty mark. `ValueError` if these are not such offsets."""
    if not registry:
        return {}
    try:
        offsets = _DECODER.decode(registry)
    except msgspec.DecodeError as error:
        raise ValueError(f"a registry mark is a JSON object, partition → next offset: {error}") from error
    if any(not 0 <= number < MOST for entry in offsets.items() for number in entry):
        raise ValueError("partitions and offsets of a registry mark are not negative and below 2^53")
    return offsets


def mark_bytes(offsets: Mapping[int, int]) -> bytes:
    """Canonical bytes of a mark: equal marks are equal bytes, so that most comparisons need no parsing."""
    return b"{%s}" % b",".join(b'"%d":%d' % entry for entry in sorted(offsets.items()))


@lru_cache(16)
def canonical(registry: bytes) -> bytes:
    """Return the same mark in canonical bytes; empty stays empty (see `Store.save`)."""
    return mark_bytes(parse_mark(registry)) if registry else b""


def is_behind(registry: bytes, mark: Mapping[int, int]) -> bool:
    """Whether what is known up to `registry` lacks entries that `mark` covers; an empty `registry` never does."""
    if not registry:
        return False
    known = parse_mark(registry)
    return any(known.get(partition, 0) < offset for partition, offset in mark.items())


def merged(mark: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """Return the higher offset of the two in every partition."""
    return {partition: max(mark.get(partition, 0), other.get(partition, 0)) for partition in mark.keys() | other.keys()}


@lru_cache(16)
def with_token(registry: bytes, token: int) -> bytes:
    """The mark of who knows of the rebuild `token`; empty stays empty."""
    return mark_bytes({**parse_mark(registry), REBUILT_PARTITION: token}) if registry and token else canonical(registry)
