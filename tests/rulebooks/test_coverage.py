"""The whole guideline is accounted for: every article, every rule, and nothing that does not exist."""

import re

from stream.rulebooks.coverage import Place, coverage_of
from stream.rulebooks.loader import load

COVERAGE = coverage_of("nifa-2024")
assert COVERAGE is not None
PLACES = COVERAGE.places
RULES = {rule.id: rule for rule in load("nifa-2024").rules}
ARTICLES_MAX = 29
_DIGITS = "零一二三四五六七八九"


def number_of(place: Place) -> int:
    """The article of a place: 第二十九条… is 29."""
    match = re.match(r"第(?:([二])?(十))?([一二三四五六七八九])?条", place.place)
    assert match, place.place
    tens = _DIGITS.index(match[1]) if match[1] else int(bool(match[2]))
    return 10 * tens + (_DIGITS.index(match[3]) if match[3] else 0)


def test_every_article() -> None:
    """All 29 articles are there, in their order, and no place twice."""
    numbers = [number_of(place) for place in PLACES]
    assert set(numbers) == set(range(1, ARTICLES_MAX + 1))
    assert numbers == sorted(numbers)
    assert len({place.place for place in PLACES}) == len(PLACES)


def test_every_rule_at_its_article() -> None:
    """Each rule enforces exactly one place, which is the article that its findings name."""
    assert sorted(rule for place in PLACES for rule in place.rules) == sorted(RULES)
    for place in PLACES:
        assert all(RULES[rule].article == place.place for rule in place.rules)


def test_no_rule_that_does_not_exist() -> None:
    """Definitions name rules of the rulebook, or all of them."""
    used = {rule for place in PLACES for rule in place.used_by}
    assert used - {"all"} <= set(RULES)


def test_every_place_says_something() -> None:
    """A place is enforced, or it says why not, in a word that is explained."""
    assert COVERAGE is not None
    for place in PLACES:
        assert bool(place.rules) != bool(COVERAGE.said(place)), place.place
        assert place.why in ("", *COVERAGE.why)


def test_definitions_are_those_that_rules_look_at() -> None:
    """Who is a debtor (第三条（三）) and what is a notice (第三条（六）（七）) is used by the rules that ask for it."""
    places = {place.place: set(place.used_by) for place in PLACES}
    asking = {rule.id for rule in RULES.values() if any("mode" in condition for condition in rule.when)}
    assert places["第三条（六）（七）"] == asking
    asking = {rule.id for rule in RULES.values() if any("to_debtor" in condition for condition in rule.conditions())}
    assert places["第三条（三）"] == asking | {"NIFA-9-AGREED", "NIFA-11-1-IDENTITY"}


def test_no_coverage_of_another_rulebook() -> None:
    """A rulebook without one has none."""
    assert coverage_of("house") is None
