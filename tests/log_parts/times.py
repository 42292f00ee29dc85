"""When things happen in a generated log, and how a dialer would write it down."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_OFFSETS_MINUTES = (480, 480, 480, 480, 480, 0, 0, 540, -300, 330)

# Instants at and around every boundary that the rules draw within a day, as seconds after local midnight.
EDGES_SECONDS: tuple[float, ...] = (
    0,
    0.000001,
    1,
    7 * 3600 + 3599,
    7 * 3600 + 3599.999999,
    8 * 3600,
    8 * 3600 + 0.001,
    21 * 3600 + 3000,
    21 * 3600 + 3599,
    21 * 3600 + 3599.999999,
    22 * 3600,
    22 * 3600 + 1,
    23 * 3600 + 3599,
    23 * 3600 + 3599.999999,
)

# A few instants that many contacts share, so that the order within a day is often decided by the contact ids.
TIES_SECONDS: tuple[float, ...] = (9 * 3600, 10 * 3600 + 300, 14 * 3600, 16 * 3600 + 1800.5)


@dataclass(frozen=True)
class Span:
    """The time a log covers. It ends nine hours short of its last day: at 15:00, where it began at midnight.

    So limits that the last day filled still block when the log ends.
    """

    start: datetime
    days: int

    @property
    def end(self) -> datetime:
        """No contact begins and no fact is recorded after it."""
        return self.start + timedelta(days=self.days, hours=-9)

    def day(self, rng: Random) -> int:
        """Draw a day by its number, the local day of `start` being 0."""
        last = (self.end.astimezone(SHANGHAI).date() - self.start.astimezone(SHANGHAI).date()).days
        return rng.randrange(last + 1)

    def instant(self, rng: Random, day: int) -> datetime:
        """One instant of a local day: mostly office hours, often an edge or a tie, sometimes anything."""
        for _ in range(100):
            drawn = local_midnight(self.start, day) + timedelta(seconds=_seconds_of_day(rng))
            if self.start <= drawn <= self.end:
                return drawn
        return self.start + timedelta(seconds=rng.randrange(int((self.end - self.start).total_seconds())))


def local_midnight(start: datetime, day: int) -> datetime:
    """Begin of the local day that is `day` days after the one `start` lies in."""
    midnight = start.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=day)


def _seconds_of_day(rng: Random) -> float:
    luck = rng.random()
    if luck < 0.5:
        return rng.randrange(8 * 3600, 21 * 3600) + rng.choice((0, 0, 0, 0.25, 0.001))
    if luck < 0.7:
        return rng.choice(TIES_SECONDS)
    return rng.choice(EDGES_SECONDS) if luck < 0.9 else rng.randrange(86_400)


def after(instant: datetime, seconds: float) -> datetime:
    """The instant that many seconds later (earlier where negative)."""
    return instant + timedelta(seconds=seconds)


def written(rng: Random, instant: datetime) -> str:
    """RFC 3339 in some offset, with or without a fraction; digits past the microsecond are noise to be cut off."""
    offset = timezone(timedelta(minutes=rng.choice(_OFFSETS_MINUTES)))
    local = instant.astimezone(offset)
    text = local.strftime("%Y-%m-%dT%H:%M:%S") + _fraction(rng, local.microsecond)
    if local.utcoffset() == timedelta(0) and rng.random() < 0.7:
        return text + "Z"
    return text + local.isoformat()[-6:]


def _fraction(rng: Random, microsecond: int) -> str:
    if microsecond:
        digits = f"{microsecond:06d}"
        return "." + rng.choice((digits, digits + "9", digits + "999", digits.rstrip("0")))
    return rng.choice(("", "", "", "", "", ".0", ".000", ".000000", ".0000009"))
