"""What is left to say when the day is over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from stream.shell.demo.check import Checked
from stream.shell.demo.scene import Scene
from stream.shell.demo.words import milliseconds
from stream.shell.worker.metrics import Metrics

_COUNTED = ("violation", "warning", "provisional", "retracted")
_CLAUSES_FROM = 120
_NAME_WIDTH = 10


def by_rule(scene: Scene) -> dict[str, Counter[str]]:
    """Rule → its findings by severity, or by state where that is not `confirmed`; in the rulebook's order."""
    counts: dict[str, Counter[str]] = {rule.id: Counter() for rule in scene.rulebook.rules}
    for finding in scene.standing.findings.values():
        kind = finding["severity"] if finding["state"] == "confirmed" else finding["state"]
        counts[finding["rule"]][kind] += 1
    return {rule: counter for rule, counter in counts.items() if counter}


def facts(scene: Scene, metrics: Metrics, checks: Sequence[Checked], seconds: float) -> Iterator[tuple[str, str]]:
    """Name and sentence of everything that the day came to."""
    standing, latency = scene.standing, scene.latency
    begin, end = scene.clock_of(scene.day.begins)[:5], scene.clock_of(scene.clock.now())[:5]
    yield "day", f"{scene.day.date}, {begin} to {end} {scene.day.zone.name}, played in {seconds:.1f} s"
    sent = ", ".join(f"{count} {topic}" for topic, count in scene.sent.most_common())
    yield "sent", f"{scene.sent.total()} records: {sent}"
    yield "judged", ", ".join(f"{count} {outcome}" for outcome, count in _outcomes(metrics).most_common())
    words = ", ".join(letter.word for letter in standing.letters)
    yield "refused", f"{len(standing.letters)} dead letters: {words}" if words else "nothing"
    left = len(standing.blocks(scene.clock.now()))
    over = standing.blocks_set - standing.blocks_lifted - left
    yield "blocks", f"{standing.blocks_set} set, {standing.blocks_lifted} lifted, {over} over at midnight, {left} hold on"
    yield "findings", _findings(scene)
    measured = f"p50 {milliseconds(latency.quantile(0.5))}, p99 {milliseconds(latency.quantile(0.99))}"
    yield "latency", f"from a contact to its block {measured} ({len(latency.seconds)} blocks), all in one process"
    for check in checks:
        yield "checked", _checked(scene, check)


def print_summary(console: Console, scene: Scene, told: Sequence[tuple[str, str]]) -> None:
    """The facts, and the findings by rule: a table on a terminal, lines in a pipe."""
    console.print()
    if console.is_terminal:
        console.print(_table(scene, console.width))
    else:
        for rule, counter in by_rule(scene).items():
            counts = " ".join(f"{kind}={counter[kind]}" for kind in _COUNTED if counter[kind])
            law = scene.rulebook.rule(rule)
            console.print(f"{rule} {law.article if law else ''} {counts} {law.clause if law else ''}")
        console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", min_width=_NAME_WIDTH)
    grid.add_column()
    for name, text in told:
        grid.add_row(name, text)
    console.print(grid)


def print_what_next(console: Console, scene: Scene, events: Path | None) -> None:
    """Three commands for whoever wants more."""
    as_of = scene.day.text(scene.clock.now())
    replay = f"duewatch replay {events} --as-of {as_of}" if events else "duewatch demo --events day.ndjson"
    commands = (
        (replay, "judge the same day offline" if events else "save the day, for `duewatch replay day.ndjson`"),
        ("duewatch policy show", "every rule, with its article and its clause"),
        ("duewatch topics && duewatch worker", "the service, on your own Kafka and Redis: README.md"),
    )
    console.print("\n[bold]What next[/]")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column(style="dim")
    for command, meaning in commands:
        grid.add_row(f"  {command}", meaning)
    console.print(grid)


def _outcomes(metrics: Metrics) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for metric in metrics.registry.collect():
        for sample in metric.samples:
            if sample.name == "duewatch_events_total":
                outcomes[sample.labels["outcome"]] += int(sample.value)
    return outcomes


def _findings(scene: Scene) -> str:
    total: Counter[str] = Counter()
    for counter in by_rule(scene).values():
        total += counter
    return f"{total['violation']} violations, {total['warning']} warnings, {total['provisional']} provisional, " + (
        f"{total['retracted']} taken back"
    )


def _checked(scene: Scene, check: Checked) -> str:
    at = scene.clock_of(check.moment)
    if check.differences:
        return f"at {at} the topics differ from replay in {len(check.differences)} places"
    return f"at {at} the topics say exactly what replay says: {check.expected.counts()}"


def _table(scene: Scene, width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Findings by rule", title_justify="left", title_style="bold")
    table.add_column("rule", style="bold", no_wrap=True)
    table.add_column("article", no_wrap=True)
    if width >= _CLAUSES_FROM:
        table.add_column("clause")
    for heading in ("violations", "warnings", "open", "taken back"):
        table.add_column(heading, justify="right")
    for rule, counter in by_rule(scene).items():
        law = scene.rulebook.rule(rule)
        words = [rule, law.article if law else ""] + ([law.clause if law else ""] if width >= _CLAUSES_FROM else [])
        table.add_row(*words, *(str(counter[kind] or "") for kind in _COUNTED))
    return table
