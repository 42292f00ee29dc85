"""Unpacks .zst files: any number of frames, and an error where the last one is cut off."""

import io
from collections.abc import Iterator
from typing import IO

import zstandard

_PACKED_BYTES = 16 * 1024
_WINDOW_BYTES_MAX = 1 << 31
"""What `zstd --long=31` asks for; the default of zstandard refuses files that zstd itself has written."""


def zstd_reader(packed: IO[bytes]) -> io.BufferedReader:
    """What is in the frames, one after the other. Reading raises ZstdError, and EOFError for a frame without an end.

    zstandard's own reader takes a cut-off file for a whole one.
    """
    return io.BufferedReader(_Pieces(_frames(packed)), 1 << 20)


def _frames(packed: IO[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES_MAX)
    frame = None
    while piece := packed.read(_PACKED_BYTES):
        while piece:
            frame = frame or decompressor.decompressobj()
            yield frame.decompress(piece)
            piece = frame.unused_data
            if frame.eof:
                frame = None
    if frame is not None:
        raise EOFError("Compressed file ended before the end of a frame was reached")


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # the declared type is a protocol without a public name
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
