"""`duewatch policy`: what it prints on a terminal, in a pipe and as JSON, and how it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from stream.cli.main import main
from stream.rulebooks.coverage import coverage_of
from stream.rulebooks.examples import examples_of
from stream.rulebooks.loader import load

RULES = load("nifa-2024").rules
FOLDER = Path(__file__).parent
GOOD = str(FOLDER / "good.toml")
BAD = str(FOLDER / "bad" / "several.toml")


def policy(*arguments: str, columns: int = 80) -> Result:
    return CliRunner().invoke(main, ["policy", *arguments], env={"COLUMNS": str(columns)})


def printed(*arguments: str, columns: int = 80) -> str:
    result = policy(*arguments, columns=columns)
    assert result.exit_code == 0, result.output
    return result.output


def as_json(*arguments: str) -> Any:
    return json.loads(printed(*arguments, "--format", "json"))


def test_check_good() -> None:
    """A good file is answered with each rule, its article and its clause, and with its name."""
    lines = printed("check", GOOD).splitlines()
    assert lines[0] == "H-CALLS | 第一条 | 每日不应超过3次"
    assert lines[-1] == f"{GOOD}: house@1 is good, 18 rules"


def test_check_bad() -> None:
    """A bad one with every problem on a line of its own, and exit code 78."""
    result = policy("check", BAD)
    assert result.exit_code == 78
    assert result.stdout == ""
    first, *problems = result.stderr.splitlines()
    assert first == f"duewatch: {BAD} cannot be used:"
    heads = [line for line in Path(BAD).read_text(encoding="utf-8").splitlines() if line.startswith("# refused: ")]
    assert problems == [head.replace("# refused: ", "  ") for head in heads]


def test_check_nothing(tmp_path: Path) -> None:
    """A file that is not there is refused in the same way."""
    result = policy("check", str(tmp_path / "nifa.toml"))
    assert result.exit_code == 78
    assert "neither a file nor a rulebook that ships (" in result.stderr


def test_show_in_a_pipe() -> None:
    """A line for each rule, with id, article, severity, numbers, block and clause where it has them."""
    lines = printed("show").splitlines()
    assert [line.split(" | ")[:2] for line in lines] == [[rule.id, rule.article] for rule in RULES]
    assert [line.split(" | ")[-1] for line in lines] == [rule.clause for rule in RULES]
    calls = next(line for line in lines if line.startswith("NIFA-16-2-CALLS"))
    assert calls.split(" | ")[2:5] == ["violation", "3 a day, talk ≥ 6.0 s", "dial: interactive"]


@pytest.mark.parametrize("columns", [80, 120, 160])
def test_show_as_table(columns: int) -> None:
    """Whatever the width, no line is longer, and no id, article or letter of a clause is lost."""
    text = printed("show", "--format", "table", columns=columns)
    assert all(cell_len(line) <= columns for line in text.splitlines()[:-1])
    assert text.count("…") == sum(rule.clause.count("…") for rule in RULES)
    letters = "".join(text.split())
    for rule in RULES:
        assert rule.id in letters
        assert rule.article in letters
        assert all(letter in letters for letter in rule.clause)


def test_show_as_json() -> None:
    """JSON holds the whole file, and in words what is blocked."""
    shown = as_json("show")
    assert (shown["policy"], shown["words"]["zone"]) == ("nifa-2024@1", "Asia/Shanghai")
    rules = {rule["id"]: rule for rule in shown["rules"]}
    assert list(rules) == [rule.id for rule in RULES]
    assert rules["NIFA-16-2-CALLS"]["numbers"] == [{"from": "2024-05-15", "value": 3}]
    assert rules["NIFA-16-2-CALLS"]["blocks"] == "dial: interactive"
    assert rules["NIFA-16-3-ATTIRE"]["blocks"] is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_show_rule(rule: Any) -> None:
    """One rule: clause, reading, kind, both sentences, and the titles of its examples."""
    text = printed("show", "--rule", rule.id)
    for part in (rule.id, rule.article, rule.clause, rule.reading, rule.message.zh, rule.message.en):
        assert part in text
    for example in examples_of("nifa-2024")[rule.id].examples:
        assert f"- {example.title}\n" in text
    assert "kind " in text
    assert ": " in next(line for line in text.splitlines() if line.startswith("kind "))


def test_show_rule_in_full() -> None:
    """Numbers have their dates, conditions their words, and a terminal's width is kept."""
    text = printed("show", "--format", "table", "--rule", "NIFA-16-2-CALLS")
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    assert "effective_calls   3 from 2024-05-15" in text
    assert "talk_seconds_min  6.0 from 2024-05-15" in text
    assert "intent = yes or unknown" in text
    assert "block             dial: interactive" in text
    assert as_json("show", "--rule", "NIFA-16-2-CALLS")["broken_by"]


def test_show_unknown_rule() -> None:
    """An id that is not there is answered with the nearest one."""
    result = policy("show", "--rule", "NIFA-16-2-CALL")
    assert result.exit_code == 2
    assert "did you mean NIFA-16-2-CALLS?" in result.stderr
    assert "lists its rules" in policy("show", "--rule", "x").stderr


def test_show_coverage() -> None:
    """The whole law in a pipe, as a table and as JSON: each place once, with rules or a reason."""
    coverage = coverage_of("nifa-2024")
    assert coverage is not None
    lines = printed("show", "--coverage").splitlines()
    assert [line.split(" | ")[0] for line in lines[:-1]] == [place.place for place in coverage.places]
    assert lines[0].startswith("第一条 | not enforced | cannot be seen in events: ")
    assert "第九条 | enforced by NIFA-9-HOURS, NIFA-9-AGREED, NIFA-9-OVERRUN" in lines
    assert lines[-1] == "71 places, 31 of them enforced by 43 rules"
    for columns in (80, 120):
        table = printed("show", "--coverage", "--format", "table", columns=columns).splitlines()
        assert all(cell_len(line) <= columns for line in table)
    assert len(as_json("show", "--coverage")["places"]) == len(coverage.places)


def test_show_a_file() -> None:
    """A rulebook in a file is shown too; of its law nothing is known, and it has no examples."""
    first = printed("show", GOOD).splitlines()[0]
    assert first == "H-CALLS | 第一条 | violation | 3 a day | dial: notice | 每日不应超过3次"
    assert "broken by" not in printed("show", GOOD, "--rule", "H-BADGE")
    assert policy("show", GOOD, "--coverage").exit_code == 66
    assert policy("show", BAD).exit_code == 78


def test_show_one_thing() -> None:
    """A rule and the coverage at once is a mistake in the call."""
    assert policy("show", "--coverage", "--rule", "NIFA-9-HOURS").exit_code == 2


def test_texts_cannot_forge_lines(tmp_path: Path) -> None:
    """A clause with a line break or colours in it stays one line."""
    text = Path(GOOD).read_text(encoding="utf-8")
    forged = text.replace("应有礼貌", "a\\nH-FAKE | b \\u001b[31m")
    (path := tmp_path / "forged.toml").write_text(forged, encoding="utf-8")
    for arguments in (["check", str(path)], ["show", str(path)], ["show", str(path), "--format", "table"]):
        output = printed(*arguments)
        assert "\nH-FAKE" not in output
        assert "\x1b" not in output


def test_real_process() -> None:
    """As a process of its own: UTF-8 into a pipe whatever the locale, exit codes, nothing on the other stream."""
    environ = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"}
    good = _run(["show", "--rule", "NIFA-9-HOURS"], environ)
    assert (good.returncode, good.stderr) == (0, b"")
    assert "双方未约定催收时间的" in good.stdout.decode()
    bad = _run(["check", BAD], environ)
    assert (bad.returncode, bad.stdout) == (78, b"")
    assert len(bad.stderr.decode().splitlines()) == 11


def _run(arguments: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "stream", "policy", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60)
