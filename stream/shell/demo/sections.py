"""The parts of the board, each as rows of a given width."""

from collections.abc import Iterator

from rich.text import Text

from stream.core.contact import CHANNELS
from stream.shell.demo.rows import Cell, row
from stream.shell.demo.scene import Scene
from stream.shell.demo.standing import FindingTold, Object, instant
from stream.shell.demo.words import collector, holds_back, milliseconds, outcome, reason, subject, until, who

_WITH_TIME = 88
_WITH_AGENCY = 88
_WITH_RULE = 106
_WHO, _CLOCK, _RULE, _ARTICLE = 13, 5, 18, 15

_OUTCOME_STYLES = {
    "violation": "bold red",
    "confirmed": "bold red",
    "warning": "bold yellow",
    "provisional": "magenta",
    "retracted": "green",
}


def head(scene: Scene, width: int) -> list[Text]:
    """The clock, how far the day is, and the numbers."""
    return [_time(scene, width), *(_fitted(Text(text), width) for text in (_counts(scene, width), _measured(scene)))]


def _time(scene: Scene, width: int) -> Text:
    day, now = scene.day, scene.clock.now()
    share = (now - day.begins) / (day.ends - day.begins)
    line = Text(f"{day.zone.local(now):%a %Y-%m-%d  %H:%M:%S}  ", style="bold cyan")
    line.append(day.zone.name, "not bold").append(f"  {'quiet hours' if _quiet(scene, now) else '':11}  ", "magenta")
    bar = max(0, width - line.cell_len)
    done = round(bar * share)
    return _fitted(line.append("━" * done, "cyan").append("─" * (bar - done), "bright_black"), width)


def _counts(scene: Scene, width: int) -> str:
    standing, now = scene.standing, scene.clock.now()
    retracted = sum(finding["state"] == "retracted" for finding in standing.findings.values())
    lifted = f", {standing.blocks_lifted} lifted" if width >= _WITH_TIME else ""
    counts = (
        f"{scene.sent.total()} events, {scene.events_per_second():.0f}/s",
        f"{len(standing.blocks(now))} blocks{lifted}",
        f"{len(standing.findings) - retracted} findings, {retracted} taken back",
        f"{len(standing.letters)} dead letters",
    )
    return " · ".join(counts)


def _measured(scene: Scene) -> str:
    latency = scene.latency
    quantiles = f"p50 {milliseconds(latency.quantile(0.5))}, p99 {milliseconds(latency.quantile(0.99))}"
    return f"from a contact to its block: {quantiles} ({len(latency.seconds)} measured)"


def story(scene: Scene, width: int, count: int) -> list[Text]:
    """The newest sentences of the story, the newest first."""
    newest = list(scene.notes)[: -count - 1 : -1]
    return [
        row(width, Cell(_clock(scene, at), _CLOCK, "cyan"), Cell(text, 0, "bold" if number == 0 else ""))
        for number, (at, text) in enumerate(newest)
    ]


def blocks(scene: Scene, width: int, count: int) -> list[Text]:
    """The newest blocks in force; where not all fit, the last row says how many more there are."""
    holding = _over_channels(scene.standing.blocks(scene.clock.now()))
    shown = holding if len(holding) <= count else holding[: max(0, count - 1)]
    rows = [_block(scene, width, *each) for each in shown]
    if len(shown) < len(holding):
        rows.append(Text(f"and {len(holding) - len(shown)} more", style="dim"))
    return rows


def _over_channels(holding: list[tuple[Object, Object]]) -> list[tuple[Object, Object, str]]:
    """State, block and what it holds back; what is the same on all channels once."""
    same: dict[str, tuple[Object, Object, list[str]]] = {}
    for state, block in holding:
        same.setdefault(f"{who(state)} {block}", (state, block, []))[2].append(holds_back(state, block))
    return [
        (state, block, "every channel" if len(held) == len(CHANNELS) else ", ".join(held))
        for state, block, held in same.values()
    ]


def _block(scene: Scene, width: int, state: Object, block: Object, held: str) -> Text:
    cells = [
        Cell(who(state), _WHO, "bold"),
        Cell(f"{held}{subject(block)}: {reason(block)}", 0, "yellow"),
        Cell(block["article"], _ARTICLE),
        Cell(until(scene.day, block), _CLOCK, "cyan"),
    ]
    if width >= _WITH_TIME:
        cells.insert(0, Cell(_clock(scene, instant(block["from"])), _CLOCK, "cyan"))
    if width >= _WITH_RULE:
        cells.insert(-2, Cell(block["rule"], _RULE, "dim"))
    return row(width, *cells)


def findings(scene: Scene, width: int, count: int) -> list[Text]:
    """The newest findings, two rows each, of at most `count` rows."""
    newest = list(scene.findings.values())[: -(count // 2) - 1 : -1]
    return [line for told in newest for line in _finding(scene, width, told)]


def _finding(scene: Scene, width: int, told: FindingTold) -> Iterator[Text]:
    finding, word = told.finding, outcome(told)
    gone = "dim strike" if word == "retracted" else ""
    cells = [
        Cell(_clock(scene, instant(finding["detected_at"])), _CLOCK, "cyan"),
        Cell(word, 11, _OUTCOME_STYLES[word]),
        Cell(who(finding), _WHO, "bold"),
        Cell(finding["message"], 0),
    ]
    if width >= _WITH_AGENCY:
        cells.insert(3, Cell(collector(finding), 8))
    if width >= _WITH_RULE:
        cells.append(Cell(finding["rule"], _RULE, "dim"))
    yield row(width, *cells)
    yield row(width, Cell("", _CLOCK, "cyan"), Cell(f"{finding['article']} {finding['clause']}", 0, gone))


def letters(scene: Scene, width: int, count: int) -> list[Text]:
    """The newest dead letters."""
    newest = scene.standing.letters[: -count - 1 : -1]
    return [
        row(width, Cell(letter.word, 13, "bold magenta"), Cell(f"{letter.topic}: {letter.message}", 0))
        for letter in newest
    ]


def last_letter(scene: Scene) -> str:
    """How many dead letters there are and what the last one was, in a few words."""
    letters_ = scene.standing.letters
    return f"{len(letters_)} dead letters, the last {letters_[-1].word}" if letters_ else "no dead letters"


def _quiet(scene: Scene, now: int) -> bool:
    # Institutions may differ; the day's all have the rulebook's.
    return bool(scene.standing.quiet) and scene.rulebook.quiet_hours.contains(scene.day.zone, now)


def _clock(scene: Scene, instant_: int) -> str:
    return scene.clock_of(instant_)[:_CLOCK]


def _fitted(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line
