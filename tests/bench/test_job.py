import tomllib
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from bench.entrants import ONE_RULE, RULE
from bench.job.expected import Outcome, expected
from bench.job.job import Job
from bench.measure.progress import Mark, Position, stretch
from bench.peers.calls import calls_of
from tests.parts.command import duewatch, rows

JOB = Job(date(2026, 11, 16), debtors=100)
VALUES = [record.value for record in JOB.records]


def test_the_expected_outcome_is_what_replay_finds(tmp_path: Path) -> None:
    """What the benchmark takes for right is what `duewatch replay` says of the same calls under the one rule."""
    log = tmp_path / "calls.ndjson"
    log.write_bytes(b"\n".join(VALUES))
    duewatch("replay", log, "--policy", ONE_RULE, "--out", tmp_path, "--as-of", JOB.now.isoformat())
    findings, blocks = rows(tmp_path / "findings.ndjson"), rows(tmp_path / "blocks.ndjson")
    found = Outcome(frozenset(row["debtor"] for row in blocks), frozenset(row["contact_id"] for row in findings))
    assert found == expected(VALUES, JOB.today.isoformat())
    assert found.blocked
    assert found.findings


def test_the_one_rule_is_the_one_of_the_rulebook_that_ships() -> None:
    """The rulebook of the benchmark holds the rule as `nifa-2024` has it, and reads its words alike."""
    whole = tomllib.loads((resources.files("stream.rulebooks") / "nifa-2024.toml").read_text("utf-8"))
    ours = tomllib.loads(Path(ONE_RULE).read_text("utf-8"))
    assert ours["rules"] == [rule for rule in whole["rules"] if rule["id"] == RULE]
    assert ours["words"] == whole["words"]


def test_a_job_is_repeatable_and_has_duplicates() -> None:
    """The same arguments make the same records; some come twice, and none is reported before the one before it."""
    assert Job(JOB.first_day, debtors=100).records == JOB.records
    assert len(set(VALUES)) < len(VALUES) < 1.04 * len(set(VALUES))
    moments = [record.reported for record in JOB.records]
    assert moments == sorted(moments)
    assert moments[-1] < JOB.now


def test_calls_are_effective_or_clearly_not() -> None:
    """A peer counts as effective what was answered, and nothing else."""
    assert len(calls_of(VALUES)) == sum(b'"answered_at":null' not in value for value in VALUES)


def test_progress_leaves_out_what_was_done_while_it_warmed_up() -> None:
    """A stretch begins with the mark that passes the warm share; records before it count neither in time nor number."""
    begin = timedelta(hours=1).total_seconds()
    marks = [Mark(begin + number / 10, Position(number % 2, 50 * (number // 2) + 9)) for number in range(20)]
    way = stretch(marks, records=1000, warm_share=0.1)
    assert way.begin == begin + 0.3  # 60 records of each partition had been done by then, the first to pass 100
    assert way.records == 2 * 460 - 2 * 60
