"""Recorded events from files, compressed or not, and from stdin: blocks of whole lines."""

import codecs
import errno
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import zstandard

from stream.shell.replay.zstd import zstd_reader

BLOCK_BYTES = 1 << 20
LINE_BYTES_MAX = 1 << 26
"""A whole file in one line, as some tools write JSON, would have to be held in memory to be refused."""

_BLANK = b" \t\r\n"


class Line(NamedTuple):
    """One line as it stood: the file's name (`-` = stdin), its number from 1, and its bytes without the line end."""

    file: str
    number: int
    raw: bytes


class Block(NamedTuple):
    """Some whole lines of a file (`-` = stdin): `first` is the number of the first one among all lines that are read,
    from 0, `line` its number in the file, from 1.
    """

    first: int
    file: str
    line: int
    data: bytes

    def lines(self) -> list[bytes]:
        """Its lines without their ends; blank ones are empty."""
        return [line.strip(_BLANK) for line in self.data.split(b"\n")]


class SourceError(Exception):
    """A file that cannot be read to its end; the message names it and says why."""


def blocks(
    names: Iterable[str], read: Callable[[int], None] | None = None, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The lines of files (`.gz` and `.zst` too) and of stdin (`-`), without byte order marks, some at a time.

    `read` is told the bytes of the files read since the last call, for a progress bar. Raises SourceError.
    """
    first = 0
    for name in names:
        file = os.fsencode(name).decode("utf-8", "replace")
        line = 1
        for data in _whole_lines(name, file, read, block_bytes):
            yield Block(first, file, line, data.removeprefix(codecs.BOM_UTF8) if line == 1 else data)
            count = data.count(b"\n") + (not data.endswith(b"\n"))
            first, line = first + count, line + count


def block_of(file: str, raws: Iterable[bytes]) -> Block:
    """Records that are at hand, as if they stood in a file."""
    return Block(0, file, 1, b"\n".join(raws))


def _whole_lines(name: str, file: str, read: Callable[[int], None] | None, block_bytes: int) -> Iterator[bytes]:
    try:
        with _opened(name, read) as stream:
            while data := stream.read(block_bytes):
                yield data if data.endswith(b"\n") else data + _rest_of_line(stream, file)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise SourceError(f"{file}: {getattr(error, 'strerror', None) or error}") from error


def _rest_of_line(stream: IO[bytes], file: str) -> bytes:
    rest = stream.readline(LINE_BYTES_MAX)
    if len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
        raise SourceError(f"{file}: a line has more than {LINE_BYTES_MAX} bytes; is there one record in each line?")
    return rest


@contextmanager
def _opened(name: str, read: Callable[[int], None] | None) -> Iterator[IO[bytes]]:
    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as plain:
        counted = io.BufferedReader(_Counted(plain, read), 1 << 20) if read else plain
        if name.endswith(".gz"):
            with gzip.open(counted, "rb") as unpacked:
                yield unpacked  # type: ignore[misc] # GzipFile is a binary stream in all but its declared type
        elif name.endswith(".zst"):
            yield zstd_reader(counted)
        else:
            yield counted


class _Counted(io.RawIOBase):
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], read: Callable[[int], None]) -> None:
        self._file = file
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # the declared type is a protocol without a public name
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._read(len(data))
        return len(data)
