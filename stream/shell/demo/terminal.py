"""Shows the day as a board that moves, on a terminal."""

import asyncio

from rich.console import Console
from rich.live import Live

from stream.shell.demo.board import Board
from stream.shell.demo.event import Event
from stream.shell.demo.standing import Change

_FRAME_SECONDS = 0.125


class Terminal:
    """Draws the board some times a second, on the terminal's second screen; the first one is left as it was."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console

    def step(self, text: str) -> None:
        """The scene has it already."""

    def sent(self, event: Event) -> None:
        """The scene has it already."""

    def told(self, change: Change) -> None:
        """The scene has it already."""

    async def show(self) -> None:
        """Draw until cancelled."""
        with Live(console=self._console, screen=True, auto_refresh=False) as live:
            while True:
                width, height = self._console.size
                live.update(self._board.draw(width, height), refresh=True)
                await asyncio.sleep(_FRAME_SECONDS)
