"""RFC 3339 times with an offset, as instants (contract §2)."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from stream.core.zone import DAY, EPOCH, MICROSECONDS, instant_of
from stream.shell.codec.refusal import Refusal, bad

LAST = instant_of(datetime(2255, 1, 1, tzinfo=UTC))
"""The last instant: what lies beyond (9999-12-31 is how many systems write "for ever") is read as this one.

Moments at which a judgement changes are kept as Redis' scores, which are doubles and exact up to June 2255.
"""

# `datetime.fromisoformat` also takes commas, missing seconds and basic formats; the contract does not.
_HOUR = r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3])"
_TAIL = r"(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))"
_AN_HOUR = re.compile(_HOUR, re.ASCII)
_A_TAIL = re.compile(_TAIL, re.ASCII)
_RFC3339 = re.compile(_HOUR + r":[0-5]\d:[0-5]\d" + _TAIL, re.ASCII)
# Neither an offset nor a zone moves a later time out of the calendar's years.
_FIRST_YEAR = "0002"
_WITHIN_HOUR = {
    f":{minute:02}:{second:02}": (minute * 60 + second) * MICROSECONDS for minute in range(60) for second in range(60)
}
_REMEMBERED = 4096
_LONG = 40


def parse_instant(text: str, path: str) -> int:
    """Microseconds since the epoch; digits past the microsecond are cut off. Raises Refusal `bad-value`."""
    try:
        # Where the text is longer than any sensible time, its end is not worth remembering.
        tail = _tail(text[19:]) if len(text) <= _LONG else _tail.__wrapped__(text[19:])
        instant: int = _hour(text[:13]) + _WITHIN_HOUR[text[13:19]] + tail
    except (KeyError, ValueError) as error:
        raise _refusal(text, path) from error
    return min(LAST, instant)


def optional_instant(text: str | None, path: str) -> int | None:
    """The same for a field that may be null."""
    return None if text is None else parse_instant(text, path)


@lru_cache(_REMEMBERED)
def _hour(text: str) -> int:
    """The instant of `2026-11-23T14` in UTC: a log has many times of one hour, the calendar is asked once for each."""
    if not _AN_HOUR.fullmatch(text) or text < _FIRST_YEAR:
        raise ValueError
    days = date.fromisoformat(text[:10]).toordinal() - EPOCH.toordinal()
    return days * DAY + int(text[11:]) * 3600 * MICROSECONDS


@lru_cache(_REMEMBERED)
def _tail(text: str) -> int:
    """What a fraction of a second and an offset (`.5+08:00`) add to the instant."""
    match = _A_TAIL.fullmatch(text)
    if match is None:
        raise ValueError
    fraction, sign, hours, minutes = match.groups()
    offset = (int(hours) * 60 + int(minutes)) * 60 * MICROSECONDS if sign else 0
    return int((fraction or "0")[:6].ljust(6, "0")) + (offset if sign == "-" else -offset)


def _refusal(text: str, path: str) -> Refusal:
    if not _RFC3339.fullmatch(text):
        return bad(path, "is not an RFC 3339 time with an offset, such as 2026-11-23T14:05:11+08:00")
    if text < _FIRST_YEAR:
        return bad(path, "is before the year 0002, as empty times of some systems are; leave it out or send null")
    return bad(path, "is a date or time that does not exist")
