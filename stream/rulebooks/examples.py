"""Examples beside a rulebook: what happened, what was known, and what is found then (examples/README.md)."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec import field as named

Fields = dict[str, Any]
"""A record as an example writes it: its telling fields, in the names of the contract."""


class Found(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding that an example expects; None = not compared, but for `qualifier` and `count`, which then are none."""

    contact: str = "c-1"
    rule: str | None = None
    severity: Literal["violation", "warning"] = "violation"
    state: Literal["confirmed", "provisional"] = "confirmed"
    qualifier: str | None = None
    count: int | None = None
    limit: int | None = None
    counted: list[str] | None = None
    window: tuple[Any, Any] | None = None
    message: str | None = None


class Blocked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block that an example expects, on one channel or several; times are TOML's, no `until` is no end."""

    channel: str | list[str]
    mode: str
    since: Any = named(name="from")
    until: Any = None
    limit: int | None = None
    person: str | None = None
    debt: str | None = None
    excepted: list[str] | None = named(name="except", default=None)
    debtor: str = "D1"


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One example; `blocks` and `hours` None = not looked at."""

    title: str
    now: Any = None
    contacts: list[Fields] = []
    facts: list[Fields] = []
    registry: list[Fields] = []
    findings: list[Found] = []
    blocks: list[Blocked] | None = None
    hours: dict[str, list[tuple[str, str]]] | None = None


class RuleExamples(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All examples of one rule, with the sentence of the law; `facts` and `registry` hold for each of them."""

    rule: str
    article: str
    law: str
    examples: list[Example]
    typical: dict[str, Fields] = {}
    facts: list[Fields] = []
    registry: list[Fields] = []

    def breaking(self) -> list[Example]:
        """The examples in which the rule is broken."""
        return [each for each in self.examples if any(found.rule in (None, self.rule) for found in each.findings)]

    def keeping(self) -> list[Example]:
        """The examples in which it is not."""
        return [each for each in self.examples if each not in self.breaking()]


def examples_of(rulebook: str) -> dict[str, RuleExamples]:
    """Rule id → its examples, of a rulebook that ships; none for another one."""
    every = (
        msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), RuleExamples) for file in _files(rulebook)
    )
    return {each.rule: each for each in every}


def typical_of(rulebook: str) -> dict[str, Fields]:
    """Name → fields of the contacts that examples are `like`."""
    file = _folder(rulebook) / "typical.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _files(rulebook: str) -> list[Traversable]:
    folder = _folder(rulebook)
    if not folder.is_dir():
        return []
    files = (file for file in folder.iterdir() if file.name.endswith(".toml") and file.name != "typical.toml")
    return sorted(files, key=lambda file: file.name)


def _folder(rulebook: str) -> Traversable:
    return resources.files("stream.rulebooks") / "examples" / rulebook
