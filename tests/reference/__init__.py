"""The law as rules.md and contract.md state it, written as plainly as possible: what the engine is held against.

Nothing here is shared with the engine, so the two can only agree by reading the same text in the same way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.reference.blocks import blocks_of
from tests.reference.findings import findings_of
from tests.reference.ledger import collect
from tests.reference.reading import Line

__all__ = ["Result", "judge_log"]


@dataclass(frozen=True)
class Result:
    """What comes of a log: findings, block states, and the lines (numbered from 1) that could not be judged."""

    findings: list[dict[str, Any]]
    blocks: list[dict[str, Any]]
    dead: list[tuple[int, str]]
    as_of: datetime | None


def judge_log(lines: Iterable[Line], as_of: datetime | None = None) -> Result:
    """Judge a whole log as `replay` does: no horizon, no cap, as of the latest instant in it unless told otherwise."""
    ledger = collect(lines)
    now = as_of or ledger.latest
    if now is None:
        return Result([], [], ledger.dead, None)
    contacts, facts = ledger.contacts_by_debtor(), ledger.facts_by_debtor()
    findings: list[dict[str, Any]] = []
    blocks: list[dict[str, Any]] = []
    for debtor in sorted({*contacts, *facts}):
        own_contacts, own_facts = contacts.get(debtor, []), facts.get(debtor, [])
        registry = [entry for entry in ledger.entries.values() if entry.institution == debtor[0]]
        findings += findings_of(own_contacts, own_facts, registry, now)
        blocks += blocks_of(debtor, own_contacts, own_facts, now)
    findings.sort(key=lambda found: (found["occurred_at"], found["institution"], found["contact_id"], found["rule"]))
    return Result(findings, blocks, ledger.dead, now)
