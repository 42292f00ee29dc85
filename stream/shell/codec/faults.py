"""What is wrong with bytes that are no record, as a word, a path and a sentence without any of their values."""

import re

import msgspec

from stream.shell.codec.refusal import Refusal, missing

_PLACE = re.compile(r"^(.*?)(?: - at (?:`key` in )?`([^`]*)`)?$", re.DOTALL)
_NO_JSON = "the record is not one JSON object in UTF-8"


class _Typed(msgspec.Struct):
    """A record of which only the type is looked at, as it stands."""

    type: msgspec.Raw


def check_bytes(value: bytes, bytes_max: int) -> None:
    """Raises Refusal for what is not worth decoding: too large, or not UTF-8 (msgspec passes over unknown fields)."""
    if len(value) > bytes_max:
        raise Refusal("too-large", f"the record has {len(value)} bytes, at most {bytes_max} are read")
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise not_json(error) from error


def not_json(error: Exception) -> Refusal:
    """The refusal for an error of a JSON parser."""
    if isinstance(error, RecursionError):
        return Refusal("not-json", "the record is nested too deeply")
    return Refusal("not-json", _NO_JSON)


def fault_in(value: bytes, error: msgspec.ValidationError) -> Refusal:
    """The fault that msgspec has found; behind it the bytes may still be no JSON, which then is what is wrong."""
    try:
        msgspec.json.decode(value, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as broken:
        return not_json(broken)
    match = _PLACE.match(str(error))
    said, path = (match.group(1), match.group(2) or "$") if match else (str(error), "$")
    if said == "Expected `str`" and path == "$.type":
        return _no_type(value)
    return _fault(said, path)


def _no_type(value: bytes) -> Refusal:
    """`type` is null, or no text: of a tag msgspec does not say what it is instead."""
    if bytes(msgspec.json.decode(value, type=_Typed).type) == b"null":
        return missing("$.type")
    return Refusal("wrong-type", "$.type: expected `str`", "$.type")


def _fault(said: str, path: str) -> Refusal:
    """What msgspec says of values stays out, they may be personal data."""
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
