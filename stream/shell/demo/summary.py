"""What is left to say when the day is over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.core.rule import Rule
from stream.shell.demo.performance import Checked, Outcome
from stream.shell.demo.scene import Scene
from stream.shell.demo.words import milliseconds

_WORDS = {
    "violation": ("violation", "violations", "red"),
    "warning": ("warning", "warnings", "yellow"),
    "provisional": ("provisional", "provisional", "magenta"),
    "retracted": ("taken back", "taken back", "green"),
}
_CLAUSES_FROM = 120
_NAME_WIDTH = 9
_DIFFERENCES_SHOWN_MAX = 20
_STYLES = {"latency": "cyan", "checked": "bold green"}


def print_summary(console: Console, scene: Scene, outcome: Outcome) -> None:
    """Findings by rule and all numbers of the day: tables on a terminal, lines in a pipe."""
    told = list(_told(scene, outcome))
    console.print()
    if not console.is_terminal:
        for line in _rule_lines(scene):
            _print_line(console, line)
        for name, text in told:
            _print_line(console, f"{name:{_NAME_WIDTH}} {text}")
        return
    console.print(_rule_table(scene, console.width))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", min_width=_NAME_WIDTH)
    grid.add_column()
    for name, text in told:
        grid.add_row(name, Text(text, style=_STYLES.get(name, "")))
    console.print(grid)


def print_differences(console: Console, checks: Sequence[Checked]) -> None:
    """What the topics say otherwise than replay, or the first of it."""
    for check in checks:
        for difference in check.differences[:_DIFFERENCES_SHOWN_MAX]:
            _print_line(console, f"{'':{_NAME_WIDTH}} {difference}")


def _told(scene: Scene, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Name and sentence of everything that the day came to."""
    standing, latency = scene.standing, scene.latency
    begin, end = scene.clock_of(scene.day.begins)[:5], scene.clock_of(scene.day.ends)[:5]
    yield "day", f"{scene.day.date}, {begin} to {end} {scene.day.zone.name}, played in {outcome.seconds:.1f} s"
    sent = ", ".join(f"{count} {topic}" for topic, count in scene.sent.most_common())
    yield "sent", f"{scene.sent.total()} records: {sent}"
    judged = ", ".join(f"{count} {word}" for word, count in outcome.judged.most_common())
    yield "judged", f"{outcome.judged.total()}: {judged}"
    words = ", ".join(letter.word for letter in standing.letters)
    yield "refused", f"{len(standing.letters)} dead letters: {words}"
    left = len(standing.blocks(scene.day.ends))
    over = standing.blocks_set - standing.blocks_lifted - left
    yield (
        "blocks",
        f"{standing.blocks_set} set, {standing.blocks_lifted} lifted, {over} over at midnight, {left} hold on",
    )
    yield "findings", _counts(sum((counter for _, counter in _by_rule(scene)), Counter())).plain
    measured = f"p50 {milliseconds(latency.quantile(0.5))}, p99 {milliseconds(latency.quantile(0.99))}"
    yield (
        "latency",
        f"from a contact to its block {measured} ({len(latency.seconds)} blocks; everything in this process)",
    )
    for check in outcome.checks:
        yield "checked", _checked(scene, check)


def print_what_next(console: Console, scene: Scene, events: Path | None) -> None:
    """Three commands for whoever wants more."""
    again = "duewatch demo --events day.ndjson"
    replay = f"duewatch replay {events} --as-of {scene.day.text(scene.day.ends)}" if events else again
    commands = (
        (replay, "the same judgement offline" if events else "keeps the day, for `duewatch replay day.ndjson`"),
        ("duewatch policy show", "every rule, with its article and its clause"),
        ("duewatch topics && duewatch worker", "the service, on your own Kafka and Redis: README.md"),
    )
    console.print("\n[bold]What next[/]")
    for command, meaning in commands:
        console.print(f"  [cyan]{command}[/]\n      {meaning}", soft_wrap=not console.is_terminal)


def _checked(scene: Scene, check: Checked) -> str:
    at = scene.clock_of(check.moment)
    if check.differences:
        return f"at {at} the topics differ from replay in {len(check.differences)} places"
    return f"at {at} the topics say exactly what replay says: {check.expected.counts()}"


def _rule_lines(scene: Scene) -> Iterator[str]:
    for law, counter in _by_rule(scene):
        yield f"{law.id} {law.article}: {_counts(counter)}: {law.clause}"
    yield ""


def _rule_table(scene: Scene, width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Findings by rule", title_justify="left", title_style="bold")
    table.add_column("rule", style="bold", no_wrap=True)
    table.add_column("article", no_wrap=True)
    table.add_column("findings")
    if width >= _CLAUSES_FROM:
        table.add_column("clause", overflow="fold")
    for law, counter in _by_rule(scene):
        clause = (law.clause,) if width >= _CLAUSES_FROM else ()
        table.add_row(law.id, law.article, _counts(counter), *clause)
    return table


def _by_rule(scene: Scene) -> Iterator[tuple[Rule, Counter[str]]]:
    """Every rule with findings, in the rulebook's order, and how many they are of each kind."""
    kinds: dict[str, Counter[str]] = {}
    for finding in scene.standing.findings.values():
        kind = finding["severity"] if finding["state"] == "confirmed" else finding["state"]
        kinds.setdefault(finding["rule"], Counter())[kind] += 1
    return ((rule, kinds[rule.id]) for rule in scene.rulebook.rules if rule.id in kinds)


def _counts(counter: Counter[str]) -> Text:
    """`2 violations, 1 taken back`."""
    parts = [
        Text(f"{counter[kind]} {one if counter[kind] == 1 else many}", style=style)
        for kind, (one, many, style) in _WORDS.items()
        if counter[kind]
    ]
    return Text(", ").join(parts)


def _print_line(console: Console, line: str) -> None:
    console.print(line, markup=False, soft_wrap=not console.is_terminal)
