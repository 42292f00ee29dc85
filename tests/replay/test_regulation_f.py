"""A second regulation under the same engine: what holds of any log under `reg-f-2021`."""

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from stream.core.contact import Contact
from stream.core.finding import Block, Judgement
from stream.core.judgement import judge
from stream.core.kinds.rolling import Rolling
from stream.core.ledger import Ledger
from stream.core.registry import Entry, Registry
from stream.core.rule import Number
from stream.core.rulebook import Rulebook
from stream.core.zone import MICROSECONDS, instant_of
from stream.rulebooks.loader import load
from stream.shell.codec.decode import Decoder
from tests.logs import to_line
from tests.replay.engine import replayed
from tests.replay.frequencies import too_early, too_many
from tests.strategies import logs
from tests.strategy_parts.regulation_f import moments

HOUR = 3600 * MICROSECONDS
Log = list[dict[str, Any]]
RULEBOOK = load("reg-f-2021")


def tight(limit: int) -> Rulebook:
    """The same rulebook with fewer calls in seven days, so that small logs reach the limit."""
    rules = (
        structs.replace(rule, numbers=(Number(since=RULEBOOK.file.in_force_from, value=limit),))
        if isinstance(rule, Rolling)
        else rule
        for rule in RULEBOOK.rules
    )
    return Rulebook(structs.replace(RULEBOOK.file, rules=tuple(rules)))


TIGHT = tight(2)


@given(logs(), st.randoms(use_true_random=False), st.floats(0, 1))
def test_neither_order_nor_duplicates_matter(log: Log, random: Any, share: float) -> None:
    """A log of any kind in any order, with any of its records twice, gives the same to the byte."""
    again = log + [record for record in log if random.random() < share]
    random.shuffle(again)
    assert replayed(again, rulebook=RULEBOOK)[:2] == replayed(log, rulebook=RULEBOOK)[:2]


@given(logs("calls in days"), moments(), st.randoms(use_true_random=False), st.floats(0, 1))
def test_neither_order_nor_duplicates_matter_to_calls(log: Log, as_of: datetime, random: Any, share: float) -> None:
    """So it is with calls of two weeks, where few fill the limit, at any moment."""
    again = log + [record for record in log if random.random() < share]
    random.shuffle(again)
    assert replayed(again, as_of, rulebook=TIGHT)[:2] == replayed(log, as_of, rulebook=TIGHT)[:2]


@given(logs("calls in days"), st.sampled_from((1, 2, 3)))
def test_frequencies_are_those_counted_by_hand(log: Log, limit: int) -> None:
    """Which calls are too many or too early, at which position and how surely, is what a count on paper says."""
    findings, _, dead = replayed(log, rulebook=tight(limit))
    assert not dead
    calls = {each["contact_id"]: each["count"] for each in findings if each["rule"] == "REGF-14-B2A-CALLS"}
    after = {each["contact_id"]: each["state"] for each in findings if each["rule"] == "REGF-14-B2B-AFTER"}
    assert calls == too_many(log, limit)
    assert after == too_early(log)


@given(logs("calls in days"), moments(), moments())
def test_a_call_that_blocks_allow_breaks_no_frequency(log: Log, until: datetime, at: datetime) -> None:
    """Where no block holds at a moment, another call then would be the limit's last at most; where one does, too many.

    Only what had happened by that moment is in the log.
    """
    known = [record for record in log if record["type"] == "dial" and _begun(record) <= min(until, at)]
    call = {
        "type": "dial", "contact_id": "z", "revision": 0, "voided": False, "institution": "bank-a", "debtor": "D-1",
        "mode": "interactive", "started_at": at.isoformat(), "debts": ["L1"],
    }  # fmt: skip
    _, states, _ = replayed([*known, _marker(at)], at, rulebook=TIGHT)
    blocked = {
        block["rule"]
        for state in states
        if (state["debtor"], state["channel"]) == ("D-1", "dial")
        for block in state["blocks"]
        if block.get("debt") == "L1" and "person" not in block
    }
    broken = {
        name for name, found in (("A", too_many([*known, call], 2)), ("B", too_early([*known, call]))) if "z" in found
    }
    agencies = {record.get("agency") for record in known}
    if agencies <= {None}:
        assert {rule[len("REGF-14-B2")] for rule in blocked if rule.startswith("REGF-14")} == broken


@given(logs("calls in days"), moments(), st.sampled_from((1, 12, 24, 72, 168, 300)))
def test_the_answer_changes_only_when_it_was_said_to(log: Log, now: datetime, hours: int) -> None:
    """Until the next change that a judgement names, judging again finds the same blocks and findings."""
    instant = instant_of(now)
    for ledger in ledgers(log):
        first = judge(TIGHT, ledger, Registry(), instant)
        later = instant + hours * HOUR
        if first.changes_at is not None:
            later = min(later, first.changes_at - 1)
        assert said(judge(TIGHT, ledger, Registry(), later)) == said(first)


@given(logs("calls in days"), moments())
def test_a_block_ends_when_it_says(log: Log, now: datetime) -> None:
    """While nothing else happens a block of a call frequency is the same until its last microsecond, and gone then."""
    for ledger in ledgers([record for record in log if record["type"] != "dial" or _begun(record) <= now]):
        for block in frequency_blocks(ledger, instant_of(now)):
            assert block.until is not None
            assert block in frequency_blocks(ledger, block.until - 1)
            matters = [(other.rule, other.debt, other.person) for other in frequency_blocks(ledger, block.until)]
            assert (block.rule, block.debt, block.person) not in matters


def frequency_blocks(ledger: Ledger, now: int) -> list[Block]:
    """The blocks of the two call frequencies."""
    states = judge(TIGHT, ledger, Registry(), now).states
    return [block for block in states["dial"].blocks if "1006.14" in block.article] if "dial" in states else []


def said(judgement: Judgement) -> object:
    return judgement.findings, judgement.states


def ledgers(log: Log) -> list[Ledger]:
    decoder = Decoder(TIGHT.labels)
    found: dict[str, Ledger] = {}
    for line in log:
        record = decoder.decode(to_line(line))
        assert not isinstance(record.item, Entry)
        ledger = found.setdefault(record.key, Ledger(institution=record.institution, debtor=record.debtor))
        if isinstance(record.item, Contact):
            ledger.put_contact(record.item)
        else:
            ledger.put_fact(record.item)
    return list(found.values())


def _begun(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record.get("answered_at", record["started_at"]))


def _marker(at: datetime) -> dict[str, Any]:
    """A fact that says nothing, so that there is a debtor to be judged."""
    return {
        "type": "fact", "fact_id": "f-0", "kind": "reachable", "institution": "bank-a", "debtor": "D-1",
        "at": at.isoformat(), "recorded_at": at.isoformat(),
    }  # fmt: skip
