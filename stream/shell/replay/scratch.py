"""One temporary file for everything that does not fit into memory."""

import tempfile
from pathlib import Path
from typing import IO, NamedTuple, Self


class Extent(NamedTuple):
    """Where something lies in the file."""

    offset: int
    length: int


class Scratch:
    """Made when it is first written to, in the folder given, and gone with the process, whatever ends that.

    It has no name where the system allows that (Linux), and else loses it with its last user.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._end = 0

    @property
    def used(self) -> bool:
        """Whether anything did not fit into memory."""
        return self._file is not None

    def append(self, data: bytes) -> Extent:
        """Keeps the bytes. Raises OSError, which names the folder, where there is no room for them."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - `__exit__` closes it
            self._file.seek(self._end)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise self._told(error) from error
        self._end += len(data)
        return Extent(self._end - len(data), len(data))

    def read(self, extent: Extent) -> bytes:
        """What was kept. Raises OSError, which names the folder."""
        assert self._file is not None  # noqa: S101 - extents come from `append`
        try:
            self._file.seek(extent.offset)
            return self._file.read(extent.length)
        except OSError as error:
            raise self._told(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _told(self, error: OSError) -> OSError:
        folder = self._folder or Path(tempfile.gettempdir())
        what = f"{error.strerror or error}, in the temporary file for what does not fit into memory (--memory-mb)"
        return OSError(error.errno, what, str(folder))
