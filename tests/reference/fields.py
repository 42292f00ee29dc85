"""The tables of contract §2-4 as data: the fields of a record, how each is read, and what stands where it is null."""

from dataclasses import dataclass
from typing import Any

from tests.reference import values
from tests.reference.values import Reader

REQUIRED = object()


@dataclass(frozen=True)
class Field:
    """How one field is read; `default` stands where it is null or absent."""

    read: Reader
    default: Any = REQUIRED


_MAYBE_TEXT = Field(values.text, None)
_MAYBE_FLAG = Field(values.flag, None)
_MAYBE_TIME = Field(values.time, None)
_FALSE = Field(values.flag, default=False)
_REVISION = Field(values.count, 0)
_TEXT = Field(values.text)
_TIME = Field(values.time)
_PERSON = Field(values.person)
_MODE = values.one_of("notice", "interactive")

CONTACT_TYPES = ("dial", "message", "visit", "letter")

_EVERY_CONTACT = {
    "contact_id": Field(values.contact_id),
    "revision": _REVISION,
    "voided": _FALSE,
    "institution": Field(values.institution),
    "agency": _MAYBE_TEXT,
    "debtor": Field(values.debtor),
    "role": Field(values.one_of("debtor", "guarantor", "contact", "heir", "other"), "debtor"),
    "person": Field(values.person, None),
    "debts": Field(values.list_of(values.text), ()),
    "product": _MAYBE_TEXT,
    "purpose": Field(values.one_of("collection", "locate", "relay", "service"), None),
    "mode": Field(_MODE, None),
    "direction": Field(values.one_of("outbound", "inbound"), "outbound"),
    "requested": _FALSE,
    "started_at": _TIME,
    "operator": _MAYBE_TEXT,
    "ai": _FALSE,
    "tool": _MAYBE_TEXT,
    "identity_disclosed": _MAYBE_FLAG,
    "identity_verified": _MAYBE_FLAG,
    "debt_disclosed": _MAYBE_FLAG,
    "labels": Field(values.list_of(values.text), ()),
    "payee": _MAYBE_TEXT,
    "permit": _MAYBE_TEXT,
}
_DIAL = {
    "medium": Field(values.one_of("voice", "video"), "voice"),
    "answered_at": _MAYBE_TIME,
    "ended_at": _MAYBE_TIME,
    "talk_seconds": Field(values.seconds, None),
    "answered_by": Field(values.one_of("human", "machine", "third_party", "network", "unknown"), "unknown"),
    "intent": Field(values.one_of("yes", "no", "unknown"), "unknown"),
    "template": _MAYBE_TEXT,
    "recording": _MAYBE_TEXT,
    "recording_announced": _MAYBE_FLAG,
}
_MESSAGE = {"medium": Field(values.one_of("sms", "rcs", "email", "im"), "sms"), "template": _MAYBE_TEXT}
_VISIT = {
    "ended_at": _MAYBE_TIME,
    "headcount": Field(values.count),
    "met_debtor": _MAYBE_FLAG,
    "communicated": _MAYBE_FLAG,
    "badge_shown": _MAYBE_FLAG,
    "entered_private": _MAYBE_FLAG,
    "entry_consent": _MAYBE_FLAG,
    "recording": _MAYBE_TEXT,
    "recording_announced": _MAYBE_FLAG,
}
_LETTER = {
    "medium": Field(values.one_of("post", "courier", "hand", "fax", "electronic"), "post"),
    "template": _MAYBE_TEXT,
    "received_by": Field(values.one_of("debtor", "family", "other", "left"), None),
    "sealed": _MAYBE_FLAG,
    "stamped": _MAYBE_FLAG,
    "cover_clean": _MAYBE_FLAG,
}
CONTACT_FIELDS = {
    "dial": {**_EVERY_CONTACT, **_DIAL},
    "message": {**_EVERY_CONTACT, **_MESSAGE},
    "visit": {**_EVERY_CONTACT, **_VISIT},
    "letter": {**_EVERY_CONTACT, **_LETTER},
}

_EVERY_FACT = {
    "fact_id": _TEXT,
    "revision": _REVISION,
    "voided": _FALSE,
    "institution": Field(values.institution),
    "debtor": Field(values.debtor),
    "at": _TIME,
    "recorded_at": _TIME,
}
_AGREEMENT = {
    "until": _MAYBE_TIME,
    "hours": Field(values.list_of(values.window, least=1), None),
    "channels": Field(values.list_of(values.one_of(*CONTACT_TYPES), least=1), None),
    "limits": Field(values.limits, ()),
}
_SETTLEMENT = {"debt": _MAYBE_TEXT}
_PLACEMENT = {"debt": _TEXT, "agency": _TEXT}
FACT_FIELDS: dict[str, dict[str, Field]] = {
    "agreement": {**_EVERY_FACT, **_AGREEMENT},
    "settled": {**_EVERY_FACT, **_SETTLEMENT},
    "reopened": {**_EVERY_FACT, **_SETTLEMENT},
    "refused": {**_EVERY_FACT, "person": _PERSON},
    "consented": {**_EVERY_FACT, "person": _PERSON},
    "willing_to_pay": {**_EVERY_FACT, "person": _PERSON},
    "unreachable": _EVERY_FACT,
    "reachable": _EVERY_FACT,
    "status": {**_EVERY_FACT, "value": Field(values.one_of("normal", "deceased", "incapacitated"))},
    "placed": {**_EVERY_FACT, **_PLACEMENT},
    "recalled": {**_EVERY_FACT, **_PLACEMENT},
}

ENTRY_FIELDS = {
    "kind": Field(values.one_of("agency", "tool", "template", "operator", "payee")),
    "id": Field(values.registry_id),
    "institution": Field(values.institution),
    "agency": _MAYBE_TEXT,
    "valid_from": _TIME,
    "valid_until": _MAYBE_TIME,
    "recorded_at": _TIME,
}
