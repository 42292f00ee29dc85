"""Who is measured: how each is started, and how what it says is read."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import orjson

from bench.job.dial import written
from bench.job.registry import registry
from bench.measure.ground import PARTITIONS, Ground

RULE = "NIFA-16-2-CALLS"
ONE_RULE = str(Path(__file__).with_name("calls.toml"))
QUIX_PYTHON = Path(sys.prefix) / "bench-quix" / "bin" / "python"
EVERYBODY = "*"
_COMMAND_SECONDS_MAX = 60

What = Literal["blocked", "free", "finding", "other", "refused"]


class Heard(NamedTuple):
    """What a record says: a debtor is blocked or free, a call is beyond the limit, or something else."""

    what: What
    id: str


class Entrant(Protocol):
    """Somebody who does the job."""

    @property
    def name(self) -> str:
        """Its name in the table."""

    def command(self) -> list[str]:
        """The program and its arguments."""

    def environment(self, ground: Ground, prefix: str, now: datetime) -> dict[str, str]:
        """Its settings, where the job's present is `now`."""

    def prepare(self, ground: Ground, prefix: str, now: datetime) -> None:
        """Creates its topics and what has to stand there before the first call; its outputs are stamped on arrival."""

    def outputs(self, prefix: str) -> list[str]:
        """The topics it writes."""

    def heard(self, topic: str, value: bytes) -> Iterator[Heard]:
        """What a record of those says."""


@dataclass(frozen=True)
class Peer:
    """One of the programs in `bench/peers`."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    python: Path = Path(sys.executable)

    def command(self) -> list[str]:
        """The program and its arguments."""
        return [str(self.python), *(self.arguments or ("-m", f"bench.peers.{self.module}"))]

    def environment(self, ground: Ground, prefix: str, now: datetime) -> dict[str, str]:
        """Its settings."""
        return {
            "BENCH_KAFKA": ground.kafka,
            "BENCH_REDIS": ground.redis_url,
            "BENCH_PREFIX": prefix,
            "BENCH_TODAY": now.date().isoformat(),
        }

    def prepare(self, ground: Ground, prefix: str, now: datetime) -> None:  # noqa: ARG002 - Duewatch needs it
        """Creates its topics."""
        ground.create([f"{prefix}-dials", *self.outputs(prefix)])
        ground.stamp_arrival(self.outputs(prefix))

    def outputs(self, prefix: str) -> list[str]:
        """The topics it writes."""
        return [f"{prefix}-blocks", f"{prefix}-findings"]

    def heard(self, topic: str, value: bytes) -> Iterator[Heard]:
        """What a record says."""
        record = orjson.loads(value)
        if topic.endswith("-blocks"):
            yield Heard("blocked", record["debtor"])
        else:
            yield Heard("finding", record["contact_id"])


@dataclass(frozen=True)
class Duewatch:
    """`duewatch worker` under a rulebook."""

    name: str
    policy: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def command(self) -> list[str]:
        """The program and its arguments."""
        return [sys.executable, "-m", "stream", "worker"]

    def environment(self, ground: Ground, prefix: str, now: datetime) -> dict[str, str]:
        """Its settings; its clock is moved to the job's present."""
        return {
            "DUEWATCH_KAFKA": ground.kafka,
            "DUEWATCH_REDIS": ground.redis_url,
            "DUEWATCH_PREFIX": prefix,
            "DUEWATCH_GROUP": prefix,
            "DUEWATCH_WORKER": "bench",
            "DUEWATCH_WEB": "127.0.0.1:0",
            "DUEWATCH_POLICY": self.policy,
            "DUEWATCH_PARTITIONS": str(PARTITIONS),
            "DUEWATCH_REPLICATION": "1",
            "DUEWATCH_CLOCK_SHIFT_SECONDS": f"{(now - datetime.now(UTC)).total_seconds():.3f}",
            **self.settings,
        }

    def prepare(self, ground: Ground, prefix: str, now: datetime) -> None:
        """Creates its topics as its users do, and registers the bank's agencies, lines and operators."""
        subprocess.run(
            [sys.executable, "-m", "stream", "topics"],
            env=os.environ | self.environment(ground, prefix, now),
            capture_output=True,
            timeout=_COMMAND_SECONDS_MAX,
            check=True,
        )
        ground.stamp_arrival(self.outputs(prefix))
        before = now - timedelta(days=7)
        with ground.sender() as sender:
            for entry in registry(before):
                key = f"{entry['institution']}|{entry['kind']}|{entry['id']}"
                sender.send(f"{prefix}-registry", key, written(entry), before)

    def outputs(self, prefix: str) -> list[str]:
        """The topics it writes, without those on which this job has nothing to say."""
        return [f"{prefix}-{short}" for short in ("blocks-dial", "findings", "dead-letters")]

    def heard(self, topic: str, value: bytes) -> Iterator[Heard]:
        """What a record says; of the findings, those of the job's rule have to be confirmed to be one."""
        if topic.endswith("-dead-letters"):
            yield Heard("refused", topic)
            return
        record = orjson.loads(value)
        if record["debtor"] == EVERYBODY:
            return
        if topic.endswith("-blocks-dial"):
            ours = any(block["rule"] == RULE for block in record["blocks"])
            yield Heard("blocked" if ours else "free", record["debtor"])
        else:
            ours = record["rule"] == RULE and record["state"] == "confirmed"
            yield Heard("finding" if ours else "other", record["contact_id"])


FLOOR: Entrant = Peer("bare consume → produce loop", "floor")
ENTRANTS: tuple[Entrant, ...] = (
    Peer("confluent-kafka loop", "confluent_loop"),
    Peer("aiokafka loop", "aiokafka_loop"),
    Peer("Bytewax", "bytewax_flow", ("-m", "bytewax.run", "bench.peers.bytewax_flow")),
    Peer("Quix Streams, sink", "quix_sink", python=QUIX_PYTHON),
    Peer("Quix Streams, state", "quix_state", python=QUIX_PYTHON),
    Peer("FastStream", "faststream_app"),
    Peer("Faust, take", "faust_take"),
    Peer("Faust, one by one", "faust_one"),
    Duewatch("Duewatch, that one rule", ONE_RULE),
    Duewatch("Duewatch, all of nifa-2024", "nifa-2024"),
)
