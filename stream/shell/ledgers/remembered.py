"""A debtor's ledger as Redis holds it: what he is judged by, what the world was told, what is still to be said."""

import msgspec
from msgspec import Struct, field

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.ledger import Ledger

STANDING = "!"
"""Begins the digest of a finding that is never taken back (it came past the horizon, rules.md)."""

DUE_NOW = 1
"""A due moment long past: the timer looks at the debtor as soon as it can."""

DUE = "due"
"""The timer as a source of an outbox entry."""


class ToldState(Struct, array_like=True):
    """A channel's state as it was told: per block its digest and its end, and a digest of all else."""

    blocks: list[tuple[str, int | None]]
    rest: str


class Remembered(Struct, kw_only=True, omit_defaults=True):
    """One JSON value per debtor (architecture, "Redis").

    `rev` guards every write, `version` is public and grows when something told changes. `findings` (rule|contact →
    digest) and `states` (channel → state) are what the world knows once `outbox` (source → keys still to be said by
    it) is empty. `apart`: contacts past the horizon or beyond the cap, kept until what they say is published.
    `since`: what is older was not read when the ledger was made anew, though it may be young enough to be kept.
    `earlier`: contacts before that which only say who was contacted first, until they are folded into `firsts`.
    `changes_at`: the instant at which the judgement becomes another one by itself. `counted`: counters of
    today, for people who read Redis.
    """

    rev: int
    outbox: dict[str, list[str]]
    version: int = 0
    contacts: list[Contact] = field(default_factory=list)
    apart: list[Contact] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    firsts: dict[str, tuple[int, str]] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)
    states: dict[str, ToldState] = field(default_factory=dict)
    changes_at: int | None = None
    counted: dict[str, int] = field(default_factory=dict)
    policy: str = ""
    since: int = 0
    earlier: list[Contact] = field(default_factory=list)

    @property
    def due(self) -> int | None:
        """When the timer has to look at the debtor; at once while it owes something itself."""
        return DUE_NOW if DUE in self.outbox else self.changes_at

    def outstanding(self) -> set[str]:
        """The keys that some source has still to say."""
        return {key for keys in self.outbox.values() for key in keys}

    def ledger(self, key: str) -> Ledger:
        """What `judge` looks at."""
        institution, _, debtor = key.partition("|")
        return Ledger(
            institution=institution,
            debtor=debtor,
            contacts={contact.contact_id: contact for contact in self.contacts},
            apart={contact.contact_id: contact for contact in self.apart},
            facts={fact.fact_id: fact for fact in self.facts},
            firsts=dict(self.firsts),
        )


_DECODER = msgspec.json.Decoder(Remembered)
_ENCODER = msgspec.json.Encoder()


def encode(remembered: Remembered) -> bytes:
    """The JSON of a ledger; it begins with its rev, where the store's functions read it."""
    return _ENCODER.encode(remembered)


class LedgerError(Exception):
    """What Redis holds of a debtor is no ledger that this version can read."""


def decode(value: bytes | None) -> Remembered:
    """The ledger in the JSON; of None, one of which nothing is known yet. Raises LedgerError."""
    try:
        return Remembered(rev=0, outbox={}) if value is None else _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LedgerError(f"a ledger in Redis cannot be read: {error}") from error
