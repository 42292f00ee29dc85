"""What `replay` cannot do it says in one line, with an exit code of sysexits, and never with a traceback."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.parts.command import duewatch, duewatch_process, rows
from tests.parts.inputs import dial, written

LOG = b"\n".join(written(dial(contact_id=f"c-{number}")) for number in range(200))


def zstd(data: bytes, *, checksum: bool = False) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=checksum).compress(data)


def damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


UNREADABLE = {
    "cut-off.gz": gzip.compress(LOG)[:-20],
    "damaged.gz": damaged(gzip.compress(LOG)),
    "plain.gz": LOG,
    "trailing.gz": gzip.compress(LOG) + b"more",
    "cut-off.zst": zstd(LOG)[:-10],
    "cut-off-in-its-header.zst": zstd(LOG)[:3],
    "second-frame-cut-off.zst": zstd(LOG) + zstd(LOG)[:-1],
    "damaged.zst": damaged(zstd(LOG, checksum=True)),
    "plain.zst": LOG,
    "trailing.zst": zstd(LOG) + b"more",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_to_its_end(tmp_path: Path, name: str) -> None:
    """A compressed file that is damaged, cut off or none at all is named; half a log is never taken for a whole one."""
    (tmp_path / name).write_bytes(UNREADABLE[name])
    done = duewatch("replay", tmp_path / name, "--out", tmp_path / "out", expect=66)
    assert one_line(done.stderr).startswith(f"duewatch: {tmp_path / name}: ")
    assert not (tmp_path / "out" / "findings.ndjson").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, and a folder in a file's place, are named."""
    out = ("--out", str(tmp_path / "out"))
    assert "no-such.ndjson: No such file" in one_line(duewatch("replay", "no-such.ndjson", *out, expect=66).stderr)
    assert f"{tmp_path}: Is a directory" in one_line(duewatch("replay", tmp_path, *out, expect=66).stderr)


def test_a_standard_input_that_is_closed(tmp_path: Path) -> None:
    """`duewatch replay - <&-` says so."""
    command = [sys.executable, "-m", "stream", "replay", "-", "--out", str(tmp_path)]
    done = subprocess.run(["/bin/sh", "-c", '"$@" <&-', "sh", *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (66, "duewatch: -: standard input is closed\n")


def test_a_policy_that_is_not_there(tmp_path: Path) -> None:
    """An unknown name is told with those that ship."""
    said = one_line(duewatch("replay", "-", "--policy", "nifa-1999", "--out", tmp_path, expect=78).stderr)
    assert "nifa-1999" in said
    assert "nifa-2024" in said


@pytest.mark.parametrize("text", [b"name = [", b"\xff\xfe", b"name = 'x'\n", b""])
def test_a_broken_policy_file(tmp_path: Path, text: bytes) -> None:
    """A file that is no rulebook is named, and what is wrong with it said."""
    (tmp_path / "policy.toml").write_bytes(text)
    done = duewatch("replay", "-", "--policy", tmp_path / "policy.toml", "--out", tmp_path, expect=78)
    assert str(tmp_path / "policy.toml") in done.stderr


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file in the folder's place, or a folder in a result's place, is named."""
    (tmp_path / "file").write_bytes(b"")
    assert "is a file" in duewatch("replay", "-", "--out", tmp_path / "file", expect=2).stderr
    assert str(tmp_path / "file") in one_line(duewatch("replay", "-", "--out", tmp_path / "file/x", expect=74).stderr)
    (tmp_path / "out" / "findings.ndjson").mkdir(parents=True)
    assert "findings.ndjson" in one_line(duewatch("replay", "-", "--out", tmp_path / "out", expect=74).stderr)


@pytest.mark.parametrize("name", ["findings.ndjson", "blocks.ndjson", "dead-letters.ndjson"])
def test_an_input_is_not_overwritten(tmp_path: Path, name: str) -> None:
    """A log that stands where a result would be written is left alone."""
    (tmp_path / name).write_bytes(LOG)
    done = duewatch("replay", tmp_path / ".." / tmp_path.name / name, "--out", tmp_path, expect=2)
    assert "would be overwritten" in done.stderr
    assert (tmp_path / name).read_bytes() == LOG


def test_wrong_settings(tmp_path: Path) -> None:
    """A setting that is misspelt is told here, too: a check that was to be off must not stay on unseen."""
    done = duewatch("replay", "-", "--out", tmp_path, settings={"DUEWATCH_REFERENCE_CHEK": "off"}, expect=78)
    assert "is DUEWATCH_REFERENCE_CHECK meant?" in done.stderr


def test_a_pipe_that_cannot_show_chinese(tmp_path: Path) -> None:
    """Where the output's encoding has no Chinese the summary is printed all the same, and the results are complete."""
    done = duewatch_process("replay", "-", "--out", tmp_path, given=RINGS, settings={"PYTHONIOENCODING": "latin-1"})
    assert "NIFA-16-1-RECORDED" in done.stdout
    assert rows(tmp_path / "findings.ndjson")[0]["article"] == "第十六条（一）2"


RINGS = written(dial(answered_at="2026-11-23T14:05:15+08:00", answered_by="human"))


def test_no_file() -> None:
    """Called without a file, it says how it is called."""
    assert "FILE" in duewatch("replay", expect=2).stderr


def one_line(stderr: str) -> str:
    (line,) = stderr.splitlines()
    return line
