"""What the world was told, read back from the output topics where it reads them: newest value and version by key."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from stream.core.finding import Block, ChannelState, Finding
from stream.rulebooks.checks import RULE_ID
from stream.shell.codec.instant import optional_instant, parse_instant
from stream.shell.codec.refusal import Refusal
from stream.shell.ledgers.difference import digest_of_finding, told_state
from stream.shell.ledgers.remembered import Remembered

Version = Annotated[int, Meta(ge=0, le=2**53 - 1)]


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


class _ToldRecord(Struct, frozen=True):
    institution: str
    debtor: str
    channel: Literal["dial", "message", "visit"]
    version: Version
    blocks: tuple[_ToldBlock, ...] = ()
    hours: tuple[tuple[str, str], ...] | None = None
    quiet_hours: tuple[str, str] | None = None


class _Versioned(Struct, frozen=True):
    version: Version


class StrangeRecordError(Exception):
    """A record of an output topic that Duewatch has not written: nothing was told by it."""


class Told(NamedTuple):
    """What a record of a blocks topic has told: of a debtor, or of an institution's quiet hours (debtor `*`)."""

    institution: str
    debtor: str
    channel: str
    version: int
    state: ChannelState


_STATE = msgspec.json.Decoder(_ToldRecord)
_FINDING = msgspec.json.Decoder(Finding)
_VERSION = msgspec.json.Decoder(_Versioned)


def is_name(text: str) -> bool:
    """Whether a rule or a rulebook may be called so; keys of findings are made of their names."""
    return RULE_ID.fullmatch(text) is not None


def told_state_of(value: bytes | None) -> Told:
    """The state in a record of a blocks topic. Raises StrangeRecordError."""
    try:
        record = _STATE.decode(value or b"")
        blocks = tuple(block.block() for block in record.blocks)
    except (msgspec.MsgspecError, UnicodeDecodeError, Refusal, RecursionError) as error:
        raise StrangeRecordError(str(error)) from error
    state = ChannelState(blocks=blocks, hours=record.hours, quiet_hours=record.quiet_hours)
    return Told(record.institution, record.debtor, record.channel, record.version, state)


def told_finding_of(value: bytes | None) -> tuple[Finding, int]:
    """The finding in a record, and its version. Raises StrangeRecordError."""
    try:
        finding, version = _FINDING.decode(value or b""), _VERSION.decode(value or b"").version
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StrangeRecordError(str(error)) from error
    if not (is_name(finding.rule) and is_name(finding.policy.partition("@")[0])):
        raise StrangeRecordError("the rule or the policy is no name")
    return finding, version


def recall_state(remembered: Remembered, told: Told) -> None:
    """Notes a channel's state as told; of two records of a channel the later one must be given later."""
    remembered.version = max(remembered.version, told.version)
    if told.state.empty:
        remembered.states.pop(told.channel, None)
    else:
        remembered.states[told.channel] = told_state(told.state)


def recall_finding(remembered: Remembered, finding: Finding, version: int) -> None:
    """Notes a finding as told, or as taken back; the same about order."""
    remembered.version = max(remembered.version, version)
    if finding.state == "retracted":
        remembered.findings.pop(finding.key, None)
    else:
        remembered.findings[finding.key] = digest_of_finding(finding)
