"""A rule in words: its numbers, what it blocks, which contacts it looks at."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from stream.core.condition import Condition
from stream.core.kinds import AnyRule
from stream.core.kinds.after import After
from stream.core.kinds.facts import Refusal, Settled
from stream.core.kinds.hours import Hours
from stream.core.kinds.limit import Limit
from stream.core.kinds.rolling import Rolling
from stream.core.rule import Number, Numbers, Rule

_IN_SHORT = {
    "talk_seconds_min": "talk ≥ {} s",
    "grace_seconds_max": "grace ≤ {} s",
    "days_min": "≥ {} days",
    "days": "{} days",
    "min": "≥ {}",
    "max": "≤ {}",
}
_MEANS = {
    "limit": "at most so many counted contacts a day",
    "rolling": "at most so many counted contacts within so many days, the contact's own the last of them",
    "after": "no contact for so many days after one of another sort",
    "local-hours": "no contact outside the hours that hold for it, by the clock where the debtor is",
    "hours": "no contact outside the hours that hold for it",
    "overrun": "no call that ends in hours in which none may be made; some of it is only a warning",
    "interval": "so many days between a contact and the one before it",
    "first": "what the first contact of an agency with a party has to be",
    "membership": "what is named has to be valid in the institution's register beforehand",
    "label": "a quality check gave one of these labels",
    "field": "what the contact itself says is a breach",
    "range": "a number of the contact has to lie within the law's",
    "missing": "what may come late, but has to come",
    "refusal": "a person refused, and has not consented since",
    "settled": "a debt was paid",
    "reachable": "others only while the debtor cannot be reached or cannot act",
    "placement": "one agency for a debt, and none without a mandate",
    "principle": "no finding of its own: it is kept by how all other rules are read",
}
_OF_EVERY_RULE = {field.name for field in structs.fields(Rule)}


def kind_of(rule: AnyRule) -> str:
    """Its kind as the file names it, and what that means."""
    tag = str(rule.__struct_config__.tag)
    return f"{tag}: {_MEANS[tag]}" if tag in _MEANS else tag


def numbers_of(rule: AnyRule) -> Iterator[tuple[str, Numbers]]:
    """Its numbers by name; that of a limit has the name by which agreements replace it."""
    for field in structs.fields(rule):
        if field.type == Numbers and (numbers := getattr(rule, field.name)):
            yield (rule.limit if isinstance(rule, Limit) and field.name == "numbers" else field.name), numbers


def in_short(rule: AnyRule) -> str:
    """Its numbers, those dated last: `3 a day, talk ≥ 6.0 s`."""
    newest = {name: numbers[-1].value for name, numbers in numbers_of(rule)}
    span = f"{newest.pop('days')} days" if isinstance(rule, Rolling) else ""
    per = f"{{}} in {span}" if span else "{} a day"
    return ", ".join(_IN_SHORT.get(name, per).format(value) for name, value in newest.items() if value != "none")


def dated(number: Number) -> str:
    """A number with its date."""
    return f"{number.value} from {number.since}"


def marks_of(rule: AnyRule) -> str:
    """Severity and what else a reader of a list has to know."""
    severity = "no findings" if rule.severity == "none" else rule.severity
    marks = (
        f"{severity} †" if rule.inbound else severity,
        rule.qualifier and f"qualifier {rule.qualifier}",
        "in shadow" if rule.shadow else "",
    )
    return ", ".join(mark for mark in marks if mark)


def block_of(rule: AnyRule) -> str:
    """What dialers, gateways and field apps are told; empty where nothing is."""
    match rule:
        case Rule(shadow=True):
            return ""
        case Limit(block=shape) | After(block=shape) if shape is not None:
            return f"{shape.channel}: {shape.mode}"
        case Refusal() | Settled():
            return "all channels: any"
        case Hours(against="quiet"):
            return "quiet hours"
        case Hours():
            return "agreed hours"
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
