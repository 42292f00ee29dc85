"""What the worker may ask of a ledger store, and how the store may answer."""

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from msgspec import Struct

MOST = 2**53
"""Revs and moments stay below this: Lua's numbers and Redis' scores are doubles, exact up to here."""

_REV = re.compile(rb'\{"rev":([1-9][0-9]{0,15}),')


class StoreError(Exception):
    """The store could not do what it was asked; of a `save` that failed so, the outcome is unknown: load again."""


class StoreUnreachable(StoreError):  # noqa: N818 - says what is so; its base says that it is an error
    """No server, no answer in time, or a server that cannot serve just now. Trying again later may help."""


class StoreFull(StoreError):  # noqa: N818 - says what is so; its base says that it is an error
    """The server has reached its `maxmemory`; nothing of the call was written."""


class StoreRefused(StoreError):  # noqa: N818 - says what is so; its base says that it is an error
    """The server, or what lies in it, cannot be used as it is. The message says what to do; waiting does not help."""


class Outcome(enum.Enum):
    """What became of one write."""

    SAVED = 1
    CONFLICT = 2
    """Somebody wrote in between: load the ledger again and judge anew."""
    BEHIND_REGISTRY = 3
    """The bucket was swept with newer registry entries than this was judged with: catch up, then judge anew."""
    FORGOTTEN = 4
    """The bucket once held newer ledgers than it does now: Redis lost or restored data; publish nothing."""


@dataclass(frozen=True, slots=True)
class Write:
    """One debtor's new ledger, to be stored only if nobody wrote since it was loaded."""

    key: str
    """`institution|debtor`."""
    rev_read: int
    """The rev that was loaded; 0 = there was no ledger."""
    value: bytes
    """The new ledger as JSON, beginning with `{"rev":<int>,`; its rev is higher than `rev_read`."""
    due: int | None
    """When its judgement next changes by itself, in microseconds since the epoch; None = never."""


class Rebuilt(Struct, frozen=True):
    """How the store was filled last: `token` grows with every rebuild, contacts were read from the instant `since` on.

    `firsts`: who was contacted first before `since` is `unknown` while older contacts are still being read, `new` while
    everybody is judged again with what they said, then `known`. Who has not noticed a change of it cannot save.
    """

    token: int = 0
    since: int | None = None
    firsts: Literal["unknown", "new", "known"] = "known"


@dataclass(frozen=True, slots=True)
class DueMove:
    """A change of one debtor's due moment (microseconds since the epoch), made only if nobody changed it meanwhile."""

    key: str
    moment_read: int | None
    """The moment that was read; None = there was none."""
    next_due: int | None
    """The moment to stand there instead; None = none."""


class Store(Protocol):
    """Ledgers by debtor, with what must never be out of step with them: due moments, an index, marks.

    Every method raises a `StoreError`, or has done all of what it says; none of them tries again by itself.
    """

    async def open(self) -> None:
        """Connect and check that the server may be trusted with ledgers; `StoreRefused` says what to do if not."""

    async def close(self) -> None:
        """Let go of the server; a closed store may be opened again, and remembers what it had seen."""

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """Ledgers of these debtors, in this order; None where there is none."""

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        """Store each ledger with its due moment, if its rev is still the one that was read; outcomes in order.

        `registry` is a JSON object, partition → next offset: the registry entries it was judged with (empty: with
        none that matter). `ValueError`: a write that breaks its type, or two for one key.
        """

    async def due(self, until: int, limit: int) -> list[tuple[str, int]]:
        """At most `limit` debtors whose due moment is not after `until`, with it; the oldest, sorted by it."""

    async def move_due(self, moves: Sequence[DueMove]) -> list[bool]:
        """Change due moments, each only if it still is the one that was read; which were changed, in order."""

    async def debtors(self, institution: str | None, bucket: int, after: str, limit: int) -> list[str]:
        """At most `limit` keys of ledgers in one bucket, after the key `after` ("" = from the first), in key order.

        Keys are ordered by code point. None = of all institutions.
        """

    async def raise_registry(self, bucket: int, registry: bytes) -> int:
        """From now on refuse saves into this bucket that are behind `registry` in any partition (see `save`).

        Gives the highest rev in the bucket so far: what has a higher one was judged with these entries.
        """

    async def whole(self) -> bool:
        """Whether all is there that was ever saved, as far as can be seen: every bucket has its marker, none has gone
        back or is closed for a rebuild, and the server is the one that held the data when it was last complete.

        Also notes every bucket's marker, so that a later loss is noticed even in buckets that were never used.
        """

    async def want_rebuild(self, since: int | None) -> None:
        """Ask whoever works on this store to rebuild it: until `drop_wanted` it is not whole.

        `since`: an instant from which contacts are to be read; None = as far back as they are kept.
        """

    async def wanted_rebuilds(self) -> Mapping[int, int | None]:
        """The rebuilds that were asked for: when (microseconds) → `since`. They outlive a rebuild that is cut short."""

    async def drop_wanted(self, asked: Collection[int]) -> None:
        """Take back rebuilds asked for at these times; what was asked for meanwhile stays."""

    async def lock_rebuild(self, owner: str, seconds: float) -> bool:
        """Take, or keep for so many seconds more, the right to rebuild; whether `owner` has it now."""

    async def unlock_rebuild(self, owner: str) -> None:
        """Give the right to rebuild back."""

    async def begin_rebuild(self, token: int) -> None:
        """Close every bucket for saves that were judged (with a registry mark), and empty it."""

    async def end_rebuild(self, rebuilt: Rebuilt, registry: bytes) -> bool:
        """Open every bucket again, swept as of `registry`; False, and nothing, if another rebuild has begun since.

        The token of `rebuilt` is the one it was begun with.
        """

    @property
    def rebuilt(self) -> Rebuilt:
        """How it was filled last, as far as is known here: `whole` asks, and a save that is refused for it."""

    async def put_rebuilt(self, rebuilt: Rebuilt) -> None:
        """Say something else of it, under a higher token. From then on saves are refused of who has not noticed."""

    async def progress_put(self, progress: Mapping[str, str]) -> None:
        """Remember how far each of these input partitions has been read; others keep theirs."""

    async def progress_all(self) -> Mapping[str, str]:
        """All that `progress_put` remembered."""


def rev_of(value: bytes) -> int:
    """Rev of a ledger's JSON; `ValueError` if it does not begin as every ledger does."""
    found = _REV.match(value)
    if found is None or (rev := int(found[1])) >= MOST:
        raise ValueError('a ledger begins with {"rev":<int>, and its rev is above 0 and below 2^53')
    return rev


def new_revs(writes: Sequence[Write]) -> list[int]:
    """Revs that these writes would bring; `ValueError` if they break what `Write` and `Store.save` ask for."""
    if len({write.key for write in writes}) != len(writes):
        raise ValueError("a batch has one write for each ledger")
    return [_new_rev(write) for write in writes]


def _new_rev(write: Write) -> int:
    rev = rev_of(write.value)
    if not 0 <= write.rev_read < rev:
        raise ValueError(f"a new ledger's rev must be higher than the one read, but {rev} follows {write.rev_read}")
    if write.due is not None:
        check_moment(write.due)
    if "|" not in write.key:
        raise ValueError("a ledger's key is institution|debtor")
    return rev


def check_moment(moment: int) -> None:
    """Raise `ValueError` unless this can be a due moment: microseconds since the epoch, exact in a double."""
    if not 0 <= moment < MOST:
        raise ValueError(f"a due moment is in microseconds since the epoch and below 2^53, not {moment}")
