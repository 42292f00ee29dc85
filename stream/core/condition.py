"""Conditions on contacts: which fields have to have which values, as rulebooks write them."""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter

from stream.core.seen import Seen

Value = str | bool | int
Condition = dict[str, Value | tuple[Value, ...]]
"""Field → the value or values that meet it; "none" stands for null. All fields must meet theirs."""

DERIVED = frozenset({"answered", "to_debtor", "exchange", "talk_seconds"})
Test = Callable[[Seen], bool]


def place_of(name: str) -> str:
    """Where `Seen` has the field, as a path of attributes."""
    return name if name in DERIVED else f"contact.{name}"


def test_of(condition: Condition) -> Test:
    """A condition as a function of a contact; an empty one is always met."""
    return _compiled(tuple(condition.items()))


def any_of(conditions: tuple[Condition, ...]) -> Test:
    """Whether at least one of the conditions is met; no condition at all is always met."""
    tests = [test_of(condition) for condition in conditions]
    if len(tests) == 1:
        return tests[0]

    def test(seen: Seen) -> bool:
        return not tests or any(each(seen) for each in tests)

    return test


@lru_cache(maxsize=1024)
def _compiled(items: tuple[tuple[str, Value | tuple[Value, ...]], ...]) -> Test:
    """Conditions are met for every contact: each is made ready once, however often a rule asks for it."""
    tests = [(attrgetter(place_of(name)), _allowed(values)) for name, values in items]
    if len(tests) == 1:
        (get, allowed) = tests[0]
        return lambda seen: get(seen) in allowed
    return lambda seen: all(get(seen) in allowed for get, allowed in tests)


def _allowed(values: Value | tuple[Value, ...]) -> frozenset[Value | None]:
    several = values if isinstance(values, tuple) else (values,)
    return frozenset(None if value == "none" else value for value in several)
