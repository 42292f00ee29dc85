"""The story of the sample day: what a compliance officer would want to see happen, scene by scene."""

from collections.abc import Iterator
from typing import Any

from stream.shell.demo.cast import debtor
from stream.shell.demo.desk import Desk
from stream.shell.demo.event import Event


def story(desk: Desk) -> Iterator[Event]:
    """All scenes, each in order of time."""
    for scene in (
        _three_agencies,
        _correction,
        _agreement,
        _quiet_hours,
        _settled,
        _refusal,
        _visit_alone,
        _robot,
        _recordings,
        _letters,
    ):
        yield from scene(desk)


def _three_agencies(desk: Desk) -> Iterator[Event]:
    """Three agencies, a debt each, one debtor: together they fill his day, and one of them goes on."""
    at, who = desk.day.at, debtor("bank-a", 1042, debts=3)
    calls = (("08:11", "ag-north"), ("08:26", "ag-south"), ("08:43", "ag-river"), ("09:35", "ag-north"))
    notes = (
        "ag-north calls D-1042",
        "ag-south calls D-1042 about another debt",
        "ag-river calls him about a third: three agencies, three calls, none knows of the others",
        "ag-north's dialer did not ask: a fourth call reaches D-1042",
    )
    for number, (_, agency) in enumerate(calls[:3]):
        yield desk.fact("placed", who, at("07:31"), debt=who.debts[number], agency=agency)
    for number, ((clock, agency), note) in enumerate(zip(calls, notes, strict=True)):
        yield desk.call(who, at(clock), agency=agency, debts=[who.debts[number % 3]], note=note)


def _correction(desk: Desk) -> Iterator[Event]:
    """Two of four calls turn out not to count: the finding is taken back, then the debtor is free again."""
    at, who = desk.day.at, debtor("bank-a", 1107, agency="ag-south")
    calls = [desk.call(who, at(clock)) for clock in ("08:50", "09:20", "10:02", "10:41")]
    yield from calls
    yield desk.correction(
        calls[2],
        at("11:24"),
        answered_by="third_party",
        note="quality check: his mother took the third call of D-1107, it does not count",
    )
    yield desk.correction(
        calls[1],
        at("12:03"),
        voided=True,
        note="quality check: the second call of D-1107 was entered twice, it never was",
    )


def _agreement(desk: Desk) -> Iterator[Event]:
    """Agreed hours and a higher limit: a call at noon breaks what the law alone would allow, a fourth does not."""
    at, who = desk.day.at, debtor("bank-b", 2077)
    yield desk.fact(
        "agreement",
        who,
        at("08:20"),
        hours=[["18:00", "21:00"]],
        channels=["dial"],
        limits={"effective_calls": 5},
        until=desk.day.text(at("08:20", days=30)),
        note="D-2077 agrees: calls from 18:00 to 21:00 only, five a day",
    )
    yield desk.call(who, at("13:12"), note="a call to D-2077 outside the hours that he agreed to")
    yield desk.call(who, at("18:06"))
    yield desk.call(who, at("18:40"))
    yield desk.call(who, at("19:15"), note="a fourth call to D-2077: five are agreed, nothing happens")
    yield desk.call(who, at("19:52"), note="the fifth fills what was agreed")


def _quiet_hours(desk: Desk) -> Iterator[Event]:
    """Before eight, across ten in the evening, and after ten."""
    at = desk.day.at
    yield desk.message(
        debtor("lend-c", 3011), at("07:48"), note="an SMS to D-3011 at 07:48, before the quiet hours end"
    )
    yield desk.call(
        debtor("lend-c", 3018),
        at("21:55"),
        talk_seconds=470,
        note="a call to D-3018 begins at 21:55 and ends after 22:00",
    )
    yield desk.call(debtor("lend-c", 3011), at("22:20"), note="a call to D-3011 at 22:20, in the quiet hours")


def _settled(desk: Desk) -> Iterator[Event]:
    """Paid in the morning, called in the afternoon."""
    at, who = desk.day.at, debtor("bank-a", 1150)
    yield desk.fact("settled", who, at("07:40"), note="D-1150 has paid all: collection stops on every channel")
    yield desk.call(who, at("13:40"), agency="ag-south", note="ag-south still calls D-1150, who has paid")


def _refusal(desk: Desk) -> Iterator[Event]:
    """A debtor out of reach: his sister may be asked where he is, until she says no."""
    at, who = desk.day.at, debtor("lend-c", 3042, agency="ag-river")
    sister: dict[str, Any] = {"role": "contact", "person": "P-3042-1", "purpose": "locate", "identity_verified": None}
    yield desk.fact("unreachable", who, at("07:34"))
    yield desk.call(who, at("09:02"), **sister, note="D-3042 cannot be reached: ag-river asks his sister where he is")
    yield desk.fact("refused", who, at("09:06"), person="P-3042-1", note="she refuses to be contacted again")
    yield desk.call(
        who, at("14:31"), **sister, agency="ag-north", note="ag-north calls the sister of D-3042 all the same"
    )


def _visit_alone(desk: Desk) -> Iterator[Event]:
    """One collector where two are the least."""
    who = debtor("bank-b", 2015, agency="ag-river")
    yield desk.visit(who, desk.day.at("10:20"), headcount=1, note="a collector visits D-2015 alone")


def _robot(desk: Desk) -> Iterator[Event]:
    """A machine's calls count as anybody's."""
    at, who = desk.day.at, debtor("lend-c", 3055, agency="ag-south")
    yield from (desk.announcement(who, at(clock)) for clock in ("09:10", "10:30", "11:50"))
    yield desk.announcement(
        who, at("14:05"), note="the voice robot calls D-3055 a fourth time: AI exempts from nothing"
    )


def _recordings(desk: Desk) -> Iterator[Event]:
    """No recording: a finding that waits for 24 hours. One gets its recording, one does not."""
    at = desk.day.at
    yesterday = desk.call(debtor("bank-b", 2031), at("16:02", days=-1), recording=None)
    yield desk.late(
        yesterday, at("07:33"), note="yesterday's call to D-2031 arrives without a recording: 24 hours are left for it"
    )
    today = desk.call(debtor("bank-b", 2038), at("09:50"), recording=None)
    yield today
    yield desk.correction(
        today, at("15:05"), recording="rec-found", note="the recording of this morning's call to D-2038 is found"
    )


def _letters(desk: Desk) -> Iterator[Event]:
    """Two letters about one product within a week: the law says 不宜, hence a warning."""
    at, who = desk.day.at, debtor("bank-b", 2044)
    yield desk.late(desk.letter(who, at("15:00", days=-4)), at("07:36"))
    yield desk.letter(who, at("14:50"), note="D-2044 gets a second letter within a week")
