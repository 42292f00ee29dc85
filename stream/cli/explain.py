"""`duewatch explain`: what is blocked for a debtor, why, and until when."""

import asyncio
import os

import click
from rich.console import Console
from rich.table import Table

from stream.cli.failures import CommandFailed, failing_with
from stream.rulebooks.loader import RulebookError, load
from stream.shell.clock import WallClock
from stream.shell.explanation import Explanation, Reason, explained
from stream.shell.ledgers.remembered import decode
from stream.shell.settings import Settings, SettingsError, read
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import StoreRefused, StoreUnreachable

_NOT_FOUND = 1


@click.command()
@click.argument("institution")
@click.argument("debtor")
def explain(institution: str, debtor: str) -> None:
    """Say what is blocked for a debtor of an institution, why, and when it ends, from the live state.

    Exit code 1: nothing is known of the debtor, which is not the same as free.
    """
    with failing_with({SettingsError: 78, RulebookError: 78, StoreRefused: 78, StoreUnreachable: 69}):
        settings = read(os.environ)
        value = asyncio.run(_loaded(settings, f"{institution}|{debtor}"))
        if value is None:
            raise CommandFailed(
                f"nothing is known of debtor {debtor} of {institution} in {settings.redis} (group {settings.group}); "
                "check both references, and that a worker of this group runs",
                _NOT_FOUND,
            )
        now = WallClock(settings.clock_shift_seconds).now()
        told = explained(load(settings.policy), f"{institution}|{debtor}", decode(value), now)
    console = Console()
    click.echo(f"{institution} {debtor}, as of {told.as_of}")
    if not told.reasons:
        click.echo("free: no block and no agreed hours; the institution's quiet hours apply")
    elif console.is_terminal:
        console.print(_table(told))
    else:
        for reason in told.reasons:
            click.echo(" | ".join(part for part in _row(reason) if part))
    _print_rest(told)


async def _loaded(settings: Settings, key: str) -> bytes | None:
    store = RedisStore(settings.redis, settings.group, timeout_seconds=settings.request_timeout_seconds)
    await store.open()
    try:
        return (await store.load([key]))[0]
    finally:
        await store.close()


def _row(reason: Reason) -> tuple[str, ...]:
    return reason.channel, reason.what, reason.rule, reason.article, reason.since, reason.until, reason.because


def _table(told: Explanation) -> Table:
    table = Table(show_lines=True)
    table.add_column("channel", style="bold")
    table.add_column("held back", style="red")
    table.add_column("why")
    table.add_column("until")
    table.add_column("because of", style="dim")
    for reason in told.reasons:
        why = "\n".join(part for part in (reason.rule, f"{reason.article} {reason.why}") if part)
        table.add_row(reason.channel, reason.what, why, reason.until, reason.because)
    return table


def _print_rest(told: Explanation) -> None:
    if told.counted:
        click.echo("counted today: " + ", ".join(f"{name} {count}" for name, count in sorted(told.counted.items())))
    for rule, contacts in told.findings.items():
        click.echo(f"finding {rule}: {', '.join(contacts)}")
    click.echo(f"known: {told.contacts} contacts, {told.facts} facts")
    if told.unpublished:
        click.echo(f"{told.unpublished} changes are judged and still on their way to the topics")
