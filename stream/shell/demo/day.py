"""The day that the demo plays: yesterday in the rulebook's zone, so that no record lies in a broker's future."""

from typing import Self

from stream.core.zone import DAY, MICROSECONDS, Zone

_BEGINS, _LAST_LOOK, _ENDS = "07:30", "23:59:30", "24:10"


class Day:
    """One local day; instants are microseconds since 1970-01-01T00:00:00Z.

    It is played from `begins`, half an hour before the quiet hours end, to `ends`, when what held until midnight is
    over. `last_look`: just before midnight, when all of the day's blocks hold.
    """

    def __init__(self, zone: Zone, start: int) -> None:
        self.zone = zone
        self._start = start
        self.begins, self.last_look, self.ends = (self.at(clock) for clock in (_BEGINS, _LAST_LOOK, _ENDS))

    @classmethod
    def before(cls, zone: Zone, now: int) -> Self:
        """The local day before the one that holds `now`."""
        return cls(zone, zone.day(zone.day(now).start - 1).start)

    def at(self, clock: str, days: int = 0) -> int:
        """The instant of `HH:MM` or `HH:MM:SS` on this day, or `days` later; 24:10 is ten past midnight."""
        hours, minutes, seconds = (int(part) for part in f"{clock}:00".split(":")[:3])
        return self._start + days * DAY + ((hours * 60 + minutes) * 60 + seconds) * MICROSECONDS

    def text(self, instant: int) -> str:
        """RFC 3339 in the day's zone."""
        return self.zone.text(instant)

    @property
    def date(self) -> str:
        """The day's weekday and date: `Mon 2026-11-23`."""
        return f"{self.zone.local(self._start):%a %Y-%m-%d}"
