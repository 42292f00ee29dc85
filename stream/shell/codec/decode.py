"""Bytes in, a typed record out, or a Refusal that names the field (contract §2-4, §7)."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.registry import Entry
from stream.shell.codec import shapes
from stream.shell.codec.build import contact_of, entry_of, fact_of
from stream.shell.codec.personal import is_personal, personal_fields
from stream.shell.codec.refusal import Refusal, missing

VALUE_BYTES_MAX = 64 * 1024

_RECORD = msgspec.json.Decoder(shapes.AnyRecord)
_FACTS: dict[str, msgspec.json.Decoder[Any]] = {
    "agreement": msgspec.json.Decoder(shapes.Agreement),
    "settled": msgspec.json.Decoder(shapes.AboutDebt),
    "reopened": msgspec.json.Decoder(shapes.AboutDebt),
    "placed": msgspec.json.Decoder(shapes.Placement),
    "recalled": msgspec.json.Decoder(shapes.Placement),
    "refused": msgspec.json.Decoder(shapes.AboutPerson),
    "consented": msgspec.json.Decoder(shapes.AboutPerson),
    "willing_to_pay": msgspec.json.Decoder(shapes.AboutPerson),
    "status": msgspec.json.Decoder(shapes.Status),
    "unreachable": msgspec.json.Decoder(shapes.AnyFact),
    "reachable": msgspec.json.Decoder(shapes.AnyFact),
}
_PLACE = re.compile(r"^(.*?)(?: - at (?:`key` in )?`([^`]*)`)?$", re.DOTALL)
_NO_JSON = "the record is not one JSON object in UTF-8"


class _Typed(msgspec.Struct):
    """A record of which only the type is looked at, as it stands."""

    type: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Record:
    """One input record that can be read: its type as in `type`, whom it is about, and what it says.

    `key` is the key that its Kafka record has to have; of a registry entry `debtor` is empty.
    """

    type: Literal["dial", "message", "visit", "letter", "fact", "registry"]
    institution: str
    debtor: str
    item: Contact | Fact | Entry

    @property
    def key(self) -> str:
        """`institution|debtor`, of a registry entry `institution|kind|id`."""
        if isinstance(self.item, Entry):
            return f"{self.institution}|{self.item.kind}|{self.item.id}"
        return f"{self.institution}|{self.debtor}"


class Decoder:
    """Decodes input records. `labels`: those that the rulebook judges; others are kept out of ledgers (contract §2).

    `reference_check`: refuse references that look like phone or ID-card numbers.
    """

    def __init__(self, labels: frozenset[str], *, reference_check: bool = True) -> None:
        self._labels = labels
        self._reference_check = reference_check

    def decode(self, value: bytes | None) -> Record:
        """The record in the bytes; raises Refusal."""
        if value is None:
            raise Refusal("not-json", "the record has no value (null)")
        try:
            _check_bytes(value)
            record = self._decoded(value)
        except Refusal as refusal:
            raise self._personal(value) or refusal from refusal
        if self._reference_check and record.type != "registry":
            personal = self._personal(value) if _looks_personal(record) else None
            if personal:
                raise personal
        return record

    def _decoded(self, value: bytes) -> Record:
        try:
            shape: shapes.AnyRecord = _RECORD.decode(value)
            if isinstance(shape, shapes.AnyFact):
                if shape.kind is None:
                    raise missing("$.kind")
                shape = _FACTS[shape.kind].decode(value)
        except msgspec.ValidationError as error:
            _check_json(value)
            raise _refusal_of(str(error), value) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_json(error) from error
        return self._built(shape)

    def _built(self, shape: shapes.AnyRecord) -> Record:
        if isinstance(shape, shapes.RegistryEntry):
            entry = entry_of(shape)
            return Record("registry", entry.institution, "", entry)
        if isinstance(shape, shapes.AnyFact):
            fact = fact_of(shape)
            return Record("fact", shape.institution or "", shape.debtor or "", fact)
        contact = contact_of(shape, self._labels)
        return Record(contact.type, shape.institution or "", shape.debtor or "", contact)  # type: ignore[arg-type] # the tag is one of the types

    def _personal(self, value: bytes) -> Refusal | None:
        found = personal_fields(value) if self._reference_check else {}
        if not found:
            return None
        path = f"$.{next(iter(found))}"
        return Refusal("personal-data", f"{path} looks like a phone or ID-card number; send an opaque reference", path)


def _looks_personal(record: Record) -> bool:
    person = getattr(record.item, "person", None)
    return is_personal(record.debtor) or (person is not None and is_personal(person))


def _check_bytes(value: bytes) -> None:
    """Raises Refusal for what is not worth decoding: too large, or not UTF-8 (msgspec passes over unknown fields)."""
    if len(value) > VALUE_BYTES_MAX:
        raise Refusal("too-large", f"the record has {len(value)} bytes, at most {VALUE_BYTES_MAX} are read")
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise _not_json(error) from error


def _check_json(value: bytes) -> None:
    """Raises Refusal where the bytes are no JSON to their end; a fault further in front was found before."""
    try:
        msgspec.json.decode(value, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> Refusal:
    if isinstance(error, RecursionError):
        return Refusal("not-json", "the record is nested too deeply")
    return Refusal("not-json", _NO_JSON)


def _refusal_of(message: str, value: bytes) -> Refusal:
    """The message of msgspec as a word and a sentence; what it says of values stays out, they may be personal data."""
    match = _PLACE.match(message)
    said, path = (match.group(1), match.group(2) or "$") if match else (message, "$")
    if said == "Expected `str`" and path == "$.type":
        # Of a tag that is no text msgspec does not say what it is instead.
        return _no_type(value)
    if said.startswith("Object missing required field"):
        return missing(f"{path}.{said.split('`')[1]}")
    if said.startswith(("Invalid enum value", "Invalid value")):
        return Refusal("bad-value", f"{path} is not one of the allowed words", path)
    expected = said.removeprefix("Expected ")
    if ", got " in expected:
        return Refusal("wrong-type", f"{path}: expected {expected}", path)
    if said.startswith("Expected"):
        return Refusal("bad-value", f"{path}: expected {expected}", path)
    return Refusal("bad-value", f"{path} is out of range", path)


def _no_type(value: bytes) -> Refusal:
    """`type` is null, or no text."""
    if msgspec.json.decode(value, type=_Typed).type == b"null":
        return missing("$.type")
    return Refusal("wrong-type", "$.type: expected `str`", "$.type")
