"""Every example of every rule is judged as it says; what is expected comes from the law, not from the engine."""

from collections import Counter

import pytest

from stream.core.rule import Rule
from stream.rulebooks.examples import Example, RuleExamples, examples_of
from stream.rulebooks.loader import load
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

RULEBOOK = load("nifa-2024")
EXAMPLES = examples_of("nifa-2024")
EVERY = [
    pytest.param(law, example, id=f"{rule}: {example.title}")
    for rule, law in EXAMPLES.items()
    for example in law.examples
]
RULES = [rule.id for rule in RULEBOOK.rules]
PRINCIPLE = "NIFA-14-1-AI"
"""It changes nothing and finds nothing."""


@pytest.mark.parametrize(("law", "example"), EVERY)
def test_example(law: RuleExamples, example: Example) -> None:
    """The findings are those that the example names, and no others of any rule; so are its blocks and hours."""
    judged = of.judgements(RULEBOOK, records_of(law, example), now_of(example))
    found = of.findings(judged)
    expected = sorted(example.findings, key=lambda each: (each.contact, each.rule or law.rule))
    assert [(each.rule, each.contact_id) for each in found] == [
        (each.rule or law.rule, each.contact) for each in expected
    ]
    for finding, each in zip(found, expected, strict=True):
        assert of.compared(finding, each) == of.expectation(law, each)
    if example.blocks is not None:
        assert of.blocks(RULEBOOK, judged) == of.expected_blocks(law, example)
    if example.hours is not None:
        assert of.agreed_hours(judged) == example.hours


@pytest.mark.parametrize(("law", "example"), EVERY)
def test_order_of_arrival(law: RuleExamples, example: Example) -> None:
    """The records in the opposite order come to the same judgement."""
    records = list(records_of(law, example))
    backwards = of.judgements(RULEBOOK, reversed(records), now_of(example))
    assert backwards == of.judgements(RULEBOOK, records, now_of(example))


@pytest.mark.parametrize("rule", RULEBOOK.rules, ids=RULES)
def test_law_word_for_word(rule: Rule) -> None:
    """The sentence at the head of the examples is the one that the finding quotes, under the same article."""
    law = EXAMPLES[rule.id]
    assert (law.article, law.law) == (rule.article, rule.clause)


@pytest.mark.parametrize("rule", RULES)
def test_found_and_not_found(rule: str) -> None:
    """Every rule has an example that breaks it and one that keeps it; the principle has none that breaks it."""
    law = EXAMPLES[rule]
    assert bool(law.breaking()) == (rule != PRINCIPLE)
    assert law.keeping()


def test_examples_of_rules_only() -> None:
    """No examples are left over from a rule that went, and no title stands twice in one file."""
    assert sorted(EXAMPLES) == sorted(RULES)
    for law in EXAMPLES.values():
        assert max(Counter(example.title for example in law.examples).values()) == 1
