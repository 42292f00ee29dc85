"""`duewatch replay` as its users run it: files in, files out, a summary (contract §8)."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
import zstandard
from jsonschema import Draft202012Validator

from stream.shell.topics.schema_folder import schema_folder
from tests.logs import generate, to_line
from tests.parts.command import duewatch, duewatch_process, rows
from tests.parts.inputs import MOBILE, dial, written

RESULTS = ("findings.ndjson", "blocks.ndjson", "dead-letters.ndjson")


def call(number: int, **changes: Any) -> dict[str, Any]:
    """Give the number-th of the day's effective calls, of a minute each."""
    times = {name: f"2026-11-23T{9 + number:02}:{minute}:00+08:00" for name, minute in TIMES.items()}
    return dial(contact_id=f"c-{number}", answered_by="human", intent="yes", recording="r", **times) | changes


TIMES = {"started_at": "05", "answered_at": "05", "ended_at": "06"}
DAY = [written(call(number)) for number in range(5)]
LOG = b"\n".join(DAY) + b"\n"


def zstd(*frames: bytes) -> bytes:
    return b"".join(zstandard.ZstdCompressor().compress(frame) for frame in frames)


def replayed(folder: Path, log: bytes, name: str = "log.ndjson", **settings: str) -> tuple[dict[str, Any], str]:
    """Give the results of one file by their names, and the summary."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(log)
    done = duewatch("replay", folder / name, "--out", folder, settings=settings)
    return {result: rows(folder / result) for result in RESULTS}, done.stdout


def test_a_day(tmp_path: Path) -> None:
    """Five calls where three are allowed: two findings, one block to midnight, exit code 0, and a summary of it."""
    results, summary = replayed(tmp_path, LOG)
    assert [(f["contact_id"], f["count"], f["state"]) for f in results["findings.ndjson"]] == [
        ("c-3", 4, "confirmed"), ("c-4", 5, "confirmed"),
    ]  # fmt: skip
    (state,) = results["blocks.ndjson"]
    (block,) = state["blocks"]
    assert (block["rule"], block["until"]) == ("NIFA-16-2-CALLS", "2026-11-24T00:00:00+08:00")
    assert results["dead-letters.ndjson"] == []
    assert "NIFA-16-2-CALLS 第十六条（二）1 violations=2 warnings=0 provisional=0 retracted=0" in summary
    assert "policy nifa-2024@1, as of 2026-11-23T13:06:00+08:00" in summary
    assert "5 records read, 0 of them duplicates; 1 debtors, 1 channels blocked" in summary
    assert "dead letters: none" in summary
    assert f"written to {tmp_path}" in summary


FORMS = {
    "plain.ndjson": LOG,
    "no-line-end.ndjson": LOG[:-1],
    "windows.ndjson": b"\xef\xbb\xbf" + LOG.replace(b"\n", b"\r\n"),
    "blank-lines.ndjson": b"\n\n  \t\r\n" + LOG.replace(b"\n", b"\n\n"),
    "one.gz": gzip.compress(LOG),
    "members.gz": gzip.compress(LOG[:300]) + gzip.compress(LOG[300:]),
    "one.zst": zstd(LOG),
    "frames.zst": zstd(LOG[:300], LOG[300:301], b"", LOG[301:]),
    "skippable.zst": b"\x50\x2a\x4d\x18\x04\x00\x00\x00note" + zstd(LOG),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_one_log(tmp_path: Path, name: str) -> None:
    """Compressed or not, in one part or several, with any line ends: the same log gives the same results."""
    results, _ = replayed(tmp_path, FORMS[name], name)
    assert [finding["contact_id"] for finding in results["findings.ndjson"]] == ["c-3", "c-4"]
    assert results["dead-letters.ndjson"] == []


def test_a_window_as_large_as_zstd_allows(tmp_path: Path) -> None:
    """What `zstd --long=28` has written is read, too."""
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=28)
    packing = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    results, _ = replayed(tmp_path, packing.compress(LOG) + packing.flush(), "long.zst")
    assert len(results["findings.ndjson"]) == 2


def test_several_sources_at_once(tmp_path: Path) -> None:
    """Files of all forms and standard input are one log; dead letters say where in which of them they stood."""
    (tmp_path / "a.ndjson").write_bytes(DAY[0] + b"\n\n{\n")
    (tmp_path / "b.gz").write_bytes(gzip.compress(DAY[1] + b"\n"))
    (tmp_path / "c.zst").write_bytes(zstd(DAY[2] + b"\n" + DAY[3][:20], DAY[3][20:]))
    files = [tmp_path / name for name in ("a.ndjson", "b.gz")]
    duewatch_process("replay", *files, "-", tmp_path / "c.zst", "--out", tmp_path, given=b"[]\n" + DAY[4])
    assert [finding["contact_id"] for finding in rows(tmp_path / "findings.ndjson")] == ["c-3", "c-4"]
    letters = rows(tmp_path / "dead-letters.ndjson")
    places = [(letter["file"], letter["line"], letter["error"]) for letter in letters]
    assert places == [(str(tmp_path / "a.ndjson"), 3, "not-json"), ("-", 1, "wrong-type")]


def test_order_does_not_matter(tmp_path: Path) -> None:
    """The lines of a log in any order give the same findings and blocks, byte for byte."""
    lines = [to_line(line).replace(b"\n", b" ") for line in generate(seed=3, events=700, broken=30)]
    seen = set()
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        results, _ = replayed(tmp_path, b"\n".join(lines))
        assert len(results["dead-letters.ndjson"]) == 30
        seen.add(b"".join((tmp_path / name).read_bytes() for name in RESULTS[:2]))
    assert len(seen) == 1
    assert len(seen.pop()) > 10_000


def test_dead_letters(tmp_path: Path) -> None:
    """Every unreadable line becomes one, as the schema says; numbers of people are masked in it."""
    bad = [
        b"{",
        b"\xff",
        written(dial(debtor=MOBILE)),
        written(dial(mode=None)),
        b"x" * 70_000,
        written(call(1, agency="b")),
    ]
    results, summary = replayed(tmp_path, b"\n".join([*DAY, *bad]))
    letters = results["dead-letters.ndjson"]
    schema = json.loads(schema_folder().joinpath("dead-letters.schema.json").read_text("utf-8"))
    for letter in letters:
        Draft202012Validator(schema).validate(letter)
    words = ["not-json", "not-json", "personal-data", "missing-field", "too-large", "conflict"]
    assert [(letter["line"], letter["error"]) for letter in letters] == list(zip(range(6, 12), words, strict=True))
    assert MOBILE not in (tmp_path / "dead-letters.ndjson").read_text()
    assert json.loads(letters[2]["raw"])["debtor"] == "*" * 11
    assert "dead letters: 1 conflict, 1 missing-field, 2 not-json, 1 personal-data, 1 too-large" in summary


def test_the_first_of_two_in_conflict_stays(tmp_path: Path) -> None:
    """Of two different records of one revision the first one read is judged, and a higher revision settles it."""
    first, other = written(call(0, recording=None)), written(call(0, recording=None, agency="ag-2"))
    results, _ = replayed(tmp_path / "a", b"\n".join([first, other]))
    assert [finding["agency"] for finding in results["findings.ndjson"]] == [None]
    results, _ = replayed(tmp_path / "b", b"\n".join([other, first]))
    assert [finding["agency"] for finding in results["findings.ndjson"]] == ["ag-2"]
    later = written(call(0, recording=None, agency="ag-3", revision=1))
    results, summary = replayed(tmp_path / "c", b"\n".join([first, later, other]))
    assert [finding["agency"] for finding in results["findings.ndjson"]] == ["ag-3"]
    assert "3 records read, 1 of them duplicates" in summary


def test_the_setting_for_references(tmp_path: Path) -> None:
    """Lenders whose references look like numbers can replay what their worker reads."""
    results, _ = replayed(tmp_path, LOG.replace(b'"D1"', f'"{MOBILE}"'.encode()), DUEWATCH_REFERENCE_CHECK="off")
    assert [finding["debtor"] for finding in results["findings.ndjson"]] == [MOBILE, MOBILE]


def test_nothing_to_read(tmp_path: Path) -> None:
    """An empty log has results, too: empty ones."""
    results, summary = replayed(tmp_path, b"")
    assert results == {name: [] for name in RESULTS}
    assert "as of no records" in summary
