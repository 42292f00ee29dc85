"""Rules of conduct: labels, identity, exchanges between people, contact persons."""

from dataclasses import replace
from datetime import timedelta

from tests.reference.case import PROVISIONAL, RECORDED_LATE, VIOLATION, Breach, Case, Judge, latest, of_kind, when
from tests.reference.records import Contact


def labelled(*labels: str) -> Judge:
    """Breach: one of these labels, on any type of contact."""

    def judge(case: Case) -> Breach | None:
        return when(set(labels) & set(case.contact.labels))

    return judge


def visit_labelled(*labels: str) -> Judge:
    """Breach: 'visit, label …'."""

    def judge(case: Case) -> Breach | None:
        return when(case.contact.type == "visit" and set(labels) & set(case.contact.labels))

    return judge


def target(case: Case) -> Breach | None:
    """NIFA-7-TARGET V: purpose `collection`, not to the debtor himself."""
    return when(case.contact.purpose == "collection" and not case.contact.to_debtor)


def contact_allowed(case: Case) -> Breach | None:
    """Judge NIFA-8-2-CONTACT.

    V: not to the debtor himself, and at `started_at` the debtor is neither `unreachable` nor
    `deceased`/`incapacitated`. *Provisional* where no reachability or status fact with `at` ≤ `started_at` is
    known.
    """
    if case.contact.to_debtor:
        return None
    reach = latest(of_kind(case.facts, case.contact.started_at, "unreachable", "reachable"))
    status = latest(of_kind(case.facts, case.contact.started_at, "status"))
    if reach is None and status is None:
        return PROVISIONAL
    out_of_reach = reach is not None and reach.kind == "unreachable"
    unable = status is not None and status.value in ("deceased", "incapacitated")
    return when(not out_of_reach and not unable)


def refused(case: Case) -> Breach | None:
    """Judge NIFA-8-3-REFUSED.

    V: role `contact` or `other`, `person`'s latest refused/consented fact is `refused`. W recorded late.
    """
    contact = case.contact
    if contact.role not in ("contact", "other"):
        return None
    said = [
        fact
        for fact in of_kind(case.facts, contact.started_at, "refused", "consented")
        if fact.person == contact.person
    ]
    newest = latest(said)
    if newest is None or newest.kind != "refused":
        return None
    return RECORDED_LATE if newest.recorded_at > contact.started_at else VIOLATION


def debt_told(case: Case) -> Breach | None:
    """Judge NIFA-8-3-DISCLOSED †.

    V: role `contact` or `other`, `debt_disclosed` true, and no `willing_to_pay` of that person with `at` ≤
    `started_at`.
    """
    contact = case.contact
    offers = of_kind(case.facts, contact.started_at, "willing_to_pay")
    willing = any(fact.person == contact.person for fact in offers)
    return when(contact.role in ("contact", "other") and contact.debt_disclosed is True and not willing)


def identity(case: Case) -> Breach | None:
    """Judge NIFA-11-1-IDENTITY.

    V: the first judged outbound contact (by moment, `contact_id`) of an agency (null counts as one) with a party
    (the debtor himself, or the `person`) has `identity_disclosed` false. Dials and visits are contacts here only
    when an exchange; messages and letters always.
    """
    if case.contact.identity_disclosed is not False:
        return None
    same = [one for one in case.contacts if _introduces(one) and _party(one) == _party(case.contact)]
    first = min(same, key=lambda one: one.place_in_order, default=None)
    return when(first == case.contact)


def _introduces(contact: Contact) -> bool:
    return contact.outbound and (contact.exchange or contact.type in ("message", "letter"))


def _party(contact: Contact) -> tuple[str | None, str, str | None]:
    """Agency and party; a person of that name is not the debtor himself."""
    if contact.to_debtor:
        return (contact.agency, "debtor", None)
    return (contact.agency, "person", contact.person)


def verified(case: Case) -> Breach | None:
    """NIFA-16-1-VERIFIED † V: `interactive`, an exchange, to the debtor himself, `identity_verified` false."""
    contact = case.contact
    spoke = contact.mode == "interactive" and contact.exchange and contact.to_debtor
    return when(spoke and contact.identity_verified is False)


def recorded(case: Case) -> Breach | None:
    """Judge NIFA-16-1-RECORDED †.

    V: `interactive` dial or visit, an exchange: `recording` null. Provisional for 24 h after its end (where it
    has none, its `started_at`), then confirmed by itself.
    """
    contact = case.contact
    due = (contact.end or contact.started_at) + timedelta(hours=24)
    state = "confirmed" if due <= case.as_of else "provisional"
    return when(_face_to_face(contact) and contact.recording is None, replace(VIOLATION, state=state))


def announced(case: Case) -> Breach | None:
    """NIFA-16-1-ANNOUNCED † V: the same contacts (recorded or not), `recording_announced` false."""
    return when(_face_to_face(case.contact) and case.contact.recording_announced is False)


def _face_to_face(contact: Contact) -> bool:
    return contact.type in ("dial", "visit") and contact.mode == "interactive" and contact.exchange


def manners(case: Case) -> Breach | None:
    """NIFA-16-1-MANNERS † V: `interactive`, label `rude`."""
    return when(case.contact.mode == "interactive" and "rude" in case.contact.labels)
