"""Whatever stands in a rulebook: it is refused in sentences, or it judges; nothing in it makes the worker fall over."""

import contextlib
import copy
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.rulebook import Rulebook
from stream.rulebooks.examples import examples_of
from stream.rulebooks.loader import RulebookError, load, parse, rulebook_of, shipped
from stream.rulebooks.table import Table
from tests.rulebooks import judged as of
from tests.rulebooks.records import now_of, records_of

TEXTS = [
    (Path(__file__).parent / "good.toml").read_text(encoding="utf-8"),
    *((resources.files("stream.rulebooks") / f"{name}.toml").read_text(encoding="utf-8") for name in shipped()),
]
GOOD, *SHIPPED = (tomllib.loads(text) for text in TEXTS)
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


@settings(max_examples=100)
@given(data=st.data())
def test_a_law_with_several_odd_places(data: st.DataObject) -> None:
    """A law that ships, in which values were lost, doubled, moved to other places or made into something else."""
    table = copy.deepcopy(data.draw(st.sampled_from(SHIPPED)))
    for _ in range(data.draw(st.integers(1, 3))):
        every = places(table)
        *way, last = data.draw(st.sampled_from(every))
        parent = at(table, way)
        match data.draw(st.sampled_from(["lost", "doubled", "moved", "odd"])):
            case "lost":
                del parent[last]
            case "doubled" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
            case "moved":
                parent[last] = copy.deepcopy(at(table, data.draw(st.sampled_from(every))))
            case _:
                parent[last] = data.draw(ODD)
    rulebook, problems = loaded(table)
    assert all(" " in problem for problem in problems)
    if rulebook is not None:
        for records, now in LIVES[:10]:
            of.judgements(rulebook, records, now)


@given(text=st.sampled_from(TEXTS), data=st.data())
def test_a_text_that_was_cut_or_changed(text: str, data: st.DataObject) -> None:
    """A file in which characters were lost or put in is refused in sentences, or loads."""
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    put_in = data.draw(st.text(max_size=4) | st.sampled_from(['"', "[[rules]]", "]", "{", "\n", "\r", "\0", "="]))
    with contextlib.suppress(RulebookError):
        assert parse("here", text[:begin] + put_in + text[min(end, begin + 40) :]).rules


def at(node: Any, way: Iterable[Any]) -> Any:
    """What stands at a place."""
    for step in way:
        node = node[step]
    return node


def loaded(table: Table) -> tuple[Rulebook | None, list[str]]:
    """The rulebook, or what is wrong with it; there is always one of the two."""
    try:
        return rulebook_of("here", table), []
    except RulebookError as refusal:
        return None, refusal.problems or [""]
