"""One batch of writes as calls of the function that saves them (`save_v1` in `functions.lua`)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from stream.core.partition import bucket_of
from stream.shell.store.commands import Argument, Command, Share, fcall
from stream.shell.store.layout import Layout
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
    """The calls for one batch, and the reading of their replies. `ValueError` if a write breaks its type."""

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

    @property
    def buckets(self) -> Collection[int]:
        """The buckets that are written into."""
        return self._groups.keys()

    def command(self, buckets: Sequence[int], seen: Sequence[int], registry: bytes) -> Command:
        """The call for some of the buckets; `seen` is the highest marker seen of each bucket there is, `registry` in
        canonical bytes.
        """
        layout = self._layout
        keys: list[bytes] = []
        args: list[Argument] = [registry, layout.prefix_bytes, len(buckets)]
        for bucket in buckets:
            keys += (layout.marker[bucket], layout.registry[bucket])
        for bucket in buckets:
            group = self._groups[bucket]
            keys += (layout.due[bucket], layout.index[bucket], *group.keys)
            args += (len(group.places), max(seen[bucket], group.rev_read))
            args += group.args
        return fcall("save_v1", keys, args)

    def outcomes(self, replies: Sequence[Share]) -> list[Outcome]:
        """Outcomes in the order of the writes."""
        by_place: dict[int, int] = {}
        for buckets, reply in replies:
            places = chain.from_iterable(self._groups[bucket].places for bucket in buckets)
            by_place.update(zip(places, reply[0], strict=True))
        return [_OUTCOMES[by_place[place]] for place in range(len(by_place))]


def markers(replies: Sequence[Share]) -> Iterator[tuple[int, int]]:
    """Each bucket with its marker after the call."""
    for buckets, reply in replies:
        yield from zip(buckets, map(int, reply[1:]), strict=True)
