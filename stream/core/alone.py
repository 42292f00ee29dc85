"""What a contact means by itself: judged once, and kept until facts, registry or the hour change it (idea 6)."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stream.core.contact import Contact
from stream.core.finding import Finding
from stream.core.finding_of import finding_of
from stream.core.kinds.limit import Limit
from stream.core.rule import Case, ContactRule, Rule, Verdict, WindowRule
from stream.core.rulebook import Rulebook
from stream.core.seen import Seen
from stream.core.selection import Selected


class Looked(NamedTuple):
    """A contact as rules see it; what those found that judge it alone; the rules that look at it among others.

    The findings hold for moments in [since, until).
    """

    seen: Seen
    findings: tuple[Finding, ...]
    windows: tuple[WindowRule, ...]
    since: int
    until: float

    @property
    def order(self) -> tuple[int, str]:
        """Contacts of one debtor are ordered by (moment, contact_id)."""
        return self.seen.moment, self.seen.contact.contact_id


class Alone:
    """The contacts of one debtor by themselves, under one rulebook, one registry and the same facts.

    Whoever changes one of these makes a new one; contacts may come, change and go.
    """

    def __init__(self) -> None:
        self._looked: dict[str, Looked] = {}
        self._found: dict[tuple[str, str], tuple[Seen, Verdict, Finding]] = {}

    def look(self, rulebook: Rulebook, case: Case, contacts: Iterable[Contact]) -> Iterator[Looked]:
        """Those contacts that are judged at all, each judged alone at `case.now`."""
        kept = self._looked
        self._looked = {}
        for contact in contacts:
            if contact.voided or contact.purpose == "service":
                continue
            looked = kept.get(contact.contact_id)
            if looked is None or looked.seen.contact is not contact or not looked.since <= case.now < looked.until:
                looked = _look(rulebook, case, contact)
            self._looked[contact.contact_id] = looked
            yield looked

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
