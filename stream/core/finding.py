"""What Duewatch says: findings for compliance, block states for dialers (contract §5, §6)."""

import hashlib
from functools import lru_cache

import msgspec
from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """One rule broken by one contact, without `version` and `detected_at`; times as text, in contract §6's order."""

    finding_id: str
    state: str
    severity: str
    qualifier: str | None
    rule: str
    article: str
    clause: str
    institution: str
    agency: str | None
    debtor: str
    role: str
    person: str | None
    debts: tuple[str, ...]
    contact_id: str
    revision: int
    channel: str
    mode: str
    labels: tuple[str, ...]
    operator: str | None
    tool: str | None
    recording: str | None
    occurred_at: str
    moment: str
    count: int | None
    limit: int | None
    window_start: str | None
    window_end: str | None
    counted: tuple[str, ...] | None
    message: str
    policy: str
    late: bool = False
    shadow: bool = False

    @property
    def key(self) -> str:
        """Names the finding within its debtor's ledger."""
        return finding_key(self.rule, self.contact_id, self.policy if self.shadow else None)


SHADOW = "~"
"""Begins the key of a shadow finding, which the policy's name and another one end."""


def finding_key(rule: str, contact_id: str, shadow_policy: str | None) -> str:
    """`rule|contact`, of a shadow finding `~policy~rule|contact`, with the policy's name without its version."""
    if shadow_policy is None:
        return f"{rule}|{contact_id}"
    return f"{SHADOW}{shadow_policy.partition('@')[0]}{SHADOW}{rule}|{contact_id}"


def key_parts(key: str) -> tuple[str | None, str, str]:
    """The parts of a finding's key: the shadow policy's name if it is a shadow finding, rule, contact id."""
    name, _, contact_id = key.partition("|")
    if not name.startswith(SHADOW):
        return None, name, contact_id
    _, policy, rule = name.split(SHADOW)
    return policy, rule, contact_id


@lru_cache(maxsize=65536)
def finding_id(rule: str, institution: str, debtor: str, contact_id: str, shadow_policy: str | None = None) -> str:
    """The same for the same breach, by whichever worker and however often it is found (contract §6).

    `shadow_policy`: of a shadow finding, the name of its policy, without the version.
    """
    names = msgspec.json.encode([rule, institution, debtor, contact_id, *([shadow_policy] if shadow_policy else [])])
    return hashlib.sha256(names).hexdigest()[:32]


class Block(Struct, frozen=True, kw_only=True):
    """Why a debtor, a person or a debt may not be contacted on a channel; `since` and `until` are instants.

    `evidence` names the contacts or the fact behind it: for `explain`, never for vendors (contract §5).
    """

    rule: str
    article: str
    mode: str
    since: int
    until: int | None = None
    limit: int | None = None
    person: str | None = None
    debt: str | None = None
    excepted: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, str]:
        """Blocks are sorted by (rule, debt or person)."""
        return self.rule, self.debt or self.person or ""


class ChannelState(Struct, frozen=True, kw_only=True):
    """All that holds for one debtor on one channel; of an institution (debtor `*`), its quiet hours."""

    blocks: tuple[Block, ...] = ()
    hours: tuple[tuple[str, str], ...] | None = None
    quiet_hours: tuple[str, str] | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.blocks and self.hours is None and self.quiet_hours is None


class Judgement(Struct, kw_only=True):
    """The answer of `judge`. Findings by `Finding.key`; states by channel; `changes_at` is the next instant at which
    the answer becomes another one by itself, None = never; `counted`: limit name → counted contacts of today.
    """

    findings: dict[str, Finding]
    states: dict[str, ChannelState]
    changes_at: int | None
    counted: dict[str, int]
