"""One debtor's share of a batch: what came in, from where, and what is owed to the world."""

from dataclasses import dataclass, field
from typing import Any

from stream.core.contact import Contact
from stream.core.fact import Fact


@dataclass(slots=True)
class Item:
    """One input record for a ledger; `recorded` is its Kafka timestamp in microseconds, `origin` the record itself.

    `outcome`: what the ledger did with it (`Put`, `late`, `over`), once it is remembered.
    """

    item: Contact | Fact
    recorded: int
    origin: Any = None
    outcome: str = ""


@dataclass(slots=True)
class Task:
    """Work on one debtor's ledger. `sources`: on whose behalf (input partitions, `due`, a sweep); the outbox is kept by
    them. `owed`: keys that were published but not confirmed, because somebody wrote in between. `unless_above`: a
    ledger with a higher rev, in whose outbox nothing stands, needs no work.
    """

    key: str
    sources: set[str]
    items: list[Item] = field(default_factory=list)
    traceparent: bytes | None = None
    moment_read: int | None = None
    owed: set[str] = field(default_factory=set)
    unless_above: int | None = None
    finished: bool = False
