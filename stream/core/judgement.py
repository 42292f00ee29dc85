"""`judge`: which contacts break which rules, which blocks hold, and when that changes by itself.

A pure function: no I/O, no clock. The worker, `replay`, `explain` and the tests all call this one.
"""

from collections.abc import Iterator
from typing import Any

from stream.core.contact import CHANNELS, Contact
from stream.core.finding import Block, ChannelState, Finding, Judgement, finding_id
from stream.core.kinds.limit import Limit
from stream.core.ledger import EVERYBODY, Ledger
from stream.core.registry import Registry
from stream.core.rule import Case, Rule, Verdict
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen

_GRAVER = {"violation": 1, "warning": 0, "none": -1}


def judge(rulebook: Rulebook, ledger: Ledger, registry: Registry, now: int) -> Judgement:
    """Everything that is true of one debtor at `now` (an instant), from his whole ledger."""
    if ledger.debtor == EVERYBODY:
        return _of_everybody(rulebook)
    case = Case(rulebook.words, rulebook.zone, ledger, registry, now)
    judged = _judged(rulebook, ledger)
    findings: dict[str, Finding] = {}
    for rule, seen, verdict in _breaches(rulebook, case, judged):
        _keep_graver(findings, _finding(rulebook, case, rule, seen, verdict))
    states = {channel: state for channel, state in _states(rulebook, case, judged) if not state.empty}
    return Judgement(findings=findings, states=states, changes_at=case.changes_at, counted=case.counted)


def _judged(rulebook: Rulebook, ledger: Ledger) -> list[Seen]:
    """The contacts that rules look at, in order of (moment, contact_id)."""
    known = (*ledger.contacts.values(), *ledger.apart.values())
    seen = (Seen(contact, rulebook.words, rulebook.zone) for contact in known if _is_judged(contact))
    return sorted(seen, key=lambda each: each.order)


def _is_judged(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service"


def _breaches(rulebook: Rulebook, case: Case, judged: list[Seen]) -> Iterator[tuple[Rule, Seen, Verdict]]:
    for seen in judged:
        for rule, looks_at in rulebook.alone(seen):
            if looks_at(seen) and (verdict := rule.verdict(seen, case)):
                yield rule, seen, verdict
    outbound = [seen for seen in judged if seen.contact.direction == "outbound"]
    among = [seen for seen in outbound if not seen.contact.apart]
    over = [seen for seen in outbound if seen.contact.apart == "over"]
    for window_rule, looks_at in rulebook.windows:
        for seen, verdict in window_rule.verdicts([seen for seen in among if looks_at(seen)], case):
            yield window_rule, seen, verdict
        if isinstance(window_rule, Limit):
            for seen in over:
                if looks_at(seen) and (beyond := window_rule.over_cap(seen, case)):
                    yield window_rule, seen, beyond


def _states(rulebook: Rulebook, case: Case, judged: list[Seen]) -> Iterator[tuple[str, ChannelState]]:
    among = [seen for seen in judged if seen.contact.direction == "outbound" and not seen.contact.apart]
    blocks: dict[str, list[Block]] = {channel: [] for channel in CHANNELS}
    selected = {rule.id: looks_at for rule, looks_at in rulebook.windows}
    for rule in rulebook.rules:
        looks_at = selected.get(rule.id)
        contacts = [seen for seen in among if looks_at(seen)] if looks_at else []
        for channel, block in rule.blocks(case, contacts):
            blocks[channel].append(block)
    for channel in CHANNELS:
        ordered = tuple(sorted(blocks[channel], key=lambda block: block.order))
        yield channel, ChannelState(blocks=ordered, hours=_agreed_hours(case, channel))


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


def _finding(rulebook: Rulebook, case: Case, rule: Rule, seen: Seen, verdict: Verdict) -> Finding:
    contact, zone = seen.contact, case.zone
    qualifier = verdict.qualifier or rule.qualifier
    window = verdict.window
    return Finding(
        finding_id=finding_id(rule.id, case.institution, case.ledger.debtor, contact.contact_id),
        state=verdict.state,
        severity="warning" if qualifier else rule.severity,
        qualifier=qualifier,
        rule=rule.id,
        article=rule.article,
        clause=rule.clause,
        institution=case.institution,
        debtor=case.ledger.debtor,
        **_of_contact(contact),
        moment=zone.text(seen.moment),
        count=verdict.position,
        limit=verdict.limit,
        window_start=zone.text(window.start) if window else None,
        window_end=zone.text(window.end) if window else None,
        counted=verdict.counted,
        message=_sentence(rule, verdict),
        policy=rulebook.policy,
        late=contact.apart == "late",
    )


def _of_contact(contact: Contact) -> dict[str, Any]:
    return {
        "agency": contact.agency,
        "role": contact.role,
        "person": contact.person,
        "debts": contact.debts,
        "contact_id": contact.contact_id,
        "revision": contact.revision,
        "channel": contact.type,
        "mode": contact.mode,
        "labels": contact.labels,
        "operator": contact.operator,
        "tool": contact.tool,
        "recording": contact.recording,
        "occurred_at": contact.occurred_at,
    }


def retraction(rulebook: Rulebook, ledger: Ledger, key: str) -> Finding:
    """The record that takes a finding back: its contact as it stands now, state `retracted`, nothing counted.

    `key` is a `Finding.key` of a contact that the ledger holds.
    """
    rule_id, _, contact_id = key.partition("|")
    contact = ledger.contacts.get(contact_id) or ledger.apart[contact_id]
    rule = rulebook.rule(rule_id)
    return Finding(
        finding_id=finding_id(rule_id, ledger.institution, ledger.debtor, contact_id),
        state="retracted",
        severity=rule.severity if rule else "violation",
        qualifier=None,
        rule=rule_id,
        article=rule.article if rule else "",
        clause=rule.clause if rule else "",
        institution=ledger.institution,
        debtor=ledger.debtor,
        **_of_contact(contact),
        moment=rulebook.zone.text(Seen(contact, rulebook.words, rulebook.zone).moment),
        count=None,
        limit=None,
        window_start=None,
        window_end=None,
        counted=None,
        message="taken back: it does not hold by what is known now",
        policy=rulebook.policy,
    )


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _sentence(rule: Rule, verdict: Verdict) -> str:
    count = verdict.position
    nth = "a further" if count is None else _NTH[count - 1] if count <= len(_NTH) else f"{count}th"
    return rule.message.en.format(count=count, limit=verdict.limit, nth=nth, detail=verdict.detail)
