"""Saves the board as an SVG, at a moment when much has happened."""

import asyncio
import html
import io
import re
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import MONOKAI

from stream.shell.demo.board import Board
from stream.shell.demo.scene import Scene

WIDTH, HEIGHT = 100, 40
MOMENT = "15:20"

_TEXT = re.compile(r'(<text [^>]*textLength=")([0-9.]+)("[^>]*>)([^<]+)')

# Rich's frame without its web fonts: a picture in a page must not ask anybody for anything.
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "Fira Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono",
  "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei", monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


async def save_picture(board: Board, scene: Scene, path: Path) -> None:
    """Save the board once the demo's clock shows the moment, then only wait. Raises OSError."""
    await scene.clock.reach(scene.day.at(MOMENT))
    await asyncio.to_thread(path.write_text, svg(board), encoding="utf-8")
    await asyncio.Event().wait()


def svg(board: Board) -> str:
    """The board as it is now."""
    console = Console(
        width=WIDTH, height=HEIGHT, file=io.StringIO(), record=True, force_terminal=True, color_system="truecolor"
    )
    console.print(board.draw(WIDTH, HEIGHT), end="")
    drawn = console.export_svg(title="duewatch demo", theme=MONOKAI, code_format=_FORMAT, unique_id="duewatch")
    return _TEXT.sub(_with_true_length, drawn)


def _with_true_length(text: re.Match[str]) -> str:
    # Rich counts characters where it means cells, which squeezes wide ones.
    before, length, between, shown = text.groups()
    content = html.unescape(shown)
    return f"{before}{float(length) / len(content) * cell_len(content):g}{between}{shown}"
