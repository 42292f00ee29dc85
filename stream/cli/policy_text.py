"""A rule in words: its numbers, what it blocks, which contacts it looks at."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from stream.core.condition import Condition
from stream.core.contact import CHANNELS
from stream.core.kinds import AnyRule
from stream.core.kinds.facts import Refusal, Settled
from stream.core.kinds.hours import Hours
from stream.core.kinds.limit import Limit
from stream.core.rule import Number, Numbers, Rule

_OF_EVERY_RULE = {field.name for field in structs.fields(Rule)}


def kind_of(rule: AnyRule) -> str:
    """The name of its kind, as the file has it."""
    return str(rule.__struct_config__.tag)


def numbers_of(rule: AnyRule) -> Iterator[tuple[str, Numbers]]:
    """Its numbers by name; that of a limit has the name by which agreements replace it."""
    for field in structs.fields(rule):
        if field.type == Numbers and (numbers := getattr(rule, field.name)):
            yield (rule.limit if isinstance(rule, Limit) and field.name == "numbers" else field.name), numbers


def newest(numbers: Numbers) -> str:
    """The number that is dated last."""
    return f"{numbers[-1].value}"


def dated(number: Number) -> str:
    """A number with its date."""
    return f"{number.value} from {number.since}"


def marks_of(rule: AnyRule) -> str:
    """Severity and what else a reader of a list has to know."""
    marks = [rule.severity if rule.severity != "none" else "no findings"]
    marks += ["inbound too (†)"] if rule.inbound else []
    marks += [f"qualifier {rule.qualifier}"] if rule.qualifier else []
    return ", ".join(marks + (["in shadow"] if rule.shadow else []))


def block_of(rule: AnyRule) -> str:
    """What dialers, gateways and field apps are told; empty where nothing is."""
    everywhere = ", ".join(CHANNELS)
    match rule:
        case Rule(shadow=True):
            return ""
        case Limit(block=shape) if shape is not None:
            return f"{shape.channel}: {shape.mode}, to the end of the day"
        case Refusal():
            return f"{everywhere}: any, that person, no end"
        case Settled():
            return f"{everywhere}: any, no end"
        case Hours(against="quiet"):
            return "the institution's quiet hours"
        case Hours():
            return "the debtor's agreed hours"
    return ""


def looks_at(rule: AnyRule) -> list[str]:
    """The contacts that the rule looks at, one line for each alternative."""
    return [met(condition) for condition in rule.when] or ["every contact"]


def met(condition: Condition) -> str:
    """A condition as the file has it: `type = dial or message, requested = false`."""
    return ", ".join(f"{name} = {_values(values)}" for name, values in condition.items())


def particulars(rule: AnyRule) -> Iterator[tuple[str, str]]:
    """What only rules of its kind have, by name, without numbers and blocks; what has its default is left out."""
    for field in structs.fields(rule):
        value = getattr(rule, field.name)
        if field.name in _OF_EVERY_RULE or field.name == "block" or field.type == Numbers or value == field.default:
            continue
        yield field.name, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return met(value)
    if isinstance(value, tuple):
        return "; ".join(_said(each) for each in value)
    return _values(value)


def _values(values: Any) -> str:
    several = values if isinstance(values, tuple) else (values,)
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in several)
