"""What can be wrong with the conditions and fields of a rule: names, values, and types of contact that lack them."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from msgspec import structs

from stream.core.condition import Condition
from stream.core.contact import TYPES, TYPES_WITH, WORDS, Contact
from stream.core.kinds import AnyRule
from stream.core.kinds.field import Range
from stream.rulebooks.table import closest

NONE = "none"
_SAID: dict[str, Any] = {"answered": bool, "to_debtor": bool, "exchange": bool}
"""What the words of the rulebook say of a contact, beside its own fields."""
_HOLDS: dict[str, Any] = {field.name: field.type for field in structs.fields(Contact)} | _SAID
_TYPES_WITH: dict[str, tuple[str, ...]] = TYPES_WITH | {"answered": ("dial",)}
_WRITE = {bool: "true or false", str: "text", int: "a whole number", float: "a number"}


def problems_of_conditions(rule: AnyRule) -> Iterator[str]:
    """Unknown fields, values that no contact has there, and fields that no looked-at contact has."""
    wrong = [f"{key}: {problem}" for key, name in read_by(rule) for problem in _problems_of_field(rule, name)]
    for key, condition in conditions_of(rule):
        for name, values in condition.items():
            problems = _problems_of(name, values if isinstance(values, tuple) else (values,))
            wrong += [f"{key}: {problem}" for problem in problems]
    yield from dict.fromkeys(wrong)
    if not wrong:
        yield from _problems_of_types(rule)


def conditions_of(rule: AnyRule) -> list[tuple[str, Condition]]:
    """Every condition of a rule, with the key under which it stands; alternatives one by one."""
    every = []
    for key, value in structs.asdict(rule).items():
        alternatives = value if isinstance(value, tuple) else (value,)
        every += [(key, each) for each in alternatives if isinstance(each, dict)]
    return every


def read_by(rule: AnyRule) -> list[tuple[str, str]]:
    """The fields that a rule reads itself, without a condition, with the key that names them."""
    fields = [("per", name) for name in getattr(rule, "per", ())]
    return fields + ([("field", rule.field)] if hasattr(rule, "field") else [])


def _problems_of_field(rule: AnyRule, name: str) -> Iterator[str]:
    if name not in _HOLDS or name in _SAID:
        yield f"{name} is not a field of a contact; {closest(name, list(Contact.__struct_fields__))}"
    elif isinstance(rule, Range) and not _kinds(name) & {int, float}:
        yield f"{name} is not a number; a rule of kind range looks at one, such as headcount"


def _problems_of(name: str, values: tuple[Any, ...]) -> Iterator[str]:
    if name not in _HOLDS:
        yield f"{name} is not a field of a contact; {closest(name, list(_HOLDS))}"
        return
    for value in values:
        if value == NONE:
            if type(None) not in _kinds(name):
                yield f"{name} is never none: without a value it has its default; leave none out"
        elif name in WORDS and value not in WORDS[name]:
            yield f"{name} is never {value!r}; {closest(str(value), list(WORDS[name]))}"
        elif type(value) not in _kinds(name):
            allowed = " or ".join(words for kind, words in _WRITE.items() if kind in _kinds(name))
            yield f"{name} is never {value!r}; " + (f"write {allowed}" if allowed else "no condition looks into a list")


def _kinds(name: str) -> set[Any]:
    kind = _HOLDS[name]
    return {tuple} if get_origin(kind) is tuple else set(get_args(kind)) or {kind}


def _problems_of_types(rule: AnyRule) -> Iterator[str]:
    """A condition, or a rule, whose fields no type of contact has together."""
    looked_at = types_looked_at(rule)
    beyond: list[tuple[str, Condition]] = [(key, {name: NONE}) for key, name in read_by(rule)]
    for key, condition in conditions_of(rule):
        if key != "when":
            beyond.append((key, condition))
        elif not types_of(condition):
            yield f"when: no type of contact has {_named(condition)}; leave one of them out"
    for key, condition in beyond:
        if looked_at and not looked_at & types_of(condition):
            seen = ", ".join(each for each in TYPES if each in looked_at)
            yield f"{key}: no contact that it looks at ({seen}) has {_named(condition)}; correct `when` or `{key}`"


def types_looked_at(rule: AnyRule) -> set[str]:
    """The types of contact that `when` can select."""
    return set().union(*map(types_of, rule.when)) if rule.when else set(TYPES)


def types_of(condition: Condition) -> set[str]:
    """The types of contact that a condition allows and that have all of its fields."""
    chosen = condition.get("type", TYPES)
    types = chosen if isinstance(chosen, tuple) else (chosen,)
    return {each for each in TYPES if each in types and all(each in _TYPES_WITH.get(f, TYPES) for f in condition)}


def _named(condition: Condition) -> str:
    chosen = condition.get("type")
    fields = " and ".join(name for name in condition if name != "type")
    if chosen is None:
        return fields
    types = chosen if isinstance(chosen, tuple) else (chosen,)
    return f"{fields} and is a {' or '.join(map(str, types))}"
