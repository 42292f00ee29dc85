"""Loads a rulebook and refuses what it does not know: `policy check` and the worker use this same loader."""

import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import msgspec

from stream.core.contact import CHANNELS, TYPES
from stream.core.hours import minute_of
from stream.core.kinds import AnyRule
from stream.core.rulebook import Rulebook, RulebookFile
from stream.core.seen import fields_of
from stream.core.zone import Zone

_PLACEHOLDERS = {"count", "limit", "nth", "detail"}


class RulebookError(Exception):
    """A rulebook that cannot be used; `problems` are sentences that each name the place in the file."""

    def __init__(self, where: str, problems: list[str]) -> None:
        super().__init__(f"{where}: " + "; ".join(problems))
        self.where = where
        self.problems = problems


def shipped() -> list[str]:
    """The names of the rulebooks that come with the package."""
    files = resources.files("stream.rulebooks").iterdir()
    return sorted(Path(file.name).stem for file in files if file.name.endswith(".toml"))


def load(name_or_file: str) -> Rulebook:
    """The rulebook of that name, or in that file; raises RulebookError with every mistake that can be seen at once."""
    if name_or_file in shipped():
        text = (resources.files("stream.rulebooks") / f"{name_or_file}.toml").read_text(encoding="utf-8")
        return parse(name_or_file, text)
    path = Path(name_or_file)
    try:
        return parse(str(path), path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(shipped())
        raise RulebookError(name_or_file, [f"neither a file nor a rulebook that ships ({known})"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(name_or_file, [f"cannot be read: {error}"]) from error


def parse(where: str, text: str) -> Rulebook:
    """The rulebook in a TOML text."""
    try:
        file = msgspec.convert(tomllib.loads(text), RulebookFile)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(where, [f"not TOML: {error}"]) from error
    except msgspec.ValidationError as error:
        raise RulebookError(where, [_explained(str(error), text)]) from error
    problems = [*_problems_of_words(file), *_problems_of_rules(file)]
    if problems:
        raise RulebookError(where, problems)
    return Rulebook(file)


def _explained(message: str, text: str) -> str:
    """msgspec's message with the rule's id in place of its number, so that it can be found in the file."""
    before, _, rest = message.partition("$.rules[")
    number, bracket, after = rest.partition("]")
    if not bracket or not number.isdigit():
        return message
    rules = tomllib.loads(text).get("rules", [])
    name = rules[int(number)].get("id", f"number {int(number) + 1}") if int(number) < len(rules) else number
    return f"rule {name}: {before}${after}"


def _problems_of_words(file: RulebookFile) -> Iterator[str]:
    try:
        Zone(file.words.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"words.zone: there is no time zone {file.words.zone!r}"
    for clock in file.words.quiet_hours:
        try:
            minute_of(clock)
        except ValueError:
            yield f"words.quiet_hours: {clock!r} is not HH:MM between 00:00 and 24:00"


def _problems_of_rules(file: RulebookFile) -> Iterator[str]:
    for name, times in Counter(rule.id for rule in file.rules).items():
        if times > 1:
            yield f"rule {name}: {times} rules have this id"
    for rule in file.rules:
        yield from (f"rule {rule.id}: {problem}" for problem in _problems_of(rule))


def _problems_of(rule: AnyRule) -> Iterator[str]:
    for name in ("id", "article", "clause"):
        if not getattr(rule, name).strip():
            yield f"{name} is empty"
    for condition in rule.conditions():
        for unknown in sorted(fields_of(condition)):
            yield f"{unknown!r} is not a field of a contact"
        types = condition.get("type", ())
        for value in (types,) if not isinstance(types, tuple) else types:
            if value not in TYPES:
                yield f"{value!r} is not a type of contact ({', '.join(TYPES)})"
    for channel in rule.channels():
        if channel not in CHANNELS:
            yield f"no channel {channel!r} carries blocks ({', '.join(CHANNELS)} do)"
    yield from _problems_of_numbers(rule)
    yield from _problems_of_message(rule)


def _problems_of_numbers(rule: AnyRule) -> Iterator[str]:
    for numbers in rule.dated():
        if not numbers:
            yield "its numbers are missing"
        for earlier, later in zip(numbers, numbers[1:], strict=False):
            if later.since <= earlier.since:
                yield f"numbers overlap: the one from {later.since} comes after the one from {earlier.since}"


def _problems_of_message(rule: AnyRule) -> Iterator[str]:
    for language, sentence in (("zh", rule.message.zh), ("en", rule.message.en)):
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
        except ValueError as error:
            yield f"message.{language}: {error}"
            continue
        for name in sorted(names - _PLACEHOLDERS):
            yield f"message.{language}: {{{name}}} is not known ({', '.join(sorted(_PLACEHOLDERS))} are)"
