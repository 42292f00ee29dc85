"""What rules.md says of all rules at once, tried on every example: judged, inbound, asked for, AI, quiet hours."""

from typing import Any

import pytest
from msgspec.structs import replace

from stream.core.contact import CHANNELS
from stream.core.judgement import judge
from stream.core.ledger import EVERYBODY, Ledger
from stream.core.registry import Registry
from stream.rulebooks.examples import Example, RuleExamples, examples_of
from stream.rulebooks.loader import load
from stream.shell.output_shapes import state_object
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

RULEBOOK = load("nifa-2024")
LAWS = list(examples_of("nifa-2024").values())
JUDGES_INBOUND = {
    "NIFA-4-3-HARM", "NIFA-6-OPERATOR", "NIFA-8-3-DISCLOSED", "NIFA-11-1-GUISE", "NIFA-11-2-TRUTH", "NIFA-11-3-PAYEE",
    "NIFA-11-4-CHARGES", "NIFA-16-1-VERIFIED", "NIFA-16-1-RECORDED", "NIFA-16-1-ANNOUNCED", "NIFA-16-1-MANNERS",
    "NIFA-17-2-LISTED",
}  # fmt: skip
"""The rules that the guideline's reading marks with †."""
ABOUT_WHAT_WAS_NOT_ASKED_FOR = {
    "NIFA-9-HOURS", "NIFA-9-AGREED", "NIFA-9-OVERRUN", "NIFA-16-2-CALLS", "NIFA-16-3-VISITS",
}  # fmt: skip
FOUND = [
    pytest.param(law, example, number, id=f"{law.rule}: {example.title}: {found.contact}")
    for law in LAWS
    for example in law.breaking()
    for number, found in enumerate(example.findings)
    if found.rule in (None, law.rule)
]


@pytest.mark.parametrize(("law", "example", "number"), FOUND)
def test_service(law: RuleExamples, example: Example, number: int) -> None:
    """The same contact for another purpose than collection (`service`) is not found by any rule."""
    assert not _still_found(law, example, number, purpose="service")


@pytest.mark.parametrize(("law", "example", "number"), FOUND)
def test_voided(law: RuleExamples, example: Example, number: int) -> None:
    """The same contact, voided, is not found."""
    assert not _still_found(law, example, number, voided=True)


@pytest.mark.parametrize(("law", "example", "number"), FOUND)
def test_inbound(law: RuleExamples, example: Example, number: int) -> None:
    """The same contact, begun by the debtor, is found by the rules marked † alone."""
    assert _still_found(law, example, number, direction="inbound") == (law.rule in JUDGES_INBOUND)


@pytest.mark.parametrize(("law", "example", "number"), FOUND)
def test_requested(law: RuleExamples, example: Example, number: int) -> None:
    """A contact that the debtor asked for is free of hours and of the limits of 主动 contacts, and of nothing else."""
    assert _still_found(law, example, number, requested=True) == (law.rule not in ABOUT_WHAT_WAS_NOT_ASKED_FOR)


@pytest.mark.parametrize(("law", "example", "number"), FOUND)
def test_ai(law: RuleExamples, example: Example, number: int) -> None:
    """AI never exempts (第十四条), but for the rule about people (第六条)."""
    assert _still_found(law, example, number, ai=True) == (law.rule != "NIFA-6-OPERATOR")


def test_inbound_is_marked() -> None:
    """The rulebook marks exactly the rules of †."""
    assert {rule.id for rule in RULEBOOK.rules if rule.inbound} == JUDGES_INBOUND


def test_quiet_hours_record() -> None:
    """An institution's own record tells its quiet hours on every channel, in the policy's zone."""
    everybody = judge(RULEBOOK, Ledger(institution="bank-a", debtor=EVERYBODY), Registry(), now=0)
    assert not everybody.findings
    assert [state_object(RULEBOOK, "bank-a", EVERYBODY, *state) for state in everybody.states.items()] == [
        {
            "institution": "bank-a",
            "debtor": "*",
            "channel": channel,
            "quiet_hours": ("22:00", "08:00"),
            "zone": "Asia/Shanghai",
            "policy": "nifa-2024@1",
        }
        for channel in CHANNELS
    ]


def _still_found(law: RuleExamples, example: Example, number: int, **change: Any) -> bool:
    """Whether the example's finding of that number is there when its contact is changed so."""
    contact = example.findings[number].contact
    contacts = [
        record | change if record.get("contact_id", f"c-{position}") == contact else record
        for position, record in enumerate(example.contacts, start=1)
    ]
    changed = replace(example, contacts=contacts)
    judged = of.judgements(RULEBOOK, records_of(RULEBOOK, law, changed), now_of(RULEBOOK, changed))
    return any((each.rule, each.contact_id) == (law.rule, contact) for each in of.findings(judged))
