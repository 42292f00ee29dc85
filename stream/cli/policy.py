"""`duewatch policy`: checks a rulebook, or shows one beside the law."""

import difflib
from typing import Any

import click
import orjson
from msgspec import to_builtins

from stream.cli.failures import CommandFailed
from stream.cli.policy_list import print_coverage, print_rules
from stream.cli.policy_rule import print_rule
from stream.cli.policy_text import block_of
from stream.cli.shown import shown
from stream.core.kinds import AnyRule
from stream.core.rulebook import Rulebook
from stream.rulebooks.coverage import coverage_of
from stream.rulebooks.examples import RuleExamples, examples_of
from stream.rulebooks.loader import RulebookError, load, shipped

_REFUSED, _NO_INPUT = 78, 66


@click.group()
def policy() -> None:
    """Check or show a rulebook."""


@policy.command()
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Load a rulebook exactly as the worker does.

    Prints each rule with its article and clause; of a rulebook that cannot be used, every problem on a line of its own
    (exit code 78).
    """
    rulebook = _loaded(file)
    for rule in rulebook.rules:
        click.echo(shown(f"{rule.id} | {rule.article} | {rule.clause}"))
    click.echo(f"{file}: {rulebook.policy} is good, {len(rulebook.rules)} rules")


@policy.command()
@click.argument("name", default="nifa-2024", metavar="[NAME]")
@click.option(
    "--format", "form", type=click.Choice(["table", "lines", "json"]), help="Default: as suits where it goes."
)
@click.option("--rule", "rule_id", metavar="ID", help="One rule with its reading, numbers and examples.")
@click.option("--coverage", is_flag=True, help="All places of the law: enforced by which rules, or why not.")
def show(name: str, form: str | None, rule_id: str | None, *, coverage: bool) -> None:
    """Show a rulebook that ships (default: nifa-2024), or one in a file, beside the law's own words."""
    if rule_id is not None and coverage:
        raise click.UsageError("--rule and --coverage show different things; give one of them")
    rulebook = _loaded(name)
    as_table = None if form is None else form == "table"
    if coverage:
        _show_coverage(name, rulebook, form, as_table=as_table)
    elif rule_id is not None:
        _show_rule(name, rulebook, rule_id, form, as_table=as_table)
    elif form == "json":
        _print_json(_head(rulebook) | {"rules": [_object(rule) for rule in rulebook.rules]})
    else:
        print_rules(rulebook, as_table=as_table)


def _loaded(name_or_file: str) -> Rulebook:
    try:
        return load(name_or_file)
    except RulebookError as error:
        lines = "".join(f"\n  {shown(problem)}" for problem in error.problems)
        raise CommandFailed(f"{error.where} cannot be used:{lines}", _REFUSED) from error


def _show_rule(name: str, rulebook: Rulebook, rule_id: str, form: str | None, *, as_table: bool | None) -> None:
    rule = rulebook.rule(rule_id)
    if rule is None:
        near = difflib.get_close_matches(rule_id, [each.id for each in rulebook.rules], n=1)
        hint = f"did you mean {near[0]}?" if near else f"`duewatch policy show {name}` lists its rules"
        raise click.BadParameter(f"{rulebook.policy} has no rule {rule_id}; {hint}", param_hint="--rule")
    examples = examples_of(name).get(rule_id) if name in shipped() else None
    if form == "json":
        _print_json({"policy": rulebook.policy} | _object(rule) | _examples(examples))
    else:
        print_rule(rule, examples, as_table=as_table)


def _show_coverage(name: str, rulebook: Rulebook, form: str | None, *, as_table: bool | None) -> None:
    coverage = coverage_of(name) if name in shipped() else None
    if coverage is None:
        raise CommandFailed(
            f"of {name} nothing is written about what of its law is enforced; nifa-2024 has it", _NO_INPUT
        )
    if form == "json":
        places = [to_builtins(place) | {"said": coverage.said(place)} for place in coverage.places]
        _print_json({"policy": rulebook.policy, "places": places})
    else:
        print_coverage(rulebook, coverage, as_table=as_table)


def _head(rulebook: Rulebook) -> dict[str, Any]:
    head: dict[str, Any] = to_builtins(rulebook.file)
    return {"policy": rulebook.policy} | head


def _object(rule: AnyRule) -> dict[str, Any]:
    """A rule as its file has it, and in words what it blocks."""
    fields: dict[str, Any] = to_builtins(rule)
    return fields | {"blocks": block_of(rule) or None}


def _examples(examples: RuleExamples | None) -> dict[str, Any]:
    if examples is None:
        return {}
    broken, kept = examples.breaking(), examples.keeping()
    return {"broken_by": [example.title for example in broken], "kept_by": [example.title for example in kept]}


def _print_json(value: dict[str, Any]) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
