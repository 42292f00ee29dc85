"""A table of texts: drawn with lines on a terminal, as Markdown in a pipe and in a file."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Grid:
    """A head and rows of as many cells each; all columns but the first hold numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def show(self, console: Console, title: str) -> None:
        """Print it under a title."""
        if not console.is_terminal:
            print(f"{title}\n{self.markdown()}", flush=True)
            return
        table = Table(title=title, title_justify="left")
        for number, name in enumerate(self.head):
            table.add_column(name, justify="right" if number else "left", style=None if number else "bold")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        """The table in Markdown, with columns that line up in the source, too."""
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        rule = [f"{'-' * (width - bool(number))}{':' if number else ''}" for number, width in enumerate(widths)]
        return "\n".join(_line(row, widths) for row in (self.head, tuple(rule), *self.rows)) + "\n"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in others) + " |"
