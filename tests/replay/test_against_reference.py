"""The engine against the naive reference, which shares no code with it and is written from the rules alone."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests import reference
from tests.logs import generate
from tests.replay.engine import comparable_finding, comparable_state, replayed
from tests.strategies import logs

EXAMPLES = max(2000, settings().max_examples)


@settings(max_examples=EXAMPLES)
@given(logs())
def test_engine_and_reference_agree(log: list[dict[str, Any]]) -> None:
    """For any small log the engine finds and blocks exactly what the reference does, in the same order."""
    agree(log)


def test_engine_and_reference_agree_on_a_long_log() -> None:
    """So it is for 3 000 records of many debtors, with broken lines among them."""
    agree(generate(11, 3000, broken=40))


def agree(log: list[Any]) -> None:
    findings, blocks, dead = replayed(log)
    expected = reference.judge_log(log)
    assert [comparable_finding(each) for each in findings] == [comparable_finding(each) for each in expected.findings]
    assert [comparable_state(each) for each in blocks] == [comparable_state(each) for each in expected.blocks]
    assert dead == [word for _, word in expected.dead]


@given(logs(), st.randoms(use_true_random=False), st.floats(0, 1))
def test_neither_order_nor_duplicates_matter(log: list[dict[str, Any]], random: Any, share: float) -> None:
    """A log in any order, with any of its records twice, gives the same findings and blocks to the byte."""
    again = log + [record for record in log if random.random() < share]
    random.shuffle(again)
    assert replayed(again)[:2] == replayed(log)[:2]
