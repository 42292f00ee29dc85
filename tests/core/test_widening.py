"""However much is blocked, it fits into one record, and nothing that was held back is let through."""

from bisect import bisect_left
from itertools import product

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stream.core.finding import Block, ChannelState
from stream.core.widening import STATE_BYTES_MAX, widened
from stream.shell.delivery.records import Stamp, state_record
from tests.replay.engine import RULEBOOK

RULES = ("NIFA-11-5-SETTLED", "NIFA-8-3-REFUSED", "NIFA-16-2-CALLS")
NAMES = st.sampled_from(["L1", "L2", "P1", None])
TIMES = st.integers(0, 6)
BLOCKS = st.builds(
    Block,
    rule=st.sampled_from(RULES),
    article=st.just("第八条（三）"),
    mode=st.sampled_from(["notice", "interactive", "any"]),
    since=TIMES,
    until=st.none() | TIMES,
    limit=st.none() | st.integers(0, 3),
    person=NAMES,
    debt=NAMES,
    excepted=st.sampled_from([(), ("L1",)]),
    evidence=st.sampled_from([(), ("c-1",)]),
)


def settled(number: int, length: int = 4) -> Block:
    name = f"{number:0{length}}"
    return Block(rule=RULES[0], article="第十一条（五）", mode="any", since=number, debt=name, evidence=(name,))


def holds(block: Block, at: int, mode: str, person: str | None, debt: str | None) -> bool:
    """Whether a block speaks against a contact, as a dialer reads it."""
    within = block.since <= at and (block.until is None or at < block.until)
    about = (block.person in (None, person)) and (block.debt in (None, debt)) and debt not in block.excepted
    return within and about and block.mode in (mode, "any")


def sent(blocks: tuple[Block, ...]) -> int:
    """Bytes of the record that tells of the blocks."""
    key = f"{'b' * 4096}|{'😀' * 4096}"
    record = state_record(RULEBOOK, key, "dial", ChannelState(blocks=blocks), Stamp(2**53, "2026-11-23T14:05:11+08:00"))
    headers = sum(len(name) + len(value) + 10 for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers


def test_what_fits_stays_as_it_is() -> None:
    """Two thousand settled debts are told one by one."""
    blocks = tuple(settled(number) for number in range(2000))
    assert widened(blocks) == blocks


def test_what_does_not_fit_is_told_as_one() -> None:
    """Of more than a record holds there is one block on the whole debtor, from the first begin, with no end."""
    blocks = tuple(settled(number, length=2000) for number in range(1000))
    (one,) = widened(blocks)
    assert (one.rule, one.mode, one.debt, one.since, one.until) == (RULES[0], "any", None, 0, None)
    assert one.evidence == tuple(f"{number:02000}" for number in range(20))


def test_the_largest_rule_goes_first() -> None:
    """A rule with few blocks goes on naming them, beside one that no longer can."""
    small = Block(rule=RULES[2], article="第十六条（二）1", mode="interactive", since=1, until=9, limit=3)
    person = Block(rule=RULES[1], article="第八条（三）", mode="any", since=1, person="P1")
    blocks = (*(settled(number, length=2000) for number in range(1000)), small, person)
    assert [(block.rule, block.debt, block.person) for block in widened(blocks)] == [
        (RULES[0], None, None),
        (RULES[2], None, None),
        (RULES[1], None, "P1"),
    ]


def test_debts_that_were_reopened_are_no_exception_then() -> None:
    """Where the exceptions alone are too many for a record, the block holds without them."""
    whole = Block(
        rule=RULES[0],
        article="第十一条（五）",
        mode="any",
        since=1,
        excepted=tuple(f"{number:02000}" for number in range(1000)),
    )
    (one,) = widened((whole,))
    assert (one.excepted, one.since, one.until) == ((), 1, None)


def test_the_most_that_is_told_one_by_one_fits_into_a_record() -> None:
    """Up to the limit and beyond it, with the longest names, a record stays below what Kafka takes."""
    for length in (4, 100, 4096):
        more = tuple(settled(number, length) for number in range(STATE_BYTES_MAX // (length + 200)))
        most = bisect_left(range(2, len(more)), 1, key=lambda count: len(widened(more[:count])) == 1) + 1
        assert len(widened(more[: most + 1])) == 1
        assert STATE_BYTES_MAX / 2 < sent(more[:most]) < 1_000_000


@given(st.lists(BLOCKS, max_size=6), st.integers(0, 5000))
def test_nothing_is_let_through(blocks: list[Block], bytes_max: int) -> None:
    """What one of the blocks holds back, one of the fewer and wider ones does, too, wherever the limit is."""
    wide = widened(tuple(blocks), bytes_max)
    again = widened(tuple(reversed(blocks)), bytes_max)
    for case in product(range(8), ("notice", "interactive"), (None, "P1"), (None, "L1", "L2")):
        if any(holds(block, *case) for block in blocks):
            assert any(holds(block, *case) for block in wide)
    assert len(wide) <= len(blocks)
    assert sorted(map(spoken, wide)) == sorted(map(spoken, again))


def spoken(block: Block) -> bytes:
    return orjson.dumps([block.rule, block.mode, block.since, block.until, block.limit, block.person, block.debt])
