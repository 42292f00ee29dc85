"""What a contact means by itself: judged once, and kept until facts, registry or the hour change it (idea 6)."""

import math
from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from stream.core.contact import Contact
from stream.core.finding import Finding
from stream.core.finding_of import finding_of
from stream.core.kinds.limit import Limit
from stream.core.rule import Case, ContactRule, Rule, Verdict, WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen
from stream.core.selection import Selected

_ORDER, _PLACE = attrgetter("order"), attrgetter("seen.order")
"""Contacts of one debtor are ordered by (moment, contact_id)."""

Among = dict[str, list[Seen]]
"""Rule → the contacts that it looks at among each other; those that came too late or too many are not."""


class Looked(NamedTuple):
    """A contact as rules see it; what those found that judge it alone; the rules that look at it among others.

    The findings hold for moments in [since, until).
    """

    seen: Seen
    findings: tuple[Finding, ...]
    windows: tuple[WindowRule, ...]
    since: int
    until: float


class Alone:
    """The contacts of one debtor by themselves, under one rulebook, one registry and the same facts.

    Whoever changes one of these makes a new one; contacts may come, change and go. `telling`: those of whom something
    is found. `among`: rule → the contacts that it looks at among each other, in their order. `until`: the moment from
    which one of them may mean something else.
    """

    def __init__(self) -> None:
        self.telling: list[Looked] = []
        self.among: Among = {}
        self.until = math.inf
        self._since = 0
        self._contacts: dict[str, Contact] = {}
        self._looked: dict[str, Looked] = {}
        self._found: dict[tuple[str, str], tuple[Seen, Verdict, Finding]] = {}

    def look(self, rulebook: Rulebook, case: Case) -> None:
        """Looks at the contacts that are new, or at all of them, where some are gone or mean something else."""
        contacts, apart, known = case.ledger.contacts.values(), case.ledger.apart.values(), self._contacts
        if apart:
            # One of these may be a later revision of a contact that stays as it is.
            self._look_again(rulebook, case, [*contacts, *apart])
            return
        new = [contact for contact in contacts if known.get(contact.contact_id) is not contact]
        # One that is gone, or has another revision, makes them fewer.
        if not known or len(known) + len(new) > len(contacts) or not self._since <= case.now < self.until:
            self._look_again(rulebook, case, contacts)
            return
        for contact in new:
            self._contacts[contact.contact_id] = contact
            if _is_judged(contact):
                looked = self._looked[contact.contact_id] = _look(rulebook, case, contact)
                self._note(looked)
                for rule in looked.windows:
                    insort(self.among.setdefault(rule.id, []), looked.seen, key=_ORDER)

    def _look_again(self, rulebook: Rulebook, case: Case, contacts: Collection[Contact]) -> None:
        kept, self._looked = self._looked, {}
        self._contacts = {contact.contact_id: contact for contact in contacts}
        self.telling, self.among, self.until, self._since = [], {}, math.inf, 0
        for contact in contacts:
            if not _is_judged(contact):
                continue
            looked = kept.get(contact.contact_id)
            if looked is None or looked.seen.contact is not contact or not looked.since <= case.now < looked.until:
                looked = _look(rulebook, case, contact)
            self._looked[contact.contact_id] = looked
            self._note(looked)
            for rule in looked.windows:
                self.among.setdefault(rule.id, []).append(looked.seen)
        for seen in self.among.values():
            seen.sort(key=_ORDER)

    def _note(self, looked: Looked) -> None:
        if looked.findings:
            insort(self.telling, looked, key=_PLACE)
        self._since = max(self._since, looked.since)
        self.until = min(self.until, looked.until)

    def findings(
        self, rulebook: Rulebook, case: Case, verdicts: Iterable[tuple[Rule, Seen, Verdict]]
    ) -> Iterator[Finding]:
        """The findings of all verdicts on contacts among others; where one is the same as before, so is its finding."""
        before = self._found
        self._found = {}
        for rule, seen, verdict in verdicts:
            if seen.moment < rulebook.in_force_at:
                continue
            key = rule.id, seen.contact.contact_id
            held = before.get(key)
            if held is None or held[0] is not seen or held[1] != verdict:
                held = seen, verdict, finding_of(rulebook, case, rule, seen, verdict)
            self._found[key] = held
            yield held[2]


def _is_judged(contact: Contact) -> bool:
    return not contact.voided and contact.purpose != "service"


def _look(rulebook: Rulebook, case: Case, contact: Contact) -> Looked:
    seen = Seen(contact, rulebook.words, rulebook.zone)
    selected = rulebook.select(seen)
    changes_at, case.changes_at = case.changes_at, None
    # What was done before the law was in force may count towards its windows, but breaks nothing.
    findings = tuple(
        finding_of(rulebook, case, rule, seen, verdict)
        for rule, verdict in _verdicts(selected, seen, case)
        if seen.moment >= rulebook.in_force_at
    )
    until = math.inf if case.changes_at is None else case.changes_at
    case.changes_at = changes_at
    return Looked(seen, findings, () if contact.apart else selected.windows, case.now, until)


def _verdicts(selected: Selected, seen: Seen, case: Case) -> Iterator[tuple[Rule, Verdict]]:
    for rule in _speaking(selected, case):
        if verdict := rule.verdict(seen, case):
            yield rule, verdict
    if seen.contact.apart == "over":
        for window in selected.windows:
            if isinstance(window, Limit) and (beyond := window.over_cap(seen, case)):
                yield window, beyond


def _speaking(selected: Selected, case: Case) -> tuple[ContactRule, ...]:
    """The rules that may have something to say of a contact by itself, by what is known at all."""
    rules = selected.alone
    if case.facts.by_kind:
        rules += selected.by_facts
    if case.has_registry:
        rules += selected.by_registry
    return rules
