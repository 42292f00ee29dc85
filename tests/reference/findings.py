"""The table of rules, and the findings that come of judging every contact by every rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.reference import conduct, debts, hours, letters_visits, limits, listed
from tests.reference.case import Breach, Case, Judge
from tests.reference.records import Contact, Entry, Fact


@dataclass(frozen=True)
class Rule:
    """One row of the table of rules.md; `inbound` is its †: inbound contacts are judged too."""

    id: str
    judge: Judge
    inbound: bool = False


RULES = (
    Rule("NIFA-4-3-HARM", conduct.labelled("violence", "threat"), inbound=True),
    Rule("NIFA-6-OPERATOR", listed.operator, inbound=True),
    Rule("NIFA-7-TARGET", conduct.target),
    Rule("NIFA-8-2-CONTACT", conduct.contact_allowed),
    Rule("NIFA-8-3-REFUSED", conduct.refused),
    Rule("NIFA-8-3-DISCLOSED", conduct.debt_told, inbound=True),
    Rule("NIFA-9-HOURS", hours.law_hours),
    Rule("NIFA-9-AGREED", hours.agreed_hours),
    Rule("NIFA-9-OVERRUN", hours.overrun),
    Rule("NIFA-10-1-TOOL", listed.tool),
    Rule("NIFA-10-2-EXCLUSIVE", listed.exclusive),
    Rule("NIFA-11-1-IDENTITY", conduct.identity),
    Rule("NIFA-11-1-GUISE", conduct.labelled("impersonation", "personal_capacity"), inbound=True),
    Rule("NIFA-11-2-TRUTH", conduct.labelled("untold", "misleading", "exaggerated", "fabricated"), inbound=True),
    Rule("NIFA-11-3-PAYEE", listed.payee, inbound=True),
    Rule("NIFA-11-4-CHARGES", conduct.labelled("extra_fee", "induced_borrowing"), inbound=True),
    Rule("NIFA-11-5-SETTLED", debts.settled),
    Rule("NIFA-15-1-TEMPLATE", listed.template),
    Rule("NIFA-15-2-CALLS", limits.beyond(limits.NOTICE_CALLS)),
    Rule("NIFA-15-3-STAMPED", letters_visits.stamped),
    Rule("NIFA-15-3-ADDRESSEE", letters_visits.addressee),
    Rule("NIFA-15-3-INTERVAL", letters_visits.interval),
    Rule("NIFA-15-3-SEALED", letters_visits.sealed),
    Rule("NIFA-15-3-COVER", letters_visits.cover),
    Rule("NIFA-15-3-FAX", letters_visits.fax),
    Rule("NIFA-15-3-HANDED", letters_visits.handed),
    Rule("NIFA-16-1-VERIFIED", conduct.verified, inbound=True),
    Rule("NIFA-16-1-RECORDED", conduct.recorded, inbound=True),
    Rule("NIFA-16-1-ANNOUNCED", conduct.announced, inbound=True),
    Rule("NIFA-16-1-MANNERS", conduct.manners, inbound=True),
    Rule("NIFA-16-2-CALLS", limits.beyond(limits.EFFECTIVE_CALLS)),
    Rule("NIFA-16-2-REASON", limits.beyond(limits.ATTEMPTS)),
    Rule("NIFA-16-3-PARTY", letters_visits.party),
    Rule("NIFA-16-3-CROWD", letters_visits.crowd),
    Rule("NIFA-16-3-ATTIRE", conduct.visit_labelled("improper_attire")),
    Rule("NIFA-16-3-BADGE", letters_visits.badge),
    Rule("NIFA-16-3-VISITS", limits.beyond(limits.EFFECTIVE_VISITS)),
    Rule("NIFA-16-3-ENTRY", letters_visits.entry),
    Rule("NIFA-16-3-DISTURB", conduct.visit_labelled("disturbed_family", "disturbed_workplace")),
    Rule("NIFA-17-2-LISTED", listed.agency, inbound=True),
    Rule("NIFA-17-3-ONE", debts.one_agency),
    Rule("NIFA-17-3-MANDATE", debts.mandate),
)


def findings_of(
    contacts: Sequence[Contact], facts: Sequence[Fact], registry: Sequence[Entry], as_of: datetime
) -> Iterator[dict[str, Any]]:
    """All findings about the judged contacts of one debtor."""
    for contact in contacts:
        case = Case(contact, contacts, facts, registry, as_of)
        for rule in RULES:
            breach = rule.judge(case) if contact.outbound or rule.inbound else None
            if breach is not None:
                yield _finding(rule, contact, breach)


def _finding(rule: Rule, contact: Contact, breach: Breach) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "institution": contact.institution,
        "agency": contact.agency,
        "debtor": contact.debtor,
        "role": contact.role,
        "person": contact.person,
        "debts": list(contact.debts),
        "contact_id": contact.contact_id,
        "revision": contact.revision,
        "channel": contact.type,
        "mode": contact.mode,
        "labels": list(contact.labels),
        "operator": contact.operator,
        "tool": contact.tool,
        "recording": contact.recording,
        "occurred_at": contact.started_at,
        "moment": contact.moment,
        "severity": breach.severity,
        "qualifier": breach.qualifier,
        "state": breach.state,
        "count": breach.count,
        "limit": breach.limit,
        "counted": None if breach.counted is None else list(breach.counted),
        "window_start": breach.window_start,
        "window_end": breach.window_end,
    }
