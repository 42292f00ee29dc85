"""`judge`: which contacts break which rules, which blocks hold, and when that changes by itself.

A pure function: no I/O, no clock. The worker, `replay`, `explain` and the tests all call this one.
"""

from collections.abc import Iterator

from stream.core.contact import CHANNELS, Contact
from stream.core.finding import Block, ChannelState, Finding, Judgement
from stream.core.finding_of import finding_of
from stream.core.kinds.limit import Limit
from stream.core.ledger import EVERYBODY, Ledger
from stream.core.registry import Registry
from stream.core.rule import Case, Rule, Verdict, WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen
from stream.core.widening import widened

_GRAVER = {"violation": 1, "warning": 0, "none": -1}


def judge(rulebook: Rulebook, ledger: Ledger, registry: Registry, now: int) -> Judgement:
    """Everything that is true of one debtor at `now` (an instant), from his whole ledger."""
    if ledger.debtor == EVERYBODY:
        return _of_everybody(rulebook)
    case = Case(rulebook.words, rulebook.zone, ledger, registry, now)
    judged = _judged(rulebook, ledger)
    findings: dict[str, Finding] = {}
    among = _among(rulebook, judged)
    for rule, seen, verdict in _breaches(rulebook, case, judged, among):
        # What was done before the law was in force may count towards its windows, but breaks nothing.
        if seen.moment >= rulebook.in_force_at:
            _keep_graver(findings, finding_of(rulebook, case, rule, seen, verdict))
    states = {channel: state for channel, state in _states(rulebook, case, among) if not state.empty}
    for shadow in rulebook.beside:
        beside = judge(shadow, ledger, registry, now)
        findings |= beside.findings
        case.changes(beside.changes_at)
    return Judgement(findings=findings, states=states, changes_at=case.changes_at, counted=case.counted)


def _judged(rulebook: Rulebook, ledger: Ledger) -> list[Seen]:
    """The contacts that rules look at, in order of (moment, contact_id)."""
    known = (*ledger.contacts.values(), *ledger.apart.values())
    seen = (Seen(contact, rulebook.words, rulebook.zone) for contact in known if _is_judged(contact))
    return sorted(seen, key=lambda each: each.order)


def _is_judged(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service"


def _breaches(
    rulebook: Rulebook, case: Case, judged: list[Seen], among: dict[str, list[Seen]]
) -> Iterator[tuple[Rule, Seen, Verdict]]:
    for seen in judged:
        selected = rulebook.select(seen)
        for rule in selected.alone:
            if verdict := rule.verdict(seen, case):
                yield rule, seen, verdict
        if seen.contact.apart == "over":
            for window in selected.windows:
                if isinstance(window, Limit) and (beyond := window.over_cap(seen, case)):
                    yield window, seen, beyond
    for rule_id, contacts in among.items():
        window_rule = rulebook.rule(rule_id)
        if isinstance(window_rule, WindowRule):
            for seen, verdict in window_rule.verdicts(contacts, case):
                yield window_rule, seen, verdict


def _among(rulebook: Rulebook, judged: list[Seen]) -> dict[str, list[Seen]]:
    """Rule → the contacts that it looks at among each other; those that came too late or too many are not."""
    among: dict[str, list[Seen]] = {}
    for seen in judged:
        if not seen.contact.apart:
            for rule in rulebook.select(seen).windows:
                among.setdefault(rule.id, []).append(seen)
    return among


def _states(rulebook: Rulebook, case: Case, among: dict[str, list[Seen]]) -> Iterator[tuple[str, ChannelState]]:
    blocks: dict[str, list[Block]] = {channel: [] for channel in CHANNELS}
    for rule in rulebook.blocking:
        for channel, block in rule.blocks(case, among.get(rule.id, [])):
            blocks[channel].append(block)
    for channel in CHANNELS:
        ordered = tuple(sorted(blocks[channel], key=lambda block: block.order))
        yield channel, ChannelState(blocks=widened(ordered), hours=_agreed_hours(case, channel))


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
    held = findings.get(new.key)
    if held is None or _weight(new) > _weight(held):
        findings[new.key] = new


def _weight(finding: Finding) -> tuple[int, bool]:
    return _GRAVER[finding.severity], finding.state == "confirmed"
