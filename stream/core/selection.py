"""Which rules look at a contact, without asking each of them."""

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from stream.core.condition import Test, any_of, place_of
from stream.core.rule import ContactRule, RestsOn, Rule, WindowRule
from stream.core.seen import Seen

_REMEMBERED_MAX = 20_000


class Selected(NamedTuple):
    """The rules that may have something to say of a contact: those that judge it alone, by what they rest on, and
    those that look at it among others.
    """

    alone: tuple[ContactRule, ...]
    by_facts: tuple[ContactRule, ...]
    by_registry: tuple[ContactRule, ...]
    windows: tuple[WindowRule, ...]


class Selection:
    """Remembers the answer by the values of the few fields that conditions name.

    A rulebook has some forty rules, but contacts meet their conditions in a few hundred ways: one look-up per contact
    stands for forty tests.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: list[tuple[Rule, Test]] = [(rule, any_of(rule.when)) for rule in rules]
        named = {name for rule, _ in self._rules for name in _names(rule)}
        self._signature = attrgetter(*(place_of(name) for name in sorted({"type", "direction", *named})))
        self._remembered: dict[tuple[object, ...], Selected] = {}

    def of(self, seen: Seen) -> Selected:
        """The rules that look at this contact."""
        signature = self._signature(seen)
        selected = self._remembered.get(signature)
        if selected is None:
            if len(self._remembered) >= _REMEMBERED_MAX:
                self._remembered.clear()
            selected = self._remembered[signature] = self._select(seen)
        return selected

    def _select(self, seen: Seen) -> Selected:
        inbound = seen.contact.direction == "inbound"
        looking = [rule for rule, looks_at in self._rules if (rule.looks_at_inbound or not inbound) and looks_at(seen)]
        by: dict[RestsOn, list[ContactRule]] = {"nothing": [], "contact": [], "facts": [], "registry": []}
        for rule in looking:
            if isinstance(rule, ContactRule):
                by[rule.rests_on(seen)].append(rule)
        return Selected(
            tuple(by["contact"]),
            tuple(by["facts"]),
            tuple(by["registry"]),
            tuple(rule for rule in looking if isinstance(rule, WindowRule)),
        )


def _names(rule: Rule) -> Iterator[str]:
    for condition in rule.when:
        yield from condition
    if isinstance(rule, ContactRule):
        yield from rule.looks_at()
