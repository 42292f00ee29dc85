"""The files of results: all of them whole, or as they were before."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple


class Results(NamedTuple):
    """The files, open for writing."""

    findings: IO[bytes]
    blocks: IO[bytes]
    dead_letters: IO[bytes]


NAMES = ("findings.ndjson", "blocks.ndjson", "dead-letters.ndjson")


@contextmanager
def results(folder: Path) -> Iterator[Results]:
    """Makes the files in the folder, under other names until everything is written. Raises OSError."""
    parts = {folder / name: folder / f"{name}.part" for name in NAMES}
    for path in parts:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with ExitStack() as unless_written:
        for part in parts.values():
            unless_written.callback(part.unlink, missing_ok=True)
        with ExitStack() as files:
            yield Results(*(files.enter_context(part.open("wb")) for part in parts.values()))
        for path, part in parts.items():
            part.replace(path)
