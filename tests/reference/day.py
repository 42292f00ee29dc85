"""Local days and hours of the day: 'a day is [00:00, 24:00)' in Asia/Shanghai, windows are half open."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

Windows = Sequence[tuple[str, str]]

# Quiet hours are [22:00:00, 08:00:00); these are the others.
LAWFUL_HOURS: Windows = (("08:00", "22:00"),)

_DAY = timedelta(days=1)


def local_date(instant: datetime) -> date:
    """Calendar day in the zone."""
    return instant.astimezone(ZONE).date()


def day_start(instant: datetime) -> datetime:
    """Begin of the local day that the instant lies in."""
    return datetime.combine(local_date(instant), time(), ZONE)


def day_end(instant: datetime) -> datetime:
    """Begin of the next local day."""
    return datetime.combine(local_date(instant) + timedelta(days=1), time(), ZONE)


def is_open(instant: datetime, windows: Windows) -> bool:
    """Whether the instant lies in one of the windows; one that passes midnight may have begun the day before."""
    clock = _since_midnight(instant)
    return any(begin <= clock < end or begin <= clock + _DAY < end for begin, end in _spans(windows))


def is_ever_closed(begin: datetime, end: datetime, windows: Windows) -> bool:
    """Whether any part of [begin, end) lies outside all windows: its first instant does, or one where a window ends."""
    if not is_open(begin, windows):
        return True
    return any(begin <= edge < end and not is_open(edge, windows) for edge in _ends(begin, end, windows))


def closed_since(instant: datetime, windows: Windows) -> datetime:
    """Begin of the time outside all windows that holds the instant, which must lie outside."""
    edges = _ends(instant - 2 * _DAY, instant, windows)
    return max(edge for edge in edges if edge <= instant and not is_open(edge, windows))


def _ends(begin: datetime, end: datetime, windows: Windows) -> list[datetime]:
    """Instants at which a window ends, on all days that [begin, end] touches."""
    first, last = local_date(begin), local_date(end)
    midnights = [datetime.combine(first + number * _DAY, time(), ZONE) for number in range((last - first).days + 1)]
    return [midnight + window_end % _DAY for midnight in midnights for _begin, window_end in _spans(windows)]


def _spans(windows: Windows) -> list[tuple[timedelta, timedelta]]:
    """Begin and end since midnight; 'may pass midnight, equal ends = the whole day'."""
    spans = []
    for begin_text, end_text in windows:
        begin, end = _clock(begin_text) % _DAY, _clock(end_text)
        spans.append((begin, end if end > begin else end + _DAY))
    return spans


def _clock(text: str) -> timedelta:
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def _since_midnight(instant: datetime) -> timedelta:
    return instant.astimezone(ZONE) - day_start(instant)
