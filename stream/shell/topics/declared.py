import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from stream.shell.topics.schema_folder import schema_folder

# Two years are 730 or 731 days; what is created keeps the longer ones, what is found may keep the shorter ones.
DAY_MS: Final = 86_400_000
TWO_YEARS_MS: Final = 731 * DAY_MS
TWO_YEARS_LEAST_MS: Final = 730 * DAY_MS
NEVER_MS: Final = -1
# Kafka's own default, and what output records are at most: a broker may have been set to take less.
RECORD_BYTES: Final = 1_048_588
RECORD_BYTES_LEAST: Final = 1_000_000
COMPACTION_LAG: Final = "max.compaction.lag.ms"
# A reader from the start passes over each partition's heartbeats of so long; by default they would be those of a week.
COMPACTION_LAG_MS: Final = 6 * 3_600_000

_RETENTION_MS: Final = {"two years": TWO_YEARS_MS, "never": NEVER_MS}
_BY_DEBTOR: Final = "institution|debtor"
_ALSO_COMMON: Final = "dead-letters"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it is declared in `schemas/topics.toml`, with the prefix and the sizes of this installation.

    `name` is the whole name, `short` the one without prefix. `retention_ms` is -1 where records never expire.
    `partitioned_by` says what a record's partition follows from; `schema` is the file of its JSON Schema.
    """

    name: str
    short: str
    direction: Literal["in", "out"]
    holds: str
    key: str
    cleanup: Literal["delete", "compact"]
    retention_ms: int
    partitioned_by: str
    schema: str
    partitions: int
    replication: int

    @property
    def by_debtor(self) -> bool:
        """Whether all records about one debtor are in one partition, of the same number in all such topics."""
        return _BY_DEBTOR in (self.partitioned_by, self.key)

    def configs(self) -> dict[str, str]:
        """Give the topic's settings as Kafka names them.

        `retention.bytes` is among them because a broker's own default may throw records away before their time, and
        `max.message.bytes` because one may take no large ones.
        """
        configs: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.cleanup == "delete":
            configs |= {"retention.ms": str(self.retention_ms), "retention.bytes": "-1"}
        else:
            configs |= {COMPACTION_LAG: str(COMPACTION_LAG_MS)}
        if self.direction == "out":
            configs["max.message.bytes"] = str(RECORD_BYTES)
        return configs


def declared(prefix: str, partitions: int, replication: int, homes: Collection[str] | None = None) -> list[Topic]:
    """List the topics of `schemas/topics.toml`, in its order, named `prefix-short`.

    With `homes` (see `outputs.home_of`) outputs are not for all: each of them has its own, named `prefix-short-home`.
    Dead letters are both.
    """
    text = schema_folder().joinpath("topics.toml").read_text("utf-8")
    return [
        _topic(row, short, prefix, partitions, replication)
        for row in tomllib.loads(text)["topic"]
        for short in _shorts(row, homes)
    ]


def _shorts(row: dict[str, Any], homes: Collection[str] | None) -> Iterator[str]:
    if row["direction"] == "in" or homes is None or row["name"] == _ALSO_COMMON:
        yield row["name"]
    if row["direction"] == "out":
        yield from (f"{row['name']}-{home}" for home in sorted(homes or ()))


def _topic(row: dict[str, Any], short: str, prefix: str, partitions: int, replication: int) -> Topic:
    return Topic(
        name=f"{prefix}-{short}",
        short=short,
        direction=row["direction"],
        holds=row["holds"],
        key=row["key"],
        cleanup=row["cleanup"],
        retention_ms=_RETENTION_MS[row["retention"]],
        partitioned_by=row["partitioned_by"],
        schema=row["schema"],
        partitions=partitions,
        replication=replication,
    )
