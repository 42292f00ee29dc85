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

_NAME_COLUMNS = 12
_PIPE_COLUMNS = 10_000
"""In a pipe nothing is wrapped: lines are for other programs."""


def print_rule(rule: AnyRule, examples: RuleExamples | None) -> None:
    """Prints a rule: names on the left, what they hold beside them, wrapped where a terminal ends."""
    console = Console()
    width = console.width if console.is_terminal else _PIPE_COLUMNS
    for name, lines in _parts(rule, examples):
        for number, line in enumerate(lines):
            _print(console, width, name if number == 0 else "", shown(line))


def _parts(rule: AnyRule, examples: RuleExamples | None) -> Iterator[tuple[str, list[str]]]:
    yield "rule", [f"{rule.id}, {rule.article}"]
    yield "severity", [marks_of(rule)]
    yield "clause", [rule.clause]
    if rule.reading:
        yield "reading", [rule.reading]
    doc = (type(rule).__doc__ or "").split("\n\n")[0]
    yield "kind", [f"{kind_of(rule)}: {' '.join(doc.split())}"]
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


def _print(console: Console, width: int, name: str, line: str) -> None:
    indent = max(_NAME_COLUMNS, cell_len(name) + 2)
    text = Text(line)
    wrapped = text.wrap(console, max(20, width - _NAME_COLUMNS)) if width < _PIPE_COLUMNS else [text]
    first = click.style(name, bold=True) + " " * (indent - cell_len(name))
    for number, part in enumerate(wrapped):
        click.echo((first if number == 0 else " " * _NAME_COLUMNS) + part.plain.rstrip())
