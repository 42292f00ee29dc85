"""Why a debtor may not be contacted, from his ledger: what dialers are told, and the contacts and facts behind it."""

from collections.abc import Iterator
from dataclasses import dataclass

from stream.core.contact import CHANNELS
from stream.core.finding import Block
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rulebook import Rulebook
from stream.core.seen import moment_of
from stream.shell.ledgers.difference import contact_of
from stream.shell.ledgers.remembered import Remembered


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
    reasons = [
        reason
        for channel in CHANNELS
        if channel in truth.states
        for reason in (
            *_agreed(rulebook, channel, truth.states[channel].hours),
            *(_blocked(rulebook, ledger, channel, block) for block in truth.states[channel].blocks),
        )
    ]
    return Explanation(
        reasons=reasons,
        counted={name: count for name, count in truth.counted.items() if count},
        findings=findings,
        contacts=len(ledger.contacts),
        facts=len(ledger.facts),
        unpublished=len(remembered.outstanding()),
        as_of=rulebook.zone.text(now),
    )


def _agreed(rulebook: Rulebook, channel: str, hours: tuple[tuple[str, str], ...] | None) -> Iterator[Reason]:
    if hours is not None:
        text = ", ".join(f"{start}–{end}" for start, end in hours)
        what = f"all outside {text} ({rulebook.zone.name})"
        why = "双方已事先约定催收时间的，催收作业从其约定"
        yield Reason(channel, what, "", "第九条", why, "", "", "an agreement on hours")


def _blocked(rulebook: Rulebook, ledger: Ledger, channel: str, block: Block) -> Reason:
    rule = rulebook.rule(block.rule)
    whom = f" with {block.person}" if block.person else ""
    what = f" about {block.debt}" if block.debt else f" but for {', '.join(block.excepted)}" if block.excepted else ""
    return Reason(
        channel=channel,
        what=f"{block.mode if block.mode != 'any' else 'any contact'}{whom}{what}",
        rule=block.rule,
        article=block.article,
        why=rule.clause if rule else "",
        since=rulebook.zone.text(block.since),
        until=rulebook.zone.text(block.until) if block.until is not None else "until a later record says otherwise",
        because=", ".join(_evidence(rulebook, ledger, name) for name in block.evidence),
    )


def _evidence(rulebook: Rulebook, ledger: Ledger, name: str) -> str:
    contact = ledger.contacts.get(name)
    if contact is None:
        return f"fact {name}"
    at = rulebook.zone.local(moment_of(contact, rulebook.words)).strftime("%H:%M:%S")
    return f"{name} at {at} by {contact.agency or ledger.institution}"
