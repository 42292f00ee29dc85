"""Bars on the terminal while a log is read and judged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


@contextmanager
def reading(total_bytes: int) -> Iterator[Callable[[int], None] | None]:
    """A bar of the bytes read; gives what is to be told of them, None where there is no terminal."""
    with _bar("reading", total_bytes, DownloadColumn(), TransferSpeedColumn()) as advance:
        yield advance


@contextmanager
def judging(total: int) -> Iterator[Callable[[int], None] | None]:
    """A bar of the events judged."""
    with _bar("judging", total, MofNCompleteColumn()) as advance:
        yield advance


@contextmanager
def _bar(name: str, total: int, *columns: ProgressColumn) -> Iterator[Callable[[int], None] | None]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(
        TextColumn(name), BarColumn(), *columns, TimeRemainingColumn(), console=console, transient=True
    ) as progress:
        task = progress.add_task(name, total=total or None)
        yield lambda step: progress.advance(task, step)
