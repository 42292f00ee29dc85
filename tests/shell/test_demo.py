"""The demo's parts, without its broker: the day it plays, what its board makes of records, and how it checks itself."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from rich.cells import cell_len
from rich.console import Console

from stream.core.contact import CHANNELS
from stream.core.rulebook import Rulebook
from stream.core.zone import MICROSECONDS
from stream.rulebooks.loader import load
from stream.shell.demo.board import Board
from stream.shell.demo.check import differences, replayed, told
from stream.shell.demo.clock import DayClock
from stream.shell.demo.day import Day
from stream.shell.demo.event import Event
from stream.shell.demo.latency import quantile
from stream.shell.demo.reader import Heard
from stream.shell.demo.rows import Cell, fit, row
from stream.shell.demo.sample import sample
from stream.shell.demo.scene import Scene
from stream.shell.demo.standing import BlockLifted, BlockSet, Change, FindingTold, Object, Standing

NOW = 1_795_500_000 * MICROSECONDS
CLAUSE = "与单一债务人主动有效通话每日不应超过3次，与债务人另有约定的除外"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load("nifa-2024")


@pytest.fixture(scope="module")
def day(rulebook: Rulebook) -> Day:
    return Day.before(rulebook.zone, NOW)


@pytest.fixture(scope="module")
def events(day: Day) -> list[Event]:
    return sample(day, seed=1)


@pytest.fixture
def scene(rulebook: Rulebook, day: Day) -> Scene:
    clock = DayClock(day.begins, speed=1e9)
    clock.run_until(day.last_look)
    return Scene(rulebook, day, clock)


def heard_of(rulebook: Rulebook, events: Sequence[Event], as_of: int) -> list[Heard]:
    """What the output topics would hold of the events."""
    truth = replayed(rulebook, events, as_of)
    moment = rulebook.zone.text(as_of)
    states = [
        _heard(f"blocks-{state['channel']}", f"{state['institution']}|{state['debtor']}", state, decided_at=moment)
        for state in truth.states.values()
    ]
    findings = [_heard("findings", name, finding, detected_at=moment) for name, finding in truth.findings.items()]
    letters = [
        Heard("dead-letters", "", raw.encode(), None, {"__streams.errors.exception": word}, 0.0)
        for word, raw in truth.letters.elements()
    ]
    return [*states, *findings, *letters]


def _heard(topic: str, key: str, record: Object, **stamp: str) -> Heard:
    return Heard(topic, key, b"", {**record, "version": 1, **stamp}, {}, 0.0)


def test_the_same_seed_is_the_same_day(day: Day, events: list[Event]) -> None:
    """A seed makes the same events in the same order; another one another background and the same story."""
    assert sample(day, seed=1) == events
    other = sample(day, seed=2)
    assert [event.value for event in other] != [event.value for event in events]
    assert [event.note for event in other if event.note] == [event.note for event in events if event.note]


def test_no_record_is_ahead_of_its_time(events: list[Event]) -> None:
    """Events are in order of writing, and no contact is written before it has begun: the worker would refuse it."""
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.moment is None or event.moment <= event.at for event in events)


def test_all_kinds_of_input_take_part(events: list[Event]) -> None:
    """The day has every input topic, every registry kind, and some hundred debtors of three institutions."""
    assert {event.topic for event in events} == {"dials", "messages", "visits", "letters", "facts", "registry"}
    entries = [event.record for event in events if event.topic == "registry" and event.record]
    assert {entry["kind"] for entry in entries} == {"agency", "tool", "template", "operator", "payee"}
    debtors = {event.key for event in events if event.topic != "registry"}
    assert 80 < len(debtors) < 150
    assert {key.partition("|")[0] for key in debtors} == {"bank-a", "bank-b", "lend-c"}


def test_the_story_is_in_the_log(rulebook: Rulebook, day: Day, events: list[Event]) -> None:
    """What the story is about is what `replay` finds, whatever the background is."""
    truth = replayed(rulebook, events, day.last_look)
    found = {(finding["debtor"], finding["rule"], finding["severity"]) for finding in truth.findings.values()}
    assert {
        ("D-1042", "NIFA-16-2-CALLS", "violation"),
        ("D-1150", "NIFA-11-5-SETTLED", "violation"),
        ("D-2015", "NIFA-16-3-PARTY", "violation"),
        ("D-2031", "NIFA-16-1-RECORDED", "violation"),
        ("D-2044", "NIFA-15-3-INTERVAL", "warning"),
        ("D-2063", "NIFA-17-2-LISTED", "violation"),
        ("D-2077", "NIFA-9-AGREED", "violation"),
        ("D-3011", "NIFA-9-HOURS", "violation"),
        ("D-3018", "NIFA-9-OVERRUN", "warning"),
        ("D-3042", "NIFA-8-3-REFUSED", "violation"),
        ("D-3055", "NIFA-15-2-CALLS", "violation"),
    } <= found
    assert not any(debtor in ("D-1107", "D-2038", "D-2058") for debtor, _, _ in found)
    assert {word for word, _ in truth.letters} == {"not-json", "bad-value", "personal-data"}


@pytest.mark.parametrize("width", [1, 7, 20, 59, 60, 80, 100, 140, 160, 233])
@pytest.mark.parametrize("height", [1, 5, 15, 16, 24, 30, 50])
def test_the_board_is_as_large_as_it_is_told(
    scene: Scene, rulebook: Rulebook, day: Day, events: list[Event], width: int, height: int
) -> None:
    """Whatever size the board has to have, it has it, wide characters included."""
    for event in events:
        scene.send(event, 0.0)
    for heard in heard_of(rulebook, events, day.last_look):
        list(scene.hear(heard))
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=False)
    drawn = console.render_lines(Board(scene, "a sample day").draw(width, height), console.options)
    assert len(drawn) == height
    assert {sum(segment.cell_length for segment in line) for line in drawn} == {width}


@pytest.mark.parametrize("width", range(1, 80))
def test_wide_characters_fit(width: int) -> None:
    """A text and a row have the width that they are asked for, even where a wide character lies across the edge."""
    assert cell_len(fit(CLAUSE, width)) == width
    assert row(width, Cell("第九条", 6), Cell(CLAUSE, 0), Cell("24:00", 5)).cell_len == width


def _state(version: int, *blocks: dict[str, Any]) -> Heard:
    state = {"institution": "bank-a", "debtor": "D1", "channel": "dial", "blocks": list(blocks), "hours": None}
    return Heard("blocks-dial", "bank-a|D1", b"", {**state, "version": version}, {}, 0.0)


def _block(since: str = "09:00", until: str = "24:00") -> dict[str, Any]:
    times = {"from": f"2026-11-23T{since}:00+08:00", "until": f"2026-11-23T{until}:00+08:00"}
    return {"mode": "interactive", "rule": "R", "article": "第一条", "limit": 3, **times}


def _changes(standing: Standing, heard: Heard, clock: str = "10:00") -> list[Change]:
    return list(standing.hear(heard, Day.before(load("nifa-2024").zone, NOW).at(clock)))


def test_a_block_is_set_moved_and_lifted() -> None:
    """A reader tells a new block, the same one since another moment, and one that is taken back before its time."""
    standing = Standing()
    (first,) = _changes(standing, _state(1, _block(until="23:00")))
    (second,) = _changes(standing, _state(2, _block(since="09:30", until="23:00")))
    (third,) = _changes(standing, _state(3))
    assert isinstance(first, BlockSet)
    assert not first.moved
    assert isinstance(second, BlockSet)
    assert second.moved
    assert isinstance(third, BlockLifted)
    assert (standing.blocks_set, standing.blocks_lifted) == (1, 1)


def test_a_block_that_is_over_is_not_lifted() -> None:
    """A block whose end has passed needs no record, and its going is none."""
    standing = Standing()
    _changes(standing, _state(1, _block(until="11:00")))
    assert _changes(standing, _state(2), clock="12:00") == []
    assert standing.blocks_lifted == 0


def test_an_older_version_changes_nothing() -> None:
    """A record with a lower version than the one that is known is passed over."""
    standing = Standing()
    _changes(standing, _state(5, _block(until="23:00")))
    assert _changes(standing, _state(4)) == []


def test_a_finding_remembers_what_it_was() -> None:
    """A finding that changes its state is told with the state before."""
    standing = Standing()
    finding = {"finding_id": "f", "state": "provisional", "version": 1}
    (first,) = _changes(standing, Heard("findings", "f", b"", finding, {}, 0.0))
    (second,) = _changes(
        standing, Heard("findings", "f", b"", {**finding, "state": "retracted", "version": 2}, {}, 0.0)
    )
    assert isinstance(first, FindingTold)
    assert isinstance(second, FindingTold)
    assert (first.before, second.before) == (None, "provisional")
    assert standing.standing_findings() == []


def test_the_check_sees_every_difference(rulebook: Rulebook, day: Day, events: list[Event]) -> None:
    """Topics that say what replay says have no difference; one that is missing, too much or otherwise is named."""
    expected = replayed(rulebook, events, day.last_look)
    heard = heard_of(rulebook, events, day.last_look)
    assert differences(expected, told(_standing_of(heard, day), day.last_look)) == []
    for number, record in enumerate(heard):
        fewer = [*heard[:number], *heard[number + 1 :]]
        assert len(differences(expected, told(_standing_of(fewer, day), day.last_look))) == 1
        if record.topic != "dead-letters":
            other = replace(record, value={**record.value, "policy": "another"})
            (difference,) = differences(expected, told(_standing_of([*fewer, other], day), day.last_look))
            assert difference.endswith("differs in policy")
    assert len(differences(replayed(rulebook, events[:-1], day.last_look), expected)) == 1


def _standing_of(heard: Sequence[Heard], day: Day) -> Standing:
    standing = Standing()
    for record in heard:
        list(standing.hear(record, day.last_look))
    return standing


def test_quantiles() -> None:
    """A quantile is the smallest value that at least that share does not exceed; of nothing there is none."""
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(number) for number in range(1, 101)], 0.99) == 99.0
    assert quantile([1.0], 0.99) == 1.0


def test_channels_of_one_subject_are_one_row(scene: Scene, rulebook: Rulebook, day: Day, events: list[Event]) -> None:
    """A debtor whose debt is settled stands on the board once, not once per channel."""
    settled = [heard for heard in heard_of(rulebook, events, day.last_look) if heard.key == "bank-a|D-1150"]
    assert len(settled) == len(CHANNELS)
    for heard in settled:
        list(scene.hear(heard))
    console = Console(width=100, height=40, file=io.StringIO(), record=True)
    console.print(Board(scene, "a sample day").draw(100, 40))
    assert console.export_text().count("D-1150  every channel: settled") == 1


def test_records_are_json(events: list[Event]) -> None:
    """Everything but the record that is cut off is one JSON object."""
    whole = [event for event in events if event.value.endswith(b"}")]
    assert len(whole) == len(events) - 1
    assert all(isinstance(orjson.loads(event.value), dict) for event in whole)
