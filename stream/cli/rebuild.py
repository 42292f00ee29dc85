"""`duewatch rebuild`: has the workers make all ledgers again from what Kafka has."""

import asyncio
import os

import click

from stream.cli.failures import failing_with
from stream.cli.replay import Instant
from stream.core.zone import DAY
from stream.rulebooks.loader import RulebookError, load
from stream.shell.clock import WallClock
from stream.shell.ledgers.bounds import BLOCKED_DAYS_MAX, bounds_of
from stream.shell.settings.settings import Settings, SettingsError, read
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import StoreFull, StoreRefused, StoreUnreachable

_CODES = {SettingsError: 78, RulebookError: 78, StoreRefused: 78, StoreUnreachable: 69, StoreFull: 69}


@click.command()
@click.option(
    "--since", type=Instant(), help="Contacts are read from this time on; default: as far back as they are kept."
)
def rebuild(since: int | None) -> None:
    """Have the ledgers made again from Kafka.

    Workers do this by themselves when Redis has lost something; this makes them do it though nothing seems to be lost.
    Nothing is judged while it lasts, and nothing is said that was said before. Exit code 69: Redis cannot be reached.
    """
    with failing_with(_CODES):
        settings = read(os.environ)
        latest = WallClock(settings.clock_shift_seconds).now() - BLOCKED_DAYS_MAX * DAY
        if since is not None and since > latest:
            text = load(settings.policy).zone.text(latest)
            message = f"blocks rest on contacts up to {BLOCKED_DAYS_MAX} days old; the latest time now is {text}"
            raise click.BadParameter(message, param_hint="--since")
        asyncio.run(_ask(settings, since))
        _explain(settings, since)


async def _ask(settings: Settings, since: int | None) -> None:
    store = RedisStore(settings.redis, settings.group, timeout_seconds=settings.request_timeout_seconds)
    await store.open()
    try:
        await store.want_rebuild(since)
    finally:
        await store.close()


def _explain(settings: Settings, since: int | None) -> None:
    kept_days = bounds_of(settings).kept_microseconds // DAY
    if since is None:
        contacts = f"from {kept_days} days before what was judged last"
    else:
        contacts = f"from {load(settings.policy).zone.text(since)}"
    click.echo(f"asked for a rebuild of the ledgers in {settings.redis} (group {settings.group})")
    click.echo(f"contacts are read {contacts}, facts and what was told from the start")
    click.echo(
        "one of the workers does it, soon; where none runs, the next one that starts. Meanwhile nothing is judged:"
    )
    click.echo("events wait in Kafka, heartbeats stand still, /readyz says how far it is")
