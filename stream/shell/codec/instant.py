"""RFC 3339 times with an offset, as instants (contract §2)."""

import re
from datetime import datetime

from stream.core.zone import instant_of
from stream.shell.codec.refusal import bad

# `datetime.fromisoformat` also takes commas, missing seconds and basic formats; the contract does not.
_RFC3339 = re.compile(
    r"(?!0000|0001)\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


def parse_instant(text: str, path: str) -> int:
    """Microseconds since the epoch; digits past the microsecond are cut off. Raises Refusal `bad-value`."""
    if not _RFC3339.fullmatch(text):
        raise bad(path, "is not an RFC 3339 time with an offset, such as 2026-11-23T14:05:11+08:00")
    try:
        return instant_of(datetime.fromisoformat(text.upper()))
    except ValueError as error:
        raise bad(path, "is a date or time that does not exist") from error


def optional_instant(text: str | None, path: str) -> int | None:
    """The same for a field that may be null."""
    return None if text is None else parse_instant(text, path)
