"""Puts input records into a ledger: revisions, the horizon, the cap of a day, and what is no longer kept."""

from collections.abc import Iterable

from msgspec import structs

from stream.core.condition import any_of
from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.finding import key_parts
from stream.core.kinds.sequence import First, party_of
from stream.core.ledger import Ledger
from stream.core.rule import WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen, moment_of
from stream.core.zone import DAY
from stream.shell.ledgers.bounds import WINDOW_DAYS_MAX, Bounds
from stream.shell.ledgers.fullness import Fullness


class Keeping:
    """What is kept at one moment: contacts from `kept_from` on (None = all are).

    A contact closer to that than the longest window is final: no event that may still come touches its window
    (rules.md: horizon), but the contacts before it may be gone, so it must not be judged among others again.
    While it is not known who was contacted first (`firsts_known`), nothing is found or taken back about that.
    """

    def __init__(self, rulebook: Rulebook, ledger: Ledger, kept_from: int | None, *, firsts_known: bool = True) -> None:
        self._rulebook = rulebook
        self._ledger = ledger
        self.kept_from = kept_from
        self._firsts_known = firsts_known

    def is_final(self, key: str) -> bool:
        """Whether the finding of that key stays as it was told."""
        if self.kept_from is None and self._firsts_known:
            return False
        policy, rule_id, contact_id = key_parts(key)
        spoke = self._rulebook.speaking_as(policy)
        rule, contact = spoke.rule(rule_id), self._ledger.contacts.get(contact_id)
        if contact is None or not isinstance(rule, WindowRule):
            return False
        if isinstance(rule, First) and not self._firsts_known:
            return True
        if self.kept_from is None:
            return False
        return moment_of(contact, spoke.words) < self.kept_from + (WINDOW_DAYS_MAX + 1) * DAY


def put(
    ledger: Ledger,
    item: Contact | Fact,
    recorded: int,
    rulebook: Rulebook,
    bounds: Bounds,
    kept_from: int | None = None,
    fullness: Fullness | None = None,
) -> str:
    """Puts one record in: `new`, `replaced`, `duplicate`, `conflict`, `too-many`, `late` or `over`.

    `recorded` is the Kafka timestamp of its record, in microseconds; `kept_from` as in `Keeping`. `fullness` is that of
    this ledger; who puts many records in has one for all of them.
    """
    if isinstance(item, Fact):
        return ledger.put_fact(item, bounds.facts_per_debtor_max)
    too_old = kept_from is not None and moment_of(item, rulebook.words) < kept_from
    if too_old or recorded - item.started_at > bounds.horizon_days * DAY:
        return _put_apart(ledger, item, "late")
    fullness = fullness or Fullness(ledger, rulebook, bounds)
    held = ledger.contacts.get(item.contact_id)
    if held is None and fullness.is_full_for(item):
        return _put_apart(ledger, item, "over")
    outcome = ledger.put_contact(item)
    if outcome in ("new", "replaced", "respelled"):
        fullness.change(held, item)
    return outcome


def _put_apart(ledger: Ledger, contact: Contact, why: str) -> str:
    held = ledger.contacts.get(contact.contact_id)
    if held is not None and held.revision >= contact.revision:
        return "duplicate"
    ledger.apart[contact.contact_id] = structs.replace(contact, apart=why)
    return why


def prune(ledger: Ledger, rulebook: Rulebook, bounds: Bounds, before: int) -> bool:
    """Drops contacts with a moment before the instant, remembering who has had a first contact; whether any went."""
    old = [contact for contact in ledger.contacts.values() if moment_of(contact, rulebook.words) < before]
    return _drop(ledger, rulebook, bounds, old)


def prune_of_type(ledger: Ledger, rulebook: Rulebook, bounds: Bounds, contact_type: str, before: int) -> bool:
    """The same for contacts of one type: a rebuild reads one topic after the other, each in its own time."""
    own = (contact for contact in ledger.contacts.values() if contact.type == contact_type)
    return _drop(ledger, rulebook, bounds, [each for each in own if moment_of(each, rulebook.words) < before])


def _drop(ledger: Ledger, rulebook: Rulebook, bounds: Bounds, gone: list[Contact]) -> bool:
    if not gone:
        return False
    _remember_firsts(ledger, rulebook, gone)
    _forget_firsts(ledger, bounds.firsts_per_debtor_max)
    for contact in gone:
        del ledger.contacts[contact.contact_id]
    return True


def fold_earlier(ledger: Ledger, rulebook: Rulebook, bounds: Bounds, earlier: Iterable[Contact]) -> None:
    """Remembers who has had a first contact from contacts that are older than all that is kept."""
    _remember_firsts(ledger, rulebook, [contact for contact in earlier if contact.contact_id not in ledger.contacts])
    _forget_firsts(ledger, bounds.firsts_per_debtor_max)


def first_is_known(ledger: Ledger, contact: Contact, rulebook: Rulebook) -> bool:
    """Whether a contact of the same party, too old to be corrected any more, came before this one."""
    return bool(ledger.firsts) and party_of(Seen(contact, rulebook.words, rulebook.zone)) in ledger.firsts


def looks_at_firsts(rulebook: Rulebook) -> bool:
    """Whether a rulebook has a rule about first contacts."""
    return any(isinstance(rule, First) for rule in rulebook.rules)


def _remember_firsts(ledger: Ledger, rulebook: Rulebook, gone: list[Contact]) -> None:
    looks_at = [any_of(rule.when) for rule in rulebook.rules if isinstance(rule, First)]
    seen = [Seen(c, rulebook.words, rulebook.zone) for c in gone if _can_be_first(c)]
    for each in seen:
        if any(test(each) for test in looks_at):
            party = party_of(each)
            ledger.firsts[party] = min(each.order, ledger.firsts.get(party, each.order))


def _forget_firsts(ledger: Ledger, firsts_max: int) -> None:
    """Of more parties than anybody has, those that were spoken with last are remembered."""
    if len(ledger.firsts) > firsts_max:
        newest = sorted(ledger.firsts, key=lambda party: ledger.firsts[party], reverse=True)[:firsts_max]
        ledger.firsts = {party: ledger.firsts[party] for party in newest}


def _can_be_first(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service" and contact.direction == "outbound"
