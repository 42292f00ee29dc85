"""Hypothesis strategies for small logs in which every rule can fire and can hold back, one theme at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from tests.log_parts.matters import Record
from tests.log_parts.times import SHANGHAI
from tests.strategy_parts.contacts import (
    aims,
    any_contact,
    conduct,
    debts,
    dials,
    introductions,
    late_dials,
    letters,
    listed,
    messages,
    plain_dials,
    visits,
)
from tests.strategy_parts.facts import (
    entries,
    hours_agreements,
    limit_agreements,
    people_facts,
    placements,
    settlements,
    tight_agreements,
)
from tests.strategy_parts.instants import DAY_0
from tests.strategy_parts.regulation_f import calls, plain_calls, zones

RECORDS_MAX = 14

# Each theme is what one area of the rules needs to see; the last one is everything at once.
THEMES: dict[str, tuple[st.SearchStrategy[Record], ...]] = {
    "notice calls": (plain_dials("notice"), plain_dials("notice"), dials("notice"), limit_agreements()),
    "effective calls": (
        plain_dials("interactive"),
        plain_dials("interactive"),
        plain_dials("interactive"),
        dials("interactive"),
        limit_agreements(),
    ),
    "agreed at that second": (plain_dials("notice"), plain_dials("interactive"), tight_agreements()),
    "visits": (visits(), visits(), limit_agreements(), hours_agreements()),
    "hours": (dials(), any_contact(aims()), hours_agreements(), hours_agreements()),
    "overrun": (late_dials(), late_dials(), hours_agreements()),
    "people": (any_contact(aims(), conduct()), any_contact(aims()), people_facts(), people_facts()),
    "settled": (dials(None, debts()), any_contact(debts(), aims()), settlements(), settlements()),
    "placed": (any_contact(debts()), placements(), placements()),
    "letters": (letters(), letters(aims()), letters(conduct())),
    "messages": (messages(conduct()), messages(listed()), entries(), hours_agreements()),
    "registry": (any_contact(listed()), any_contact(listed()), entries()),
    "tools": (dials(None, listed()), messages(listed()), entries("tool"), entries("tool", "template")),
    "introductions": (
        dials(None, introductions()),
        any_contact(aims(), introductions()),
    ),
    "conduct": (any_contact(conduct()), any_contact(conduct(), aims()), visits(conduct())),
    "anything": (
        any_contact(aims(), debts(), listed(), conduct()),
        any_contact(aims(), debts(), listed(), conduct()),
        limit_agreements(),
        hours_agreements(),
        people_facts(),
        settlements(),
        placements(),
        entries(),
    ),
}

# Themes of other regulations, drawn only by name: the naive reference knows nothing of them.
NAMED_THEMES: dict[str, tuple[st.SearchStrategy[Record], ...]] = {
    "calls in days": (plain_calls(), plain_calls(), plain_calls(), calls(), calls(), zones(), hours_agreements()),
}


def logs(*themes: str) -> st.SearchStrategy[list[Record]]:
    """Logs of up to 14 records about one or two debtors of one institution, of some themes or of all of `THEMES`.

    Records of one id and revision never differ; some come twice; higher revisions may come first.
    """
    every = THEMES | NAMED_THEMES
    return st.one_of([_log(every[theme]) for theme in themes or THEMES])


def as_ofs() -> st.SearchStrategy[datetime | None]:
    """When a log is judged: at its own latest instant, or at one of some edges within and after it."""
    hours = (8, 10, 22, 24, 34, 36, 58, 240)
    return st.sampled_from((None, *(DAY_0 + timedelta(hours=hour) for hour in hours))).map(_in_zone)


def _in_zone(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(SHANGHAI)


def _log(records: Sequence[st.SearchStrategy[Record]]) -> st.SearchStrategy[list[Record]]:
    part = st.lists(st.one_of(records), max_size=5)
    fresh = st.builds(_without_conflicts, part, part, part)
    repeats = st.lists(st.integers(0, RECORDS_MAX - 1), max_size=2)
    return st.builds(_with_repeats, fresh, repeats)


def _without_conflicts(*parts: list[Record]) -> list[Record]:
    """Keep the first record of each id and revision.

    Three short lists are longer together than one long list comes out, and shrink as easily.
    """
    kept: dict[Any, Record] = {}
    for record in chain.from_iterable(parts):
        kept.setdefault(_identity(record), record)
    return list(kept.values())


def _identity(record: Record) -> tuple[Any, ...]:
    if record["type"] == "registry":
        return "registry", record["kind"], record["id"], datetime.fromisoformat(record["recorded_at"])
    if record["type"] == "fact":
        return "fact", record["fact_id"], record["revision"]
    return "contact", record["contact_id"], record["revision"]


def _with_repeats(records: list[Record], repeats: list[int]) -> list[Record]:
    """Some records once more, within the size of a small log."""
    again = [records[number] for number in repeats if number < len(records)]
    return [*records, *again][:RECORDS_MAX]
