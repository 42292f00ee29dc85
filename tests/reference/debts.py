"""Rules that look at the debts a contact is about: settled ones, and which agency may collect them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tests.reference.case import RECORDED_LATE, VIOLATION, Breach, Case, latest, of_kind, when
from tests.reference.records import Fact


@dataclass(frozen=True)
class Settlement:
    """What is settled at one instant, by the facts with `at` up to then.

    `whole` is the newest fact for all debts where that is `settled`; `newest` is each debt's newest fact, its own or
    the one for all; `reopened` are the debts that a newer fact of their own excepts from `whole`.
    """

    whole: Fact | None
    newest: dict[str, Fact]
    reopened: tuple[str, ...]


def settlement(facts: Iterable[Fact], instant: datetime) -> Settlement:
    """'Where the newest settled/reopened fact for the whole debtor (`debt` null) is `settled` …'."""
    said = of_kind(facts, instant, "settled", "reopened")
    for_all = [fact for fact in said if fact.debt is None]
    newest: dict[str, Fact] = {}
    for debt in sorted({fact.debt for fact in said if fact.debt is not None}):
        speaks = latest([*for_all, *(fact for fact in said if fact.debt == debt)])
        if speaks is not None:
            newest[debt] = speaks
    whole = latest(for_all)
    reopened = tuple(debt for debt, fact in newest.items() if fact.debt is not None and fact.kind == "reopened")
    return Settlement(whole if whole and whole.kind == "settled" else None, newest, reopened)


def settled(case: Case) -> Breach | None:
    """Judge NIFA-11-5-SETTLED.

    V; W where every such fact is recorded late: purpose `collection`, one of `debts` settled (its latest
    settled/reopened fact, own or for all); with `debts` empty: where the block without `debt` and without
    `except` holds at `started_at`.
    """
    contact = case.contact
    if contact.purpose != "collection":
        return None
    state = settlement(case.facts, contact.started_at)
    if contact.debts:
        facts = [state.newest.get(debt, state.whole) for debt in contact.debts]
    else:
        facts = [None if state.reopened else state.whole]
    breaking = [fact for fact in facts if fact is not None and fact.kind == "settled"]
    if not breaking:
        return None
    return RECORDED_LATE if all(fact.recorded_at > contact.started_at for fact in breaking) else VIOLATION


def one_agency(case: Case) -> Breach | None:
    """Judge NIFA-17-3-ONE.

    V: `agency` given, and one of `debts` is held by another agency. The institution itself may always collect.
    """
    agency = case.contact.agency
    holders = [_holder(case, debt) for debt in case.contact.debts]
    return when(agency is not None and any(holder not in (None, agency) for holder in holders))


def mandate(case: Case) -> Breach | None:
    """Judge NIFA-17-3-MANDATE.

    V: `agency` given, and one of `debts` has placed/recalled facts with `at` ≤ `started_at` but nobody holds it.
    """
    free = [debt for debt in case.contact.debts if _placements(case, debt) and _holder(case, debt) is None]
    return when(case.contact.agency is not None and free)


def _placements(case: Case, debt: str) -> list[Fact]:
    return [fact for fact in of_kind(case.facts, case.contact.started_at, "placed", "recalled") if fact.debt == debt]


def _holder(case: Case, debt: str) -> str | None:
    """'of the agencies whose own latest fact for that debt is `placed`, the one placed last holds it'."""
    placements = _placements(case, debt)
    standing = [
        latest(fact for fact in placements if fact.agency == agency) for agency in {f.agency for f in placements}
    ]
    placed_last = latest(fact for fact in standing if fact is not None and fact.kind == "placed")
    return placed_last.agency if placed_last else None
