"""A TOML table becomes a struct, or every mistake in it a sentence: what is wrong where, and what to write instead."""

import difflib
import re
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct, structs

Table = dict[str, Any]
_S = TypeVar("_S", bound=Struct)

_WRITE = {
    "id": "name the rule, such as NIFA-9-HOURS",
    "article": "name the article and item of the law, such as 第九条",
    "clause": "quote the sentence of the law word for word",
    "severity": "violation for 不应, 应, 不得, 仅可; warning for 不宜, 宜",
    "message": "write what a finding says: { zh = …, en = … }",
    "when": "write alternatives in a list: when = [{ … }]",
    "from": "a number needs the date from which it holds: { from = 2024-05-15, value = 3 }",
    "numbers": "give the number with the date from which it holds: [{ from = 2024-05-15, value = 3 }]",
    "value": "write a number, or none where the law gives none",
    "zh": "write the sentence in Chinese",
    "en": "write the sentence in English",
    "words": "say how the words of the law are read: [words]",
    "quiet_hours": 'write where they begin and end: ["22:00", "08:00"]',
    "in_force_from": "write a date: 2024-05-15",
}
"""What to write, where a field is missing or of another type; `from` and the like stand for all numbers."""
_NUMBERS = ("numbers", "grace_seconds_max", "talk_seconds_min", "days_min", "min", "max")
_LISTED_MAX = 20
_CALLED = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "a table", "date": "a date", "datetime": "a date with a time", "time": "a time",
}  # fmt: skip


def filled(struct: type[_S], table: Table, place: str, problems: list[str]) -> _S | None:
    """The struct that the table describes; None where something is wrong, which then stands in `problems`.

    `place` is written before the name of each field: `rule NIFA-9-HOURS: `, `words.`.
    """
    known = len(problems)
    fields = {field.encode_name: field for field in structs.fields(struct)}
    problems += [f"{place}{name}: {_unknown(name, fields)}" for name in table if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[field.name] = _value(field.type, table[name], f"{place}{name}", problems)
        elif field.required:
            problems.append(f"{place}{name}: is missing; {to_write(name, struct)}")
    return struct(**values) if len(problems) == known else None


def closest(name: str, known: list[str]) -> str:
    """A hint at the name that was probably meant, or at all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {', '.join(sorted(known))}" if len(known) <= _LISTED_MAX else "see the fields of input records"


def to_write(name: str, struct: type[Struct]) -> str:
    """What to write into a field that has to be there."""
    return _WRITE["numbers"] if name in _NUMBERS else _WRITE.get(name, f"{_title(struct)} needs it")


def _value(kind: Any, given: Any, place: str, problems: list[str]) -> Any:
    inner, several = _struct_in(kind), get_origin(kind) is tuple
    if inner is not None and not several and isinstance(given, dict):
        return filled(inner, given, f"{place}.", problems)
    if inner is not None and several and isinstance(given, list) and all(isinstance(each, dict) for each in given):
        return tuple(filled(inner, each, f"{place}[{n}].", problems) for n, each in enumerate(given, start=1))
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        problems.append(f"{place}: {_reworded(str(error))}; {_instead(kind, place)}".removesuffix("; "))
        return None


def _struct_in(kind: Any) -> type[Struct] | None:
    """The struct that a field holds: itself, or none, or a list of it."""
    for each in (kind, *(get_args(kind) if isinstance(kind, UnionType) or get_origin(kind) is tuple else ())):
        if isinstance(each, type) and issubclass(each, Struct):
            return each
    return None


def _unknown(name: str, fields: Table) -> str:
    return f"is not known here; {closest(name, list(fields))}"


def _reworded(message: str) -> str:
    """Msgspec's message in words of the file instead of Python's."""
    said, _, path = message.partition(" - at ")
    said = said.replace("Invalid enum value", "is never").replace("Invalid RFC3339 encoded date", "is no date")
    words = re.sub(r"`([^`]*)`", lambda match: " or ".join(_called(each) for each in match[1].split(" | ")), said)
    position = re.match(r"`(?:key in )?\$\[(\d+)\]", path)
    return words[:1].lower() + words[1:] + (f" (number {int(position[1]) + 1} of the list)" if position else "")


def _called(name: str) -> str:
    return _CALLED.get(name, name)


def _instead(kind: Any, place: str) -> str:
    if get_origin(kind) is Literal:
        return f"write one of {', '.join(get_args(kind))}"
    name = re.split(r"[.: ]", place)[-1]
    return _WRITE["numbers"] if name in _NUMBERS else _WRITE.get(name, "")


def _title(struct: type[Struct]) -> str:
    tag = struct.__struct_config__.tag
    return f"a rule of kind {tag}" if tag else "a rulebook" if struct.__name__ == "RulebookFile" else "this table"
