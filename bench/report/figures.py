"""What was measured last, kept beside the pages that are made of it."""

from pathlib import Path
from typing import Any

import orjson

FILE = Path(__file__).parents[1] / "figures.json"

Figures = dict[str, Any]
"""Part → its figures: plain JSON, so that a page can be made again without measuring."""


def load(file: Path = FILE) -> Figures:
    """What is kept; nothing where nothing has been measured yet."""
    return orjson.loads(file.read_bytes()) if file.exists() else {}


def keep(parts: Figures, file: Path = FILE) -> Figures:
    """Put new parts in the place of the old ones; returns everything that is kept now."""
    figures = load(file) | parts
    file.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return figures
