"""Small strategies for calls of two weeks about few debts and persons, and for where the consumer is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.log_parts.matters import Record
from tests.strategy_parts.contacts import AGENCIES, Part, dials
from tests.strategy_parts.facts import FACT_IDS
from tests.strategy_parts.instants import merged, mostly

NEW_YORK = ZoneInfo("America/New_York")
# In New York and Los Angeles the night to the seventh of these days is an hour longer than others.
DAY_0 = datetime(2026, 10, 26)  # noqa: DTZ001 - a wall clock, of New York where it is used
_DAYS = (0, 0, 0, 1, 5, 6, 6, 7, 7, 12)
_CLOCKS = (
    timedelta(hours=10),
    timedelta(hours=12),
    timedelta(hours=10, seconds=1),
    timedelta(hours=8),
    timedelta(hours=8, microseconds=-1),
    timedelta(hours=21),
    timedelta(hours=24, microseconds=-1),
    timedelta(0),
    timedelta(hours=11),
)


def instants() -> st.SearchStrategy[str]:
    """Wall-clock moments of New York around the edges of days and of quiet hours, in writing."""
    return st.builds(_written, st.sampled_from(_DAYS), st.sampled_from(_CLOCKS))


def plain_calls() -> Part:
    """Draw calls to the debtor about one debt that all count: what fills limits."""
    usual = {"mode": "notice", "answered_by": "machine", "medium": None, "purpose": None, "requested": None}
    plain = {"debts": ["L1"], "agency": None, "direction": None, "voided": False, "revision": 0}
    return merged(dials(), st.just(usual | plain), st.builds(_times, instants(), st.sampled_from((None, 0)), st.none()))


def calls(*parts: Part) -> Part:
    """Draw calls, mostly about one debt and with the debtor himself, half of them conversations, some of them his."""
    fields = st.fixed_dictionaries(
        {
            "answered_by": mostly("human", "unknown", "machine", "third_party", "network"),
            "debts": mostly(["L1"], [], ["L2"], ["L2", "L1"], ["L1", "L1"]),
            "agency": mostly(None, *AGENCIES),
            "direction": mostly(None, "inbound"),
            "requested": mostly(None, True),
            "medium": mostly(None, "video"),
            "purpose": st.just("collection"),
        }
    )
    whom = mostly({"role": "debtor"}, {"role": "contact", "person": "p-1"}, {"role": "guarantor", "person": "p-1"})
    times = st.builds(_times, instants(), st.sampled_from((None, 0, 10)), mostly(60, 0, None))
    return merged(dials(), fields, whom, times, *parts)


def zones() -> Part:
    """Draw facts that say where the consumer is, from one of the same moments on, recorded at any of them."""
    return st.fixed_dictionaries(
        {
            "type": st.just("fact"),
            "kind": st.just("zone"),
            "fact_id": st.sampled_from(FACT_IDS[:4]),
            "revision": mostly(0, 1),
            "institution": st.just("bank-a"),
            "debtor": st.just("D-1"),
            "at": instants(),
            "recorded_at": instants(),
            "value": st.sampled_from(("America/Los_Angeles", "America/Phoenix", "America/New_York", "Asia/Tokyo")),
        }
    )


def moments() -> st.SearchStrategy[datetime]:
    """When a log is judged: at one of the same moments or between them."""
    moment = st.builds(lambda text, hours: datetime.fromisoformat(text) + timedelta(hours=hours), instants(), _hours())
    return moment.map(lambda instant: instant.astimezone(NEW_YORK))


def _hours() -> st.SearchStrategy[int]:
    return st.sampled_from((0, 1, 5, 24, 100))


def _written(day: int, clock: timedelta) -> str:
    return (DAY_0 + timedelta(days=day) + clock).replace(tzinfo=NEW_YORK).isoformat()


def _times(begun: str, delay: int | None, talk_seconds: int | None) -> Record:
    answered = None if delay is None else datetime.fromisoformat(begun) + timedelta(seconds=delay)
    return {
        "started_at": begun,
        "answered_at": None if answered is None else answered.isoformat(),
        "ended_at": None,
        "talk_seconds": talk_seconds,
    }
