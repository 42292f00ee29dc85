"""What is said while it is measured: a moving line on a terminal, finished lines only in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


class Terminal:
    """Standard output, whatever it is."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)

    def say(self, text: str) -> None:
        """A line that stays."""
        if self.console.is_terminal:
            self.console.print(text, markup=False)
        else:
            print(text, flush=True)

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """A line that is there while something is done; the caller is given a function that says how far it is."""
        if not self.console.is_terminal:
            yield lambda _: None
            return
        with self.console.status(what) as status:
            yield lambda how_far: status.update(f"{what}: {how_far}")
