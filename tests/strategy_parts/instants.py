"""The few instants around which a small log happens, so that times coincide and edges are hit."""

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tests.log_parts.matters import Record
from tests.log_parts.times import SHANGHAI

DAY_0 = datetime(2026, 11, 16, tzinfo=SHANGHAI)

# The plainest first: that is what a failing example shrinks to.
_CLOCKS = (
    timedelta(hours=10),
    timedelta(hours=10, seconds=1),
    timedelta(hours=12),
    timedelta(hours=8),
    timedelta(hours=8, microseconds=-1),
    timedelta(hours=21, minutes=50),
    timedelta(hours=22, seconds=-1),
    timedelta(hours=22),
    timedelta(hours=24, microseconds=-1),
    timedelta(0),
    timedelta(hours=2),
)
_OFFSETS = (timezone(timedelta(hours=8)), timezone(timedelta(0)), timezone(timedelta(hours=-5)))


def instants(*days: int) -> st.SearchStrategy[datetime]:
    """Instants of these days, by default of three; most of them on the first day, many there at two seconds."""
    return st.sampled_from(_drawn(*days))


def _drawn(*days: int) -> list[datetime]:
    every = [DAY_0 + timedelta(days=day) + clock for day in days or (0, 1, 2) for clock in _CLOCKS]
    first_day = every[: len(_CLOCKS)]
    return every[:2] * len(_CLOCKS) + first_day * 2 + every


def before_edges() -> st.SearchStrategy[datetime]:
    """Instants shortly before windows end: what begins there may run over."""
    clocks = (timedelta(hours=21, minutes=50), timedelta(hours=22, seconds=-1), timedelta(hours=11, minutes=50))
    return st.sampled_from([DAY_0 + timedelta(days=day) + clock for day in (0, 1) for clock in clocks])


def maybe_texts() -> st.SearchStrategy[str | None]:
    """Half the time null, else any of the same instants in writing, mostly in the zone's own offset."""
    none: list[str | None] = [None]
    return st.sampled_from(none * len(_written()) + _written())


def early_texts() -> st.SearchStrategy[str]:
    """Half the time the evening before everything else, else any of the same instants."""
    early = [text(DAY_0 - timedelta(hours=4), _OFFSETS[0])]
    return st.sampled_from(early * len(_written()) + _written())


def neighbouring_texts() -> st.SearchStrategy[str]:
    """One of the two seconds at which most contacts begin or are answered."""
    return st.sampled_from([text(instant, _OFFSETS[0]) for instant in _drawn()[:2]])


def _written() -> list[str]:
    offset_of = [_OFFSETS[0], *_OFFSETS]
    return [text(instant, offset_of[number % 4]) for number, instant in enumerate(_drawn())]


def offsets() -> st.SearchStrategy[timezone]:
    """Offsets in which a record may be written; the zone's own first."""
    return st.sampled_from((_OFFSETS[0], *_OFFSETS))


def text(instant: datetime, offset: timezone) -> str:
    """RFC 3339, with a fraction only where there is one."""
    return instant.astimezone(offset).isoformat()


def merged(*parts: st.SearchStrategy[Record]) -> st.SearchStrategy[Record]:
    """One record of several parts; where two name a field, the later one wins. A null field is left out."""
    return st.tuples(*parts).map(_union)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Draw the usual value four times out of five; shrinks to it."""
    return st.sampled_from((usual,) * (4 * len(others)) + others)


def _union(parts: tuple[Record, ...]) -> Record:
    whole: Record = {}
    for part in parts:
        whole |= part
    return {name: value for name, value in whole.items() if value is not None}
