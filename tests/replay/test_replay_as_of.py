"""What falls due with time, and only that, depends on `--as-of` (contract §8)."""

from pathlib import Path
from typing import Any

import pytest

from tests.parts.command import duewatch, rows
from tests.parts.inputs import agreement, dial, entry, written

CALL = dial(
    started_at="2026-11-23T14:05:11+08:00",
    answered_at="2026-11-23T14:05:15+08:00",
    ended_at="2026-11-23T14:06:15.5+08:00",
    answered_by="human",
    intent="yes",
)
CALLS = [CALL | {"contact_id": f"c-{number}", "recording": "r"} for number in range(3)]


def judged(folder: Path, records: list[dict[str, Any]], as_of: str | None) -> tuple[list[Any], list[Any], str]:
    """Give findings, blocks and the summary as of a moment."""
    log = b"\n".join(written(record) for record in records)
    options = [] if as_of is None else ["--as-of", as_of]
    summary = duewatch("replay", "-", "--out", folder, *options, given=log).stdout
    return rows(folder / "findings.ndjson"), rows(folder / "blocks.ndjson"), summary


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        (None, "provisional"),
        ("2026-11-24T14:06:15.499999+08:00", "provisional"),
        ("2026-11-24T14:06:15.5+08:00", "confirmed"),
        ("2026-11-24T06:06:15.5Z", "confirmed"),
        ("9999-12-31T23:59:59Z", "confirmed"),
    ],
)
def test_a_recording_may_come_for_a_day(tmp_path: Path, as_of: str | None, state: str) -> None:
    """A call without a recording is a breach for certain 24 hours after its end, at that very microsecond."""
    (finding,), _, _ = judged(tmp_path, [CALL], as_of)
    assert (finding["rule"], finding["state"]) == ("NIFA-16-1-RECORDED", state)


@pytest.mark.parametrize(
    ("as_of", "blocked"),
    [
        ("2026-11-23T14:05:14.999999+08:00", False),
        ("2026-11-23T14:05:15+08:00", True),
        (None, True),
        ("2026-11-23T23:59:59.999999+08:00", True),
        ("2026-11-24T00:00:00+08:00", False),
    ],
)
def test_a_limit_blocks_to_midnight(tmp_path: Path, as_of: str | None, blocked: bool) -> None:  # noqa: FBT001 - a column
    """Three effective calls block from the third one until the local day ends, not a microsecond before or after."""
    _, blocks, _ = judged(tmp_path, CALLS, as_of)
    expected = [("NIFA-16-2-CALLS", "2026-11-23T14:05:15+08:00", "2026-11-24T00:00:00+08:00")] if blocked else []
    assert [(b["rule"], b["from"], b["until"]) for state in blocks for b in state["blocks"]] == expected


@pytest.mark.parametrize(
    ("as_of", "hours"),
    [
        ("2026-11-23T14:05:10+08:00", None),
        ("2026-11-23T14:05:11+08:00", [["09:00", "12:00"]]),
        ("2026-12-01T00:00:00+08:00", None),
    ],
)
def test_agreed_hours_are_shown_while_they_are_in_force(
    tmp_path: Path, as_of: str, hours: list[list[str]] | None
) -> None:
    """An agreement's hours hold from `at` until `until`, and are a line of each channel for as long."""
    agreed = agreement(hours=[["09:00", "12:00"]], until="2026-12-01T00:00:00+08:00")
    _, blocks, _ = judged(tmp_path, [agreed], as_of)
    channels = ["dial", "message", "visit"] if hours else []
    assert [(state["channel"], state["hours"]) for state in blocks] == [(channel, hours) for channel in channels]


@pytest.mark.parametrize(
    ("record", "as_of"),
    [
        (CALL, "2026-11-23T14:06:15.500000+08:00"),
        (CALL | {"ended_at": None}, "2026-11-23T14:05:15+08:00"),
        (CALL | {"ended_at": "2026-11-23T14:05:14+08:00"}, "2026-11-23T14:05:15+08:00"),
        (CALL | {"voided": True}, "2026-11-23T14:06:15.500000+08:00"),
        (CALL | {"purpose": "service"}, "2026-11-23T14:06:15.500000+08:00"),
        (agreement(at="2027-01-01T00:00:00Z", recorded_at="2026-11-01T00:00:00Z"), "2026-11-01T08:00:00+08:00"),
        (entry(valid_until="2027-01-01T00:00:00Z", recorded_at="2026-11-01T00:00:00Z"), "2026-11-01T08:00:00+08:00"),
    ],
)
def test_without_it_the_latest_time_counts(tmp_path: Path, record: dict[str, Any], as_of: str) -> None:
    """The moment is the latest `started_at`, `answered_at`, `ended_at` or `recorded_at`; no other time moves it."""
    _, _, summary = judged(tmp_path, [record], None)
    assert f"as of {as_of}" in summary


def test_superseded_records_count_for_the_moment(tmp_path: Path) -> None:
    """A revision that was replaced has been accepted all the same; a refused line has not."""
    later = CALL | {"ended_at": "2026-11-23T15:00:00+08:00"}
    refused = CALL | {"contact_id": "", "ended_at": "2026-11-23T16:00:00+08:00"}
    _, _, summary = judged(tmp_path, [CALL | {"revision": 1}, later, refused], None)
    assert "as of 2026-11-23T15:00:00+08:00" in summary


@pytest.mark.parametrize("text", ["2026-11-23T14:05:11", "2026-11-23", "now", "", "2026-11-23 14:05:11+08:00"])
def test_a_moment_without_an_offset_is_a_mistake(tmp_path: Path, text: str) -> None:
    """`--as-of` takes what the records' times are; anything else is a usage error, and nothing is written."""
    done = duewatch("replay", "-", "--out", tmp_path / "out", "--as-of", text, expect=2)
    assert "--as-of" in done.stderr
    assert "offset" in done.stderr
    assert not (tmp_path / "out").exists()
