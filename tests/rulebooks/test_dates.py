"""A number of the law holds from its date on, by the rulebook's own days; before the first one there is none."""

from datetime import datetime
from pathlib import Path

import pytest

from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rulebook import Rulebook
from stream.core.zone import DAY, instant_of
from stream.rulebooks.examples import Example, Fields, Found, RuleExamples
from stream.rulebooks.loader import parse
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

GOOD = (Path(__file__).parent / "good.toml").read_text(encoding="utf-8")
CHANGED = "[{ from = 2026-01-01, value = 1 }, { from = 2026-11-23, value = 2 }, { from = 2026-11-24, value = 0 }]"


def with_numbers(numbers: str) -> Rulebook:
    """The good rulebook with other numbers for its limit."""
    before = "numbers = [{ from = 2026-01-01, value = 3 }]"
    assert before in GOOD
    return parse("here", GOOD.replace(before, f"numbers = {numbers}", 1))


def limits_broken(rulebook: Rulebook, *times: str) -> list[tuple[str, int | None]]:
    """Which of the calls at these times broke the limit, and the limit that each of them broke."""
    call: Fields = {"type": "dial", "mode": "notice"}
    contacts = [call | {"started_at": f"{time}+08:00"} for time in times]
    example = Example(title="", contacts=contacts, findings=[Found()])
    law = RuleExamples(rule="H-CALLS", article="", law="", examples=[example], typical={})
    judged = of.judgements(rulebook, records_of(rulebook, law, example), now_of(rulebook, example))
    return [(each.contact_id, each.limit) for each in of.findings(judged) if each.rule == "H-CALLS"]


@pytest.mark.parametrize(
    ("times", "broken"),
    [
        (["2026-11-22T23:59:58", "2026-11-22T23:59:59"], [("c-2", 1)]),
        (["2026-11-23T00:00:00", "2026-11-23T00:00:01"], []),
        (["2026-11-23T23:59:57", "2026-11-23T23:59:58", "2026-11-23T23:59:59"], [("c-3", 2)]),
        (["2026-11-24T00:00:00"], [("c-1", 0)]),
        (["2025-12-31T23:59:58", "2025-12-31T23:59:59"], []),
    ],
)
def test_number_changes_at_midnight(times: list[str], broken: list[tuple[str, int | None]]) -> None:
    """A new number holds from 00:00 of its date in the rulebook's zone."""
    assert limits_broken(with_numbers(CHANGED), *times) == broken


def test_number_that_ends() -> None:
    """A number may end: from the date of `none` there is no limit."""
    rulebook = with_numbers('[{ from = 2026-01-01, value = 0 }, { from = 2026-11-23, value = "none" }]')
    assert limits_broken(rulebook, "2026-11-22T12:00:00", "2026-11-23T12:00:00") == [("c-1", 0)]


def test_number_that_becomes_none_at_all() -> None:
    """From the day on which no call is allowed any more everybody is blocked, without another contact: the judgement of
    the days before says when it changes.
    """
    rulebook = with_numbers("[{ from = 2026-01-01, value = 3 }, { from = 2026-12-01, value = 0 }]")
    midnight = instant_of(datetime.fromisoformat("2026-12-01T00:00:00+08:00"))
    ledger, before = Ledger(institution="bank-a", debtor="D1"), midnight - 5 * DAY
    said = judge(rulebook, ledger, Registry(), before)
    assert (said.states, said.changes_at) == ({}, midnight)
    blocks = [
        block.rule for state in judge(rulebook, ledger, Registry(), midnight).states.values() for block in state.blocks
    ]
    assert blocks == ["H-CALLS"]


def test_number_that_never_comes() -> None:
    """9999-12-31 is how many write "never": nothing is to be looked at then."""
    rulebook = with_numbers("[{ from = 2026-01-01, value = 3 }, { from = 9999-12-31, value = 0 }]")
    now = instant_of(datetime.fromisoformat("2026-12-01T12:00:00+08:00"))
    assert judge(rulebook, Ledger(institution="bank-a", debtor="D1"), Registry(), now).changes_at is None
