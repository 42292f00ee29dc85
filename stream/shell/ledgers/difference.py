"""What has changed between what the world was told and what is true: level, not edge (architecture, idea 2)."""

import hashlib
from collections.abc import Callable, Iterator

import msgspec
from msgspec import structs

from stream.core.finding import Block, ChannelState, Finding, Judgement
from stream.core.ledger import Ledger
from stream.shell.ledgers.remembered import STANDING, Remembered, ToldState


class Telling:
    """What has to be told of one debtor, as it is remembered: digests of his findings and channel states.

    `is_final`: findings, by key, that stay as they were told, because others of their window may be gone (`Keeping`).
    `digests`: findings of the judgement before, by key, with their digests; those of this one are put there instead.
    """

    def __init__(
        self,
        ledger: Ledger,
        truth: Judgement,
        is_final: Callable[[str], bool] = lambda _: False,
        digests: dict[str, tuple[Finding, str]] | None = None,
    ) -> None:
        self._ledger = ledger
        self._is_final = is_final
        before = {} if digests is None else digests.copy()
        if digests is not None:
            digests.clear()
        self._findings: dict[str, str] = {}
        for key, finding in truth.findings.items():
            if not is_final(key):
                digest = _digest_held(before.get(key), finding) or digest_of_finding(finding)
                self._findings[key] = digest
                if digests is not None:
                    digests[key] = finding, digest
        self._states = {channel: told_state(state) for channel, state in truth.states.items()}

    def changed(self, told: Remembered, now: int) -> set[str]:
        """The findings and channels of which the world has to be told something else than before.

        A block that was told and has ended is over without another record (contract §5).
        """
        return {*self._changed_findings(told), *self._changed_states(told, now)}

    def remember(self, told: Remembered) -> None:
        """Makes what is remembered as told equal to what is true; findings of contacts no longer kept are let go."""
        standing = {key: digest for key, digest in told.findings.items() if self._stands(key, digest)}
        told.findings = standing | self._findings
        told.states = self._states

    def _changed_findings(self, told: Remembered) -> Iterator[str]:
        for key, digest in self._findings.items():
            if told.findings.get(key) != digest:
                yield key
        for key, digest in told.findings.items():
            if key not in self._findings and not self._stands(key, digest) and self._ledger.holds(contact_of(key)):
                yield key

    def _changed_states(self, told: Remembered, now: int) -> Iterator[str]:
        for channel in {*told.states, *self._states}:
            before, after = told.states.get(channel, _NOTHING), self._states.get(channel, _NOTHING)
            still = [(digest, until) for digest, until in before.blocks if until is None or until > now]
            if (still, before.rest) != (after.blocks, after.rest):
                yield channel

    def _stands(self, key: str, digest: str) -> bool:
        return (digest.startswith(STANDING) or self._is_final(key)) and self._ledger.holds(contact_of(key))


def _digest_held(held: tuple[Finding, str] | None, finding: Finding) -> str | None:
    if held is None or not (held[0] is finding or held[0] == finding):
        return None
    return held[1]


def contact_of(key: str) -> str:
    """The contact id in a finding's key."""
    return key.partition("|")[2]


def is_finding(key: str) -> bool:
    """Whether an outbox key names a finding; else it names a channel."""
    return "|" in key


def digest_of_finding(finding: Finding) -> str:
    """Stands for everything in a finding but `version` and `detected_at`."""
    digest = _digest(finding)
    return STANDING + digest if finding.late else digest


def told_state(state: ChannelState) -> ToldState:
    """A channel's state as it is remembered."""
    rest = _digest([state.hours, state.quiet_hours]) if state.hours or state.quiet_hours else ""
    return ToldState([(_digest_of_block(block), block.until) for block in state.blocks], rest)


def _digest_of_block(block: Block) -> str:
    return _digest(structs.replace(block, evidence=()))


def _digest(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=8).hexdigest()


_NOTHING = told_state(ChannelState())
