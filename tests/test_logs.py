"""What the generated logs promise to the tests and demos that use them."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.logs import START, broken_lines, generate, to_line, to_topic
from tests.reference import judge_log
from tests.reference.findings import RULES


def test_a_seed_makes_the_same_log_again() -> None:
    """The same arguments give the same lines, another seed gives others, and the counts are exact."""
    log = generate(7, 300, broken=5)
    assert log == generate(7, 300, broken=5) != generate(8, 300, broken=5)
    assert len(log) == 305
    assert sum(isinstance(line, dict) for line in log) == 300


def test_every_rule_is_broken_somewhere() -> None:
    """A log of some thousand events breaks each rule, and what comes of it does not depend on its order."""
    log = generate(1, 2500)
    result, backwards = judge_log(log), judge_log(reversed(log))
    assert {rule.id for rule in RULES} == {finding["rule"] for finding in result.findings}
    assert (result.findings, result.blocks) == (backwards.findings, backwards.blocks)
    assert (result.dead, backwards.dead) == ([], [])
    assert result.as_of is not None
    assert result.as_of < START + timedelta(days=3)


def test_letters_meet_their_interval_in_a_long_log() -> None:
    """In a log of two weeks some letters are too close to the one before, and some are not."""
    log = generate(1, 1500, days=14)
    letters = {line["contact_id"] for line in log if line["type"] == "letter"}
    close = [finding for finding in judge_log(log).findings if finding["rule"] == "NIFA-15-3-INTERVAL"]
    assert 0 < len(close) < len(letters)


@pytest.mark.parametrize("seed", range(3))
def test_broken_lines_name_their_fault(seed: int) -> None:
    """Each unreadable line is refused with the machine word that it was made for."""
    for line, word in broken_lines(seed, 40):
        assert judge_log([line]).dead == [(1, word)]


def test_a_record_knows_its_topic_and_key() -> None:
    """All six topics are used; debtors' records are keyed by debtor, registry entries by their id."""
    log = generate(2, 400)
    topics = Counter(to_topic(record, "test")[0] for record in log)
    assert set(topics) == {"test-" + name for name in ("dials", "messages", "visits", "letters", "facts", "registry")}
    assert to_topic({"type": "dial", "institution": "bank-a", "debtor": "D-1"}) == ("duewatch-dials", "bank-a|D-1")
    entry = {"type": "registry", "institution": "bank-a", "kind": "tool", "id": "t-1"}
    assert to_topic(entry) == ("duewatch-registry", "bank-a|tool|t-1")
    assert to_line({"debtor": "债"}) == '{"debtor": "债"}'.encode()
