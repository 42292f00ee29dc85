"""`duewatch dead-letters`: what could not be read or judged, and how it is sent again after a fix."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import click

from stream.cli.dead_letters_shown import print_letter, print_sent, print_tally
from stream.cli.failures import CommandFailed, failing_with
from stream.cli.replay import Instant
from stream.shell.dead_letters.choice import Choice, whole_names
from stream.shell.dead_letters.letter import DeadLetter, Place
from stream.shell.dead_letters.reader import Reader, opened
from stream.shell.dead_letters.resend import SENT, Resend, Sent
from stream.shell.dead_letters.tally import Tally
from stream.shell.kafka.clients import new_producer
from stream.shell.settings.settings import Settings, SettingsError, read
from stream.shell.topics.admin import KafkaUnavailableError, TopicsError

_CODES: dict[type[Exception], int] = {SettingsError: 78, TopicsError: 78, KafkaUnavailableError: 69}
_NOT_DONE = 1
_NEWEST = 20
_PLACE = re.compile(r"([0-9]{1,9}):([0-9]{1,18})")

Result = TypeVar("Result")
Command = Callable[..., Any]


class PlaceType(click.ParamType):
    """A partition and an offset of the dead-letter topic."""

    name = "partition:offset"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        if not (place := _PLACE.fullmatch(str(value))):
            self.fail(f"{value!r} is not PARTITION:OFFSET, such as 3:17", param, ctx)
        return Place(int(place[1]), int(place[2]))


_of_institution = click.option(
    "--institution", metavar="NAME", help="Those on the institution's own topic (DUEWATCH_TOPICS_PER=institution)."
)


def _choosing(command: Command) -> Command:
    """The options that say which dead letters are meant."""
    options = (
        click.option("--error", "errors", multiple=True, metavar="WORD", help="Only with this error; may be repeated."),
        click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only from this topic, such as dials."),
        click.option("--since", type=Instant(), help="Only those written to the dead-letter topic since this time."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group("dead-letters")
def dead_letters() -> None:
    """List, show and send again what could not be read or judged.

    With DUEWATCH_TOPICS_PER=institution dead letters whose institution is known stand on its own topic.

    Phone and ID-card numbers are shown as asterisks, and of Chinese names the first character. Exit code 69: Kafka
    cannot be reached.
    """
    # What the client logs about a broker that is down is told in one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@dead_letters.command("list")
@_of_institution
@_choosing
@click.option("--limit", default=_NEWEST, show_default=True, type=click.IntRange(0), help="How many of the newest.")
def list_letters(
    errors: Sequence[str], topics: Sequence[str], since: int | None, limit: int, institution: str | None
) -> None:
    """Count dead letters by topic and error, and list the newest.

    In a pipe: lines of 'count', topic, error, number, newest, and of 'letter', place, time, from, error, message,
    separated by tabs.
    """

    async def tally(settings: Settings) -> Tally:
        found = Tally(limit)
        async with opened(settings, institution) as reader:
            async for letter in _chosen(reader, _choice(settings, errors, topics, since), ()):
                found.add(letter)
        return found

    print_tally(_run(tally))


@dead_letters.command()
@_of_institution
@click.argument("place", type=PlaceType(), metavar="PARTITION:OFFSET")
def show(place: Place, institution: str | None) -> None:
    """Show one dead letter with its headers and its value."""

    async def letter(settings: Settings) -> DeadLetter:
        async with opened(settings, institution) as reader:
            return await _at(reader, place)

    print_letter(_run(letter))


@dead_letters.command()
@_of_institution
@_choosing
@click.option("--only", "places", multiple=True, type=PlaceType(), help="Only this one; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
def replay(
    errors: Sequence[str],
    topics: Sequence[str],
    since: int | None,
    places: Sequence[Place],
    institution: str | None,
    *,
    dry_run: bool,
) -> None:
    """Send the records of dead letters to their topics again, as they were, after a fix.

    Key, value, headers and timestamp are the original ones, so that nothing is late that was not. Sending twice is
    harmless: what is known already is a duplicate, and what still cannot be read is a dead letter again. Dead letters
    of personal-data are not sent: their numbers are masked. Exit code 1: nothing could be sent, or Kafka refused some.
    """

    async def resent(settings: Settings) -> Sent:
        async with opened(settings, institution) as reader:
            letters = _chosen(reader, _choice(settings, errors, topics, since), places)
            return await _resent(settings, reader, letters, dry_run=dry_run)

    sent = _run(resent)
    if not sent:
        click.echo("no dead letter is meant; nothing was sent")
    if any(outcome.startswith("refused") for *_, outcome in sent) or (sent and not any(o == SENT for *_, o in sent)):
        raise SystemExit(_NOT_DONE)


def _run(work: Callable[[Settings], Coroutine[Any, Any, Result]]) -> Result:
    with failing_with(_CODES):
        return asyncio.run(work(read(os.environ)))


def _choice(settings: Settings, errors: Sequence[str], topics: Sequence[str], since: int | None) -> Choice:
    since_ms = None if since is None else since // 1000
    return Choice(frozenset(errors), whole_names(topics, settings.prefix), since_ms)


async def _chosen(reader: Reader, choice: Choice, places: Sequence[Place]) -> AsyncIterator[DeadLetter]:
    if places:
        for place in places:
            letter = await _at(reader, place)
            if choice.takes(letter):
                yield letter
        return
    async for letter in reader.letters():
        if choice.takes(letter):
            yield letter


async def _at(reader: Reader, place: Place) -> DeadLetter:
    letter = await reader.at(place)
    if letter is None:
        raise CommandFailed(f"there is no dead letter at {place}; `duewatch dead-letters list` says where they are", 1)
    return letter


async def _resent(settings: Settings, reader: Reader, letters: AsyncIterator[DeadLetter], *, dry_run: bool) -> Sent:
    producer = None
    if not dry_run:
        producer = new_producer(
            settings.kafka_access,
            acks="all",
            request_timeout_ms=settings.request_timeout_seconds * 1000,
        )
        await producer.start()
    resend = Resend(reader.inputs, producer)
    try:
        await resend.send(letters)
    finally:
        # Where Kafka went away in the middle, too.
        print_sent(resend.sent, dry_run=dry_run)
        if producer is not None:
            await producer.stop()
    return resend.sent
