"""What can be wrong with the conditions and fields of a rule: names, values, and types of contact that lack them."""

from collections.abc import Iterator
from itertools import product
from typing import Any, get_args

from msgspec import structs

from stream.core.contact import TYPES, TYPES_WITH, WORDS, Contact
from stream.core.kinds import AnyRule
from stream.core.kinds.field import Range
from stream.core.seen import DERIVED, Condition, fields_of
from stream.rulebooks.table import closest

NONE = "none"
_DERIVED_TYPES: dict[str, Any] = {"answered": bool, "to_debtor": bool, "exchange": bool}
_KINDS: dict[str, Any] = {field.name: field.type for field in structs.fields(Contact)} | _DERIVED_TYPES
_TYPES_WITH: dict[str, tuple[str, ...]] = TYPES_WITH | {"answered": ("dial",)}
_WRITE = {bool: "true or false", str: "text", int: "a whole number", float: "a number"}


def problems_of_conditions(rule: AnyRule) -> Iterator[str]:
    """Unknown fields, values that no contact has there, and fields that no looked-at contact has."""
    wrong = [problem for condition in rule.conditions() for problem in _problems_of(condition)]
    wrong += _problems_of_field(rule)
    yield from dict.fromkeys(wrong)
    if not wrong:
        yield from _problems_of_types(rule)


def _problems_of(condition: Condition) -> Iterator[str]:
    unknown = sorted(fields_of(condition))
    for name in unknown:
        yield f"{name} is not a field of a contact; {closest(name, sorted(_KINDS))}"
    for name, values in condition.items():
        if name not in unknown:
            for value in values if isinstance(values, tuple) else (values,):
                yield from _problems_of_value(name, value)


def _problems_of_value(name: str, value: Any) -> Iterator[str]:
    kinds = set(get_args(_KINDS[name])) or {_KINDS[name]}
    if value == NONE:
        return
    if name in WORDS and value not in WORDS[name]:
        yield f"{name} is never {value!r}; {closest(str(value), list(WORDS[name]))}"
    elif not any(kind in kinds and type(value) is kind for kind in _WRITE):
        allowed = " or ".join(words for kind, words in _WRITE.items() if kind in kinds)
        yield f"{name} is never {value!r}; " + (f"write {allowed}" if allowed else "no condition can look into a list")


def _problems_of_field(rule: AnyRule) -> Iterator[str]:
    """Of kinds that read a field themselves; the words of the rulebook are not fields of a contact."""
    for name in (*_field_of(rule), *getattr(rule, "per", ())):
        if name in DERIVED - set(Contact.__struct_fields__) or name not in _KINDS:
            yield f"{name} is not a field of a contact; {closest(name, list(Contact.__struct_fields__))}"
        elif isinstance(rule, Range) and not {int, float} & {_KINDS[name], *get_args(_KINDS[name])}:
            yield f"field: {name} is not a number; a rule of kind range needs one, such as headcount"


def _problems_of_types(rule: AnyRule) -> Iterator[str]:
    """A condition, or a rule, whose fields no type of contact has together."""
    looked_at = [types for condition in rule.when if (types := _types_of(condition))] or [TYPES]
    for condition in rule.when:
        if not _types_of(condition):
            yield f"when: no type of contact has {_named(condition)}; leave one out, or look at another type"
    for condition in (*_beyond_when(rule), *({name: NONE} for name in _field_of(rule))):
        types = _types_of(condition)
        if types and any(each in types for each in set().union(*looked_at)):
            continue
        seen = ", ".join(sorted(set().union(*looked_at)))
        yield f"no type of contact that it looks at ({seen}) has {_named(condition)}; correct `when` or the field"


def _types_of(condition: Condition) -> tuple[str, ...]:
    chosen = condition.get("type", TYPES)
    types = chosen if isinstance(chosen, tuple) else (chosen,)
    return tuple(each for each in TYPES if each in types and all(each in _TYPES_WITH.get(f, TYPES) for f in condition))


def _beyond_when(rule: AnyRule) -> list[Condition]:
    """The conditions of a rule that are met by contacts which `when` has selected."""
    return [condition for condition in rule.conditions() if not any(condition is each for each in rule.when)]


def _field_of(rule: AnyRule) -> tuple[str, ...]:
    name = getattr(rule, "field", None)
    return (name,) if isinstance(name, str) else ()


def _named(condition: Condition) -> str:
    types = condition.get("type")
    fields = " and ".join(name for name in condition if name != "type")
    return f"{fields} (type {types})" if types else fields
