"""The sentences of findings: which places in them a rule of each kind can fill in."""

import string
from collections.abc import Iterator

from stream.core.kinds import AnyRule
from stream.core.kinds.after import After
from stream.core.kinds.facts import Placement
from stream.core.kinds.field import Label, Range
from stream.core.kinds.hours import Overrun
from stream.core.kinds.limit import Limit
from stream.core.kinds.local_hours import LocalHours
from stream.core.kinds.membership import Membership
from stream.core.kinds.sequence import Interval

_DETAILED = (After, LocalHours, Overrun, Interval, Membership, Label, Range, Placement)
"""Kinds that say what exactly was found."""


def problems_of_message(rule: AnyRule) -> Iterator[str]:
    """Places that nothing fills in, in both languages."""
    known = _places(rule)
    for language, sentence in (("zh", rule.message.zh), ("en", rule.message.en)):
        if not sentence.strip():
            yield f"message.{language}: is empty; say what was found"
        try:
            parts = [part[1:] for part in string.Formatter().parse(sentence) if part[1] is not None]
        except ValueError as error:
            yield f"message.{language}: {error}; write a brace twice where it is meant itself"
            continue
        for name, form, conversion in parts:
            if name not in known:
                yield f"message.{language}: nothing fills in {{{name}}}; {_fills_in(rule, known)}"
            elif form or conversion:
                yield f"message.{language}: {{{name}}} takes no format; write the name alone"


def _places(rule: AnyRule) -> tuple[str, ...]:
    if isinstance(rule, Limit):
        return ("count", "limit", "nth")
    return ("detail",) if isinstance(rule, _DETAILED) else ()


def _fills_in(rule: AnyRule, known: tuple[str, ...]) -> str:
    places = ", ".join(f"{{{name}}}" for name in known)
    kind = rule.__struct_config__.tag
    return f"kind {kind} has {places}" if known else f"kind {kind} fills in nothing"
