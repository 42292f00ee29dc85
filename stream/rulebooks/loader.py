"""Loads a rulebook and refuses what it does not know: `policy check` and the worker use this same loader."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace

from stream.core.kinds import AnyRule
from stream.core.rulebook import Rulebook, RulebookFile
from stream.core.seen import Words
from stream.rulebooks.checks import problems_of_file, problems_of_ids, problems_of_rule, problems_of_words
from stream.rulebooks.lengths import FILE_BYTES_MAX, RULES_MAX, lengths_of_file, lengths_of_rule
from stream.rulebooks.table import Table, closest, filled

KINDS: dict[str, type[AnyRule]] = {kind.__struct_config__.tag: kind for kind in get_args(AnyRule)}
_ENDING = ".toml"


class RulebookError(Exception):
    """A rulebook that cannot be used; `problems` are sentences that each name the place in the file and what to do."""

    def __init__(self, where: str, problems: list[str]) -> None:
        super().__init__(f"{where}: " + "; ".join(problems))
        self.where = where
        self.problems = problems


def shipped() -> list[str]:
    """The names of the rulebooks that come with the package."""
    files = resources.files("stream.rulebooks").iterdir()
    return sorted(file.name.removesuffix(_ENDING) for file in files if file.name.endswith(_ENDING))


def load(name_or_file: str) -> Rulebook:
    """The rulebook of that name, or in that file; raises RulebookError with every mistake that can be seen at once."""
    if name_or_file in shipped():
        text = (resources.files("stream.rulebooks") / f"{name_or_file}{_ENDING}").read_text(encoding="utf-8")
        return parse(name_or_file, text)
    path = Path(name_or_file)
    try:
        return parse(str(path), _text_in(path))
    except FileNotFoundError as error:
        known = ", ".join(shipped())
        raise RulebookError(name_or_file, [f"neither a file nor a rulebook that ships ({known})"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(name_or_file, [f"cannot be read: {error}"]) from error


def _text_in(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(FILE_BYTES_MAX + 1)
    if len(text) > FILE_BYTES_MAX:
        raise RulebookError(str(path), [f"larger than {FILE_BYTES_MAX} bytes; is it a rulebook?"])
    return text.decode()


def parse(where: str, text: str) -> Rulebook:
    """The rulebook in a TOML text."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(where, [f"not TOML: {error}"]) from error
    except RecursionError as error:
        raise RulebookError(where, ["lists or tables are nested too deeply; no rule needs more than three"]) from error
    return rulebook_of(where, table)


def rulebook_of(where: str, table: Table) -> Rulebook:
    """The rulebook in a table as TOML has it."""
    problems: list[str] = []
    file = _file(table, problems)
    if file is None:
        raise RulebookError(where, problems)
    return Rulebook(file)


def _file(table: Table, problems: list[str]) -> RulebookFile | None:
    """The file with its rules; None where something is wrong, all of which then stands in `problems`."""
    tables = table.get("rules")
    if not isinstance(tables, list) or not tables:
        problems.append("rules: there are none; write each as [[rules]]")
        tables = []
    if len(tables) > RULES_MAX:
        problems.append(f"rules: there are {len(tables)}; write {RULES_MAX} or fewer")
        tables = tables[:RULES_MAX]
    file = filled(RulebookFile, table | {"rules": []}, "", problems)
    if file is not None:
        problems += problems_of_file(file)
        problems += lengths_of_file(file)
    if isinstance(table.get("words"), dict) and (words := filled(Words, table["words"], "words.", [])):
        problems += problems_of_words(words)
    problems += problems_of_ids(tables)
    rules = [_rule(each, f"rule {_name(each, number)}: ", problems) for number, each in enumerate(tables, start=1)]
    if file is None or problems:
        return None
    return replace(file, rules=tuple(rules))


def _rule(table: Any, place: str, problems: list[str]) -> AnyRule | None:
    if not isinstance(table, dict):
        problems.append(f"{place}is not a table; write each rule as [[rules]]")
        return None
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        hint = "name one, such as limit, hours or field" if kind is None else closest(str(kind), list(KINDS))
        said = "is missing" if kind is None else f"there is none called {kind!r}"
        problems.append(f"{place}kind: {said}; {hint}")
        return None
    fields = {key: value for key, value in table.items() if key != "kind"}
    rule = filled(KINDS[kind], fields, place, problems)
    if rule is not None:
        problems += [f"{place}{problem}" for problem in (*problems_of_rule(rule), *lengths_of_rule(rule))]
    return rule


def _name(table: Any, number: int) -> str:
    """How messages name a rule: its id, or its place in the file where it has none."""
    name = table.get("id") if isinstance(table, dict) else None
    return name if isinstance(name, str) and name else f"number {number}"
