"""References that look like personal data, and how they are masked (contract §2 and §7, 第十九条（二）)."""

import re
from datetime import date
from typing import Any

import msgspec

_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}", re.ASCII)
_ID_CARD = re.compile(r"\d{17}[\dXx]", re.ASCII)
# In a text for people: with a prefix to dial, in groups, of any date that could be meant, whatever the check digit.
_ANYWHERE = re.compile(
    r"(?<!\d)(?:(?:(?:\+|00)?86[ -]?|0)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|[1-9]\d{5}[ -]?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx])(?!\d)",
    re.ASCII,
)
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
_ESCAPED_HAN = r"\\u(?:3[4-9a-fA-F]|4[0-9a-cA-C]|4[e-fE-F]|[5-9][0-9a-fA-F])[0-9a-fA-F]{2}"
# A name's first character tells who is meant from who is not, and nobody's name.
_NAME = re.compile(f"({_HAN}|{_ESCAPED_HAN})((?:{_HAN}|{_ESCAPED_HAN})+)")
_ESCAPED_DIGIT = re.compile(r"\\u003([0-9])")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LENGTHS = frozenset({11, 13, 14, 18})
REFERENCES = ("debtor", "person")


def is_personal(reference: str) -> bool:
    """Whether the whole text is a mainland mobile number, or an ID-card number with a valid date and check digit."""
    if len(reference) not in _LENGTHS:
        return False
    return bool(_MOBILE.fullmatch(reference)) or is_id_card(reference)


def is_id_card(text: str) -> bool:
    """Eighteen characters, a date that exists, and the check digit of GB 11643."""
    if not _ID_CARD.fullmatch(text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[17].upper()


def masked_text(text: str) -> str:
    """A text as a person may see it: every phone and ID-card number in it is asterisks, and what only looks so too."""
    plain = _ESCAPED_DIGIT.sub(r"\1", text.translate(_WIDE_DIGITS))
    hidden = _ANYWHERE.sub(lambda number: re.sub(r"[\dXx]", "*", number.group()), plain)
    return text if hidden == plain else hidden


def masked_reference(text: str) -> str:
    """The same for what stands in a record: of a run of Chinese characters, a name it may be, only the first stays.

    Names in other scripts cannot be told from references.
    """
    return _NAME.sub(lambda name: name[1] + "*" * _length(name[2]), masked_text(text))


def _length(text: str) -> int:
    return len(re.sub(_ESCAPED_HAN, "*", text))


def personal_fields(value: bytes) -> dict[str, str]:
    """The reference fields of a record that hold personal data, with what they hold; nothing where it is no JSON."""
    try:
        record = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {name: text for name in REFERENCES if isinstance(text := record.get(name), str) and is_personal(text)}


def masked_key(key: bytes | None) -> bytes | None:
    """A record's key without a number where the debtor's reference stands: it may be there alone (第十九条（二）)."""
    institution, bar, debtor = (key or b"").partition(b"|")
    try:
        personal = is_personal(debtor.decode())
    except UnicodeDecodeError:
        return key
    return institution + bar + b"*" * len(debtor) if personal else key


def masked(value: bytes, key: bytes | None, found: dict[str, str]) -> tuple[bytes, bytes | None]:
    """Value and key with the numbers found replaced by asterisks, wherever they stand."""
    for number in found.values():
        stars = b"*" * len(number)
        value = value.replace(number.encode(), stars)
        key = key.replace(number.encode(), stars) if key is not None else None
    if personal_fields(value):
        # The number was written with JSON escapes, so that its digits do not stand in the bytes.
        value = _rewritten(value, set(found.values()))
    return value, key


def _rewritten(value: bytes, numbers: set[str]) -> bytes:
    record: dict[str, Any] = msgspec.json.decode(value)
    return msgspec.json.encode(
        {k: "*" * len(v) if isinstance(v, str) and v in numbers else v for k, v in record.items()}
    )
