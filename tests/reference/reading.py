"""From a line of a log to a contact, a fact or a registry entry, or to the word that says why not."""

import json
from typing import Any, NoReturn

from tests.reference.fields import CONTACT_FIELDS, ENTRY_FIELDS, FACT_FIELDS, REQUIRED, Field
from tests.reference.records import Contact, Entry, Fact, Json, Known
from tests.reference.values import DeadLetterError, need, text

_LINE_BYTES_MAX = 64 * 1024

Line = bytes | str | Json


def read(line: Line) -> Known:
    """Read one line; raises `DeadLetterError` with the machine word of contract §7."""
    record = line if isinstance(line, dict) else _parsed(line)
    kind = _required_text(record, "type")
    if kind in CONTACT_FIELDS:
        return _contact(record, kind)
    if kind == "fact":
        return _fact(record)
    need(kind == "registry")
    return Entry(**_fields(record, ENTRY_FIELDS))


def is_blank(line: Line) -> bool:
    """NDJSON allows empty lines; there is nothing in them to judge."""
    return isinstance(line, bytes | str) and not line.strip()


def _parsed(line: bytes | str) -> Json:
    raw = line.encode() if isinstance(line, str) else line
    need(len(raw) <= _LINE_BYTES_MAX, "too-large")
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise DeadLetterError("not-json") from None
    need(isinstance(value, dict), "wrong-type")
    return dict(value)


def _no_constant(name: str) -> NoReturn:
    """Python reads NaN and Infinity; JSON knows neither."""
    raise ValueError(name)


def _required_text(record: Json, name: str) -> str:
    need(record.get(name) is not None, "missing-field")
    return text(record[name])


def _fields(record: Json, table: dict[str, Field]) -> dict[str, Any]:
    """'Unknown fields are ignored … A null where a default stands means the default'."""
    found = {}
    for name, field in table.items():
        value = record.get(name)
        if value is None:
            need(field.default is not REQUIRED, "missing-field")
            found[name] = field.default
        else:
            found[name] = field.read(value)
    return found


def _contact(record: Json, kind: str) -> Contact:
    found = _fields(record, CONTACT_FIELDS[kind])
    del found["permit"]
    if found["role"] not in ("debtor", "guarantor"):
        need(found["person"] is not None and found["purpose"] is not None, "missing-field")
    need(kind != "letter" or found["product"] is not None, "missing-field")
    found["purpose"] = found["purpose"] or "collection"
    found["mode"] = found["mode"] or _default_mode(kind, found.get("medium"))
    _drop_impossible_end(found)
    return Contact(type=kind, **found)


def _default_mode(kind: str, medium: str | None) -> str:
    """'required for dials and for `im` messages; other messages and letters default `notice`, visits `interactive`'."""
    need(kind != "dial" and medium != "im", "missing-field")
    return "interactive" if kind == "visit" else "notice"


def _drop_impossible_end(found: dict[str, Any]) -> None:
    """'An `ended_at` before `answered_at` (or `started_at` where that is null) is read as null'."""
    begun = found.get("answered_at") or found["started_at"]
    ended = found.get("ended_at")
    if ended is not None and ended < begun:
        found["ended_at"] = None


def _fact(record: Json) -> Fact:
    kind = _required_text(record, "kind")
    need(kind in FACT_FIELDS)
    return Fact(kind=kind, **_fields(record, FACT_FIELDS[kind]))
