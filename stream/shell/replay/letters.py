"""Lines of `dead-letters.ndjson` (contract §7)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from stream.shell.codec.personal import masked, personal_fields
from stream.shell.codec.refusal import Refusal
from stream.shell.replay.originals import Originals
from stream.shell.replay.scratch import Scratch
from stream.shell.replay.sorter import Sorter
from stream.shell.replay.sources import Line

Refused = tuple[int, str, str]
"""The number of a line among all that were read, and why it is refused: word and message."""


class Letters:
    """Collects what was refused, in any order, and gives the dead letters in order of reading."""

    def __init__(self, scratch: Scratch, originals: Originals, memory_bytes: int) -> None:
        self.words: Counter[str] = Counter()
        self._originals = originals
        self._refused = Sorter(scratch, memory_bytes)

    def add(self, refused: list[Refused]) -> None:
        """Takes some lines."""
        self.words.update(word for _, word, _ in refused)
        self._refused.add([((number,), orjson.dumps((word, message))) for number, word, message in refused])

    def lines(self) -> Iterator[bytes]:
        """The dead letters."""
        for (number,), why in self._refused.entries():
            yield orjson.dumps(dead_letter(self._originals.line(int(number)), *orjson.loads(why)))


def dead_letter(line: Line, word: str, message: str) -> dict[str, Any]:
    """A line that was refused; personal data in it is masked."""
    raw = line.raw
    if word == "personal-data":
        raw, _ = masked(raw, None, personal_fields(raw))
    return {
        "error": word,
        "message": message,
        "file": line.file,
        "line": line.number,
        "raw": raw.decode("utf-8", "replace"),
    }


def refused(number: int, refusal: Refusal) -> Refused:
    """A refusal of a line."""
    return number, refusal.word, refusal.message
