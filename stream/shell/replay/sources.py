"""Lines of recorded events from files, compressed or not, and from stdin."""

import codecs
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import zstandard

from stream.shell.replay.zstd import zstd_reader


class Line(NamedTuple):
    """One line as it stood: the file's name (`-` = stdin), its number from 1, and its bytes without the line end."""

    file: str
    number: int
    raw: bytes


class SourceError(Exception):
    """A file that cannot be read to its end; the message names it and says why."""


def lines(name: str, read: Callable[[int], None] | None = None) -> Iterator[Line]:
    """The lines of a file (`.gz` and `.zst` too) or of stdin (`-`), without blank ones and a byte order mark.

    `read` is told the bytes of the file read since the last call, for a progress bar. Raises SourceError.
    """
    file = os.fsencode(name).decode("utf-8", "replace")
    try:
        with _opened(name, read) as stream:
            for number, raw in enumerate(stream, start=1):
                line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
                if stripped := line.strip(b" \t\r\n"):
                    yield Line(file, number, stripped)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise SourceError(f"{file}: {getattr(error, 'strerror', None) or error}") from error


@contextmanager
def _opened(name: str, read: Callable[[int], None] | None) -> Iterator[IO[bytes]]:
    if name == "-":
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
