"""Output records: topic, key, partition, bytes and CloudEvents headers (contract §5-7)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import version

import orjson

from stream.core.finding import ChannelState, Finding
from stream.core.ledger import EVERYBODY
from stream.core.rulebook import Rulebook
from stream.core.zone import EPOCH
from stream.shell.codec.refusal import Refusal
from stream.shell.output_shapes import finding_object, state_object

Headers = tuple[tuple[str, bytes], ...]

DUEWATCH_VERSION = version("duewatch")
BLOCKS = {"dial": "blocks-dial", "message": "blocks-message", "visit": "blocks-visit"}
FINDINGS = "findings"
DEAD_LETTERS = "dead-letters"
HEARTBEAT = b"*|"
"""Begins the key of a heartbeat; no institution has such a name (contract §2)."""
CLOUD_EVENT = "ce_"
"""Begins the names of CloudEvents' headers."""
DEAD_LETTER_TYPE = "duewatch.dead-letter.v1"
_TIMESTAMP_MS_MAX = 253_370_764_800_000
"""The year 9999: a Kafka timestamp may be of no year at all."""
ERRORS = "__streams.errors."
"""What the names of KIP-1034's headers begin with."""
VERSION_HEADER = "duewatch-version"
RECORDED_HEADER = "duewatch-recorded-at"
"""The Kafka timestamp of the original record, in milliseconds: what is sent again is recorded at the same time."""


@dataclass(frozen=True, slots=True)
class OutRecord:
    """One record to publish; `topic` without prefix, `partitioned_by` is the text whose murmur2 picks the partition."""

    topic: str
    key: bytes | None
    partitioned_by: str | None
    value: bytes | None
    headers: Headers
    partition: int | None = None
    """Where it goes, of a record that is about a partition; `partitioned_by` then says nothing."""
    institution: str | None = None
    """Whom it is about, where that is known; it may have topics of its own."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What records of one judgement share: the ledger's version, the moment in the policy's zone, and the trace."""

    version: int
    moment: str
    traceparent: bytes | None = None


def state_record(rulebook: Rulebook, key: str, channel: str, state: ChannelState, stamp: Stamp) -> OutRecord:
    """The whole state of one debtor (or of an institution, `institution|*`) on one channel."""
    institution, _, debtor = key.partition("|")
    record = state_object(rulebook, institution, debtor, channel, state)
    policy = record.pop("policy")
    record |= {"version": stamp.version, "policy": policy, "decided_at": stamp.moment}
    kind = "duewatch.quiet-hours.v1" if state.quiet_hours is not None else "duewatch.blocks.v1"
    headers = _cloud_event(kind, f"{key}:{channel}:{stamp.version}", key, stamp)
    return OutRecord(BLOCKS[channel], key.encode(), key, orjson.dumps(record), headers, institution=institution)


def finding_record(finding: Finding, stamp: Stamp) -> OutRecord:
    """A finding in its newest state."""
    shape = finding_object(finding)
    record = {"finding_id": shape.pop("finding_id"), "version": stamp.version, **shape, "detected_at": stamp.moment}
    debtor = f"{finding.institution}|{finding.debtor}"
    headers = _cloud_event("duewatch.finding.v1", f"{finding.finding_id}:{stamp.version}", debtor, stamp)
    key = finding.finding_id.encode()
    return OutRecord(FINDINGS, key, debtor, orjson.dumps(record), headers, institution=finding.institution)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat says of one partition: everything that came before `judged_until` (an instant) is judged.

    `partitions`: how many there are; `lag`: input records not yet judged; `state`: `judging` or `rebuilding`;
    `heartbeat_seconds`: when the next one is to be expected.
    """

    partition: int
    partitions: int
    judged_until: int
    lag: int
    state: str
    heartbeat_seconds: int


def heartbeat_record(rulebook: Rulebook, channel: str, beat: Beat, stamp: Stamp) -> OutRecord:
    """A heartbeat on one partition of a channel's blocks topic."""
    record = {"institution": EVERYBODY, "debtor": EVERYBODY, "channel": channel, **asdict(beat)}
    record["judged_until"] = rulebook.zone.text(beat.judged_until)
    record |= {"version": stamp.version, "policy": rulebook.policy, "decided_at": stamp.moment}
    key = HEARTBEAT + str(beat.partition).encode()
    headers = _cloud_event("duewatch.heartbeat.v1", f"{key.decode()}:{channel}:{stamp.version}", key.decode(), stamp)
    return OutRecord(BLOCKS[channel], key, None, orjson.dumps(record), headers, beat.partition)


def is_heartbeat(key: bytes | None) -> bool:
    """Whether a record of a blocks topic is about no debtor and no institution, but says that Duewatch judges."""
    return key is not None and key.startswith(HEARTBEAT)


def dead_letter_record(
    value: bytes | None,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    refusal: Refusal,
    place: tuple[str, int, int],
    timestamp_ms: int,
    institution: str | None = None,
) -> OutRecord:
    """The record as it came, with what was wrong in the headers of KIP-1034; `place`: topic, partition, offset;
    `institution`: whose record it is, where nothing in it says otherwise.

    When it was recorded goes into a header: a dead letter with the record's own timestamp would expire earlier, and
    could be refused by a broker that takes no old ones.
    """
    topic, partition, offset = place
    said = {
        f"{ERRORS}exception": refusal.word,
        f"{ERRORS}message": refusal.message,
        f"{ERRORS}topic": topic,
        f"{ERRORS}partition": str(partition),
        f"{ERRORS}offset": str(offset),
        VERSION_HEADER: DUEWATCH_VERSION,
        RECORDED_HEADER: str(timestamp_ms),
    }
    kept = tuple((name, given) for name, given in headers if name not in said)
    if not any(name.startswith(CLOUD_EVENT) for name, _ in kept):
        # A record that was an event of its producer's stays that one.
        said |= _event_of_letter(f"{topic}:{partition}:{offset}", timestamp_ms)
    more = tuple((name, text.encode()) for name, text in said.items())
    return OutRecord(DEAD_LETTERS, key, None, value, (*kept, *more), institution=institution)


def _event_of_letter(place: str, timestamp_ms: int) -> dict[str, str]:
    recorded = EPOCH + timedelta(milliseconds=min(max(0, timestamp_ms), _TIMESTAMP_MS_MAX))
    return {
        f"{CLOUD_EVENT}specversion": "1.0",
        f"{CLOUD_EVENT}id": place,
        f"{CLOUD_EVENT}source": "/duewatch",
        f"{CLOUD_EVENT}type": DEAD_LETTER_TYPE,
        f"{CLOUD_EVENT}time": recorded.isoformat(),
        f"{CLOUD_EVENT}subject": place,
    }


def _cloud_event(kind: str, event_id: str, subject: str, stamp: Stamp) -> Headers:
    headers: list[tuple[str, bytes]] = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", b"/duewatch"),
        ("ce_type", kind.encode()),
        ("ce_time", stamp.moment.encode()),
        ("ce_subject", subject.encode()),
        ("content-type", b"application/json"),
    ]
    if stamp.traceparent is not None:
        headers.append(("traceparent", stamp.traceparent))
    return tuple(headers)
