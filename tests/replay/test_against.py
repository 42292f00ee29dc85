"""`duewatch replay --against`: what another policy finds more, no more, and otherwise; and rules in shadow."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stream.cli.replay import replay
from tests.parts.calls import NOON, call

RULEBOOK = Path("stream/rulebooks/nifa-2024.toml").read_text(encoding="utf-8")
FOUR_CALLS = [call(f"c-{n}", NOON.replace(hour=9 + n)) for n in range(4)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Four effective calls of one day, and one at night."""
    records = [*FOUR_CALLS, call("night", NOON.replace(day=19, hour=23))]
    file = tmp_path / "log.ndjson"
    file.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return file


def other(folder: Path, before: str, after: str) -> str:
    """The rulebook that ships with one change, as a file."""
    assert before in RULEBOOK
    file = folder / "other.toml"
    file.write_text(RULEBOOK.replace('version = "1"', 'version = "2"').replace(before, after), encoding="utf-8")
    return str(file)


def printed(log: Path, folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(replay, [str(log), "--out", str(folder / "out"), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def findings(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / "findings.ndjson").read_text("utf-8").splitlines()]


def test_what_is_gained_and_changed(log: Path, tmp_path: Path) -> None:
    """With two calls a day instead of three the third is found more, and the fourth under another limit."""
    three = 'limit = "effective_calls"\nnumbers = [{ from = 2024-05-15, value = 3 }]'
    said = printed(log, tmp_path, "--against", other(tmp_path, three, three.replace("value = 3", "value = 2")))
    assert "nifa-2024@2 against nifa-2024@1:" in said
    assert "NIFA-16-2-CALLS gained=1 lost=0 changed=1" in said
    assert (
        "gained, the first 1:\n  NIFA-16-2-CALLS bank-a D1 c-2 2026-11-20T11:00:00+08:00 violation, confirmed" in said
    )
    assert "changed, the first 1:\n  NIFA-16-2-CALLS bank-a D1 c-3 2026-11-20T12:00:00+08:00 limit 3 → 2" in said


def test_what_is_lost(log: Path, tmp_path: Path) -> None:
    """With quiet hours from midnight on, the call at 23:00 is found no more; the policy's own files are as without."""
    said = printed(log, tmp_path, "--against", other(tmp_path, '["22:00", "08:00"]', '["00:00", "08:00"]'))
    assert "NIFA-9-HOURS gained=0 lost=1 changed=0" in said
    assert "lost, the first 1:\n  NIFA-9-HOURS bank-a D1 night" in said
    assert {finding["policy"] for finding in findings(tmp_path)} == {"nifa-2024@1"}


def test_the_same_policy_differs_in_nothing(log: Path, tmp_path: Path) -> None:
    """A policy against itself: no finding differs."""
    assert "no finding differs" in printed(log, tmp_path, "--against", "nifa-2024")


def test_a_rule_in_shadow_finds_and_does_not_block(log: Path, tmp_path: Path) -> None:
    """`shadow = true`: the fourth call is found, marked so, under an id of its own, and nothing is blocked for it."""
    printed(log, tmp_path)
    live = {finding["rule"]: finding for finding in findings(tmp_path)}
    assert "NIFA-16-2-CALLS" in (tmp_path / "out" / "blocks.ndjson").read_text("utf-8")
    policy = other(tmp_path, 'id = "NIFA-16-2-CALLS"', 'id = "NIFA-16-2-CALLS"\nshadow = true')
    printed(log, tmp_path, "--policy", policy)
    shadow = {finding["rule"]: finding for finding in findings(tmp_path)}
    assert (tmp_path / "out" / "blocks.ndjson").read_text("utf-8") == ""
    assert shadow["NIFA-16-2-CALLS"]["shadow"] is True
    assert shadow["NIFA-16-2-CALLS"]["finding_id"] != live["NIFA-16-2-CALLS"]["finding_id"]
    assert "shadow" not in shadow["NIFA-9-HOURS"]
    assert shadow["NIFA-9-HOURS"]["finding_id"] == live["NIFA-9-HOURS"]["finding_id"]


def test_labels_of_another_policy(log: Path, tmp_path: Path) -> None:
    """A label that only the other policy knows is in none of the policy's own findings: the files are as without."""
    rude = json.dumps(call("labelled", NOON.replace(day=19, hour=23, minute=30), labels=["house_label"]))
    log.write_text(f"{log.read_text('utf-8')}\n{rude}", encoding="utf-8")
    printed(log, tmp_path)
    alone = findings(tmp_path)
    printed(log, tmp_path, "--against", other(tmp_path, 'labels = ["', 'labels = ["house_label", "'))
    assert findings(tmp_path) == alone
    assert [finding["labels"] for finding in alone if finding["contact_id"] == "labelled"] == [[]]
