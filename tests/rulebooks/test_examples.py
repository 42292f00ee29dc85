"""Every example of every rule is judged as it says; what is expected comes from the law, not from the engine."""

from collections import Counter

import pytest

from stream.core.rule import Rule
from stream.core.rulebook import Rulebook
from stream.rulebooks.examples import Example, RuleExamples, examples_of
from stream.rulebooks.loader import load, shipped
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

LAWS = {name: (load(name), examples_of(name)) for name in shipped()}
EVERY = [
    pytest.param(rulebook, law, example, id=f"{rule}: {example.title}")
    for rulebook, laws in LAWS.values()
    for rule, law in laws.items()
    for example in law.examples
]
RULES = [pytest.param(rule, laws, id=rule.id) for rulebook, laws in LAWS.values() for rule in rulebook.rules]


@pytest.mark.parametrize(("rulebook", "law", "example"), EVERY)
def test_example(rulebook: Rulebook, law: RuleExamples, example: Example) -> None:
    """The findings are those that the example names, and no others of any rule; so are its blocks and hours."""
    judged = of.judgements(rulebook, records_of(rulebook, law, example), now_of(rulebook, example))
    found = of.findings(judged)
    expected = sorted(example.findings, key=lambda each: (each.contact, each.rule or law.rule))
    assert [(each.rule, each.contact_id) for each in found] == [
        (each.rule or law.rule, each.contact) for each in expected
    ]
    for finding, each in zip(found, expected, strict=True):
        assert of.compared(finding, each) == of.expectation(rulebook, law, each)
    if example.blocks is not None:
        assert of.blocks(rulebook, judged) == of.expected_blocks(rulebook, law, example)
    if example.hours is not None:
        assert of.agreed_hours(judged) == example.hours


@pytest.mark.parametrize(("rulebook", "law", "example"), EVERY)
def test_order_of_arrival(rulebook: Rulebook, law: RuleExamples, example: Example) -> None:
    """The records in the opposite order come to the same judgement."""
    records = list(records_of(rulebook, law, example))
    now = now_of(rulebook, example)
    assert of.judgements(rulebook, reversed(records), now) == of.judgements(rulebook, records, now)


@pytest.mark.parametrize(("rule", "laws"), RULES)
def test_law_word_for_word(rule: Rule, laws: dict[str, RuleExamples]) -> None:
    """The sentence at the head of the examples is the one that the finding quotes, under the same article."""
    law = laws[rule.id]
    assert (law.article, law.law) == (rule.article, rule.clause)


@pytest.mark.parametrize(("rule", "laws"), RULES)
def test_found_and_not_found(rule: Rule, laws: dict[str, RuleExamples]) -> None:
    """Every rule has an example that breaks it and one that keeps it; a principle has none that breaks it."""
    assert bool(laws[rule.id].breaking()) == (rule.severity != "none")
    assert laws[rule.id].keeping()


@pytest.mark.parametrize("name", LAWS)
def test_examples_of_rules_only(name: str) -> None:
    """No examples are left over from a rule that went, and no title stands twice in one file."""
    rulebook, laws = LAWS[name]
    assert sorted(laws) == sorted(rule.id for rule in rulebook.rules)
    for law in laws.values():
        assert max(Counter(example.title for example in law.examples).values()) == 1
