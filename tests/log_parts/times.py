"""When things happen in a generated log, and how a dialer would write it down."""

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


def local_midnight(start: datetime, day: int) -> datetime:
    """Begin of the local day that is `day` days after the one `start` lies in."""
    midnight = start.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=day)


def some_instant(rng: Random, start: datetime, day: int) -> datetime:
    """One instant of a local day: mostly office hours, often an edge or a tie, sometimes anything."""
    luck = rng.random()
    if luck < 0.5:
        seconds = rng.randrange(8 * 3600, 21 * 3600) + rng.choice((0, 0, 0, 0.25, 0.001))
    elif luck < 0.7:
        seconds = rng.choice(TIES_SECONDS)
    elif luck < 0.9:
        seconds = rng.choice(EDGES_SECONDS)
    else:
        seconds = rng.randrange(86_400)
    return max(start, local_midnight(start, day) + timedelta(seconds=seconds))


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
