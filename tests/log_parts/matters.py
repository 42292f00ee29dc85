"""Who takes part in a generated log: institutions, their agencies, debtors with their debts, and contact persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Record = dict[str, Any]

INSTITUTIONS = ("bank-a", "bank-b", "金融-c")
AGENCIES = ("agency-1", "agency-2", "agency-3")
PERSONS = ("p-1", "p-2", "p-3")
DEBTS = ("L1", "L2", "L3")
PRODUCTS = ("card", "loan")


@dataclass(frozen=True)
class Matter:
    """One debtor of one institution."""

    institution: str
    debtor: str
    busy: bool


def all_matters(rng: Random, debtors: int) -> list[Matter]:
    """As many debtors as asked for, over all institutions; some references are used by two institutions."""
    matters = []
    for number in range(debtors):
        institution = INSTITUTIONS[number % len(INSTITUTIONS)]
        name = f"D-{number // 2}" if number % 5 else f"债务人-{number}"
        matters.append(Matter(institution, name, busy=rng.random() < 0.25))
    return matters


def some_matter(rng: Random, matters: Sequence[Matter]) -> Matter:
    """A debtor; the busy ones come up far more often, as with a real dialer's list."""
    busy = [matter for matter in matters if matter.busy]
    return rng.choice(busy if busy and rng.random() < 0.6 else list(matters))


# What an absent or null field means; a record may leave such a value out, or write null, and say the same.
_COMMON_DEFAULTS: Record = {
    "revision": 0,
    "voided": False,
    "agency": None,
    "role": "debtor",
    "person": None,
    "debts": [],
    "direction": "outbound",
    "requested": False,
    "ai": False,
    "labels": [],
    "operator": None,
    "template": None,
    "recording": None,
    "payee": None,
    "identity_disclosed": None,
    "identity_verified": None,
    "debt_disclosed": None,
    "answered_by": "unknown",
    "intent": "unknown",
    "permit": None,
    "tool": None,
    "until": None,
    "channels": None,
    "hours": None,
    "valid_until": None,
}
_TYPE_DEFAULTS: dict[str, Record] = {
    "dial": {"medium": "voice"},
    "message": {"medium": "sms"},
    "letter": {"medium": "post", "mode": "notice"},
    "visit": {"mode": "interactive"},
    "fact": {},
    "registry": {},
}


def respelled(rng: Random, record: Record) -> Record:
    """The same record as another client would write it: defaults left out or null, noise fields, another order."""
    defaults = {**_COMMON_DEFAULTS, **_TYPE_DEFAULTS[record["type"]]}
    if record.get("role", "debtor") in ("debtor", "guarantor"):
        defaults["purpose"] = "collection"
    if record["type"] == "message" and record.get("medium") != "im":
        defaults["mode"] = "notice"
    fields = []
    for name, value in record.items():
        if name in defaults and (value == defaults[name] or value is None):
            spelling = rng.choice(("value", "value", "value", "absent", "absent", "null"))
            if spelling == "absent":
                continue
            fields.append((name, None if spelling == "null" else value))
        else:
            fields.append((name, value))
    if rng.random() < 0.1:
        fields.append(("x_unknown", {"vendor": ["noise", 1]}))
    rng.shuffle(fields)
    return dict(fields)
