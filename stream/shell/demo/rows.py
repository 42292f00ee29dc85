"""Rows of cells with exact widths, wide characters included: cheaper than a table, and never wider than told."""

from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

_GAP = "  "


class Cell(NamedTuple):
    """A text in a column of so many cells; width 0 takes what the others leave, once in a row."""

    text: str
    width: int
    style: str = ""


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells: filled up, or cut with an ellipsis."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def row(width: int, *cells: Cell) -> Text:
    """One line of exactly so many cells."""
    fixed = sum(cell.width for cell in cells) + len(_GAP) * (len(cells) - 1)
    line = Text(no_wrap=True, end="")
    for number, cell in enumerate(cells, start=1):
        text = fit(cell.text, cell.width or max(0, width - fixed))
        line.append(text + _GAP if number < len(cells) else text.rstrip(), cell.style)
    line.truncate(width, pad=True)
    return line


def lines(*rows: Text) -> Text:
    """Rows one below the other."""
    return Text("\n", no_wrap=True, end="").join(rows)
