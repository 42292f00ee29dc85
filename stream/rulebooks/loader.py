"""Loads a rulebook and refuses what it does not know: `policy check` and the worker use this same loader."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from stream.core.rulebook import Rulebook, RulebookFile
from stream.rulebooks.checks import problems_of_file, problems_of_rule
from stream.rulebooks.kinds import kind_of
from stream.rulebooks.table import Table, filled

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
        return parse(str(path), path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(shipped())
        raise RulebookError(name_or_file, [f"neither a file nor a rulebook that ships ({known})"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(name_or_file, [f"cannot be read: {error}"]) from error


def parse(where: str, text: str) -> Rulebook:
    """The rulebook in a TOML text."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(where, [f"not TOML: {error}"]) from error
    problems: list[str] = []
    file = _file(table, problems)
    if file is None or problems:
        raise RulebookError(where, problems)
    return Rulebook(file)


def _file(table: Table, problems: list[str]) -> RulebookFile | None:
    """The file with those of its rules that are whole; what is wrong with the rest goes to `problems`."""
    tables = table.get("rules", [])
    if not isinstance(tables, list) or not tables:
        problems.append("rules: there are none; write each as [[rules]]")
        tables = []
    head = {key: value for key, value in table.items() if key != "rules"} | {"rules": []}
    file = filled(RulebookFile, head, "", problems)
    if file is not None:
        problems += problems_of_file(file, [each.get("id") for each in tables if isinstance(each, dict)])
    rules = [rule for number, each in enumerate(tables, start=1) for rule in _rule(each, number, problems)]
    return None if file is None else RulebookFile(**_fields(file) | {"rules": tuple(rules)})
