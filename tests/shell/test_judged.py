"""Up to when everything is judged: never newer than the truth, whatever is still under way."""

from faust.types import TP

from stream.shell.worker.judged import Judged

DIALS, FACTS = TP("dials", 3), TP("facts", 3)
BOTH = [DIALS, FACTS]


def looked(*looks: tuple[int, int, int]) -> Judged:
    """What was seen at instants: (instant, end of dials, end of facts)."""
    judged = Judged()
    for instant, dials, facts in looks:
        judged.look(instant, {DIALS: dials, FACTS: facts})
    return judged


def test_nothing_is_known_before_a_look_is_passed() -> None:
    """What stood there at the first look has to be judged before anything can be said."""
    judged = looked((10, 100, 0))
    judged.settle({DIALS: 99, FACTS: 0}, {DIALS: 100, FACTS: 0})
    assert (judged.until(BOTH), judged.lag(BOTH)) == (None, 1)
    judged.settle({DIALS: 100, FACTS: 0}, {DIALS: 100, FACTS: 0})
    assert (judged.until(BOTH), judged.lag(BOTH)) == (10, 0)


def test_a_backlog_holds_it_at_the_last_look_that_is_passed() -> None:
    """Behind, it is the latest look of whose records every one is judged; the topic that is furthest behind counts."""
    judged = looked((10, 100, 5), (20, 200, 5), (30, 300, 5))
    judged.settle({DIALS: 250, FACTS: 5}, {DIALS: 300, FACTS: 5})
    assert (judged.until(BOTH), judged.until([FACTS]), judged.lag(BOTH)) == (20, 30, 50)


def test_an_unknown_position_holds_it_still() -> None:
    """A partition that is not known to have moved keeps what was true of it."""
    judged = looked((10, 100, 5))
    judged.settle({DIALS: 100, FACTS: 5}, {})
    judged.look(20, {DIALS: 110, FACTS: 5})
    judged.settle({FACTS: 5}, {})
    assert judged.until(BOTH) == 10


def test_a_long_backlog_costs_no_memory_and_no_truth() -> None:
    """However long it lasts, what is said is a moment at which no more than what is judged stood there."""
    judged = looked(*((number, 10 * number, 0) for number in range(5000)))
    for done in range(0, 50_000, 7):
        judged.settle({DIALS: done, FACTS: 0}, {})
        until = judged.until([DIALS])
        assert until is not None
        assert 10 * until <= done
    judged.look(6000, {DIALS: 60_000, FACTS: 0})
    judged.settle({DIALS: 60_000, FACTS: 0}, {})
    assert judged.until([DIALS]) == 6000
