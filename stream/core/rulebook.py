"""A rulebook: the law as data, armed for judging."""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import partial

import msgspec
from msgspec import Struct

from stream.core.hours import daily_hours
from stream.core.kinds import AnyRule
from stream.core.kinds.field import Label
from stream.core.kinds.membership import Membership
from stream.core.rule import Message
from stream.core.seen import Words
from stream.core.selection import Selection
from stream.core.zone import Zone


class RulebookFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rulebook as it stands in its TOML file."""

    name: str
    version: str
    title: Message
    source: str
    in_force_from: date
    words: Words
    rules: tuple[AnyRule, ...]


class Rulebook:
    """A rulebook with its zone and conditions made ready; `policy` is how records name it (`nifa-2024@1`).

    `beside`: rulebooks that run in shadow beside this one. `shadow`: this is such a one, its findings are marked so
    and it blocks nothing. `labels`: those that any of them judges; `own_labels`: those that this one does.
    """

    def __init__(self, file: RulebookFile, *, shadow: bool = False, beside: Sequence["Rulebook"] = ()) -> None:
        self.file = file
        self.shadow = shadow
        self.beside = tuple(beside)
        self.words = file.words
        self.zone = Zone(file.words.zone)
        self.quiet_hours = daily_hours((file.words.quiet_hours,))
        self.in_force_at = self.zone.at(file.in_force_from.toordinal(), 0)
        self.policy = f"{file.name}@{file.version}"
        self.own_labels: frozenset[str] = frozenset(label for rule in file.rules for label in _labels(rule))
        self.labels: frozenset[str] = self.own_labels.union(*(each.labels for each in beside))
        self._by_id = {rule.id: rule for rule in file.rules}
        self.blocking = [rule for rule in file.rules if not (shadow or rule.shadow) and any(rule.channels())]
        self.select = Selection(file.rules).of

    def __reduce__(self) -> tuple[object, ...]:
        """A rulebook goes to another process as its file."""
        return partial(Rulebook, shadow=self.shadow, beside=self.beside), (self.file,)

    @property
    def rules(self) -> tuple[AnyRule, ...]:
        """Every rule, in the order of the file."""
        return self.file.rules

    @property
    def speaking(self) -> str:
        """Names everything that judges, contents and all: another text means that every debtor is judged again."""
        text = msgspec.json.encode([each.file for each in (self, *self.beside)])
        digest = hashlib.blake2b(text, digest_size=8).hexdigest()
        return " beside ".join(each.policy for each in (self, *self.beside)) + f" #{digest}"

    def speaking_as(self, shadow_policy: str | None) -> "Rulebook":
        """The rulebook beside of that name, or this one."""
        return next((each for each in self.beside if each.file.name == shadow_policy), self)

    def rule(self, rule_id: str) -> AnyRule | None:
        """The rule of that id; None where another rulebook had it."""
        return self._by_id.get(rule_id)


def _labels(rule: AnyRule) -> tuple[str, ...]:
    return rule.labels if isinstance(rule, Label | Membership) else ()
