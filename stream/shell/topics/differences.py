from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stream.shell.topics.declared import (
    COMPACTION_LAG,
    DAY_MS,
    NEVER_MS,
    RECORD_BYTES_LEAST,
    TWO_YEARS_LEAST_MS,
    Topic,
)


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """One topic as it is on the broker; `configs` is None where the broker does not show its settings."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which an existing topic is not as declared. An `error` loses data or judgements, a note does not."""

    topic: str
    error: bool
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"


def differences(topics: Sequence[Topic], found: Mapping[str, FoundTopic]) -> list[Difference]:
    """Compare the declared topics with those of them that exist, in their order; missing ones are passed over."""
    usual = _usual_partitions(topics, found)
    result: list[Difference] = []
    for topic in topics:
        if topic.name in found:
            existing = found[topic.name]
            result += _partitions(topic, existing.partitions, usual)
            result += _replicas(topic, existing.replication)
            result += _configs(topic, existing.configs or {})
    return result


def missing(topics: Sequence[Topic], found: Mapping[str, FoundTopic]) -> list[Topic]:
    """List the topics that do not exist; those keyed by debtor with as many partitions as the existing ones have."""
    usual = _usual_partitions(topics, found)
    absent = [topic for topic in topics if topic.name not in found]
    return [replace(topic, partitions=usual) if usual and topic.by_debtor else topic for topic in absent]


def _usual_partitions(topics: Sequence[Topic], found: Mapping[str, FoundTopic]) -> int | None:
    counts = Counter(found[topic.name].partitions for topic in topics if topic.by_debtor and topic.name in found)
    return counts.most_common(1)[0][0] if counts else None


def _partitions(topic: Topic, count: int, usual: int | None) -> Iterator[Difference]:
    if topic.by_debtor and count != usual:
        what = f"{count} partitions where most topics keyed by debtor have {usual}"
        yield Difference(
            topic.name, True, what, "all of them need equally many: add partitions before the first record comes"
        )
    elif count != topic.partitions:
        what = f"{count} partitions, DUEWATCH_PARTITIONS says {topic.partitions}"
        yield Difference(topic.name, False, what, "nothing has to be done")


def _replicas(topic: Topic, count: int) -> Iterator[Difference]:
    if count < topic.replication:
        what = f"replication factor {count}, DUEWATCH_REPLICATION says {topic.replication}"
        yield Difference(topic.name, False, what, "more of them survive the loss of a broker")


def _configs(topic: Topic, configs: Mapping[str, str]) -> Iterator[Difference]:
    for config, wanted in topic.configs().items():
        given = configs.get(config)
        if config == COMPACTION_LAG:
            yield from _compaction(topic, given, wanted)
        elif given is not None and _worse(config, given, wanted):
            what = f"{config} is {_readable(config, given)}, must be {_least(config, wanted)}"
            yield Difference(topic.name, True, what, f"set {config}={wanted}")
    if topic.direction == "in" and configs.get("message.timestamp.type") == "LogAppendTime":
        what = "the broker stamps records itself, so history that is sent late looks new"
        yield Difference(topic.name, False, what, "set message.timestamp.type=CreateTime")


def _compaction(topic: Topic, given: str | None, wanted: str) -> Iterator[Difference]:
    if given is not None and int(given) > int(wanted):
        what = f"{COMPACTION_LAG} is {given}, so that readers from the start pass over many old heartbeats"
        yield Difference(topic.name, False, what, f"set {COMPACTION_LAG}={wanted}")


def _worse(config: str, given: str, wanted: str) -> bool:
    if config == "cleanup.policy":
        return given != wanted
    if config == "max.message.bytes":
        return int(given) < RECORD_BYTES_LEAST
    if int(given) == NEVER_MS:
        return False
    return int(wanted) == NEVER_MS or int(given) < TWO_YEARS_LEAST_MS


def _readable(config: str, value: str) -> str:
    return value if config != "retention.ms" else days(int(value))


def _least(config: str, wanted: str) -> str:
    if config == "max.message.bytes":
        return f"at least {RECORD_BYTES_LEAST}, as a dead letter may be so large"
    if config != "retention.ms":
        return wanted
    return "never" if int(wanted) == NEVER_MS else f"at least two years ({TWO_YEARS_LEAST_MS // DAY_MS} days)"


def days(retention_ms: int) -> str:
    """Write a retention for people, in days."""
    if retention_ms == NEVER_MS:
        return "never"
    return f"{retention_ms / DAY_MS:.4g} days"
