"""The board: what a compliance officer would keep open, in whatever size the terminal has."""

from typing import NamedTuple

from rich.console import ConsoleRenderable
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from stream.shell.demo import sections
from stream.shell.demo.rows import lines
from stream.shell.demo.scene import Scene

WIDTH_MIN, HEIGHT_MIN = 60, 16
"""Smaller terminals get lines."""

_TWO_COLUMNS = 160
_ROOMY = 30
_HEAD_ROWS = 3
_FRAME = 2
_MARGIN = 4


class Heights(NamedTuple):
    """Rows inside each frame; 0: no frame."""

    story: int
    blocks: int
    findings: int
    letters: int


def heights(height: int, *, beside: bool) -> Heights:
    """How many rows each part gets. Blocks and findings share what is left, or both get it where they stand side by
    side; a finding takes two rows.
    """
    story, letters = (3, 2) if height >= _ROOMY else (1, 0)
    left = height - sum(rows + _FRAME for rows in (_HEAD_ROWS, story, letters) if rows)
    if beside:
        alone = max(0, left - _FRAME)
        return Heights(story, alone, alone, letters)
    shared = max(0, left - 2 * _FRAME)
    findings = (shared - shared // 3) // 2 * 2
    return Heights(story, shared - findings, findings, letters)


class Board:
    """Draws a scene."""

    def __init__(self, scene: Scene, title: str) -> None:
        self._scene = scene
        self._title = title

    def draw(self, width: int, height: int) -> ConsoleRenderable:
        """The whole board in exactly this size."""
        scene, beside = self._scene, width >= _TWO_COLUMNS
        rows = heights(height, beside=beside)
        inner = width - _MARGIN
        parts = [
            _part(self._title, sections.head(scene, inner), "cyan", _HEAD_ROWS),
            _part("what happens", sections.story(scene, inner, rows.story), "white", rows.story),
            self._middle(width, rows, beside=beside),
        ]
        if rows.letters:
            letters = sections.letters(scene, inner, rows.letters)
            parts.append(_part("dead letters", letters, "magenta", rows.letters))
        layout = Layout()
        layout.split_column(*parts)
        return layout

    def _middle(self, width: int, rows: Heights, *, beside: bool) -> Layout:
        scene, middle = self._scene, Layout()
        left = width * 9 // 20 if beside else width
        right = width - left if beside else width
        blocks = sections.blocks(scene, left - _MARGIN, rows.blocks)
        findings = sections.findings(scene, right - _MARGIN, rows.findings)
        below = "" if rows.letters else sections.last_letter(scene)
        if beside:
            middle.split_row(
                Layout(_panel("blocks in force", blocks, "yellow"), size=left),
                Layout(_panel("findings", findings, "red", below), size=right),
            )
        else:
            middle.split_column(
                _part("blocks in force", blocks, "yellow", rows.blocks),
                _part("findings", findings, "red", rows.findings, below),
            )
        return middle


def _part(title: str, rows: list[Text], style: str, count: int, below: str = "") -> Layout:
    return Layout(_panel(title, rows, style, below), size=count + _FRAME)


def _panel(title: str, rows: list[Text], style: str, below: str = "") -> Panel:
    return Panel(
        lines(*rows),
        title=f"[bold]{title}[/]",
        title_align="left",
        subtitle=below or None,
        subtitle_align="left",
        border_style=style,
    )
