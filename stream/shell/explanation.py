"""Why a debtor may not be contacted, from his ledger: what dialers are told, and the contacts and facts behind it."""

from dataclasses import dataclass

from stream.core.contact import CHANNELS, Contact
from stream.core.fact import Fact, Facts
from stream.core.finding import Block
from stream.core.judgement import judge
from stream.core.kinds.hours import Hours
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rule import WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import moment_of
from stream.shell.ledgers.difference import contact_of
from stream.shell.ledgers.remembered import Remembered

_OPEN = "until a later record says otherwise"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that holds on one channel: `what` is held back, `why` (the clause), `until` when, `because` of what."""

    channel: str
    what: str
    rule: str
    article: str
    why: str
    since: str
    until: str
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The live state of one debtor. `counted`: counters of today; `findings`: rule → contacts; `unpublished`: keys
    that were judged and are still on their way to the topics.
    """

    reasons: list[Reason]
    counted: dict[str, int]
    findings: dict[str, list[str]]
    contacts: int
    facts: int
    unpublished: int
    as_of: str


def explained(rulebook: Rulebook, key: str, remembered: Remembered, now: int) -> Explanation:
    """What holds for the debtor at `now`. Blocks and hours need no registry, so none is read."""
    ledger = remembered.ledger(key)
    truth = judge(rulebook, ledger, Registry(), now)
    findings: dict[str, list[str]] = {}
    for name in sorted(remembered.findings):
        findings.setdefault(name.partition("|")[0], []).append(contact_of(name))
    reasons: list[Reason] = []
    for channel in CHANNELS:
        if channel in truth.states:
            state = truth.states[channel]
            if state.quiet_hours:
                reasons.append(_quiet(rulebook, channel, state.quiet_hours))
            agreement = Facts(ledger.facts.values()).agreed_hours(channel, now, now)
            if agreement:
                reasons.append(_agreed(rulebook, channel, agreement))
            reasons += [_blocked(rulebook, ledger, channel, block, now) for block in state.blocks]
    return Explanation(
        reasons=reasons,
        counted={name: count for name, count in truth.counted.items() if count},
        findings=findings,
        contacts=len(ledger.contacts),
        facts=len(ledger.facts),
        unpublished=len(remembered.outstanding()),
        as_of=rulebook.zone.text(now),
    )


def _quiet(rulebook: Rulebook, channel: str, hours: tuple[str, str]) -> Reason:
    what = f"all within {hours[0]}–{hours[1]} ({rulebook.zone.name})"
    return Reason(channel, what, *_law_of_hours(rulebook, "quiet"), "", "every day", "the institution's quiet hours")


def _agreed(rulebook: Rulebook, channel: str, agreement: Fact) -> Reason:
    text = ", ".join(f"{start}–{end}" for start, end in agreement.hours or ())
    what = f"all outside {text} ({rulebook.zone.name})"
    since, until = rulebook.zone.text(agreement.at), _until(rulebook, agreement.until)
    return Reason(channel, what, *_law_of_hours(rulebook, "agreed"), since, until, f"fact {agreement.fact_id}")


def _law_of_hours(rulebook: Rulebook, against: str) -> tuple[str, str, str]:
    """Rule, article and clause of the rulebook's hours; nothing where it has none."""
    for rule in rulebook.rules:
        if isinstance(rule, Hours) and rule.against == against:
            return rule.id, rule.article, rule.clause
    return "", "", ""


def _blocked(rulebook: Rulebook, ledger: Ledger, channel: str, block: Block, now: int) -> Reason:
    rule = rulebook.rule(block.rule)
    # A limit of 0 rests on the agreement that says so; a contact may have the id of a fact.
    contacts = ledger.contacts if isinstance(rule, WindowRule) and block.limit != 0 else {}
    whom = f" with {block.person}" if block.person else ""
    what = f" about {block.debt}" if block.debt else f" but for {', '.join(block.excepted)}" if block.excepted else ""
    return Reason(
        channel=channel,
        what=f"{block.mode if block.mode != 'any' else 'any contact'}{whom}{what}",
        rule=block.rule,
        article=block.article,
        why=rule.clause if rule else "",
        since=rulebook.zone.text(block.since),
        until=_until(rulebook, block.until),
        because=", ".join(
            _called(rulebook, ledger.institution, contacts[name], now) if name in contacts else f"fact {name}"
            for name in block.evidence
        ),
    )


def _until(rulebook: Rulebook, instant: int | None) -> str:
    return _OPEN if instant is None else rulebook.zone.text(instant)


def _called(rulebook: Rulebook, institution: str, contact: Contact, now: int) -> str:
    moment, zone = moment_of(contact, rulebook.words), rulebook.zone
    form = "%H:%M:%S" if zone.day(moment) == zone.day(now) else "%Y-%m-%d %H:%M:%S"
    return f"{contact.contact_id} at {zone.local(moment).strftime(form)} by {contact.agency or institution}"
