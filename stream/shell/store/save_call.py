"""One batch of writes as keys and arguments of the function that saves them (`save_v1` in `functions.lua`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from stream.core.partition import bucket_of
from stream.shell.store.layout import Layout
from stream.shell.store.server import Argument
from stream.shell.store.store import Outcome, Write, new_revs

_OUTCOMES = {ord(str(outcome.value)): outcome for outcome in Outcome}


@dataclass(slots=True)
class _Group:
    """What is written into one bucket."""

    places: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    args: list[Argument] = field(default_factory=list)
    rev_read: int = 0
    """The highest rev that was read: proof that the bucket's marker was as high."""


class SaveCall:
    """The call for one batch, and the reading of its reply. `ValueError` if a write breaks its type."""

    def __init__(self, layout: Layout, writes: Sequence[Write]) -> None:
        self._layout = layout
        self._groups: dict[int, _Group] = {}
        for place, (write, rev) in enumerate(zip(writes, new_revs(writes), strict=True)):
            self._add(place, write, rev)

    def _add(self, place: int, write: Write, rev: int) -> None:
        read, bucket = write.rev_read, bucket_of(write.key)
        group = self._groups.get(bucket)
        if group is None:
            group = self._groups[bucket] = _Group()
        group.places.append(place)
        group.keys.append(self._layout.ledger(bucket, write.key))
        head = b'{"rev":%d,' % read if read else b""
        group.args += (head, rev, "" if write.due is None else write.due, write.value)
        group.rev_read = max(group.rev_read, read)

    def keys_and_args(self, seen: Sequence[int], registry: bytes) -> tuple[list[bytes], list[Argument]]:
        """Keys and arguments; `seen` is the highest marker seen of each bucket, `registry` in canonical bytes."""
        layout = self._layout
        keys: list[bytes] = []
        args: list[Argument] = [registry, layout.prefix_bytes, len(self._groups)]
        for bucket in self._groups:
            keys += (layout.marker[bucket], layout.registry[bucket])
        for bucket, group in self._groups.items():
            keys += (layout.due[bucket], layout.index[bucket], *group.keys)
            args += (len(group.places), max(seen[bucket], group.rev_read))
            args += group.args
        return keys, args

    def outcomes(self, reply: Sequence[bytes]) -> list[Outcome]:
        """Outcomes in the order of the writes."""
        by_place = dict(
            zip(chain.from_iterable(group.places for group in self._groups.values()), reply[0], strict=True)
        )
        return [_OUTCOMES[by_place[place]] for place in range(len(by_place))]

    def markers(self, reply: Sequence[bytes]) -> dict[int, int]:
        """Marker of each bucket after the call."""
        return {bucket: int(marker) for bucket, marker in zip(self._groups, reply[1:], strict=True)}
