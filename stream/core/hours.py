"""Times of the day that come back every day: quiet hours and agreed hours (第九条)."""

from functools import lru_cache
from typing import NamedTuple

from stream.core.zone import MICROSECONDS, Zone

MINUTES = 1440
_MINUTE = 60 * MICROSECONDS

Clock = tuple[str, str]


def minute_of(clock: str) -> int:
    """Minutes since midnight of `HH:MM`, 00:00 to 24:00; raises ValueError for anything else."""
    hours, colon, minutes = clock.partition(":")
    if not (colon and len(clock) == 5 and (hours + minutes).isascii() and (hours + minutes).isdigit()):  # noqa: PLR2004
        raise ValueError(clock)
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) >= 60 or minute > MINUTES:  # noqa: PLR2004
        raise ValueError(clock)
    return minute


class DailyHours(NamedTuple):
    """Half-open stretches of wall-clock minutes, disjoint, in order, none of them passing midnight."""

    stretches: tuple[tuple[int, int], ...]

    def contains(self, zone: Zone, instant: int) -> bool:
        """Whether the instant lies in one of the stretches."""
        minute = zone.clock(instant) // _MINUTE
        for start, end in self.stretches:  # noqa: SIM110 - asked several times for each contact: a generator costs more
            if start <= minute < end:
                return True
        return False

    def touches(self, zone: Zone, start: int, end: int) -> bool:
        """Whether any part of [start, end) lies inside; of an empty span, whether `start` does."""
        if self.contains(zone, start):
            return True
        return end > start and bool(self.stretches) and self.next_begin(zone, start) < end

    def began(self, zone: Zone, instant: int) -> int:
        """Where the unbroken stretch that holds the instant began; the instant must be inside."""
        ordinal, clock = zone.day(instant).ordinal, zone.clock(instant)
        start = next(a for a, b in self.stretches if a * _MINUTE <= clock < b * _MINUTE)
        last_start, last_end = self.stretches[-1]
        if start == 0 and last_end == MINUTES:
            return zone.at(ordinal - 1, last_start)
        return zone.at(ordinal, start)

    def complement(self) -> "DailyHours":
        """All other times of the day."""
        rest, at = [], 0
        for start, end in self.stretches:
            if start > at:
                rest.append((at, start))
            at = end
        if at < MINUTES:
            rest.append((at, MINUTES))
        return DailyHours(tuple(rest))

    def next_begin(self, zone: Zone, instant: int) -> int:
        """Where the next stretch begins that does not lie before the instant; there must be one."""
        ordinal = zone.day(instant).ordinal
        begins = (zone.at(ordinal + days, start) for days in (0, 1) for start, _ in self.stretches)
        return min(begin for begin in begins if begin >= instant)


@lru_cache(maxsize=4096)
def daily_hours(windows: tuple[Clock, ...]) -> DailyHours:
    """The union of windows such as ("22:00", "08:00"): they may pass midnight, equal ends are the whole day."""
    pieces: list[tuple[int, int]] = []
    for first, last in windows:
        start, end = minute_of(first) % MINUTES, minute_of(last)
        if start < end:
            pieces.append((start, end))
        elif start == end % MINUTES:
            pieces.append((0, MINUTES))
        else:
            pieces += [(start, MINUTES), (0, end)] if end else [(start, MINUTES)]
    return DailyHours(tuple(_merged(sorted(pieces))))


def _merged(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
