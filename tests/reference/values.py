"""One JSON value at a time: is it what contract §2-4 ask for? Every reader returns the value as we keep it."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

Reader = Callable[[Any], Any]

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_MOBILE = re.compile(r"(?:\+86|86)?1[3-9]\d{9}", re.ASCII)
_ID_CARD = re.compile(r"\d{17}[\dXx]", re.ASCII)
_ID_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CARD_CHECK_DIGITS = "10X98765432"


class DeadLetterError(Exception):
    """A line that cannot be judged; carries the machine word of contract §7."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def need(condition: object, word: str = "bad-value") -> None:
    """Refuse the line with that word unless the condition holds."""
    if not condition:
        raise DeadLetterError(word)


def text(value: Any) -> str:
    """'An empty string is a bad value in every field'."""
    need(isinstance(value, str), "wrong-type")
    need(value)
    return str(value)


def contact_id(value: Any) -> str:
    """'string 1..128'."""
    need(len(text(value)) <= 128)
    return str(value)


def institution(value: Any) -> str:
    """'`institution` and registry ids hold no `|`, and neither `institution` nor `debtor` is `*`'."""
    need("|" not in text(value) and value != "*")
    return str(value)


def registry_id(value: Any) -> str:
    """A registry id holds no `|`: it stands in the record's key."""
    need("|" not in text(value))
    return str(value)


def debtor(value: Any) -> str:
    """An opaque reference, not `*` and no phone or ID-card number."""
    need(text(value) != "*")
    return person(value)


def person(value: Any) -> str:
    """'refused as `personal-data`'."""
    need(not _MOBILE.fullmatch(text(value)) and not _is_id_card(value), "personal-data")
    return str(value)


def _is_id_card(value: str) -> bool:
    """'an 18-character ID-card number with a valid date and check digit' (GB 11643)."""
    if not _ID_CARD.fullmatch(value):
        return False
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], _ID_CARD_WEIGHTS, strict=True))
    return _ID_CARD_CHECK_DIGITS[total % 11] == value[17].upper()


def flag(value: Any) -> bool:
    """Read a JSON true or false, nothing that merely looks like one."""
    need(isinstance(value, bool), "wrong-type")
    return bool(value)


def count(value: Any) -> int:
    """'int ≥ 0'; 2.0 is an integer too, as in JSON Schema."""
    need(isinstance(value, int) or (isinstance(value, float) and value.is_integer()), "wrong-type")
    need(not isinstance(value, bool), "wrong-type")
    need(value >= 0)
    return int(value)


def seconds(value: Any) -> float:
    """'number ≥ 0'."""
    need(isinstance(value, int | float) and not isinstance(value, bool), "wrong-type")
    need(math.isfinite(value) and value >= 0)
    return float(value)


def time(value: Any) -> datetime:
    """'RFC 3339 with an offset; one without is refused; digits past the microsecond are cut off'."""
    need(isinstance(value, str), "wrong-type")
    parts = _TIME.fullmatch(value)
    if parts is None:
        raise DeadLetterError("bad-value")
    day, clock, fraction, offset = parts.groups()
    microsecond = (fraction or "")[:6].ljust(6, "0")
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}.{microsecond}{offset.upper()}")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DeadLetterError("bad-value") from None


def one_of(*allowed: str) -> Reader:
    """Read one of these words and no other."""

    def read(value: Any) -> str:
        need(text(value) in allowed)
        return str(value)

    return read


def list_of(item: Reader, *, least: int = 0) -> Reader:
    """Read a list, each of its items by `item`."""

    def read(value: Any) -> tuple[Any, ...]:
        need(isinstance(value, list), "wrong-type")
        need(len(value) >= least)
        return tuple(item(one) for one in value)

    return read


def window(value: Any) -> tuple[str, str]:
    """'`["HH:MM","HH:MM"]` in the policy's zone (00:00 to 24:00 …)'."""
    begin, end = _pair(value)
    need(_CLOCK.fullmatch(begin) and _CLOCK.fullmatch(end))
    return begin, end


def _pair(value: Any) -> tuple[str, str]:
    need(isinstance(value, list), "wrong-type")
    need(len(value) == 2)
    return text(value[0]), text(value[1])


def limits(value: Any) -> tuple[tuple[str, int | None], ...]:
    """'object limit name → int ≥ 0 or null'."""
    need(isinstance(value, dict), "wrong-type")
    return tuple(sorted((text(name), None if limit is None else count(limit)) for name, limit in value.items()))
