"""Days and clock times in the rulebook's zone.

An *instant* is an int: microseconds since 1970-01-01T00:00:00Z. A *day* is [00:00, 24:00) local (rules.md: zone, day).
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

MICROSECONDS = 1_000_000
DAY = 24 * 3600 * MICROSECONDS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_SLOT = 900 * MICROSECONDS
# "9999-12-31" is how many systems write "for ever"; no zone's local time of it may pass the last day of the calendar.
_LAST = (datetime(9999, 12, 29, tzinfo=UTC) - EPOCH) // _ONE


class Day(NamedTuple):
    """One local day: its first instant, the first instant after it, and its proleptic ordinal."""

    start: int
    end: int
    ordinal: int


def instant_of(moment: datetime) -> int:
    """The instant of an aware datetime, exactly."""
    return (moment - EPOCH) // _ONE


class Zone:
    """A time zone of the IANA database; raises `zoneinfo.ZoneInfoNotFoundError` for a name it does not hold."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = ZoneInfo(name)
        # Days are asked for once per contact, and a quarter of an hour lies in one day in every zone since 1901.
        self._slot_day = lru_cache(maxsize=4096)(self._day_of_slot)
        self.at = lru_cache(maxsize=4096)(self._at)

    def local(self, instant: int) -> datetime:
        """The instant as an aware local datetime."""
        return (EPOCH + timedelta(microseconds=min(instant, _LAST))).astimezone(self._info)

    def text(self, instant: int) -> str:
        """RFC 3339 in this zone, to the second where whole (contract §8)."""
        local = self.local(instant)
        offset = local.utcoffset() or timedelta()
        if offset % _MINUTE:
            # Until about 1900 offsets had seconds, which RFC 3339 has not.
            local = local.astimezone(timezone(offset - offset % _MINUTE))
        return local.isoformat()

    def day(self, instant: int) -> Day:
        """The local day that holds the instant."""
        day = self._slot_day(instant // _SLOT)
        if day.start <= instant < day.end:
            return day
        return self._day_at(self.local(instant).toordinal())

    def clock(self, instant: int) -> int:
        """Local time of day, in microseconds since 00:00 on the wall clock."""
        day = self.day(instant)
        if day.end - day.start == DAY:
            return instant - day.start
        here = self.local(instant)
        return ((here.hour * 60 + here.minute) * 60 + here.second) * MICROSECONDS + here.microsecond

    def _at(self, ordinal: int, minute: int) -> int:
        """The instant of a wall-clock minute (0..1440) of a local day."""
        extra, minute = divmod(minute, 1440)
        wall = time(minute // 60, minute % 60, tzinfo=self._info)
        return instant_of(datetime.combine(date.fromordinal(ordinal + extra), wall))

    def _day_of_slot(self, slot: int) -> Day:
        return self._day_at(self.local(slot * _SLOT).toordinal())

    def _day_at(self, ordinal: int) -> Day:
        return Day(self._at(ordinal, 0), self._at(ordinal, 1440), ordinal)


zone_named = lru_cache(maxsize=1024)(Zone)
"""The zone of that name, made once: debtors live in few of them."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of the IANA database, without those of no place: the machine's own zone, and none at all."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}
