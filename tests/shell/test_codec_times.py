"""Times are RFC 3339 with an offset, exact to the microsecond (contract §2)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.registry import Entry
from stream.core.zone import Zone, instant_of
from stream.shell.codec.instant import LAST, parse_instant
from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.task import Item, Task
from tests.parts.ground import Ground, records_of
from tests.parts.inputs import AT, agreement, contact_of, dial, fact_of, refusal_of

SHANGHAI = Zone("Asia/Shanghai")
GOOD = {
    "2026-11-23T14:05:11+08:00": (6, 5, 11, 0),
    "2026-11-23T06:05:11Z": (6, 5, 11, 0),
    "2026-11-23t06:05:11z": (6, 5, 11, 0),
    "2026-11-23T06:05:11-00:00": (6, 5, 11, 0),
    "2026-11-23T00:35:11-05:30": (6, 5, 11, 0),
    "2026-11-24T06:04:11+23:59": (6, 5, 11, 0),
    "2026-11-23T06:05:11.5Z": (6, 5, 11, 500_000),
    "2026-11-23T06:05:11.000001Z": (6, 5, 11, 1),
    "2026-11-23T06:05:11.9999999Z": (6, 5, 11, 999_999),
    "2026-11-23T06:05:11." + "1" * 1000 + "Z": (6, 5, 11, 111_111),
}
BAD = (
    "2026-10-17T14:05:11", "2026-10-17T14:05:11 +08:00", "2026-10-17 14:05:11+08:00", "2026-10-17T14:05+08:00",
    "2026-10-17T14:05:11+0800", "2026-10-17T14:05:11+08", "2026-10-17T14:05:11+24:00", "2026-10-17T14:05:11+08:60",
    "2026-10-17T24:00:00+08:00", "2026-10-17T14:60:00+08:00", "2026-10-17T14:05:60+08:00", "2016-12-31T23:59:60Z",
    "2026-10-17T14:05:11.Z", "2026-10-17T14:05:11,5Z", "20261017T140511Z", "2026-W48-1T14:05:11Z", "2026-327T14:05:11Z",
    "2026-10-17", "14:05:11Z", " 2026-10-17T14:05:11Z", "2026-10-17T14:05:11Z\n", "２０２６-10-17T14:05:11Z",
    "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "+2026-10-17T14:05:11Z", "-2026-10-17T14:05:11Z",
    "12026-10-17T14:05:11Z", "1795442711", "now",
)  # fmt: skip


def outcome(text: str) -> int | Refusal:
    try:
        return parse_instant(text, "$")
    except Refusal as refusal:
        return refusal


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text[:40])
def test_a_time_is_an_instant(text: str) -> None:
    """Whatever its offset and case, a time names one instant; digits past the microsecond are cut off."""
    hour, minute, second, microsecond = GOOD[text]
    assert parse_instant(text, "$") == instant_of(datetime(2026, 11, 23, hour, minute, second, microsecond, UTC))


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_time(text: str) -> None:
    """Anything else is a bad value, named by its field and not repeated; so is the year 1 that some systems send."""
    for field in ("started_at", "answered_at", "ended_at"):
        refusal = refusal_of(dial(**{field: text}))
        assert (refusal.word, refusal.path) == ("bad-value", f"$.{field}")
        assert text not in refusal.message


@given(st.datetimes(datetime(2, 1, 2), datetime(2254, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001 - read as UTC
def test_every_moment_in_every_offset(moment: datetime, minutes: int) -> None:
    """A moment written in any offset is read as itself."""
    aware = moment.replace(tzinfo=UTC)
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    local = (moment + timedelta(minutes=minutes)).isoformat()
    assert parse_instant(local + offset, "$") == instant_of(aware)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d*)?([Zz]|[+-]\d\d:\d\d)?", fullmatch=True))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Of any text a time or a refusal comes, and a time never lies beyond what can be kept."""
    read = outcome(text)
    assert read <= LAST if isinstance(read, int) else (read.word, read.path) == ("bad-value", "$")


def test_the_last_microsecond_of_a_day() -> None:
    """A fraction is cut, not rounded: half a microsecond before midnight is still that day, and 22:00 not yet quiet."""
    late = contact_of(dial(started_at="2026-11-23T23:59:59.9999995+08:00"))
    assert date.fromordinal(SHANGHAI.day(late.started_at).ordinal) == date(2026, 11, 23)
    assert contact_of(dial(started_at="2026-11-23T21:59:59.9999999+08:00")).started_at % 1_000_000 == 999_999


def test_a_time_stands_as_it_was_written() -> None:
    """Findings show a contact's time as its sender wrote it."""
    for text in ("2026-11-23t06:05:11.123456789z", AT):
        assert contact_of(dial(started_at=text)).occurred_at == text


@pytest.mark.parametrize(
    ("times", "ended"),
    [
        ({"answered_at": "2026-11-23T14:05:20+08:00", "ended_at": "2026-11-23T14:05:19+08:00"}, False),
        ({"answered_at": "2026-11-23T14:05:20+08:00", "ended_at": "2026-11-23T14:05:20+08:00"}, True),
        ({"ended_at": "2026-11-23T14:05:10+08:00"}, False),
        ({"ended_at": "2026-11-23T06:05:11Z"}, True),
        ({"answered_at": "2026-11-23T14:05:00+08:00", "ended_at": "2026-11-23T14:05:05+08:00"}, True),
    ],
)
def test_an_end_before_the_beginning_is_none(times: dict[str, Any], ended: bool) -> None:  # noqa: FBT001 - a column
    """An `ended_at` before `answered_at`, or `started_at` where that is null, is read as null."""
    assert (contact_of(dial(**times)).ended_at is not None) == ended


FAR = ("9999-12-31T23:59:59+08:00", "9999-12-31T23:59:59-23:59", "2300-01-01T00:00:00Z", "2255-06-05T23:47:34Z")


@pytest.mark.parametrize("far", FAR)
async def test_for_ever_can_be_kept(far: str) -> None:
    """Whatever a sender writes for "for ever" is later than any moment that comes, and can be judged and stored."""
    hours = agreement(until=far, hours=[["09:00", "20:00"]])
    assert fact_of(hours).until == LAST
    log = [
        hours,
        agreement(fact_id="f-2", kind="settled", at=far, debt="L1"),
        agreement(fact_id="f-3", at=far, limits={"effective_calls": 0}),
        dial(answered_at=AT, ended_at=far, answered_by="human"),
        dial(contact_id="c-2", answered_at=AT, talk_seconds=1e308),
    ]
    for each in log:
        ground = Ground(datetime(2026, 11, 24, tzinfo=UTC))
        items = [record.item for record in records_of([hours, each], ground)]
        task = Task("bank-a|D1", {"dials-0"}, [Item(item, ground.now) for item in items if not isinstance(item, Entry)])
        await (await ground.worker()).deliver([task])
        assert ground.said()[1]["bank-a|D1|dial"]["hours"] == [["09:00", "20:00"]]
