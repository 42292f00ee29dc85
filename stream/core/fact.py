"""What is known about one debtor besides contacts, and which fact speaks at a moment (contract §3)."""

from collections.abc import Iterable

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact in its newest revision; times are instants (microseconds)."""

    fact_id: str
    kind: str
    digest: str
    at: int
    recorded_at: int
    revision: int = 0
    voided: bool = False
    until: int | None = None
    hours: tuple[tuple[str, str], ...] | None = None
    channels: tuple[str, ...] | None = None
    limits: dict[str, int | None] | None = None
    debt: str | None = None
    person: str | None = None
    value: str | None = None
    agency: str | None = None


def effect_order(fact: Fact) -> tuple[int, int, str]:
    """Of several facts about one subject the latest in this order speaks (rules.md: facts)."""
    return fact.at, fact.recorded_at, fact.fact_id


def record_order(fact: Fact) -> tuple[int, str]:
    """Of several agreements the latest in this order is in force (rules.md: agreed hours, limit in force)."""
    return fact.recorded_at, fact.fact_id


def latest(facts: Iterable[Fact], instant: int) -> Fact | None:
    """The fact that speaks at the instant; None where none had taken effect."""
    return max((fact for fact in facts if fact.at <= instant), key=effect_order, default=None)


def in_force(fact: Fact, instant: int) -> bool:
    """Whether an agreement holds at the instant: at ≤ instant < until."""
    return fact.at <= instant and (fact.until is None or instant < fact.until)


class Facts:
    """All facts of one debtor, found by what they are about. Voided ones are left out."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.by_kind: dict[str, list[Fact]] = {}
        for fact in facts:
            if not fact.voided:
                self.by_kind.setdefault(fact.kind, []).append(fact)

    def of(self, *kinds: str) -> list[Fact]:
        """The facts of these kinds, in no particular order."""
        if not self.by_kind:
            # Of most debtors nothing is known beside their contacts, and rules ask two dozen times.
            return []
        return [fact for kind in kinds for fact in self.by_kind.get(kind, ())]

    def about_person(self, person: str | None, *kinds: str) -> list[Fact]:
        """The facts of these kinds about one contact person."""
        return [fact for fact in self.of(*kinds) if fact.person == person]

    def about_debt(self, debt: str, *kinds: str) -> list[Fact]:
        """The facts of these kinds about one debt, without those about all debts."""
        return [fact for fact in self.of(*kinds) if fact.debt == debt]

    def agreed_limit(self, name: str, instant: int) -> Fact | None:
        """The agreement that says what the limit is at the instant, whenever it was recorded."""
        if "agreement" not in self.by_kind:
            return None
        return max(
            (f for f in self.of("agreement") if f.limits and name in f.limits and in_force(f, instant)),
            key=record_order,
            default=None,
        )

    def agreed_hours(self, channel: str, instant: int, known_by: int) -> Fact | None:
        """The agreement whose hours hold at the instant, of those recorded by `known_by` (事先约定)."""
        if "agreement" not in self.by_kind:
            return None
        return max(
            (
                fact
                for fact in self.of("agreement")
                if fact.hours is not None
                and (fact.channels is None or channel in fact.channels)
                and fact.recorded_at <= known_by
                and in_force(fact, instant)
            ),
            key=record_order,
            default=None,
        )

    def settlement(self, debt: str, instant: int) -> Fact | None:
        """The newest settled or reopened fact that speaks about this debt, its own or one for all debts."""
        if not self.by_kind:
            return None
        both = [fact for fact in self.of("settled", "reopened") if fact.debt in (None, debt)]
        return latest(both, instant)

    def settlement_of_all(self, instant: int) -> tuple[Fact | None, tuple[str, ...]]:
        """The settled fact that stands for the whole debtor, if any, and the debts reopened since, sorted."""
        facts = self.of("settled", "reopened")
        whole = latest([fact for fact in facts if fact.debt is None], instant)
        if whole is None or whole.kind != "settled":
            return None, ()
        debts = sorted({fact.debt for fact in facts if fact.debt is not None})
        own = {debt: latest(self.about_debt(debt, "settled", "reopened"), instant) for debt in debts}
        return whole, tuple(
            debt
            for debt, fact in own.items()
            if fact is not None and fact.kind == "reopened" and effect_order(fact) > effect_order(whole)
        )

    def holder(self, debt: str, instant: int) -> tuple[str | None, bool]:
        """The agency that holds a debt (第十七条（三）), and whether anything was ever placed or recalled."""
        if not self.by_kind:
            return None, False
        by_agency: dict[str, list[Fact]] = {}
        for fact in self.about_debt(debt, "placed", "recalled"):
            by_agency.setdefault(fact.agency or "", []).append(fact)
        newest = [each for facts in by_agency.values() if (each := latest(facts, instant)) is not None]
        placed = max((each for each in newest if each.kind == "placed"), key=effect_order, default=None)
        return (placed.agency if placed else None), bool(newest)
