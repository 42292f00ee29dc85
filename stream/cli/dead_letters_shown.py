"""What `duewatch dead-letters` prints: tables on a terminal, plain lines in a pipe, and nobody's number or name."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.cli.shown import shown
from stream.shell.codec.personal import masked_reference, masked_text
from stream.shell.dead_letters.letter import DeadLetter
from stream.shell.dead_letters.resend import SENT, Sent
from stream.shell.dead_letters.tally import Tally

_NONE = "-"
# A record may say any time; no zone's local time of these passes the ends of the calendar.
_LAST_SECONDS = int(datetime(9999, 12, 29, tzinfo=UTC).timestamp())
_FIRST_SECONDS = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())


def print_tally(tally: Tally) -> None:
    """Counts by topic and error, then the newest."""
    if not tally.counts:
        click.echo("no dead letters")
        return
    counts = [
        (topic or _NONE, error, str(count), _time(tally.latest_ms[topic, error]))
        for (topic, error), count in sorted(tally.counts.items())
    ]
    _print("count", ("topic", "error", "letters", "newest"), counts)
    newest = [
        (str(each.place), _time(each.written_ms), _origin(each), each.error, each.message) for each in tally.newest()
    ]
    if newest:
        _print("letter", ("place", "written", "from", "error", "message"), newest)


def print_letter(letter: DeadLetter) -> None:
    """One dead letter, a line for each thing that is known of it."""
    lines = [
        ("place", str(letter.place)),
        ("written", _time(letter.written_ms)),
        ("from", _origin(letter)),
        ("recorded", _NONE if letter.recorded_ms is None else _time(letter.recorded_ms)),
        ("error", letter.error),
        ("message", letter.message),
        ("version", letter.version),
        *(("header", masked_reference(f"{name}: {_text(given)}")) for name, given in letter.headers),
        ("key", masked_reference(_text(letter.key))),
        ("value", masked_reference(_text(letter.value))),
    ]
    for name, text in lines:
        click.echo(f"{name:<9} {_safe(text or _NONE)}")


def print_sent(sent: Sent, *, dry_run: bool) -> None:
    """What was sent, or would be, and what was not and why."""
    named = {SENT: "would be sent"} if dry_run else {}
    rows = [
        (topic or _NONE, error, str(count), named.get(outcome, outcome))
        for (topic, error, outcome), count in sorted(sent.items())
    ]
    _print("", ("topic", "error", "letters", "what became of them"), rows)


def _print(kind: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console = Console()
    if not console.is_terminal:
        for row in rows:
            click.echo("\t".join(_safe(cell) for cell in ((kind, *row) if kind else row)))
        return
    table = Table()
    for column in columns:
        table.add_column(column, justify="right" if column == "letters" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_safe(cell)) for cell in row))
    console.print(table)


def _origin(letter: DeadLetter) -> str:
    if letter.origin is None:
        return _NONE
    topic, partition, offset = letter.origin
    return f"{topic} {partition}:{offset}"


def _time(milliseconds: int) -> str:
    """An RFC 3339 time in the machine's zone, to the second; `--since` takes it as it stands."""
    seconds = max(_FIRST_SECONDS, min(milliseconds // 1000, _LAST_SECONDS))
    return datetime.fromtimestamp(seconds, UTC).astimezone().isoformat()


def _text(given: bytes | None) -> str:
    return "" if given is None else given.decode("utf-8", "backslashreplace")


def _safe(text: str) -> str:
    return shown(masked_text(text))
