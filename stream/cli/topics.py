import asyncio
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from stream.cli.failures import failing_with
from stream.core.ledger import EVERYBODY
from stream.shell.settings import settings as environment
from stream.shell.settings.settings import Settings, SettingsError
from stream.shell.topics.admin import Creation, KafkaUnavailableError, connect, create_missing, find, partition_counts
from stream.shell.topics.declared import Topic, declared
from stream.shell.topics.differences import Difference, FoundTopic, days, differences
from stream.shell.topics.outputs import home_of, homes_in

_COLUMNS: Final = ("topic", "partitions", "cleanup", "retention", "state", "what to do")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. `failed` makes the command end with 1."""

    topic: str
    partitions: int
    cleanup: str
    retention: str
    state: str
    advice: str
    failed: bool

    def cells(self) -> tuple[str, ...]:
        """Give the texts of the columns."""
        return (self.topic, str(self.partitions), self.cleanup, self.retention, self.state, self.advice)


@click.command("topics")
@click.option(
    "--institution",
    "institutions",
    multiple=True,
    metavar="NAME",
    help="With DUEWATCH_TOPICS_PER=institution: this one's own topics, too; may be repeated.",
)
def topics_command(institutions: Sequence[str]) -> None:
    """Create the Kafka topics, or say how existing ones differ.

    With DUEWATCH_TOPICS_PER=institution these are also the topics of all institutions that have any.

    Nothing that exists is changed. Exit status: 0 when all topics are there and set as they must be; 1 when one is
    not (a retention under two years, say); 69 when Kafka cannot be reached; 78 when a setting is wrong.
    """
    # What the client logs about a broker that is down is told in one line below.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with failing_with({SettingsError: 78, KafkaUnavailableError: 69}):
        settings = environment.read(os.environ)
        _check(settings, institutions)
        rows = asyncio.run(_create_and_compare(settings, institutions))
    _print(rows)
    if any(row.failed for row in rows):
        raise SystemExit(1)


def _check(settings: Settings, institutions: Sequence[str]) -> None:
    if institutions and settings.topics_per != "institution":
        raise SettingsError(("DUEWATCH_TOPICS_PER: --institution needs institution, not all",))
    for name in institutions:
        if not name or "|" in name or name == EVERYBODY:
            raise SettingsError((f"--institution: {name!r} is no institution: it is not empty, not *, and has no |",))


async def _create_and_compare(settings: Settings, institutions: Sequence[str]) -> list[Row]:
    async with connect(settings.kafka_access, settings.request_timeout_seconds) as client:
        homes = None
        if settings.topics_per == "institution":
            homes = {home_of(name, settings.prefix) for name in institutions}
            homes |= homes_in(await partition_counts(client), settings.prefix).keys()
        topics = declared(settings.prefix, settings.partitions, settings.replication, homes)
        found = await find(client, topics)
        created = await create_missing(client, topics, found)
    differing = differences(topics, found)
    return [
        _created(created[topic.name])
        if topic.name in created
        else _existing(topic, found[topic.name], [point for point in differing if point.topic == topic.name])
        for topic in topics
    ]


def _created(creation: Creation) -> Row:
    topic, refusal = creation.topic, creation.refusal
    state = "created" if refusal is None else "refused"
    retention = _retention(topic.cleanup, str(topic.retention_ms))
    return Row(topic.name, topic.partitions, topic.cleanup, retention, state, refusal or "", failed=refusal is not None)


def _existing(topic: Topic, found: FoundTopic, points: list[Difference]) -> Row:
    if found.configs is None:
        cleanup, retention, advice = "?", "?", ["the broker does not show its settings"]
    else:
        cleanup = found.configs.get("cleanup.policy", "?")
        retention = _retention(cleanup, found.configs.get("retention.ms", "?"))
        advice = []
    advice += [str(point) for point in points]
    failed = any(point.error for point in points)
    return Row(
        topic.name, found.partitions, cleanup, retention, "differs" if points else "ok", "; ".join(advice), failed
    )


def _retention(cleanup: str, retention_ms: str) -> str:
    if cleanup == "compact":
        return "newest of each key"
    return "?" if retention_ms == "?" else days(int(retention_ms))


def _print(rows: Iterable[Row]) -> None:
    console = Console()
    if not console.is_terminal:
        for row in rows:
            click.echo("\t".join(row.cells()).rstrip("\t"))
        return
    table = Table(*_COLUMNS)
    for row in rows:
        style = "red" if row.failed else "yellow" if row.state == "differs" else None
        table.add_row(*row.cells(), style=style)
    console.print(table)
