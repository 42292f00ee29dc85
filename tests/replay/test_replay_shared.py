"""However many processes share a replay and however little of the log fits into memory, the results are the same."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.shell.replay.plan import Plan
from stream.shell.replay.replay import Replay
from stream.shell.replay.sources import blocks
from stream.shell.replay.worker import Orders
from tests.logs import generate, to_line
from tests.parts.command import duewatch, duewatch_process
from tests.parts.inputs import dial, written
from tests.replay.engine import RULEBOOK

RESULTS = ("findings.ndjson", "blocks.ndjson", "dead-letters.ndjson")


def hostile_log(events: int) -> bytes:
    """Corrections, duplicates, broken lines, blank ones, and conflicts of all types, which have the latest times."""
    records = generate(17, events)
    disputed = [{**record, _disputed_field(record): "2030-01-01T00:00:00Z"} for record in records[: events // 10]]
    log = [to_line(line).replace(b"\n", b" ") for line in (*generate(17, events, broken=events // 50), *disputed)]
    random.Random(17).shuffle(log)
    return b"\n".join([b"", *log, b" "])


def _disputed_field(record: dict[str, Any]) -> str:
    return {"fact": "at", "registry": "valid_until"}.get(record["type"], "started_at")


def judged(log: Path, plan: Plan, block_bytes: int = 1 << 20) -> tuple[Any, ...]:
    """All that a replay gives of a log that is read twice."""
    with Replay(Orders(RULEBOOK), plan, folder=log.parent) as engine:
        engine.read(blocks([str(log)] * 2, block_bytes=block_bytes))
        engine.judge()
        files = (engine.findings(), engine.blocks(), engine.dead_letters())
        return (*(b"\n".join(lines) for lines in files), engine.tally)


Expected = tuple[Path, tuple[Any, ...]]


def made(folder: Path, events: int) -> Expected:
    """A log, and what a replay gives that has all of it in memory in one piece."""
    log = folder / f"{events}.ndjson"
    log.write_bytes(hostile_log(events))
    return log, judged(log, Plan(buckets=1), block_bytes=1 << 30)


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    return made(tmp_path_factory.mktemp("shared"), 2500)


@pytest.fixture(scope="module")
def short_log(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    return made(tmp_path_factory.mktemp("shared"), 150)


def test_the_log_has_what_matters(long_log: Expected) -> None:
    """Otherwise the tests below would say little."""
    _, (findings, block_states, letters, tally) = long_log
    assert findings.count(b"\n") > 500
    assert block_states.count(b"\n") > 30
    assert letters.count(b"conflict") > 300
    assert tally.duplicates > 2500
    assert any(counter["retracted"] for counter in tally.rules.values())


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_processes_and_a_temporary_file_change_nothing(long_log: Expected, jobs: int) -> None:
    """Several processes, small pieces, and nearly nothing in memory: the same bytes and the same counts."""
    log, expected = long_log
    assert judged(log, Plan(jobs, memory_bytes=20_000, buckets=7), block_bytes=5000) == expected
    assert judged(log, Plan(jobs), block_bytes=50_000) == expected


@settings(max_examples=settings().max_examples // 4)
@given(st.integers(1, 40), st.integers(0, 300_000), st.integers(1, 100_000))
def test_no_size_of_any_piece_matters(short_log: Expected, buckets: int, memory_bytes: int, block_bytes: int) -> None:
    """Neither the number of parts, nor the memory, nor where the log is cut."""
    log, expected = short_log
    assert judged(log, Plan(1, memory_bytes, buckets), block_bytes) == expected


def test_the_time_of_a_conflict_does_not_count(tmp_path: Path) -> None:
    """The moment is the latest time of what was accepted, whichever part of the log that is in."""
    one, other = dial(debtor="D1"), dial(debtor="D2", contact_id="c-2", ended_at="2026-11-23T15:00:00+08:00")
    disputed = one | {"ended_at": "2026-11-23T16:00:00+08:00"}
    log = b"\n".join(map(written, (one, disputed, other)))
    assert "as of 2026-11-23T15:00:00+08:00" in duewatch("replay", "-", "--out", tmp_path, given=log).stdout


def test_the_command_says_the_same(tmp_path: Path) -> None:
    """Whatever the options, the files, the summary and the comparison of two policies are the same."""
    given = hostile_log(1000)
    policy = ("--policy", "reg-f-2021", "--against", "nifa-2024", "--out", tmp_path)
    said = set()
    for options in ((), ("--jobs", "2"), ("--jobs", "0", "--memory-mb", "16")):
        done = duewatch_process("replay", "-", *policy, *options, given=given)
        said.add((done.stdout, *((tmp_path / name).read_bytes() for name in RESULTS)))
    assert len(said) == 1
    assert "gained, the first 10:" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(RESULTS)
