"""`judge`: which contacts break which rules, which blocks hold, and when that changes by itself.

A pure function: no I/O, no clock. The worker, `replay`, `explain` and the tests all call this one.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from stream.core.contact import CHANNELS, Contact
from stream.core.finding import Block, ChannelState, Finding, Judgement
from stream.core.finding_of import finding_of
from stream.core.kinds.limit import Limit
from stream.core.ledger import EVERYBODY, Ledger
from stream.core.registry import Registry
from stream.core.rule import Case, ContactRule, Rule, Verdict, WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen
from stream.core.selection import Selected
from stream.core.widening import widened

_ORDER = attrgetter("order")
_GRAVER = {"violation": 1, "warning": 0, "none": -1}


def judge(rulebook: Rulebook, ledger: Ledger, registry: Registry, now: int) -> Judgement:
    """Everything that is true of one debtor at `now` (an instant), from his whole ledger."""
    if ledger.debtor == EVERYBODY:
        return _of_everybody(rulebook)
    case = Case(rulebook.words, rulebook.zone, ledger, registry, now)
    judged = _judged(rulebook, ledger)
    findings: dict[str, Finding] = {}
    among: dict[str, list[Seen]] = {}
    for rule, seen, verdict in _breaches(rulebook, case, judged, among):
        # What was done before the law was in force may count towards its windows, but breaks nothing.
        if seen.moment >= rulebook.in_force_at:
            _keep_graver(findings, finding_of(rulebook, case, rule, seen, verdict))
    states = _states(rulebook, case, among)
    for shadow in rulebook.beside:
        beside = judge(shadow, ledger, registry, now)
        findings |= beside.findings
        case.changes(beside.changes_at)
    return Judgement(findings=findings, states=states, changes_at=case.changes_at, counted=case.counted)


def _judged(rulebook: Rulebook, ledger: Ledger) -> list[Seen]:
    """The contacts that rules look at, in order of (moment, contact_id)."""
    words, zone = rulebook.words, rulebook.zone
    seen = [Seen(contact, words, zone) for contact in ledger.contacts.values() if _is_judged(contact)]
    seen += [Seen(contact, words, zone) for contact in ledger.apart.values() if _is_judged(contact)]
    if len(seen) > 1:
        seen.sort(key=_ORDER)
    return seen


def _is_judged(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service"


def _breaches(
    rulebook: Rulebook, case: Case, judged: list[Seen], among: dict[str, list[Seen]]
) -> Iterator[tuple[Rule, Seen, Verdict]]:
    """All verdicts. Fills `among`: rule → the contacts that it looks at among each other; those that came too late or
    too many are not.
    """
    for seen in judged:
        selected = rulebook.select(seen)
        for rule in _alone(selected, case):
            if verdict := rule.verdict(seen, case):
                yield rule, seen, verdict
        if not seen.contact.apart:
            for window in selected.windows:
                among.setdefault(window.id, []).append(seen)
        elif seen.contact.apart == "over":
            yield from _over_cap(selected, seen, case)
    for rule_id, contacts in among.items():
        window_rule = rulebook.rule(rule_id)
        if isinstance(window_rule, WindowRule):
            for seen, verdict in window_rule.verdicts(contacts, case):
                yield window_rule, seen, verdict


def _over_cap(selected: Selected, seen: Seen, case: Case) -> Iterator[tuple[Rule, Seen, Verdict]]:
    for window in selected.windows:
        if isinstance(window, Limit) and (beyond := window.over_cap(seen, case)):
            yield window, seen, beyond


def _alone(selected: Selected, case: Case) -> Iterable[ContactRule]:
    """The rules that may have something to say of a contact by itself, by what is known at all."""
    rules = selected.alone
    if case.facts.by_kind:
        rules += selected.by_facts
    if case.has_registry:
        rules += selected.by_registry
    return rules


def _states(rulebook: Rulebook, case: Case, among: dict[str, list[Seen]]) -> dict[str, ChannelState]:
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
    held = findings.get(new.key)
    if held is None or _weight(new) > _weight(held):
        findings[new.key] = new


def _weight(finding: Finding) -> tuple[int, bool]:
    return _GRAVER[finding.severity], finding.state == "confirmed"
