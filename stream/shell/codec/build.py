"""Makes contacts, facts and registry entries of input shapes: defaults, required fields, times (contract §2-4)."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import structs

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.hours import minute_of
from stream.core.registry import Entry
from stream.core.zone import zone_names
from stream.shell.codec import shapes
from stream.shell.codec.instant import optional_instant, parse_instant
from stream.shell.codec.refusal import bad, missing

_encode = msgspec.json.Encoder(order="deterministic").encode
"""The names in an agreement's `limits` come in any order."""
_PLAIN = (
    "agency", "person", "product", "operator", "tool", "template", "recording", "recording_announced",
    "identity_disclosed", "identity_verified", "debt_disclosed", "payee", "headcount", "met_debtor", "communicated",
    "badge_shown", "entered_private", "entry_consent", "received_by", "sealed", "stamped", "cover_clean",
)  # fmt: skip
_OR_DEFAULT: dict[str, Any] = {
    "revision": 0, "voided": False, "role": "debtor", "debts": (), "purpose": "collection", "direction": "outbound",
    "requested": False, "answered_by": "unknown", "intent": "unknown", "ai": False,
}  # fmt: skip
_DEFAULTS = tuple(_OR_DEFAULT.values())
_OTHERS = ("medium", "mode", "talk_seconds", "started_at", "answered_at", "ended_at", "labels")
_MADE = ("type", "medium", "mode", "talk_seconds", "started_at", "answered_at", "ended_at")
_BESIDE = ("contact_id", "digest", "occurred_at", "labels", "apart")
_MEDIUM = {"dial": "voice", "message": "sms", "letter": "post", "visit": None}
_MODE = {"message": "notice", "letter": "notice", "visit": "interactive"}
_HIMSELF = ("debtor", "guarantor")
_TALK_SECONDS_MAX = 10_000_000.0
"""Four months. A longer call is read as this long, so that its end stays a moment that the store can keep."""


def _picking(wanted: Iterable[str], held: Sequence[str]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Takes the values wanted out of those held and one more, None, which stands for the names that are not held."""
    return itemgetter(*(held.index(name) if name in held else len(held) for name in wanted))


# Contacts are most of what comes: their values go from tuple to tuple, without a look-up by name for each.
_PLAIN_OF = {shape: _picking(_PLAIN, shape.__struct_fields__) for shape in shapes.CONTACTS}
_OR_DEFAULT_OF = {shape: _picking(_OR_DEFAULT, shape.__struct_fields__) for shape in shapes.CONTACTS}
_OTHERS_OF = {shape: _picking(_OTHERS, shape.__struct_fields__) for shape in shapes.CONTACTS}
_KIND_OF = {shape: str(shape.__struct_config__.tag) for shape in shapes.CONTACTS}
_CONTACT = itemgetter(*map((*_PLAIN, *_OR_DEFAULT, *_MADE, *_BESIDE).index, Contact.__struct_fields__))


def contact_of(shape: shapes.AnyContact, labels: frozenset[str]) -> Contact:
    """The contact of a shape; raises Refusal for what is missing or not allowed."""
    form = type(shape)
    kind = _KIND_OF[form]
    given = (*structs.astuple(shape), None)
    medium, mode, talk_seconds, started_at, answered_at, ended_at, all_labels = _OTHERS_OF[form](given)
    _check_contact(shape, kind, medium)
    told = (
        *_PLAIN_OF[form](given),
        *[
            default if value is None else value
            for value, default in zip(_OR_DEFAULT_OF[form](given), _DEFAULTS, strict=True)
        ],
        kind,
        medium or _MEDIUM[kind],
        mode or _MODE[kind],
        None if talk_seconds is None else min(talk_seconds, _TALK_SECONDS_MAX) + 0.0,  # -0.0 is 0.0
        *_times(started_at, answered_at, ended_at),
    )
    digest = digest_of((*told, all_labels or ()))
    judged = tuple(label for label in all_labels if label in labels) if all_labels else ()
    return Contact(*_CONTACT((*told, shape.contact_id, digest, started_at, judged, "")))


def _check_contact(shape: shapes.AnyContact, kind: str, medium: str | None) -> None:
    if shape.contact_id is None or shape.institution is None or shape.debtor is None or shape.started_at is None:
        _require(shape, ("contact_id", "institution", "debtor", "started_at"))
    if "|" in (shape.institution or "") or "*" in (shape.institution, shape.debtor):
        _check_names(shape)
    if shape.role is not None and shape.role not in _HIMSELF:
        _require(shape, ("person", "purpose"))
    if shape.mode is None and (kind == "dial" or (kind == "message" and medium == "im")):
        raise missing("$.mode")
    if kind == "letter":
        _require(shape, ("product",))
    elif kind == "visit":
        _require(shape, ("headcount",))


def _times(started_at: str, answered_at: str | None, ended_at: str | None) -> tuple[int, int | None, int | None]:
    started = parse_instant(started_at, "$.started_at")
    answered = None if answered_at is None else parse_instant(answered_at, "$.answered_at")
    ended = None if ended_at is None else parse_instant(ended_at, "$.ended_at")
    if ended is not None and ended < (started if answered is None else answered):
        ended = None
    return started, answered, ended


def fact_of(shape: shapes.AnyFact) -> Fact:
    """The fact of a shape; raises Refusal for what is missing or not allowed."""
    _require(shape, ("fact_id", "institution", "debtor", "at", "recorded_at"))
    _check_names(shape)
    fields: dict[str, Any] = {
        "kind": shape.kind,
        "revision": shape.revision or 0,
        "voided": shape.voided or False,
        "at": parse_instant(shape.at or "", "$.at"),
        "recorded_at": parse_instant(shape.recorded_at or "", "$.recorded_at"),
        **_particulars(shape),
    }
    return Fact(fact_id=shape.fact_id or "", digest=digest_of(list(fields.values())), **fields)


def _particulars(shape: shapes.AnyFact) -> dict[str, Any]:
    match shape:
        case shapes.Agreement():
            _check_hours(shape.hours or ())
            until = optional_instant(shape.until, "$.until")
            return {"until": until, "hours": shape.hours, "channels": shape.channels, "limits": shape.limits}
        case shapes.Placement():
            _require(shape, ("debt", "agency"))
            return {"debt": shape.debt, "agency": shape.agency}
        case shapes.AboutDebt():
            return {"debt": shape.debt}
        case shapes.AboutPerson():
            _require(shape, ("person",))
            return {"person": shape.person}
        case shapes.Status():
            _require(shape, ("value",))
            return {"value": shape.value}
        case shapes.Whereabouts():
            _require(shape, ("value",))
            _check_zone(shape.value or "")
            return {"value": shape.value}
    return {}


def _check_hours(hours: Sequence[tuple[str, str]]) -> None:
    for number, window in enumerate(hours):
        for end, clock in enumerate(window):
            try:
                minute_of(clock)
            except ValueError as error:
                raise bad(f"$.hours[{number}][{end}]", "is not HH:MM between 00:00 and 24:00") from error


def _check_zone(name: str) -> None:
    if name not in zone_names():
        raise bad("$.value", "is not a time zone's name in the IANA database, such as America/New_York")


def entry_of(shape: shapes.RegistryEntry) -> Entry:
    """The registry entry of a shape; raises Refusal for what is missing or not allowed."""
    _require(shape, ("kind", "id", "institution", "valid_from", "recorded_at"))
    _check_names(shape)
    return Entry(
        institution=shape.institution or "",
        kind=shape.kind or "",
        id=shape.id or "",
        agency=shape.agency,
        valid_from=parse_instant(shape.valid_from or "", "$.valid_from"),
        valid_until=optional_instant(shape.valid_until, "$.valid_until"),
        recorded_at=parse_instant(shape.recorded_at or "", "$.recorded_at"),
    )


def _require(shape: object, names: Sequence[str]) -> None:
    for name in names:
        if getattr(shape, name) is None:
            raise missing(f"$.{name}")


def _check_names(shape: object) -> None:
    """No `|` where keys are split at it, and no `*`, which means everybody (contract §2)."""
    for name in ("institution", "id"):
        if "|" in (getattr(shape, name, None) or ""):
            raise bad(f"$.{name}", "holds a |, which separates the parts of keys")
    for name in ("institution", "debtor"):
        if getattr(shape, name, None) == "*":
            raise bad(f"$.{name}", "is *, which stands for everybody")


def digest_of(values: Sequence[Any]) -> str:
    """Stands for a whole record, so that two different ones of one revision are told apart (contract §2: conflict)."""
    return hashlib.blake2b(_encode(values), digest_size=8).hexdigest()
