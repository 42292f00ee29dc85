"""What the world was told, read back from the output topics where it reads them: newest value and version by key."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from stream.core.finding import Block, ChannelState, Finding
from stream.shell.codec.instant import optional_instant, parse_instant
from stream.shell.ledgers.difference import digest_of_finding, told_state
from stream.shell.ledgers.remembered import Remembered

Version = Annotated[int, Meta(ge=0)]


class _ToldBlock(Struct, frozen=True):
    rule: str
    article: str
    mode: str
    since: str = field(name="from")
    until: str | None = None
    limit: int | None = None
    person: str | None = None
    debt: str | None = None
    excepted: tuple[str, ...] = field(name="except", default=())

    def block(self) -> Block:
        return Block(
            rule=self.rule,
            article=self.article,
            mode=self.mode,
            since=parse_instant(self.since, "$.from"),
            until=optional_instant(self.until, "$.until"),
            limit=self.limit,
            person=self.person,
            debt=self.debt,
            excepted=self.excepted,
        )


class ToldRecord(Struct, frozen=True):
    """A record of a blocks topic, or of an institution's quiet hours."""

    institution: str
    debtor: str
    channel: str
    version: Version
    blocks: tuple[_ToldBlock, ...] = ()
    hours: tuple[tuple[str, str], ...] | None = None
    quiet_hours: tuple[str, str] | None = None


class _Versioned(Struct, frozen=True):
    version: Version


_STATE = msgspec.json.Decoder(ToldRecord)
_FINDING = msgspec.json.Decoder(Finding)
_VERSION = msgspec.json.Decoder(_Versioned)


def told_state_of(value: bytes) -> ToldRecord:
    """The state in a record of a blocks topic."""
    return _STATE.decode(value)


def told_finding_of(value: bytes) -> tuple[Finding, int]:
    """The finding in a record, and its version."""
    return _FINDING.decode(value), _VERSION.decode(value).version


def recall_state(remembered: Remembered, record: ToldRecord) -> None:
    """Notes a channel's state as told; of two records of a channel the later one must be given later."""
    state = ChannelState(
        blocks=tuple(block.block() for block in record.blocks), hours=record.hours, quiet_hours=record.quiet_hours
    )
    remembered.version = max(remembered.version, record.version)
    if state.empty:
        remembered.states.pop(record.channel, None)
    else:
        remembered.states[record.channel] = told_state(state)


def recall_finding(remembered: Remembered, finding: Finding, version: int) -> None:
    """Notes a finding as told, or as taken back; the same about order."""
    remembered.version = max(remembered.version, version)
    if finding.state == "retracted":
        remembered.findings.pop(finding.key, None)
    else:
        remembered.findings[finding.key] = digest_of_finding(finding)
