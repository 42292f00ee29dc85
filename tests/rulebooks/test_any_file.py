"""Whatever stands in a rulebook: it is refused in sentences, or it judges; nothing in it makes the worker fall over."""

import copy
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.core.rulebook import Rulebook
from stream.rulebooks.examples import examples_of
from stream.rulebooks.loader import RulebookError, load, rulebook_of
from stream.rulebooks.table import Table
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

GOOD = tomllib.loads((Path(__file__).parent / "good.toml").read_text(encoding="utf-8"))
NIFA = load("nifa-2024")
LIVES = [
    (list(records_of(NIFA, law, example)), now_of(NIFA, example))
    for law in examples_of("nifa-2024").values()
    for example in law.examples[:2]
]
WORDS = ["", "none", "dial", "letter", "notice", "any", "warning", "tool", "limit", "range", "headcount", "exchange"]
TYPOS = ["labels", "dead", "25:00", "{count}", "{x", 0, -1, 2.5, float("nan"), float("inf"), 10**30, True]
ODD = st.recursive(
    st.sampled_from([*WORDS, *TYPOS, date(2026, 1, 1)]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "from", "value", "headcount", "mode", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = st.sampled_from([None, "when", "presumed", "per", "unless"])


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in a tree of tables and lists, but its root."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, inner in below for place in ((*path, key), *places(inner, (*path, key)))]


@given(place=st.sampled_from(places(GOOD)), odd=ODD, key=KEYS)
def test_any_file(place: tuple[Any, ...], odd: Any, key: str | None) -> None:
    """One odd value anywhere, or an odd key beside it."""
    table = copy.deepcopy(GOOD)
    parent = table
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1] if key is None or not isinstance(parent, dict) else key] = odd
    rulebook, problems = loaded(table)
    assert all(" " in problem for problem in problems)
    if rulebook is not None:
        for records, now in LIVES:
            of.judgements(rulebook, records, now)


def loaded(table: Table) -> tuple[Rulebook | None, list[str]]:
    """The rulebook, or what is wrong with it; there is always one of the two."""
    try:
        return rulebook_of("here", table), []
    except RulebookError as refusal:
        return None, refusal.problems or [""]
