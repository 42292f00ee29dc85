"""Whatever bytes a file holds, packed or not, it is read to its end or refused with its name."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.shell.replay import sources
from stream.shell.replay.sources import SourceError, blocks

TEXTS = st.lists(st.sampled_from([b'{"type":"dial"}', b"", b" ", b"\xff\xfe", b"x" * 3000, b"\r"]), max_size=6)


def two_frames(data: bytes) -> bytes:
    return zstandard.compress(data[: len(data) // 2]) + zstandard.compress(data[len(data) // 2 :])


PACKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": two_frames}


def lines_in(file: Path) -> list[bytes]:
    """The lines of a file with their numbers' order; raises SourceError."""
    found, following = [], 0
    for block in blocks([str(file)], block_bytes=1000):
        assert (block.first, block.line) == (following, following + 1)
        lines = block.lines() if not block.data.endswith(b"\n") else block.lines()[:-1]
        found += lines
        following += len(lines)
    return found


@pytest.mark.parametrize("ending", PACKED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.data())
def test_any_bytes(tmp_path: Path, ending: str, texts: list[bytes], data: st.DataObject) -> None:
    """A file is its lines; one that was cut, or in which bytes changed, is refused by name or read as it stands."""
    text = b"\n".join(texts)
    whole = bytearray(PACKED[ending](text))
    file = tmp_path / f"log{ending}"
    file.write_bytes(whole)
    assert lines_in(file) == [line.strip() for line in text.removesuffix(b"\n").split(b"\n") if text]
    for _ in range(data.draw(st.integers(0, 3))):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(whole[: data.draw(st.integers(0, len(whole)))]) + data.draw(st.binary(max_size=4)))
    refusal = refusal_of(file)
    assert not refusal or refusal.startswith(f"{file}: ")


def refusal_of(file: Path) -> str:
    """Why a file is refused, or nothing."""
    try:
        lines_in(file)
    except SourceError as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("ending", PACKED)
def test_what_is_not_packed(tmp_path: Path, ending: str) -> None:
    """A name alone packs nothing: other bytes under it are refused by name."""
    file = tmp_path / f"log{ending}"
    file.write_bytes(b'{"type":"dial"}\n')
    if ending:
        with pytest.raises(SourceError, match="log"):
            lines_in(file)
    else:
        assert len(lines_in(file)) == 1


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line may be longer than a block, up to a limit; a whole file in one line is refused before it fills memory."""
    monkeypatch.setattr(sources, "LINE_BYTES_MAX", 5000)
    file = tmp_path / "log"
    file.write_bytes(b"x" * 5999 + b"\n" + b"y\n")
    assert [len(line) for line in lines_in(file)] == [5999, 1]
    file.write_bytes(b"x" * 6001 + b"\n" + b"y\n")
    with pytest.raises(SourceError, match=r"log: a line has more than 5000 bytes; is there one record in each line"):
        lines_in(file)
