"""What `duewatch replay` prints when it is done."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from stream.cli.shown import shown
from stream.core.rulebook import Rulebook
from stream.shell.codec.personal import masked_reference
from stream.shell.replay.against import SHOWN_MAX, Comparison
from stream.shell.replay.tally import Tally


def print_summary(rulebook: Rulebook, tally: Tally, out: Path) -> None:
    """Prints findings per rule, what was read, and where the results are: a table on a terminal, lines in a pipe."""
    console = Console()
    as_of = "no records" if tally.as_of is None else rulebook.zone.text(tally.as_of)
    rows = [(rule.id, rule.article, tally.rules[rule.id]) for rule in rulebook.rules if rule.id in tally.rules]
    if console.is_terminal:
        console.print(_table(rulebook, rows, as_of))
    else:
        for name, article, counter in rows:
            counts = " ".join(f"{word}={counter[key]}" for key, word in _COLUMNS)
            click.echo(f"{name} {article} {counts}")
    dead = ", ".join(f"{count} {word}" for word, count in sorted(tally.dead_letters.items())) or "none"
    click.echo(
        f"policy {rulebook.policy}, as of {as_of}\n"
        f"{tally.records} records read, {tally.duplicates} of them duplicates; {tally.debtors} debtors, "
        f"{tally.blocked} channels blocked\n"
        f"dead letters: {dead}\n"
        f"written to {out}{'' if str(out).endswith('/') else '/'}: findings.ndjson, blocks.ndjson, dead-letters.ndjson"
    )
    sys.stdout.flush()


_COLUMNS = (
    ("violation", "violations"),
    ("warning", "warnings"),
    ("provisional", "provisional"),
    ("retracted", "retracted"),
)


def _table(rulebook: Rulebook, rows: list[tuple[str, str, Any]], as_of: str) -> Table:
    table = Table(title=f"Findings under {rulebook.policy} as of {as_of}", title_justify="left")
    table.add_column("rule", style="bold")
    table.add_column("article")
    for key, word in _COLUMNS:
        table.add_column(word, justify="right", style={"violation": "red", "warning": "yellow"}.get(key, "dim"))
    for name, article, counter in rows:
        table.add_row(name, article, *(str(counter[key]) if counter[key] else "" for key, _ in _COLUMNS))
    return table


def print_comparison(rulebook: Rulebook, other: Rulebook, comparison: Comparison) -> None:
    """Prints what the other policy finds more, no more, and otherwise: counts per rule, and the first ten of each."""
    click.echo(f"\n{other.policy} against {rulebook.policy}:")
    if not comparison.counts:
        click.echo("no finding differs")
        return
    console = Console()
    kinds = ("gained", "lost", "changed")
    if console.is_terminal:
        table = Table()
        table.add_column("rule", style="bold")
        for kind in kinds:
            table.add_column(kind, justify="right")
        for rule, counts in sorted(comparison.counts.items()):
            table.add_row(rule, *(str(counts[kind]) if counts[kind] else "" for kind in kinds))
        console.print(table)
    else:
        for rule, counts in sorted(comparison.counts.items()):
            click.echo(f"{rule} " + " ".join(f"{kind}={counts[kind]}" for kind in kinds))
    for kind in kinds:
        if first := comparison.first.get(kind):
            click.echo(f"{kind}, the first {min(SHOWN_MAX, len(first))}:")
            for _, line in first:
                click.echo(f"  {shown(masked_reference(line))}")
