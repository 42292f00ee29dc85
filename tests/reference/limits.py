"""Limits per debtor and day: what counts, which limit is in force, and which contacts are beyond it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.reference.case import VIOLATION, Breach, Case, Judge, latest_recorded
from tests.reference.day import day_end, day_start, local_date
from tests.reference.records import Contact, Fact

_COUNTED_IDS_MAX = 20
_EFFECTIVE_TALK_SECONDS_MIN = 6.0


@dataclass(frozen=True)
class Limit:
    """One limit of the rulebook; `number` null = none unless agreed."""

    rule: str
    name: str
    number: int | None
    counts: Callable[[Contact], bool]
    presumed: Callable[[Contact], bool]
    breach: Breach = VIOLATION


def notice_call(contact: Contact) -> bool:
    """'outbound dial, `voice`, `notice`, to the debtor himself, answered, by machine or human'."""
    return attempt(contact) and contact.mode == "notice" and contact.answered


def effective_call(contact: Contact) -> bool:
    """'outbound dial not `requested`, `voice`, `interactive`, to the debtor himself, answered but not by a …'."""
    return (
        attempt(contact)
        and not contact.requested
        and contact.mode == "interactive"
        and contact.answered
        and contact.answered_by not in ("machine", "third_party")
        and (contact.talked_seconds is None or contact.talked_seconds >= _EFFECTIVE_TALK_SECONDS_MIN)
        and contact.intent != "no"
    )


def presumed_call(contact: Contact) -> bool:
    """'*Presumed* where `intent` is `unknown` or the talk time is'."""
    return contact.intent == "unknown" or contact.talked_seconds is None


def effective_visit(contact: Contact) -> bool:
    """'outbound visit not `requested`, `interactive`, to the debtor himself, neither … false'."""
    return (
        contact.type == "visit"
        and contact.judged
        and contact.outbound
        and contact.to_debtor
        and not contact.requested
        and contact.mode == "interactive"
        and contact.met_debtor is not False
        and contact.communicated is not False
    )


def presumed_visit(contact: Contact) -> bool:
    """'*presumed* where one of them is null'."""
    return contact.met_debtor is None or contact.communicated is None


def attempt(contact: Contact) -> bool:
    """'outbound dial, `voice`, to the debtor himself, answered or not'."""
    voice_dial = contact.type == "dial" and contact.medium == "voice"
    return voice_dial and contact.judged and contact.outbound and contact.to_debtor


def never_presumed(_contact: Contact) -> bool:
    """Whether a phone rang or was answered is in the dialer's own record."""
    return False


NOTICE_CALLS = Limit("NIFA-15-2-CALLS", "notice_calls", 3, notice_call, never_presumed)
EFFECTIVE_CALLS = Limit("NIFA-16-2-CALLS", "effective_calls", 3, effective_call, presumed_call)
ATTEMPTS = Limit(
    "NIFA-16-2-REASON", "attempts", None, attempt, never_presumed, Breach(severity="warning", qualifier="house")
)
EFFECTIVE_VISITS = Limit("NIFA-16-3-VISITS", "effective_visits", 1, effective_visit, presumed_visit)


def agreement_on_limit(limit: Limit, facts: Iterable[Fact], moment: datetime) -> Fact | None:
    """'an agreement that names the limit, with `at` ≤ the contact's moment < `until`, whenever recorded'."""
    return latest_recorded(
        fact for fact in facts if fact.kind == "agreement" and limit.name in dict(fact.limits) and fact.in_force(moment)
    )


def number_in_force(limit: Limit, facts: Iterable[Fact], moment: datetime) -> int | None:
    """The agreed number ('null = none'), else the rulebook's."""
    agreement = agreement_on_limit(limit, facts, moment)
    return limit.number if agreement is None else dict(agreement.limits)[limit.name]


def counted_on_day(limit: Limit, contacts: Sequence[Contact], instant: datetime) -> list[Contact]:
    """The contacts that count on the local day of that instant, in order."""
    counted = [one for one in contacts if limit.counts(one) and local_date(one.moment) == local_date(instant)]
    return sorted(counted, key=lambda one: one.place_in_order)


def beyond(limit: Limit) -> Judge:
    """'a contact whose position is beyond the limit in force at its own moment.

    *Confirmed* when it is not presumed itself and its position among those not presumed is beyond the limit too; else
    *provisional*.'
    """

    def judge(case: Case) -> Breach | None:
        contact = case.contact
        number = number_in_force(limit, case.facts, contact.moment)
        if number is None or not limit.counts(contact):
            return None
        day = counted_on_day(limit, case.contacts, contact.moment)
        up_to = day[: day.index(contact) + 1]
        if len(up_to) <= number:
            return None
        certain = [one for one in up_to if not limit.presumed(one)]
        confirmed = not limit.presumed(contact) and len(certain) > number
        return replace(
            limit.breach,
            state="confirmed" if confirmed else "provisional",
            count=len(up_to),
            limit=number,
            counted=tuple(one.contact_id for one in up_to[-_COUNTED_IDS_MAX:]),
            window_start=day_start(contact.moment),
            window_end=day_end(contact.moment),
        )

    return judge
