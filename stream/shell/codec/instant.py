"""RFC 3339 times with an offset, as instants (contract §2)."""

import re
from datetime import UTC, datetime

from stream.core.zone import instant_of
from stream.shell.codec.refusal import bad

LAST = instant_of(datetime(2255, 1, 1, tzinfo=UTC))
"""The last instant: what lies beyond (9999-12-31 is how many systems write "for ever") is read as this one.

Moments at which a judgement changes are kept as Redis' scores, which are doubles and exact up to June 2255.
"""

# `datetime.fromisoformat` also takes commas, missing seconds and basic formats; the contract does not.
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
# Neither an offset nor a zone moves a later time out of the calendar's years.
_FIRST_YEAR = "0002"


def parse_instant(text: str, path: str) -> int:
    """Microseconds since the epoch; digits past the microsecond are cut off. Raises Refusal `bad-value`."""
    if not _RFC3339.fullmatch(text):
        raise bad(path, "is not an RFC 3339 time with an offset, such as 2026-11-23T14:05:11+08:00")
    if text < _FIRST_YEAR:
        raise bad(path, "is before the year 0002, as empty times of some systems are; leave it out or send null")
    try:
        return min(instant_of(datetime.fromisoformat(text.upper())), LAST)
    except ValueError as error:
        raise bad(path, "is a date or time that does not exist") from error


def optional_instant(text: str | None, path: str) -> int | None:
    """The same for a field that may be null."""
    return None if text is None else parse_instant(text, path)
