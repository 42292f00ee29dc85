"""Regulation F is accounted for from its definitions on, and what is left out is said."""

import re

from stream.rulebooks.coverage import coverage_of
from stream.rulebooks.loader import load

COVERAGE = coverage_of("reg-f-2021")
assert COVERAGE is not None
PLACES = {place.place: place for place in COVERAGE.places}
RULES = {rule.id: rule for rule in load("reg-f-2021").rules}
SECTIONS = (2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 100, 104)
"""The sections of part 1006 that bind debt collectors; the others are about the Bureau and the States."""
LEFT_OUT = ("1006.6(b)(1)(ii)", "1006.14(b)(3)(iii)", "1006.14(b)(4)", "1006.14(h)", "1006.42", "1006.104, State laws")


def test_every_section() -> None:
    """Every section is there, in order, and no place twice."""
    assert COVERAGE is not None
    matches = [re.match(r"12 CFR 1006\.(\d+)", place.place) for place in COVERAGE.places]
    numbers = [int(match[1]) for match in matches if match]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(PLACES) == len(COVERAGE.places)
    assert tuple(dict.fromkeys(numbers)) == SECTIONS


def test_every_rule_at_its_paragraph() -> None:
    """Each rule enforces one place, the paragraph that its findings name; definitions name rules that there are."""
    assert sorted(rule for place in PLACES.values() for rule in place.rules) == sorted(RULES)
    for place in PLACES.values():
        assert all(RULES[rule].article == place.place for rule in place.rules)
        assert set(place.used_by) - {"all"} <= set(RULES)


def test_every_place_says_something() -> None:
    """A place is enforced, or it says why not, in a word that is explained; every word is used."""
    assert COVERAGE is not None
    for place in PLACES.values():
        assert bool(place.rules) != bool(COVERAGE.said(place)), place.place
        assert place.why in ("", *COVERAGE.why)
    assert {place.why for place in PLACES.values()} - {""} == set(COVERAGE.why)


def test_what_is_left_out() -> None:
    """What contacts could be thought to decide and do not is named as not enforced."""
    for name in LEFT_OUT:
        place = PLACES[f"12 CFR {name}"]
        assert place.why
        assert not place.rules
