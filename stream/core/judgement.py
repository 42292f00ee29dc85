"""`judge`: which contacts break which rules, which blocks hold, and when that changes by itself.

A pure function: no I/O, no clock. The worker, `replay`, `explain` and the tests all call this one.
"""

import math
from collections.abc import Iterable, Iterator

from stream.core.alone import Alone, Among
from stream.core.contact import CHANNELS
from stream.core.finding import Block, ChannelState, Finding, Judgement
from stream.core.ledger import EVERYBODY, Ledger
from stream.core.registry import Registry
from stream.core.rule import Case, Rule, Verdict, WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen
from stream.core.widening import widened

_GRAVER = {"violation": 1, "warning": 0, "none": -1}


def judge(rulebook: Rulebook, ledger: Ledger, registry: Registry, now: int, alone: Alone | None = None) -> Judgement:
    """Everything that is true of one debtor at `now` (an instant), from his whole ledger.

    `alone`: what his contacts meant by themselves the last time, with the same facts and registry. The answer is the
    same without it, only later.
    """
    if ledger.debtor == EVERYBODY:
        return _of_everybody(rulebook)
    case = Case(rulebook.words, rulebook.zone, ledger, registry, now)
    alone = alone or Alone()
    findings = _judged_alone(rulebook, case, alone)
    for finding in alone.findings(rulebook, case, _among_others(rulebook, case, alone.among)):
        _keep_graver(findings, finding)
    states = _states(rulebook, case, alone.among)
    for shadow in rulebook.beside:
        beside = judge(shadow, ledger, registry, now)
        findings |= beside.findings
        case.changes(beside.changes_at)
    return Judgement(findings=findings, states=states, changes_at=case.changes_at, counted=case.counted)


def _judged_alone(rulebook: Rulebook, case: Case, alone: Alone) -> dict[str, Finding]:
    """What is found of contacts by themselves."""
    alone.look(rulebook, case)
    findings: dict[str, Finding] = {}
    for looked in alone.telling:
        for finding in looked.findings:
            _keep_graver(findings, finding)
    if alone.until != math.inf:
        case.changes(int(alone.until))
    return findings


def _among_others(rulebook: Rulebook, case: Case, among: Among) -> Iterator[tuple[Rule, Seen, Verdict]]:
    for rule_id, contacts in among.items():
        rule = rulebook.rule(rule_id)
        if isinstance(rule, WindowRule):
            for seen, verdict in rule.verdicts(contacts, case):
                yield rule, seen, verdict


def _states(rulebook: Rulebook, case: Case, among: Among) -> dict[str, ChannelState]:
    """Channel → state, where there is anything to tell."""
    anything = bool(case.facts.by_kind)
    blocks: dict[str, list[Block]] = {}
    for rule in rulebook.blocking:
        contacts = among.get(rule.id)
        if contacts or anything or rule.blocks_unasked:
            for channel, block in rule.blocks(case, contacts or []):
                blocks.setdefault(channel, []).append(block)
    if not blocks and not anything:
        return {}
    states = ((channel, _state(case, channel, blocks.get(channel, ()))) for channel in CHANNELS)
    return {channel: state for channel, state in states if not state.empty}


def _state(case: Case, channel: str, blocks: Iterable[Block]) -> ChannelState:
    ordered = tuple(sorted(blocks, key=lambda block: block.order))
    return ChannelState(blocks=widened(ordered), hours=_agreed_hours(case, channel))


def _agreed_hours(case: Case, channel: str) -> tuple[tuple[str, str], ...] | None:
    for fact in case.facts.of("agreement"):
        for instant in (fact.at, fact.until, fact.recorded_at if fact.hours is not None else None):
            case.changes(instant)
    agreement = case.facts.agreed_hours(channel, case.now, case.now)
    return agreement.hours if agreement else None


def _of_everybody(rulebook: Rulebook) -> Judgement:
    quiet = ChannelState(quiet_hours=rulebook.words.quiet_hours)
    return Judgement(findings={}, states=dict.fromkeys(CHANNELS, quiet), changes_at=None, counted={})


def _keep_graver(findings: dict[str, Finding], new: Finding) -> None:
    """Where several reasons meet, the graver severity and then `confirmed` wins (rules.md)."""
    key = new.key
    held = findings.setdefault(key, new)
    if held is not new and _weight(new) > _weight(held):
        findings[key] = new


def _weight(finding: Finding) -> tuple[int, bool, int]:
    return _GRAVER[finding.severity], finding.state == "confirmed", finding.revision
