"""Makes the findings that records carry: of a verdict, and of one that does not hold any more."""

from typing import Any

from stream.core.contact import Contact
from stream.core.finding import Finding, finding_id, key_parts
from stream.core.ledger import Ledger
from stream.core.rule import Case, Rule, Verdict
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen, moment_of


def finding_of(rulebook: Rulebook, case: Case, rule: Rule, seen: Seen, verdict: Verdict) -> Finding:
    """The finding that a verdict makes (contract §6)."""
    contact, zone = seen.contact, case.zone
    shadow = rulebook.shadow or rule.shadow
    qualifier = verdict.qualifier or rule.qualifier
    window = verdict.window
    return Finding(
        finding_id=finding_id(
            rule.id, case.institution, case.ledger.debtor, contact.contact_id, rulebook.file.name if shadow else None
        ),
        state=verdict.state,
        severity="warning" if qualifier else rule.severity,
        qualifier=qualifier,
        rule=rule.id,
        article=rule.article,
        clause=rule.clause,
        institution=case.institution,
        debtor=case.ledger.debtor,
        **_of_contact(rulebook, contact),
        moment=zone.text(seen.moment),
        count=verdict.position,
        limit=verdict.limit,
        window_start=zone.text(window.start) if window else None,
        window_end=zone.text(window.end) if window else None,
        counted=verdict.counted,
        message=_sentence(rule, verdict),
        policy=rulebook.policy,
        late=contact.apart == "late",
        shadow=shadow,
    )


def _of_contact(rulebook: Rulebook, contact: Contact) -> dict[str, Any]:
    return {
        "agency": contact.agency,
        "role": contact.role,
        "person": contact.person,
        "debts": contact.debts,
        "contact_id": contact.contact_id,
        "revision": contact.revision,
        "channel": contact.type,
        "mode": contact.mode,
        "labels": tuple(label for label in contact.labels if label in rulebook.own_labels),
        "operator": contact.operator,
        "tool": contact.tool,
        "recording": contact.recording,
        "occurred_at": contact.occurred_at,
    }


def retraction(rulebook: Rulebook, ledger: Ledger, key: str) -> Finding:
    """The record that takes a finding back: its contact as it stands now, state `retracted`, nothing counted.

    `key` is a `Finding.key` of a contact that the ledger holds; its rule and policy may be gone from the rulebook.
    """
    policy, rule_id, contact_id = key_parts(key)
    contact = ledger.contacts.get(contact_id) or ledger.apart[contact_id]
    spoke = rulebook.speaking_as(policy)
    rule = spoke.rule(rule_id)
    return Finding(
        finding_id=finding_id(rule_id, ledger.institution, ledger.debtor, contact_id, policy),
        state="retracted",
        severity=rule.severity if rule else "violation",
        qualifier=None,
        rule=rule_id,
        article=rule.article if rule else "",
        clause=rule.clause if rule else "",
        institution=ledger.institution,
        debtor=ledger.debtor,
        **_of_contact(spoke, contact),
        moment=spoke.zone.text(moment_of(contact, spoke.words)),
        count=None,
        limit=None,
        window_start=None,
        window_end=None,
        counted=None,
        message="taken back: it does not hold by what is known now",
        policy=spoke.policy,
        shadow=policy is not None,
    )


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _sentence(rule: Rule, verdict: Verdict) -> str:
    count = verdict.position
    nth = "a further" if count is None else _nth(count)
    return rule.message.en.format(count=count, limit=verdict.limit, nth=nth, detail=verdict.detail)


def _nth(count: int) -> str:
    if count <= len(_NTH):
        return _NTH[count - 1]
    teens = 10 <= count % 100 <= 20  # noqa: PLR2004 - eleventh to thirteenth go by their own rule
    return f"{count}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th')}"
