"""The most that one input record may hold, so that nothing that follows from it is too large for Kafka or Redis."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from stream.shell.codec import shapes
from stream.shell.codec.refusal import bad
from stream.shell.settings.settings import Settings

_ANY_LENGTH = frozenset({"recording", "permit"})
"""Texts that a record holds once and that nothing is kept by: an address with a signature in it may be long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the same names: bytes of a record, characters of a reference or time (a `recording` and a
    `permit` may be longer), debts of a contact, and hours, channels or limits of an agreement.
    """

    record_bytes_max: int = 64 * 1024
    reference_characters_max: int = 2048
    debts_per_contact_max: int = 1000
    items_per_agreement_max: int = 100

    def check(self, shape: shapes.AnyRecord, record_bytes: int) -> None:
        """Raises Refusal for a shape that holds more; it was made of so many bytes."""
        if isinstance(shape, shapes.AnyContact):
            _check_count("debts", shape.debts, self.debts_per_contact_max)
        elif isinstance(shape, shapes.Agreement):
            for name in ("hours", "channels", "limits"):
                _check_count(name, getattr(shape, name), self.items_per_agreement_max)
        if record_bytes > self.reference_characters_max:
            # In a shorter record, as most are, nothing can be longer.
            self._check_texts(shape)

    def _check_texts(self, shape: shapes.AnyRecord) -> None:
        for path, text in _texts(shape):
            if len(text) > self.reference_characters_max:
                raise bad(path, f"has {len(text)} characters, at most {self.reference_characters_max} are read")


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings give: the same for the worker and for `replay`."""
    return Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})


def _check_count(name: str, given: tuple[object, ...] | dict[str, int | None] | None, most: int) -> None:
    if given is not None and len(given) > most:
        raise bad(f"$.{name}", f"has {len(given)} items, at most {most} are read")


def _texts(shape: shapes.AnyRecord) -> Iterator[tuple[str, str]]:
    """References and times with their paths. The names in `limits` stay out of paths: they could be anything."""
    for name in shape.__struct_fields__:
        value = getattr(shape, name)
        if isinstance(value, str) and name not in _ANY_LENGTH:
            yield f"$.{name}", value
        elif name == "debts":
            yield from ((f"$.debts[{number}]", debt) for number, debt in enumerate(value or ()))
        elif name == "limits":
            yield from (("$.limits", limit) for limit in value or ())
