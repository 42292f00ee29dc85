"""第九条: at what time of the day collection may happen, by law or by agreement."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.reference.case import VIOLATION, Breach, Case, latest_recorded, when
from tests.reference.day import LAWFUL_HOURS, Windows, closed_since, is_ever_closed, is_open
from tests.reference.records import Contact, Fact

_GRACE = timedelta(seconds=600)


def law_hours(case: Case) -> Breach | None:
    """Judge NIFA-9-HOURS.

    V: no agreed hours in force, not `requested`; … dial: `started_at`, or `answered_at` of an answered one, in
    quiet hours; message: `started_at`; visit: any part of [`started_at`, `ended_at`), or `started_at` where there
    is no later `ended_at`; letter `hand`, `electronic` or `fax`: `started_at`.
    """
    return when(_agreed(case) is None and _outside(case.contact, LAWFUL_HOURS))


def agreed_hours(case: Case) -> Breach | None:
    """NIFA-9-AGREED V: the same, with all that is outside the agreed hours as quiet hours."""
    windows = _agreed(case)
    return when(windows is not None and _outside(case.contact, windows))


def overrun(case: Case) -> Breach | None:
    """Judge NIFA-9-OVERRUN.

    V; W `grace` up to 600 s: answered dial, not `requested`, neither begun nor answered in quiet (or outside
    agreed) hours, its end inside them (by more than 0 s); measured from where the quiet time that holds its end
    began.
    """
    contact, windows = case.contact, _agreed(case) or LAWFUL_HOURS
    if not contact.answered or contact.end is None or contact.requested or _outside(contact, windows):
        return None
    if is_open(contact.end, windows):
        return None
    over = contact.end - closed_since(contact.end, windows)
    if not over:
        return None
    return Breach(severity="warning", qualifier="grace") if over <= _GRACE else VIOLATION


def agreement_on_hours(facts: Iterable[Fact], channel: str, moment: datetime, recorded_by: datetime) -> Fact | None:
    """'an agreement that names `hours`, whose `channels` is null or holds the contact's type, with `at` ≤ …'."""
    return latest_recorded(
        fact
        for fact in facts
        if fact.kind == "agreement"
        and fact.hours is not None
        and (fact.channels is None or channel in fact.channels)
        and fact.in_force(moment)
        and fact.recorded_at <= recorded_by
    )


def _agreed(case: Case) -> Windows | None:
    """Agreed hours in force for the contact: 'It speaks for the debtor himself only'."""
    contact = case.contact
    if not contact.to_debtor:
        return None
    agreement = agreement_on_hours(case.facts, contact.type, contact.moment, contact.started_at)
    return agreement.hours if agreement else None


def _outside(contact: Contact, windows: Windows) -> bool:
    if contact.requested:
        return False
    if contact.type == "visit" and contact.ended_at is not None and contact.ended_at > contact.started_at:
        return is_ever_closed(contact.started_at, contact.ended_at, windows)
    if contact.type == "letter" and contact.medium not in ("hand", "electronic", "fax"):
        return False
    answered_outside = contact.answered and not is_open(contact.moment, windows)
    return answered_outside or not is_open(contact.started_at, windows)
