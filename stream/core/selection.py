"""Which rules look at a contact, without asking each of them."""

from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from stream.core.condition import Test, any_of, place_of
from stream.core.rule import ContactRule, Rule, WindowRule
from stream.core.seen import Seen

_REMEMBERED_MAX = 20_000


class Selected(NamedTuple):
    """The rules whose `when` a contact meets: those that judge it alone, and those that look at it among others."""

    alone: tuple[ContactRule, ...]
    windows: tuple[WindowRule, ...]


class Selection:
    """Remembers the answer by the values of the few fields that conditions name.

    A rulebook has some forty rules, but contacts meet their conditions in a few hundred ways: one look-up per contact
    stands for forty tests.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: list[tuple[Rule, Test]] = [(rule, any_of(rule.when)) for rule in rules]
        named = {name for rule, _ in self._rules for condition in rule.when for name in condition}
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
        return Selected(
            tuple(rule for rule in looking if isinstance(rule, ContactRule)),
            tuple(rule for rule in looking if isinstance(rule, WindowRule)),
        )
