"""`duewatch replay`: judges recorded events offline."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from stream.cli.failures import failing_with
from stream.cli.replay_summary import print_comparison, print_summary
from stream.rulebooks.loader import RulebookError, load
from stream.shell.codec.instant import parse_instant
from stream.shell.codec.limits import limits_of
from stream.shell.codec.refusal import Refusal
from stream.shell.replay.replay import Replay
from stream.shell.replay.sources import SourceError, lines
from stream.shell.settings.settings import SettingsError, read

_RESULTS = ("findings.ndjson", "blocks.ndjson", "dead-letters.ndjson")


class Instant(click.ParamType):
    """An RFC 3339 time with an offset, as an option."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else parse_instant(str(value), repr(value))
        except Refusal as refusal:
            self.fail(refusal.message, param, ctx)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--policy", default="nifa-2024", show_default=True, help="Name of a rulebook that ships, or a file.")
@click.option(
    "--out",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the results.",
)
@click.option("--against", metavar="POLICY", help="Another policy: prints what it finds more, no more, or otherwise.")
@click.option("--as-of", type=Instant(), help="The moment to judge at; default: the latest time in the records.")
def replay(files: tuple[str, ...], policy: str, out: Path, against: str | None, as_of: int | None) -> None:
    """Judge recorded events offline: no Kafka, no Redis, the same judgement.

    Reads NDJSON ('-' = stdin, .gz and .zst too), any mix of input types in any order. Writes findings.ndjson,
    blocks.ndjson and dead-letters.ndjson, and prints a summary. Of the settings, DUEWATCH_REFERENCE_CHECK and the
    limits on what is read count here.
    """
    _check_inputs_stay(files, out)
    with failing_with({SettingsError: 78, RulebookError: 78, SourceError: 66, OSError: 74}):
        rulebook = load(policy)
        other = load(against) if against else None
        settings = read(os.environ)
        engine = Replay(
            rulebook,
            against=other,
            reference_check=settings.reference_check,
            limits=limits_of(settings),
            facts_per_debtor_max=settings.facts_per_debtor_max,
            registry_entries_max=settings.registry_entries_max,
        )
        out.mkdir(parents=True, exist_ok=True)
        with (out / "dead-letters.ndjson").open("wb") as dead_letters, _progress(files) as reading:
            for line in reading:
                letter = engine.take(line)
                if letter:
                    dead_letters.write(orjson.dumps(letter) + b"\n")
        findings, blocks = engine.findings_and_blocks(as_of)
        _write(out / "findings.ndjson", findings)
        _write(out / "blocks.ndjson", blocks)
    print_summary(rulebook, engine.tally, out)
    if other is not None:
        print_comparison(rulebook, other, engine.comparison)


def _check_inputs_stay(files: tuple[str, ...], out: Path) -> None:
    """No file is read that the results would overwrite."""
    results = [out / name for name in _RESULTS if (out / name).exists()]
    for name in files:
        if name != "-" and Path(name).exists() and any(result.samefile(name) for result in results):
            raise click.UsageError(f"{name} would be overwritten by the results; name another folder with --out")


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        file.writelines(orjson.dumps(record) + b"\n" for record in records)


@contextmanager
def _progress(files: tuple[str, ...]) -> Iterator[Iterator[Any]]:
    """All lines of all files; on a terminal with a bar of the bytes read."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield (line for name in files for line in lines(name))
        return
    total = sum(Path(name).stat().st_size for name in files if name != "-" and Path(name).exists())
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=total or None)
        yield (line for name in files for line in lines(name, lambda size: progress.advance(task, size)))
