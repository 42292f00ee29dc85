"""Input records as a sender writes them, and what the decoder makes of them."""

import json
from typing import Any

import pytest

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.rulebooks.loader import load
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.refusal import Refusal

DECODER = Decoder(load("nifa-2024").labels)
MOBILE = "13912345678"
ID_CARD = "11010519491231002X"
AT = "2026-11-23T14:05:11+08:00"


def dial(**changes: Any) -> dict[str, Any]:
    """A dial with what is required, changed."""
    required = {"type": "dial", "contact_id": "c-1", "institution": "bank-a", "debtor": "D1", "mode": "interactive"}
    return {**required, "started_at": AT, **changes}


def agreement(**changes: Any) -> dict[str, Any]:
    """An agreement on nothing, changed."""
    where = {"type": "fact", "fact_id": "f-1", "kind": "agreement", "institution": "bank-a", "debtor": "D1"}
    return {**where, "at": AT, "recorded_at": AT, **changes}


def entry(**changes: Any) -> dict[str, Any]:
    """A registry entry of a tool, changed."""
    what = {"type": "registry", "kind": "tool", "id": "t-1", "institution": "bank-a"}
    return {**what, "valid_from": AT, "recorded_at": AT, **changes}


def written(record: Any) -> bytes:
    """A record as JSON."""
    return json.dumps(record, ensure_ascii=False).encode()


def decoded(record: dict[str, Any], decoder: Decoder = DECODER) -> Record:
    """What the decoder makes of a record."""
    return decoder.decode(written(record))


def contact_of(record: dict[str, Any]) -> Contact:
    """The contact in a record."""
    item = decoded(record).item
    assert isinstance(item, Contact)
    return item


def fact_of(record: dict[str, Any]) -> Fact:
    """The fact in a record."""
    item = decoded(record).item
    assert isinstance(item, Fact)
    return item


def refusal_of(value: bytes | dict[str, Any] | None, decoder: Decoder = DECODER) -> Refusal:
    """Why the decoder refuses it."""
    with pytest.raises(Refusal) as raised:
        decoder.decode(written(value) if isinstance(value, dict) else value)
    return raised.value


def outcome_of(value: bytes, decoder: Decoder = DECODER) -> Record | Refusal:
    """What the decoder makes of any bytes: there is nothing else that may happen."""
    try:
        return decoder.decode(value)
    except Refusal as refusal:
        return refusal
