"""Bytes in, a typed record out, or a Refusal that names the field (contract §2-4, §7)."""

from typing import Any, Literal

import msgspec

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.registry import Entry
from stream.shell.codec import shapes
from stream.shell.codec.build import contact_of, entry_of, fact_of
from stream.shell.codec.faults import check_bytes, fault_in, not_json
from stream.shell.codec.limits import Limits
from stream.shell.codec.personal import is_personal, personal_fields
from stream.shell.codec.refusal import Refusal, missing

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
    "zone": msgspec.json.Decoder(shapes.Whereabouts),
    "unreachable": msgspec.json.Decoder(shapes.AnyFact),
    "reachable": msgspec.json.Decoder(shapes.AnyFact),
}


class Record(msgspec.Struct, frozen=True):
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

    `reference_check`: refuse references that look like phone or ID-card numbers. `limits`: what is too much.
    """

    def __init__(self, labels: frozenset[str], *, reference_check: bool = True, limits: Limits | None = None) -> None:
        self._labels = labels
        self._limits = limits or Limits()
        self.reference_check = reference_check

    def decode(self, value: bytes | None) -> Record:
        """The record in the bytes; raises Refusal."""
        if value is None:
            raise Refusal("not-json", "the record has no value (null)")
        try:
            check_bytes(value, self._limits.record_bytes_max)
            record = self._decoded(value)
        except Refusal as refusal:
            raise self._personal(value) or refusal from refusal
        if self.reference_check and record.type != "registry":
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
            raise fault_in(value, error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_json(error) from error
        self._limits.check(shape, len(value))
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
        found = personal_fields(value) if self.reference_check else {}
        if not found:
            return None
        path = f"$.{next(iter(found))}"
        return Refusal("personal-data", f"{path} looks like a phone or ID-card number; send an opaque reference", path)


def _looks_personal(record: Record) -> bool:
    person = getattr(record.item, "person", None)
    return is_personal(record.debtor) or (person is not None and is_personal(person))
