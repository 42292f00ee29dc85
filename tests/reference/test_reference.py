"""The reference's readings, pinned at the boundaries where another reading would say something else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.reference import Result, judge_log
from tests.reference.day import ZONE

Record = dict[str, Any]

MONDAY = datetime(2026, 11, 16, tzinfo=ZONE)


def at(clock: str, day: int = 0) -> str:
    """Write a clock time of that day, 0 being Monday; 24:00 and later are the next day's."""
    hours, minutes, seconds = (*clock.split(":"), "0")[:3]
    return (MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes), seconds=float(seconds))).isoformat()


def instant(clock: str, day: int = 0) -> datetime:
    return datetime.fromisoformat(at(clock, day))


def contact(kind: str, contact_id: str, clock: str, day: int = 0, **fields: Any) -> Record:
    begun = at(clock, day)
    known = {"type": kind, "contact_id": contact_id, "institution": "bank-a", "debtor": "D-1", "started_at": begun}
    return {**known, **fields}


def call(contact_id: str, clock: str, day: int = 0, **fields: Any) -> Record:
    """An effective call, unless the fields say otherwise."""
    usual = {"mode": "interactive", "answered_at": at(clock, day), "answered_by": "human", "talk_seconds": 6.0}
    return contact("dial", contact_id, clock, day, **{**usual, "intent": "yes", "recording": "r-1", **fields})


def notice(contact_id: str, clock: str, day: int = 0, **fields: Any) -> Record:
    return call(contact_id, clock, day, **{"mode": "notice", "talk_seconds": None, "intent": None, **fields})


def fact(kind: str, fact_id: str, clock: str, day: int = 0, **fields: Any) -> Record:
    """A fact that was recorded when it took effect, unless the fields say otherwise."""
    known = {"type": "fact", "fact_id": fact_id, "kind": kind, "institution": "bank-a", "debtor": "D-1"}
    return {**known, "at": at(clock, day), "recorded_at": at(clock, day), **fields}


def found(result: Result, rule: str) -> list[tuple[str, str, str | None, str]]:
    assert result.dead == []
    return [
        (finding["contact_id"], finding["severity"], finding["qualifier"], finding["state"])
        for finding in result.findings
        if finding["rule"] == rule
    ]


def block(result: Result, channel: str, rule: str) -> Record | None:
    blocks = [one for record in result.blocks if record["channel"] == channel for one in record["blocks"]]
    return next((one for one in blocks if one["rule"] == rule), None)


def test_six_seconds_make_a_call_effective() -> None:
    """Calls of 6.0 s count, one of 5.9 s does not, and an operator's announcement is no answer."""
    calls = [call(f"c-{number}", f"10:0{number}") for number in range(3)]
    short = call("c-8", "10:08", talk_seconds=5.9)
    network = call("c-9", "10:09", answered_by="network")
    assert found(judge_log([*calls, short, network]), "NIFA-16-2-CALLS") == []
    breach = found(judge_log([*calls, short, network, call("d-1", "11:00")]), "NIFA-16-2-CALLS")
    assert breach == [("d-1", "violation", None, "confirmed")]


def test_presumed_calls_block_fully_and_break_provisionally() -> None:
    """A call of unknown length fills the limit; the certain fourth call is only provisional, the fifth is not."""
    calls = [call(f"c-{number}", f"10:0{number}") for number in range(5)]
    calls[0]["talk_seconds"] = None
    assert block(judge_log(calls[:3]), "dial", "NIFA-16-2-CALLS") == {
        "mode": "interactive",
        "rule": "NIFA-16-2-CALLS",
        "article": "第十六条（二）1",
        "limit": 3,
        "from": instant("10:02"),
        "until": instant("24:00"),
    }
    assert found(judge_log(calls), "NIFA-16-2-CALLS") == [
        ("c-3", "violation", None, "provisional"),
        ("c-4", "violation", None, "confirmed"),
    ]


def test_whoever_answers_a_notice_call_it_counts() -> None:
    """'Answered, by machine or human' leaves nobody out: a third party, an unknown one, and a requested call count."""
    by = ("machine", "third_party", "unknown")
    calls = [notice(f"c-{number}", f"10:0{number}", answered_by=who) for number, who in enumerate(by)]
    result = judge_log([*calls, notice("c-9", "11:00", requested=True)])
    assert found(result, "NIFA-15-2-CALLS") == [("c-9", "violation", None, "confirmed")]


def test_ties_are_broken_by_code_point() -> None:
    """Of four calls at one moment `c-9` is the last one, `c-10` stands before `c-2`."""
    result = judge_log([notice(name, "10:00") for name in ("c-9", "c-2", "c-10", "c-3")])
    assert found(result, "NIFA-15-2-CALLS") == [("c-9", "violation", None, "confirmed")]
    assert result.findings[-1]["counted"] == ["c-10", "c-2", "c-3", "c-9"]


def test_the_moment_decides_the_day() -> None:
    """A call placed before midnight and answered after it counts on the next day."""
    calls = [notice(f"c-{number}", f"09:0{number}", day=1) for number in range(3)]
    late = notice("d-1", "23:59:59", answered_at=at("00:00:00", day=1))
    assert [one[0] for one in found(judge_log([*calls, late]), "NIFA-15-2-CALLS")] == ["c-2"]


@pytest.mark.parametrize(("clock", "quiet"), [("22:00", True), ("21:59:59.999999", False), ("08:00", False)])
def test_quiet_hours_are_half_open(clock: str, *, quiet: bool) -> None:
    """22:00:00 is quiet, 08:00:00 is not; a contact that the debtor asked for may come at any hour."""
    assert bool(found(judge_log([contact("message", "c-1", clock)]), "NIFA-9-HOURS")) is quiet
    assert found(judge_log([contact("message", "c-1", clock, requested=True)]), "NIFA-9-HOURS") == []


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(600, []), (1200, [("warning", "grace")]), (1200.000001, [("violation", None)]), (-1, [])],
)
def test_overrun_is_measured_from_ten_at_night(seconds: float, expected: list[tuple[str, str | None]]) -> None:
    """From 21:50 on, an end at 22:00:00 is none, 600 s over are grace, more is a violation."""
    ended = (instant("21:50") + timedelta(seconds=seconds)).isoformat()
    result = judge_log([call("c-1", "21:50", talk_seconds=None, ended_at=ended)])
    assert [one[1:3] for one in found(result, "NIFA-9-OVERRUN")] == expected


def test_overrun_of_agreed_hours_looks_back_past_midnight() -> None:
    """Windows that overlap are one; a call that ends at 02:05 has run over since 02:00, when the last one closed."""
    agreed = fact("agreement", "f-1", "12:00", hours=[["20:00", "02:00"], ["19:00", "23:00"]])
    result = judge_log([agreed, call("c-1", "23:30", talk_seconds=9300)])
    assert found(result, "NIFA-9-OVERRUN") == [("c-1", "warning", "grace", "confirmed")]
    assert found(result, "NIFA-9-HOURS") == found(result, "NIFA-9-AGREED") == []


def test_hours_must_be_agreed_beforehand_and_limits_need_not() -> None:
    """Recorded after the contact began, an agreement changes its limit and leaves its hours to the law."""
    terms: Record = {"hours": [["20:00", "23:00"]], "limits": {"effective_calls": 0}, "recorded_at": at("22:30:01")}
    result = judge_log([fact("agreement", "f-1", "12:00", **terms), call("c-1", "22:30"), call("c-2", "22:31")])
    assert [one[0] for one in found(result, "NIFA-9-HOURS")] == ["c-1"]
    assert [one[0] for one in found(result, "NIFA-16-2-CALLS")] == ["c-1", "c-2"]


def test_a_limit_of_zero_blocks_from_the_agreement_and_then_from_each_midnight() -> None:
    """Nothing need be counted for it; on the first day it begins with the agreement."""
    agreed = fact("agreement", "f-1", "12:00", limits={"effective_visits": 0, "attempts": None})
    first = block(judge_log([agreed], as_of=instant("13:00")), "visit", "NIFA-16-3-VISITS")
    second = block(judge_log([agreed], as_of=instant("24:00")), "visit", "NIFA-16-3-VISITS")
    assert first is not None
    assert (first["from"], first["until"]) == (instant("12:00"), instant("24:00"))
    assert second is not None
    assert (second["from"], second["until"]) == (instant("24:00"), instant("48:00"))


def test_letters_are_seven_local_days_apart() -> None:
    """From late on day 0 to early on day 7 is enough, to day 6 is not; another product has its own interval."""
    letters = [
        contact("letter", "c-1", "23:59", product="card"),
        contact("letter", "c-2", "00:00", day=7, product="card"),
        contact("letter", "c-3", "23:59", day=13, product="card"),
        contact("letter", "c-4", "23:59", day=13, product="loan"),
    ]
    assert found(judge_log(letters), "NIFA-15-3-INTERVAL") == [("c-3", "warning", None, "confirmed")]


def test_a_reopened_debt_is_excepted_from_a_whole_settlement() -> None:
    """One block names the exception; a contact about no debt in particular is then not about a settled one."""
    settled, reopened = fact("settled", "f-1", "09:00"), fact("reopened", "f-2", "11:00", debt="L1")
    calls = [call("c-1", "10:00"), call("c-2", "12:00"), call("c-3", "12:01", debts=["L1"])]
    result = judge_log([settled, reopened, *calls, call("c-4", "12:02", debts=["L1", "L2"])])
    assert [one[0] for one in found(result, "NIFA-11-5-SETTLED")] == ["c-1", "c-4"]
    held = block(result, "message", "NIFA-11-5-SETTLED")
    assert held is not None
    assert (held["except"], held["from"], "debt" in held) == (["L1"], instant("09:00"), False)


def test_what_was_recorded_late_is_a_warning() -> None:
    """A settlement that nobody could know of warns; with a second settled debt that was known, it is a violation."""
    late = fact("settled", "f-1", "09:00", debt="L1", recorded_at=at("10:00:01"))
    known = fact("settled", "f-2", "09:00", debt="L2")
    result = judge_log([late, known, call("c-1", "10:00", debts=["L1"]), call("c-2", "10:00", debts=["L1", "L2"])])
    assert found(result, "NIFA-11-5-SETTLED") == [
        ("c-1", "warning", "recorded-late", "confirmed"),
        ("c-2", "violation", None, "confirmed"),
    ]


def test_the_agency_placed_last_holds_the_debt() -> None:
    """A recall ends only its own agency's placement, and then the one before holds; with none left nobody does."""
    facts = [
        fact("placed", "f-1", "08:00", debt="L1", agency="a-1"),
        fact("placed", "f-2", "09:00", debt="L1", agency="a-2"),
        fact("recalled", "f-3", "11:00", debt="L1", agency="a-2"),
        fact("recalled", "f-4", "13:00", debt="L1", agency="a-1"),
    ]
    calls = [call(f"c-{hour}", f"{hour}:30", debts=["L1"], agency="a-1") for hour in (10, 12, 14)]
    result = judge_log([*facts, *calls, call("c-15", "14:40", debts=["L1"])])
    assert [one[0] for one in found(result, "NIFA-17-3-ONE")] == ["c-10"]
    assert [one[0] for one in found(result, "NIFA-17-3-MANDATE")] == ["c-14"]


def test_the_registry_says_nothing_until_it_has_an_entry() -> None:
    """A kind is enforced from the first entry recorded; the latest recorded entry of an id speaks, valid or not."""
    entry = {"type": "registry", "kind": "payee", "id": "p-1", "institution": "bank-a", "valid_from": at("00:00")}
    entries = [
        {**entry, "recorded_at": at("10:00")},
        {**entry, "recorded_at": at("12:00"), "valid_until": at("00:00")},
    ]
    calls = [call(f"c-{hour}", f"{hour}:30", payee="p-1") for hour in ("09", "11", "13")]
    calls.append(call("c-14", "14:30", payee="p-never"))
    assert [one[0] for one in found(judge_log([*entries, *calls]), "NIFA-11-3-PAYEE")] == ["c-13", "c-14"]


def test_a_missing_recording_is_due_a_day_after_the_end() -> None:
    """Provisional for 24 h after the end, confirmed at the instant they are over."""
    unrecorded = call("c-1", "10:00", recording=None, talk_seconds=60)
    for as_of, state in ((instant("10:00:59", day=1), "provisional"), (instant("10:01", day=1), "confirmed")):
        assert found(judge_log([unrecorded], as_of=as_of), "NIFA-16-1-RECORDED") == [("c-1", "violation", None, state)]


def test_the_newest_revision_counts_in_whatever_order() -> None:
    """A voided call frees its place; superseded records still move the default of `as_of`; a contradiction is dead."""
    calls = [notice(f"c-{number}", f"10:0{number}") for number in range(4)]
    late = notice("c-0", "23:00")
    voided = notice("c-0", "10:00", revision=1, voided=True)
    for log in ([voided, *calls[1:], late], [late, *calls[1:], voided]):
        result = judge_log(log)
        assert found(result, "NIFA-15-2-CALLS") == []
        assert result.as_of == instant("23:00")
    assert judge_log([calls[0], late, {**calls[0], "permit": "x"}, voided]).dead == [(2, "conflict")]


def test_only_conduct_is_judged_in_inbound_calls() -> None:
    """The hour of a debtor's own call is his; how he was spoken to is not, unless it was no collection at all."""
    rude = call("c-1", "23:00", direction="inbound", labels=["rude"])
    assert {finding["rule"] for finding in judge_log([rude]).findings} == {"NIFA-16-1-MANNERS"}
    assert judge_log([{**rude, "purpose": "service"}]).findings == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b'{"type":', "not-json"),
        (b'{"type":"dial","talk_seconds":NaN}', "not-json"),
        (b" " * 70_000 + b"{}", "too-large"),
        ("[]", "wrong-type"),
        (call("c-1", "10:00", revision=True), "wrong-type"),
        (call("c-1", "10:00", mode=None), "missing-field"),
        (call("c-1", "10:00", started_at="2026-11-16T10:00:00"), "bad-value"),
        (call("c-1", "10:00", agency=""), "bad-value"),
        (call("c-1", "10:00", debtor="8613912345678"), "personal-data"),
        (call("c-1", "10:00", debtor="11010519491231002X"), "personal-data"),
        (fact("agreement", "f-1", "10:00", hours=[["09:00", "24:01"]]), "bad-value"),
    ],
)
def test_what_cannot_be_judged_is_named(line: bytes | str | Record, word: str) -> None:
    """Each unreadable line is one dead letter with its machine word, and judges nothing."""
    result = judge_log([line])
    assert (result.dead, result.findings, result.blocks) == ([(1, word)], [], [])
