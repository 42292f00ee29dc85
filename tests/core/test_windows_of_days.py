"""Windows of several days, and what a judgement says of its next change, where examples cannot say it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from stream.core.contact import Contact
from stream.core.finding import Finding, Judgement
from stream.core.judgement import judge
from stream.core.kinds.after import After
from stream.core.kinds.rolling import Rolling
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rule import Number
from stream.core.rulebook import Rulebook
from stream.core.zone import instant_of
from stream.rulebooks.loader import load

NEW_YORK = ZoneInfo("America/New_York")
RULEBOOK = load("reg-f-2021")
CALLS, AFTER = "REGF-14-B2A-CALLS", "REGF-14-B2B-AFTER"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def call(contact_id: str, when: datetime, **more: Any) -> Contact:
    """A call about L1 that nobody answers."""
    fields: dict[str, Any] = {"debts": ("L1",), "medium": "voice"} | more
    return Contact(
        contact_id=contact_id,
        type="dial",
        mode="interactive",
        digest="",
        started_at=instant_of(when),
        occurred_at=when.isoformat(),
        **fields,
    )


def judged(now: datetime, *contacts: Contact, rulebook: Rulebook = RULEBOOK) -> Judgement:
    ledger = Ledger(institution="bank-a", debtor="D1", contacts={contact.contact_id: contact for contact in contacts})
    return judge(rulebook, ledger, Registry(), instant_of(now))


def calls_until(last: datetime, count: int) -> list[Contact]:
    """So many calls, one a day, the last of them at the moment."""
    return [call(f"c-{count - days}", last - timedelta(days=days)) for days in range(count)]


def found(judgement: Judgement, rule: str) -> dict[str, Finding]:
    return {finding.contact_id: finding for finding in judgement.findings.values() if finding.rule == rule}


@pytest.mark.parametrize(
    ("eighth", "start", "end"),
    [
        ("2026-11-20T10:00", "2026-11-14T00:00:00-05:00", "2026-11-21T00:00:00-05:00"),
        ("2026-11-01T10:00", "2026-10-26T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
        ("2026-03-08T10:00", "2026-03-02T00:00:00-05:00", "2026-03-09T00:00:00-04:00"),
    ],
)
def test_a_finding_tells_its_window(eighth: str, start: str, end: str) -> None:
    """The window are seven local days, the call's own the last of them, over a change of clocks, too."""
    last = at(eighth)
    judgement = judged(last, *calls_until(last, 7), call("d-8", last))
    finding = found(judgement, CALLS)["d-8"]
    assert (finding.count, finding.limit) == (8, 7)
    assert (finding.window_start, finding.window_end) == (start, end)


def test_a_call_after_a_conversation_has_no_count() -> None:
    """No limit is involved where one call is already too many."""
    conversation = call("c-1", at("2026-11-20T10:00"), answered_at=instant_of(at("2026-11-20T10:00")))
    judgement = judged(at("2026-11-20T12:00"), conversation, call("c-2", at("2026-11-20T11:00")))
    finding = found(judgement, AFTER)["c-2"]
    assert (finding.count, finding.limit, finding.counted, finding.window_start) == (None, None, None, None)


def test_at_most_twenty_calls_are_named() -> None:
    """Of a call far beyond the limit the last twenty that count are named, itself the last of them."""
    first = at("2026-11-20T08:00")
    finding = found(judged(first, *(call(f"c-{n:02}", first + timedelta(minutes=n)) for n in range(30))), CALLS)["c-29"]
    assert finding.count == 30
    assert finding.counted == tuple(f"c-{n:02}" for n in range(10, 30))


def test_calls_that_are_still_to_come() -> None:
    """A judgement of a moment before the seventh call says that the answer changes with it."""
    last = at("2026-11-20T10:00")
    before = judged(last - timedelta(seconds=1), *calls_until(last, 7))
    assert not before.states
    assert before.changes_at == instant_of(last)


def test_the_end_of_a_block_is_a_change() -> None:
    """A judgement within a block says that the answer changes when it ends."""
    last = at("2026-11-20T10:00")
    assert judged(last, *calls_until(last, 7)).changes_at == instant_of(at("2026-11-21T00:00"))


def test_another_number_from_a_day_on() -> None:
    """Five calls are few until the day from which three are the limit: at its midnight they block."""
    since = RULEBOOK.file.in_force_from
    numbers = (Number(since=since, value=7), Number(since=date(2026, 11, 21), value=3))
    rules = (structs.replace(rule, numbers=numbers) if isinstance(rule, Rolling) else rule for rule in RULEBOOK.rules)
    rulebook = Rulebook(structs.replace(RULEBOOK.file, rules=tuple(rules)))
    calls = calls_until(at("2026-11-20T10:00"), 5)
    before = judged(at("2026-11-20T12:00"), *calls, rulebook=rulebook)
    assert not before.states
    midnight = at("2026-11-21T00:00")
    assert before.changes_at == instant_of(midnight)
    (block,) = judged(midnight, *calls, rulebook=rulebook).states["dial"].blocks
    assert (block.limit, block.until) == (3, instant_of(at("2026-11-25T00:00")))


def test_no_limit_counts_what_is_inbound() -> None:
    """His own calls fill no limit and begin nothing by themselves, answered by a machine."""
    first = at("2026-11-20T08:00")
    own = [call(f"c-{n}", first + timedelta(minutes=n), direction="inbound", answered_by="machine") for n in range(9)]
    judgement = judged(first + timedelta(hours=1), *own)
    assert not judgement.findings
    assert not judgement.states


@pytest.mark.parametrize(
    ("numbers", "changes", "until"),
    [
        (((date(2021, 11, 30), 7), (date(2026, 11, 22), 2)), "2026-11-22T00:00", None),
        (((date(2021, 11, 30), 2), (date(2026, 11, 21), 7)), "2026-11-21T00:00", "2026-11-27T00:00"),
        (((date(2026, 11, 22), 7),), "2026-11-22T00:00", "2026-11-27T00:00"),
    ],
)
def test_another_number_of_days_from_a_day_on(
    numbers: tuple[tuple[date, int], ...], changes: str, until: str | None
) -> None:
    """The period after a conversation gets another length at a midnight: what is told of its end changes then."""
    days = tuple(Number(since=since, value=value) for since, value in numbers)
    rules = (structs.replace(rule, days=days) if isinstance(rule, After) else rule for rule in RULEBOOK.rules)
    rulebook = Rulebook(structs.replace(RULEBOOK.file, rules=tuple(rules)))
    spoken = at("2026-11-20T10:00")
    conversation = call("c-1", spoken, answered_at=instant_of(spoken), answered_by="human", recording="r")
    assert judged(spoken, conversation, rulebook=rulebook).changes_at == instant_of(at(changes))
    states = judged(at(changes), conversation, rulebook=rulebook).states
    ends = [block.until for state in states.values() for block in state.blocks]
    assert ends == ([instant_of(at(until))] if until else [])
