"""`duewatch replay`: judges recorded events offline."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from stream.cli.failures import failing_with
from stream.cli.replay_progress import judging, reading
from stream.cli.replay_summary import print_comparison, print_summary
from stream.core.rulebook import Rulebook
from stream.rulebooks.loader import RulebookError, load
from stream.shell.codec.instant import parse_instant
from stream.shell.codec.limits import limits_of
from stream.shell.codec.refusal import Refusal
from stream.shell.replay.crew import CrewError
from stream.shell.replay.plan import plan_for, size_of
from stream.shell.replay.replay import Replay
from stream.shell.replay.results import NAMES, Results, results
from stream.shell.replay.sources import SourceError, blocks
from stream.shell.replay.worker import Orders
from stream.shell.settings.settings import SettingsError, read


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
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Processes that share the work; 0 = as many as there are cores.",
)
@click.option(
    "--memory-mb",
    type=click.IntRange(min=16),
    default=512,
    show_default=True,
    help="About how much of the log is held in memory, beside some 60 MB for each process. The rest goes to a "
    "temporary file in the folder for the results.",
)
def replay(
    files: tuple[str, ...],
    policy: str,
    out: Path,
    against: str | None,
    as_of: int | None,
    jobs: int,
    memory_mb: int,
) -> None:
    """Judge recorded events offline: no Kafka, no Redis, the same judgement.

    Reads NDJSON ('-' = stdin, .gz and .zst too), any mix of input types in any order. Writes findings.ndjson,
    blocks.ndjson and dead-letters.ndjson, and prints a summary. Of the settings, DUEWATCH_REFERENCE_CHECK and the
    limits on what is read count here.
    """
    _check_inputs_stay(files, out)
    with failing_with({SettingsError: 78, RulebookError: 78, SourceError: 66, CrewError: 70, OSError: 74}):
        orders = _orders(load(policy), load(against) if against else None)
        out.mkdir(parents=True, exist_ok=True)
        plan = plan_for(files, jobs or os.cpu_count() or 1, memory_mb << 20)
        with _ended_in_order(), results(out) as files_out, Replay(orders, plan, folder=out) as engine:
            _run(engine, files, as_of, files_out)
    print_summary(orders.rulebook, engine.tally, out)
    if orders.against is not None:
        print_comparison(orders.rulebook, orders.against, engine.comparison)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A signal to end leaves no half-written files behind; Ctrl-C does not either, as it raises by itself."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _orders(rulebook: Rulebook, against: Rulebook | None) -> Orders:
    settings = read(os.environ)
    return Orders(
        rulebook,
        against,
        reference_check=settings.reference_check,
        limits=limits_of(settings),
        facts_per_debtor_max=settings.facts_per_debtor_max,
        registry_entries_max=settings.registry_entries_max,
    )


def _run(engine: Replay, files: tuple[str, ...], as_of: int | None, into: Results) -> None:
    with reading(sum(size_of(name) or 0 for name in files)) as told:
        engine.read(blocks(files, told))
    with judging(engine.to_judge) as told:
        engine.judge(as_of, told)
    for file, found in (
        (into.findings, engine.findings()),
        (into.blocks, engine.blocks()),
        (into.dead_letters, engine.dead_letters()),
    ):
        file.writelines(line + b"\n" for line in found)


def _check_inputs_stay(files: tuple[str, ...], out: Path) -> None:
    """No file is read that the results would overwrite."""
    there = [out / name for name in NAMES if (out / name).exists()]
    for name in files:
        if name != "-" and Path(name).exists() and any(result.samefile(name) for result in there):
            raise click.UsageError(f"{name} would be overwritten by the results; name another folder with --out")
