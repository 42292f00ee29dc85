"""Puts input records into a ledger: revisions, the horizon, the cap of a day, and what is no longer kept."""

from dataclasses import dataclass

from msgspec import structs

from stream.core.condition import any_of
from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.finding import key_parts
from stream.core.kinds.sequence import First, party_of
from stream.core.ledger import Ledger
from stream.core.room import FACTS_MAX
from stream.core.rule import WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen, moment_of
from stream.core.zone import DAY

WINDOW_DAYS_MAX = 7
"""The longest window of a rule (第十五条（三）2); contacts are kept horizon + this + 1 days (rules.md: horizon)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How late contacts are accepted, how many of one type and day are kept, and how many facts."""

    horizon_days: int = 8
    contacts_per_day_max: int = 100
    facts_per_debtor_max: int = FACTS_MAX

    @property
    def kept_microseconds(self) -> int:
        """How far behind the low watermark a contact is still kept."""
        return (self.horizon_days + WINDOW_DAYS_MAX + 1) * DAY


class Keeping:
    """What is kept at one moment: contacts from `kept_from` on (None = all are).

    A contact closer to that than the longest window is final: no event that may still come touches its window
    (rules.md: horizon), but the contacts before it may be gone, so it must not be judged among others again.
    """

    def __init__(self, rulebook: Rulebook, ledger: Ledger, kept_from: int | None) -> None:
        self._rulebook = rulebook
        self._ledger = ledger
        self.kept_from = kept_from

    def is_final(self, key: str) -> bool:
        """Whether the finding of that key stays as it was told."""
        if self.kept_from is None:
            return False
        policy, rule_id, contact_id = key_parts(key)
        spoke = self._rulebook.speaking_as(policy)
        contact = self._ledger.contacts.get(contact_id)
        if contact is None or not isinstance(spoke.rule(rule_id), WindowRule):
            return False
        return moment_of(contact, spoke.words) < self.kept_from + (WINDOW_DAYS_MAX + 1) * DAY


def put(
    ledger: Ledger,
    item: Contact | Fact,
    recorded: int,
    rulebook: Rulebook,
    bounds: Bounds,
    kept_from: int | None = None,
) -> str:
    """Puts one record in: `new`, `replaced`, `duplicate`, `conflict`, `too-many`, `late` or `over`.

    `recorded` is the Kafka timestamp of its record, in microseconds; `kept_from` as in `Keeping`.
    """
    if isinstance(item, Fact):
        return ledger.put_fact(item, bounds.facts_per_debtor_max)
    too_old = kept_from is not None and moment_of(item, rulebook.words) < kept_from
    if too_old or recorded - item.started_at > bounds.horizon_days * DAY:
        return _put_apart(ledger, item, "late")
    if item.contact_id not in ledger.contacts and _day_is_full(ledger, item, rulebook, bounds):
        return _put_apart(ledger, item, "over")
    return ledger.put_contact(item)


def _put_apart(ledger: Ledger, contact: Contact, why: str) -> str:
    held = ledger.contacts.get(contact.contact_id)
    if held is not None and held.revision >= contact.revision:
        return "duplicate"
    ledger.apart[contact.contact_id] = structs.replace(contact, apart=why)
    return why


def _day_is_full(ledger: Ledger, contact: Contact, rulebook: Rulebook, bounds: Bounds) -> bool:
    if len(ledger.contacts) < bounds.contacts_per_day_max:
        return False
    day = rulebook.zone.day(moment_of(contact, rulebook.words))
    same = (
        held
        for held in ledger.contacts.values()
        if held.type == contact.type and day.start <= moment_of(held, rulebook.words) < day.end
    )
    return sum(1 for _ in same) >= bounds.contacts_per_day_max


def prune(ledger: Ledger, rulebook: Rulebook, before: int) -> bool:
    """Drops contacts with a moment before the instant, remembering who has had a first contact; whether any went."""
    return _drop(ledger, rulebook, [c for c in ledger.contacts.values() if moment_of(c, rulebook.words) < before])


def prune_of_type(ledger: Ledger, rulebook: Rulebook, contact_type: str, before: int) -> bool:
    """The same for contacts of one type: a rebuild reads one topic after the other, each in its own time."""
    own = (contact for contact in ledger.contacts.values() if contact.type == contact_type)
    return _drop(ledger, rulebook, [contact for contact in own if moment_of(contact, rulebook.words) < before])


def _drop(ledger: Ledger, rulebook: Rulebook, gone: list[Contact]) -> bool:
    _remember_firsts(ledger, rulebook, gone)
    for contact in gone:
        del ledger.contacts[contact.contact_id]
    return bool(gone)


def _remember_firsts(ledger: Ledger, rulebook: Rulebook, gone: list[Contact]) -> None:
    looks_at = [any_of(rule.when) for rule in rulebook.rules if isinstance(rule, First)]
    seen = [Seen(c, rulebook.words, rulebook.zone) for c in gone if _can_be_first(c)]
    for each in seen:
        if any(test(each) for test in looks_at):
            party = party_of(each)
            ledger.firsts[party] = min(each.order, ledger.firsts.get(party, each.order))


def _can_be_first(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service" and contact.direction == "outbound"
