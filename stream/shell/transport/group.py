from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from faust.types import TP

from stream.shell.settings.kafka_access import KafkaAccess

PartitionsHook = Callable[[set[TP]], Awaitable[None] | None]
CrashHook = Callable[[BaseException], Awaitable[None] | None]
Metadata = Callable[[TP], str]

# What a broker may take longer for an answer than the group's rebalance: a join is answered when all have joined.
_ANSWER_SPARE_SECONDS: Final = 5.0


def nothing(_: object) -> None:
    """Do nothing: the hook of whoever does not want to know."""


def no_metadata(_: TP) -> str:
    """Store nothing with an offset."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """How this process takes part in its consumer group. Sizes are limits, times are in seconds."""

    group: str
    kafka: KafkaAccess
    instance_id: str | None  # static membership; None joins as a new member each time
    fetch_wait_ms: int
    batch_records_max: int
    batch_bytes_max: int
    fetch_bytes_max: int
    fetch_partition_bytes_max: int
    session_timeout_seconds: float
    heartbeat_seconds: float
    rebalance_timeout_seconds: float
    commit_seconds: float
    revoke_drain_seconds: float
    stop_drain_seconds: float

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat_seconds < self.session_timeout_seconds:
            raise ValueError("heartbeat_seconds must be above 0 and below session_timeout_seconds")
        if not 0 <= self.revoke_drain_seconds < self.rebalance_timeout_seconds:
            raise ValueError("revoke_drain_seconds must be below rebalance_timeout_seconds")

    @property
    def answer_timeout_seconds(self) -> float:
        """How long to wait for a broker's answer; longer than any rebalance and than the session."""
        return max(self.rebalance_timeout_seconds, self.session_timeout_seconds) + _ANSWER_SPARE_SECONDS

    @property
    def commit_timeout_seconds(self) -> float:
        """How long one commit may take: at a revocation two may follow the drain, and the group waits for that long."""
        return min(self.session_timeout_seconds, self.rebalance_timeout_seconds - self.revoke_drain_seconds) / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the worker wants to be told, and asked."""

    # Called after an assignment; the first batch comes when it has returned. A revocation cancels it.
    on_assigned: PartitionsHook
    # Called when a tenure has ended: drained as far as time allowed, committed, forgotten. Also on stop. The group
    # waits for it; one that takes longer than the rebalance time-out is a fault.
    on_revoked: PartitionsHook
    # Called once, with the first fault; nothing is handed over, committed or restarted by itself after it.
    on_crash: CrashHook
    # Asked at every commit for the text that is stored with the partition's offset.
    commit_metadata: Metadata
