"""`duewatch explain`: what is blocked for a debtor, why, and until when."""

import asyncio
import os

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.cli.failures import CommandFailed, failing_with
from stream.cli.shown import shown
from stream.rulebooks.loader import RulebookError, load
from stream.shell.clock import WallClock
from stream.shell.codec.personal import masked_reference, masked_text
from stream.shell.explanation import Explanation, Reason, explained
from stream.shell.ledgers.packed import unpack
from stream.shell.ledgers.remembered import LedgerError, Remembered
from stream.shell.settings.settings import Settings, SettingsError, read
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import StoreFull, StoreRefused, StoreUnreachable

_NOT_FOUND, _UNREADABLE = 1, 65
_CODES = {SettingsError: 78, RulebookError: 78, StoreRefused: 78, StoreUnreachable: 69, StoreFull: 69}


@click.command()
@click.argument("institution")
@click.argument("debtor")
def explain(institution: str, debtor: str) -> None:
    """Say what is blocked for a debtor of an institution, why, and when it ends, from the live state.

    The debtor '*' is everybody: the institution's quiet hours. Phone and ID-card numbers are shown as asterisks, and of
    Chinese names the first character. Exit code 1: nothing is known of the debtor, which is
    not the same as free.
    """
    key = f"{institution}|{debtor}"
    with failing_with(_CODES):
        settings = read(os.environ)
        rulebook = load(settings.policy)
        value = asyncio.run(_loaded(settings, key))
        if value is None:
            raise CommandFailed(
                f"nothing is known of debtor {_said(debtor)} of {shown(institution)} in {settings.redis} "
                f"(group {settings.group}); check both references, and that a worker of this group runs",
                _NOT_FOUND,
            )
        now = WallClock(settings.clock_shift_seconds).now()
        told = explained(rulebook, key, _remembered(settings, value), now)
    click.echo(f"{shown(masked_text(institution))} {_said(debtor)}, as of {told.as_of}")
    _print_reasons(told)
    _print_rest(told)


def _remembered(settings: Settings, value: bytes) -> Remembered:
    try:
        return unpack(value)
    except LedgerError as error:
        message = f"the ledger in {settings.redis} (group {settings.group}) is not one that this version can read"
        raise CommandFailed(f"{message}: {error.__cause__ or error}", _UNREADABLE) from error


def _print_reasons(told: Explanation) -> None:
    console = Console()
    if not told.reasons:
        click.echo("free: no block and no agreed hours; the institution's quiet hours apply")
    elif console.is_terminal:
        console.print(_table(told))
    else:
        for reason in told.reasons:
            click.echo(" | ".join(part for part in _row(reason) if part))


async def _loaded(settings: Settings, key: str) -> bytes | None:
    if not _is_text(key):
        return None
    store = RedisStore(settings.redis, settings.group, timeout_seconds=settings.request_timeout_seconds)
    await store.open()
    try:
        return (await store.load([key]))[0]
    finally:
        await store.close()


def _is_text(key: str) -> bool:
    """Whether the arguments were UTF-8; no debtor has a name that is not."""
    try:
        return bool(key.encode())
    except UnicodeEncodeError:
        return False


def _row(reason: Reason) -> tuple[str, ...]:
    law = shown(f"{reason.article} {reason.why}".strip())
    what, because = _said(reason.what), _said(reason.because)
    return reason.channel, what, reason.rule, law, reason.since, reason.until, because


def _said(text: str) -> str:
    """What comes from records, as it may be printed."""
    return shown(masked_reference(text))


def _table(told: Explanation) -> Table:
    table = Table(show_lines=True)
    table.add_column("channel", style="bold")
    table.add_column("held back", style="red", overflow="fold")
    table.add_column("why", overflow="fold")
    table.add_column("until", overflow="fold")
    table.add_column("because of", style="dim", overflow="fold")
    for reason in told.reasons:
        why = "\n".join(part for part in (reason.rule, f"{reason.article} {reason.why}".strip()) if part)
        data = (Text(text) for text in (reason.until, _said(reason.because)))
        table.add_row(reason.channel, Text(_said(reason.what)), Text(why), *data)
    return table


def _print_rest(told: Explanation) -> None:
    if told.counted:
        click.echo("counted today: " + ", ".join(f"{name} {count}" for name, count in sorted(told.counted.items())))
    for rule, contacts in told.findings.items():
        click.echo(f"finding {rule}: {_said(', '.join(contacts))}")
    click.echo(f"known: {told.contacts} contacts, {told.facts} facts")
    if told.unpublished:
        click.echo(f"{told.unpublished} changes are judged and still on their way to the topics")
