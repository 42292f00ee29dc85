"""Lines of a log that nobody can read or judge; each becomes one dead letter."""

import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from tests.log_parts.contacts import contact
from tests.log_parts.facts import fact
from tests.log_parts.matters import Matter, Record
from tests.log_parts.registry import registry_entries
from tests.log_parts.times import Span

_TOO_LARGE_BYTES = 65 * 1024
MOBILE = "13912345678"
ID_CARD = "11010519491231002X"

# What is changed in a good dial, and the machine word that its dead letter carries.
_DIAL_FAULTS: tuple[tuple[Record, str], ...] = (
    ({"revision": "1"}, "wrong-type"),
    ({"labels": "threat"}, "wrong-type"),
    ({"ai": "no"}, "wrong-type"),
    ({"talk_seconds": "12"}, "wrong-type"),
    ({"mode": "loud"}, "bad-value"),
    ({"revision": -1}, "bad-value"),
    ({"talk_seconds": -0.5}, "bad-value"),
    ({"started_at": "2026-11-18T10:00:00"}, "bad-value"),
    ({"started_at": "2026-02-30T10:00:00Z"}, "bad-value"),
    ({"institution": ""}, "bad-value"),
    ({"institution": "bank|a"}, "bad-value"),
    ({"debtor": "*"}, "bad-value"),
    ({"role": "contact", "person": "", "purpose": "locate"}, "bad-value"),
    ({"mode": None}, "missing-field"),
    ({"started_at": None}, "missing-field"),
    ({"role": "contact", "person": None, "purpose": "locate"}, "missing-field"),
    ({"role": "contact", "person": "p-1", "purpose": None}, "missing-field"),
    ({"debtor": MOBILE}, "personal-data"),
    ({"debtor": "+86" + MOBILE}, "personal-data"),
    ({"debtor": ID_CARD}, "personal-data"),
    ({"role": "contact", "person": MOBILE, "purpose": "locate"}, "personal-data"),
    ({"x_noise": "x" * _TOO_LARGE_BYTES}, "too-large"),
)


def broken_line(rng: Random, matter: Matter, instant: datetime, number: int) -> tuple[str | bytes, str]:
    """One unreadable line, and the machine word that says why."""
    makers: tuple[Callable[[], tuple[str | bytes, str]], ...] = (
        lambda: _faulty_dial(rng, matter, instant, number),
        lambda: _faulty_dial(rng, matter, instant, number),
        lambda: _not_json(rng, matter, instant, number),
        lambda: _faulty_other(rng, matter, instant, number),
    )
    return rng.choice(makers)()


def _faulty_dial(rng: Random, matter: Matter, instant: datetime, number: int) -> tuple[str, str]:
    change, word = rng.choice(_DIAL_FAULTS)
    record = contact(rng, matter, "dial", f"broken-{number}", instant)
    return _json({**record, "role": "debtor", "purpose": "collection", **change}), word


def _not_json(rng: Random, matter: Matter, instant: datetime, number: int) -> tuple[str | bytes, str]:
    text = _json(contact(rng, matter, "message", f"broken-{number}", instant))
    cut = text[: rng.randrange(1, len(text))]
    return rng.choice((cut, "{", "ended,by,a,spreadsheet", text.encode()[:-1] + b'\xff"}')), "not-json"


def _faulty_other(rng: Random, matter: Matter, instant: datetime, number: int) -> tuple[str, str]:
    """Faults of the other types: letters, visits, facts, registry entries, and what is no record at all."""
    letter = contact(rng, matter, "letter", f"broken-{number}", instant)
    visit = contact(rng, matter, "visit", f"broken-{number}", instant)
    known = fact(rng, matter, f"broken-{number}", instant, instant)
    entry = {**registry_entries(rng, Span(instant, 1))[0], "id": f"broken-{number}"}
    return rng.choice(
        (
            (_json({**letter, "received_by": "dog"}), "bad-value"),
            (_json({**letter, "product": None}), "missing-field"),
            (_json({**visit, "headcount": 1.5}), "wrong-type"),
            (_json({**visit, "headcount": None}), "missing-field"),
            (_json({**known, "kind": "agreement", "hours": []}), "bad-value"),
            (_json({**known, "kind": "agreement", "hours": [["9:00", "25:00"]]}), "bad-value"),
            (_json({**known, "kind": "refused", "person": None}), "missing-field"),
            (_json({**known, "recorded_at": None}), "missing-field"),
            (_json({**entry, "valid_from": None}), "missing-field"),
            (_json({**entry, "id": "a|b"}), "bad-value"),
            (_json([letter]), "wrong-type"),
            ("17", "wrong-type"),
        )
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
