"""All rules of a rulebook, or all places of a law: a table on a terminal, one line each in a pipe."""

from collections.abc import Iterable, Sequence

import click
from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.cli.policy_text import block_of, in_short, marks_of
from stream.cli.shown import shown
from stream.core.kinds import AnyRule
from stream.core.rulebook import Rulebook
from stream.rulebooks.coverage import Coverage, Place

_WIDE_COLUMNS_MIN = 130
"""Below this width six columns leave the clause no room: what is short stands below one another."""


def print_rules(rulebook: Rulebook, *, as_table: bool | None = None) -> None:
    """Prints every rule; `as_table` None: as suits where it goes."""
    if not _wants_table(as_table):
        for rule in rulebook.rules:
            _print_line((rule.id, rule.article, marks_of(rule), in_short(rule), block_of(rule), rule.clause))
        return
    console = Console()
    title = f"{rulebook.policy}: {rulebook.file.title.zh}"
    if console.width >= _WIDE_COLUMNS_MIN:
        table = _table(title, ("rule", "article", "clause", "severity", "numbers", "block"), clause=2)
        for rule in rulebook.rules:
            _add(table, rule, (rule.id, rule.article, rule.clause, marks_of(rule), in_short(rule), block_of(rule)))
    else:
        table = _table(title, ("rule, article", "clause", "severity, numbers, block"), clause=1)
        for rule in rulebook.rules:
            below = (marks_of(rule), in_short(rule), block_of(rule))
            _add(table, rule, (f"{rule.id}\n{rule.article}", rule.clause, "\n".join(filter(None, below))))
    console.print(table)
    click.echo("† judges contacts that the debtor began, too; `--rule ID` shows one rule, `--coverage` the whole law")


def print_coverage(rulebook: Rulebook, coverage: Coverage, *, as_table: bool | None = None) -> None:
    """Prints every place of the law with the rules that enforce it, or with the reason why none does."""
    if not _wants_table(as_table):
        for place in coverage.places:
            _print_line((place.place, _enforced(place), coverage.said(place)))
    else:
        table = _table(rulebook.file.title.zh, ("place", "enforced by, or why not"), clause=1)
        for place in coverage.places:
            cells = (place.place, ", ".join(place.rules) or coverage.said(place))
            table.add_row(*(Text(shown(cell)) for cell in cells), style="" if place.rules else "dim")
        Console().print(table)
    enforced = sum(bool(place.rules) for place in coverage.places)
    click.echo(f"{len(coverage.places)} places, {enforced} of them enforced by {len(rulebook.rules)} rules")


def _enforced(place: Place) -> str:
    if place.rules:
        return f"enforced by {', '.join(place.rules)}"
    return "a definition" if place.used_by else "not enforced"


def _wants_table(as_table: bool | None) -> bool:  # noqa: FBT001 - the wish of an option that may be absent
    return Console().is_terminal if as_table is None else as_table


def _table(title: str, names: Sequence[str], *, clause: int) -> Table:
    """A table whose first column and clause never lose a letter: an id that is cut cannot be looked up."""
    table = Table(title=Text(shown(title)), title_justify="left", box=HORIZONTALS, show_lines=True)
    for position, name in enumerate(names):
        ratio = 1 if position == clause else None
        table.add_column(name, style="bold" if position == 0 else "", ratio=ratio, overflow="fold")
    return table


def _add(table: Table, rule: AnyRule, cells: Iterable[str]) -> None:
    style = {"warning": "yellow", "none": "dim"}.get(rule.severity, "")
    table.add_row(*(Text("\n".join(shown(line) for line in cell.split("\n"))) for cell in cells), style=style)


def _print_line(parts: Iterable[str]) -> None:
    click.echo(" | ".join(shown(part) for part in parts if part))
