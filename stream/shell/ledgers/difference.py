"""What has changed between what the world was told and what is true: level, not edge (architecture, idea 2)."""

import hashlib
from collections.abc import Iterator

import msgspec
from msgspec import structs

from stream.core.finding import Block, ChannelState, Finding, Judgement
from stream.core.ledger import Ledger
from stream.shell.ledgers.remembered import STANDING, Remembered, ToldState


def changed_keys(told: Remembered, ledger: Ledger, truth: Judgement, now: int) -> set[str]:
    """The findings and channels of which the world has to be told something else than before.

    A block that was told and has ended is over without another record (contract §5).
    """
    return {*_changed_findings(told, ledger, truth), *_changed_states(told, truth, now)}


def tell(told: Remembered, ledger: Ledger, truth: Judgement) -> None:
    """Makes what is remembered as told equal to what is true; findings of contacts no longer kept are let go."""
    findings = {key: digest_of_finding(finding) for key, finding in truth.findings.items()}
    for key, digest in told.findings.items():
        if key not in findings and digest.startswith(STANDING) and _kept(ledger, key):
            findings[key] = digest
    told.findings = findings
    told.states = {channel: told_state(state) for channel, state in truth.states.items()}


def _changed_findings(told: Remembered, ledger: Ledger, truth: Judgement) -> Iterator[str]:
    for key, finding in truth.findings.items():
        if told.findings.get(key) != digest_of_finding(finding):
            yield key
    for key, digest in told.findings.items():
        if key not in truth.findings and not digest.startswith(STANDING) and _kept(ledger, key):
            yield key


def _changed_states(told: Remembered, truth: Judgement, now: int) -> Iterator[str]:
    nothing = told_state(ChannelState())
    for channel in {*told.states, *truth.states}:
        before = told.states.get(channel, nothing)
        after = told_state(truth.states.get(channel, ChannelState()))
        still = [(digest, until) for digest, until in before.blocks if until is None or until > now]
        if (still, before.rest) != (after.blocks, after.rest):
            yield channel


def _kept(ledger: Ledger, key: str) -> bool:
    return ledger.holds(contact_of(key))


def contact_of(key: str) -> str:
    """The contact id in a finding's key."""
    return key.partition("|")[2]


def is_finding(key: str) -> bool:
    """Whether an outbox key names a finding; else it names a channel."""
    return "|" in key


def digest_of_finding(finding: Finding) -> str:
    """Stands for everything in a finding but `version` and `detected_at`."""
    digest = _digest(structs.astuple(finding))
    return STANDING + digest if finding.late else digest


def told_state(state: ChannelState) -> ToldState:
    """A channel's state as it is remembered."""
    rest = _digest([state.hours, state.quiet_hours]) if state.hours or state.quiet_hours else ""
    return ToldState([(_digest_of_block(block), block.until) for block in state.blocks], rest)


def _digest_of_block(block: Block) -> str:
    return _digest(structs.astuple(structs.replace(block, evidence=())))


def _digest(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=8).hexdigest()
