"""One dial as a dialer reports it: about 900 bytes, ids that are UUIDs, and either clearly effective or clearly not."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson

INSTITUTION = "bank-01"
AGENCIES, TOOLS_EACH, OPERATORS_EACH = 8, 10, 40
TALK_SECONDS_MAX = 300
_RING_SECONDS_MAX = 25


def uuid(rng: Random) -> str:
    """A random UUID, from the seed."""
    return str(UUID(int=rng.getrandbits(128), version=4))


class Debtor:
    """A debtor, one loan of his, and the agency that collects it."""

    def __init__(self, rng: Random) -> None:
        self.reference = uuid(rng)
        self.loan = uuid(rng)
        self.agency = rng.randrange(AGENCIES)

    @property
    def key(self) -> str:
        """The key of his records."""
        return f"{INSTITUTION}|{self.reference}"


def dial(rng: Random, debtor: Debtor, begun: datetime, *, effective: bool) -> tuple[dict[str, Any], datetime]:
    """The event, and when it is over: a talk of half a minute and more, or nobody answers."""
    rung = begun + timedelta(seconds=rng.uniform(3, _RING_SECONDS_MAX))
    talk = round(rng.uniform(30, TALK_SECONDS_MAX), 1) if effective else 0.0
    ended = rung + timedelta(seconds=talk)
    agency = f"agency-{debtor.agency:02d}"
    event = {
        "type": "dial",
        "contact_id": uuid(rng),
        "revision": 0,
        "institution": INSTITUTION,
        "agency": agency,
        "debtor": debtor.reference,
        "role": "debtor",
        "debts": [debtor.loan],
        "product": "consumer-loan",
        "purpose": "collection",
        "mode": "interactive",
        "direction": "outbound",
        "medium": "voice",
        "started_at": begun.isoformat(timespec="milliseconds"),
        "answered_at": rung.isoformat(timespec="milliseconds") if effective else None,
        "ended_at": ended.isoformat(timespec="milliseconds"),
        "talk_seconds": talk if effective else None,
        "answered_by": "human" if effective else "unknown",
        "intent": "yes" if effective else "unknown",
        "operator": f"{agency}-operator-{rng.randrange(OPERATORS_EACH):03d}",
        "tool": f"{agency}-line-{rng.randrange(TOOLS_EACH):02d}",
        "recording": f"recordings/{uuid(rng)}" if effective else None,
        "recording_announced": True if effective else None,
        "identity_disclosed": True if effective else None,
        "identity_verified": True if effective else None,
        "labels": [],
    }
    return event, ended


def written(event: dict[str, Any]) -> bytes:
    """The event as the value of a record."""
    return orjson.dumps(event)
