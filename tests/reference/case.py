"""What a rule is given, what it may answer, and the questions about facts and the registry that several rules share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.reference.records import Contact, Entry, Fact


@dataclass(frozen=True)
class Case:
    """One judged contact, and everything it is judged by.

    `contacts` are all judged contacts of the same debtor, in order, this one among them; `registry` is what his
    institution entered.
    """

    contact: Contact
    contacts: Sequence[Contact]
    facts: Sequence[Fact]
    registry: Sequence[Entry]
    as_of: datetime


@dataclass(frozen=True)
class Breach:
    """How a contact breaks a rule; the numbers are there where a limit is involved."""

    severity: str = "violation"
    qualifier: str | None = None
    state: str = "confirmed"
    count: int | None = None
    limit: int | None = None
    counted: tuple[str, ...] | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None


VIOLATION = Breach()
WARNING = Breach(severity="warning")
PROVISIONAL = Breach(state="provisional")
RECORDED_LATE = Breach(severity="warning", qualifier="recorded-late")

Judge = Callable[[Case], Breach | None]


def when(condition: object, breach: Breach = VIOLATION) -> Breach | None:
    """The breach, if the condition holds."""
    return breach if condition else None


def latest(facts: Iterable[Fact]) -> Fact | None:
    """'the latest `at` …, ties by `recorded_at`, then `fact_id`'."""
    return max(facts, key=lambda fact: (fact.at, fact.recorded_at, fact.fact_id), default=None)


def latest_recorded(facts: Iterable[Fact]) -> Fact | None:
    """'of several the latest recorded, ties by `fact_id`'."""
    return max(facts, key=lambda fact: (fact.recorded_at, fact.fact_id), default=None)


def of_kind(facts: Iterable[Fact], at_most: datetime, *kinds: str) -> list[Fact]:
    """Facts of these kinds with `at` ≤ that instant."""
    return [fact for fact in facts if fact.kind in kinds and fact.at <= at_most]


def enforced(case: Case, kind: str) -> bool:
    """'once its institution has any entry of that kind recorded by its `started_at`'."""
    return bool(_entries(case, kind))


def speaking_entry(case: Case, kind: str, name: str) -> Entry | None:
    """'Of several entries for one id the latest recorded by then speaks'; nothing, where it is not valid."""
    of_id = [entry for entry in _entries(case, kind) if entry.id == name]
    newest = max(of_id, key=lambda entry: entry.recorded_at, default=None)
    return newest if newest is not None and newest.valid(case.contact.started_at) else None


def unlisted(case: Case, kind: str, name: str | None) -> bool:
    """'given … and not valid in registry', where that kind is enforced."""
    return name is not None and enforced(case, kind) and speaking_entry(case, kind, name) is None


def _entries(case: Case, kind: str) -> list[Entry]:
    return [entry for entry in case.registry if entry.kind == kind and entry.recorded_at <= case.contact.started_at]
