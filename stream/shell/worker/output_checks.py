"""What has to be true of the topics before a worker begins."""

import logging
from collections.abc import Mapping

from stream.shell.settings.settings import Settings, SettingsError
from stream.shell.store.store import Store
from stream.shell.topics.admin import check, connect, partition_counts
from stream.shell.topics.declared import declared
from stream.shell.topics.outputs import Outputs, homes_in

_LOG = logging.getLogger(__name__)

NOTE = "outputs@"
"""Where the store keeps to which topics the outputs of its group go; no partition has such a name."""


def outputs_of(settings: Settings) -> Outputs:
    """The topics that outputs go to under these settings."""

    async def counts() -> Mapping[str, int]:
        async with connect(settings.kafka_access, settings.request_timeout_seconds) as client:
            return await partition_counts(client)

    return Outputs(settings.prefix, counts, per_institution=settings.topics_per == "institution")


def outputs_note(settings: Settings) -> dict[str, str]:
    """What is kept beside the progress, so that `check_outputs_as_before` can compare."""
    return {NOTE: f"{settings.prefix}, {settings.topics_per}"}


async def check_topics(settings: Settings, outputs: Outputs) -> None:
    """Makes sure that all topics are there and set as declared; of an institution that has any, all of them.

    Raises TopicsError or KafkaUnavailableError.
    """
    homes = None
    if outputs.per_institution:
        homes = homes_in(await outputs.look(), settings.prefix)
        if not homes:
            _LOG.warning("no institution has topics yet, nothing can be judged: `duewatch topics --institution NAME`")
    topics = declared(settings.prefix, settings.partitions, settings.replication, homes)
    await check(settings.kafka_access, topics, settings.request_timeout_seconds)


async def check_outputs_as_before(settings: Settings, store: Store) -> None:
    """What was told on other topics would not be told again: a group stays with its topics. Raises SettingsError."""
    now = outputs_note(settings)[NOTE]
    before = (await store.progress_all()).get(NOTE, now)
    if before != now:
        told = f"what the group {settings.group} has told so far stands on topics of {before}"
        way_out = "set them back, or choose a new DUEWATCH_GROUP, which judges and tells all anew"
        raise SettingsError((f"DUEWATCH_PREFIX, DUEWATCH_TOPICS_PER: {now}, but {told}; {way_out}",))
