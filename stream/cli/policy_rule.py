"""One rule with everything that a compliance officer holds beside the guideline."""

from collections.abc import Iterator

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from stream.cli.policy_text import block_of, dated, kind_of, looks_at, marks_of, numbers_of, particulars
from stream.cli.shown import shown
from stream.core.kinds import AnyRule
from stream.rulebooks.examples import Example, RuleExamples

_UNBOUNDED = 10_000
"""In a pipe nothing is wrapped: lines are for other programs."""
_BESIDE_MIN = 20


def print_rule(rule: AnyRule, examples: RuleExamples | None, *, as_table: bool | None = None) -> None:
    """Prints a rule: names on the left, what they hold beside them, wrapped where a terminal ends."""
    console = Console()
    parts = list(_parts(rule, examples))
    left = max(cell_len(name) for name, _ in parts) + 2
    beside = console.width - left if as_table or (as_table is None and console.is_terminal) else _UNBOUNDED
    for name, lines in parts:
        wrapped = [part for line in lines for part in _wrapped(console, shown(line), max(beside, _BESIDE_MIN))]
        for number, part in enumerate(wrapped):
            first = click.style(name, bold=True) + " " * (left - cell_len(name))
            click.echo((first if number == 0 else " " * left) + part)


def _wrapped(console: Console, line: str, width: int) -> list[str]:
    hanging = "  " if line.startswith("- ") else ""
    parts = [part.plain.rstrip() for part in Text(line).wrap(console, width - len(hanging), overflow="fold")]
    return [part if number == 0 else hanging + part for number, part in enumerate(parts)]


def _parts(rule: AnyRule, examples: RuleExamples | None) -> Iterator[tuple[str, list[str]]]:
    yield "rule", [f"{rule.id}, {rule.article}"]
    yield "severity", [marks_of(rule)]
    yield "judges", ["contacts that the debtor began, too" if rule.inbound else "outbound contacts only"]
    yield "clause", [rule.clause]
    if rule.reading:
        yield "reading", [rule.reading]
    yield "kind", [kind_of(rule)]
    yield "looks at", looks_at(rule)
    yield from ((name, [said]) for name, said in particulars(rule))
    for name, numbers in numbers_of(rule):
        yield name, [dated(number) for number in numbers]
    yield "block", [block_of(rule) or "none"]
    yield "message", [rule.message.zh, rule.message.en]
    if examples is not None:
        yield "broken by", _titles(examples.breaking()) or ["nothing"]
        yield "kept by", _titles(examples.keeping())


def _titles(examples: list[Example]) -> list[str]:
    return [f"- {example.title}" for example in examples]
