"""What can be wrong with a rulebook whose every field is of its type: each mistake a sentence that says what to do."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from msgspec import structs

from stream.core.contact import CHANNELS, WORDS
from stream.core.hours import minute_of
from stream.core.kinds import AnyRule
from stream.core.kinds.after import After
from stream.core.kinds.facts import Reachable
from stream.core.kinds.field import Field, Label, Principle, Range
from stream.core.kinds.limit import Limit
from stream.core.kinds.local_hours import LocalHours
from stream.core.kinds.rolling import Rolling
from stream.core.kinds.sequence import Interval
from stream.core.rule import Numbers
from stream.core.rulebook import RulebookFile
from stream.core.seen import Words
from stream.core.zone import Zone
from stream.rulebooks.conditions import problems_of_conditions, types_looked_at
from stream.rulebooks.sentences import problems_of_message
from stream.rulebooks.table import closest

QUALIFIERS = ("grace", "recorded-late", "house")
STATUSES = ("normal", "deceased", "incapacitated")
FACTS_ABOUT_PERSONS = ("refused", "consented", "willing_to_pay")
_WHOLE: dict[type, tuple[str, ...]] = {
    Limit: ("numbers",),
    Rolling: ("numbers", "days"),
    After: ("days",),
    Interval: ("days_min",),
}
"""Numbers of things that have no halves."""
_DAYS = ("days", "days_min")
WINDOW_DAYS_MAX = 7
"""Contacts are kept for the horizon and the longest window (rules.md: horizon); a longer one would judge wrongly."""
_NUMBER_MAX = 1_000_000_000
RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What rules and rulebooks may be called, as the schemas of findings and blocks say, too."""


def problems_of_file(file: RulebookFile) -> Iterator[str]:
    """Mistakes in what stands above the rules."""
    if not RULE_ID.fullmatch(file.name):
        yield f"name: {file.name!r} is no name; write letters, digits, dots and dashes"
    if not file.version.strip():
        yield "version: is empty; findings are marked with it, write one"


def problems_of_words(words: Words) -> Iterator[str]:
    """Mistakes in how the words of the law are read."""
    try:
        Zone(words.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"words.zone: there is no time zone {words.zone!r}; write a name such as Asia/Shanghai"
    for clock in words.quiet_hours:
        if not _is_clock(clock):
            yield f"words.quiet_hours: {clock!r} is no time of day; write HH:MM between 00:00 and 24:00"
    yield from _problems_of_choice("words.himself", words.himself, WORDS["role"])
    yield from _problems_of_choice("words.not_answered_by", words.not_answered_by, WORDS["answered_by"])
    yield from _problems_of_choice("words.no_exchange_with", words.no_exchange_with, WORDS["answered_by"])


def problems_of_ids(tables: list[Any]) -> Iterator[str]:
    """Ids that several rules have; a finding is named after its rule."""
    ids = Counter(str(table["id"]) for table in tables if isinstance(table, dict) and "id" in table)
    yield from (
        f"rule {name}: id: {times} rules have it; give each its own" for name, times in ids.items() if times > 1
    )


def problems_of_rule(rule: AnyRule) -> Iterator[str]:
    """Mistakes in one rule, without its name."""
    yield from _problems_of_place(rule)
    yield from problems_of_conditions(rule)
    yield from _problems_of_block(rule)
    yield from _problems_of_numbers(rule)
    yield from problems_of_message(rule)
    if isinstance(rule, Label) and not rule.labels:
        yield "labels: is empty, so nothing is ever found; name the labels of the quality check"
    if isinstance(rule, Reachable):
        yield from _problems_of_choice("cannot_act", rule.cannot_act, STATUSES)
    if isinstance(rule, Field) and rule.unless_fact is not None:
        yield from _problems_of_choice("unless_fact", (rule.unless_fact,), FACTS_ABOUT_PERSONS)


def _is_clock(text: str) -> bool:
    try:
        minute_of(text)
    except ValueError:
        return False
    return True


def _problems_of_choice(place: str, given: tuple[str, ...], known: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{place}: there is no {each!r}; {closest(each, list(known))}" for each in given if each not in known)


def _problems_of_place(rule: AnyRule) -> Iterator[str]:
    if not RULE_ID.fullmatch(rule.id):
        yield "id: is no name; write letters, digits, dots and dashes"
    if not rule.article.strip():
        yield "article: is empty; name the article and item of the law"
    if not rule.clause.strip():
        yield "clause: is empty; quote the sentence of the law word for word"
    if (rule.severity == "none") != isinstance(rule, Principle):
        yield "severity: none is for kind principle, and only for it; write violation or warning otherwise"
    if rule.qualifier is not None:
        yield from _problems_of_choice("qualifier", (rule.qualifier,), QUALIFIERS)


def _problems_of_block(rule: AnyRule) -> Iterator[str]:
    key = "block_on" if isinstance(rule, LocalHours) else "block.channel"
    for channel in dict.fromkeys(rule.channels()):
        if channel not in CHANNELS:
            yield f"{key}: no topic carries blocks for {channel!r}; write one of {', '.join(CHANNELS)}"
        elif isinstance(rule, Limit) and (counts := types_looked_at(rule)) and channel not in counts:
            counted = ", ".join(sorted(counts))
            yield f"block.channel: it counts {counted} and would block {channel}; block what is counted"


def _problems_of_numbers(rule: AnyRule) -> Iterator[str]:
    if isinstance(rule, Range) and not (rule.min or rule.max):
        yield "min, max: both are missing; give the number with the date from which it holds"
    for field in structs.fields(rule):
        if field.type == Numbers:
            problems = _problems_of_one(getattr(rule, field.name), required=field.required)
            yield from (f"{field.name}: {problem}" for problem in problems)
            if field.name in _WHOLE.get(type(rule), ()):
                values = (number.value for number in getattr(rule, field.name) if number.value != "none")
                yield from (f"{field.name}: {each} is no whole number; write one" for each in values if each % 1)
            if field.name in _DAYS:
                days = (number.value for number in getattr(rule, field.name) if number.value != "none")
                yield from (f"{field.name}: {_too_long(each)}" for each in days if each > WINDOW_DAYS_MAX)


def _too_long(days: float) -> str:
    return f"contacts are not kept for {days:g} days; write {WINDOW_DAYS_MAX} or fewer"


def _problems_of_one(numbers: Numbers, *, required: bool) -> Iterator[str]:
    if required and not numbers:
        yield "there are none; write [{ from = 2024-05-15, value = 3 }]"
    for earlier, later in pairwise(numbers):
        if later.since == earlier.since:
            yield f"two of them hold from {later.since}; leave one"
        elif later.since < earlier.since:
            yield f"the one from {later.since} comes after that from {earlier.since}; put them in order"
    for value in (number.value for number in numbers):
        if not isinstance(value, str) and not 0 <= value <= _NUMBER_MAX:
            yield f"{value} is no number of a law; write 0 or more, or none"
