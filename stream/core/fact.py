"""What is known about one debtor besides contacts, and which fact speaks at a moment (contract §3)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

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


_AT = attrgetter("at")


def latest(history: Sequence[Fact], instant: int) -> Fact | None:
    """The fact that speaks at the instant, of some in effect order; None where none had taken effect."""
    known = bisect_right(history, instant, key=_AT)
    return history[known - 1] if known else None


def in_force(fact: Fact, instant: int) -> bool:
    """Whether an agreement holds at the instant: at ≤ instant < until."""
    return fact.at <= instant and (fact.until is None or instant < fact.until)


class Facts:
    """All facts of one debtor, found by what they are about. Voided ones are left out.

    There may be a thousand of them, and every contact asks: they are put in order once, then looked up.
    """

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.by_kind: dict[str, list[Fact]] = {}
        for fact in facts:
            if not fact.voided:
                self.by_kind.setdefault(fact.kind, []).append(fact)
        self._histories: dict[tuple[str, ...], list[Fact]] = {}
        self._subjects: dict[tuple[str, ...], dict[str | None, list[Fact]]] = {}
        self._holders: dict[tuple[str, int], tuple[str | None, bool]] = {}
        self._settled: dict[int, tuple[Fact | None, tuple[str, ...]]] = {}

    def of(self, *kinds: str) -> Sequence[Fact]:
        """The facts of these kinds, in effect order."""
        if not self.by_kind:
            # Of most debtors nothing is known beside their contacts, and rules ask two dozen times.
            return ()
        if kinds not in self._histories:
            some = [fact for kind in kinds for fact in self.by_kind.get(kind, ())]
            self._histories[kinds] = sorted(some, key=effect_order)
        return self._histories[kinds]

    def by_person(self, *kinds: str) -> dict[str | None, list[Fact]]:
        """Person → the facts of these kinds about that contact person, in effect order."""
        return self._by("person", kinds)

    def by_debt(self, *kinds: str) -> dict[str | None, list[Fact]]:
        """Debt → the facts of these kinds about that debt alone, in effect order; None → those about all debts."""
        return self._by("debt", kinds)

    def _by(self, subject: str, kinds: tuple[str, ...]) -> dict[str | None, list[Fact]]:
        name = (subject, *kinds)
        if name not in self._subjects:
            found = self._subjects[name] = {}
            for fact in self.of(*kinds):
                found.setdefault(getattr(fact, subject), []).append(fact)
        return self._subjects[name]

    def _agreements(self) -> Sequence[Fact]:
        """The latest recorded first."""
        if "agreement" not in self.by_kind:
            return ()
        kinds = ("agreement", "latest recorded first")
        if kinds not in self._histories:
            self._histories[kinds] = sorted(self.by_kind["agreement"], key=record_order, reverse=True)
        return self._histories[kinds]

    def agreed_limit(self, name: str, instant: int) -> Fact | None:
        """The agreement that says what the limit is at the instant, whenever it was recorded."""
        for fact in self._agreements():
            if fact.limits and name in fact.limits and in_force(fact, instant):
                return fact
        return None

    def agreed_hours(self, channel: str, instant: int, known_by: int) -> Fact | None:
        """The agreement whose hours hold at the instant, of those recorded by `known_by` (事先约定)."""
        for fact in self._agreements():
            if fact.hours is None or fact.recorded_at > known_by or not in_force(fact, instant):
                continue
            if fact.channels is None or channel in fact.channels:
                return fact
        return None

    def settlement(self, debt: str, instant: int) -> Fact | None:
        """The newest settled or reopened fact that speaks about this debt, its own or one for all debts."""
        if not self.by_kind:
            return None
        about = self.by_debt("settled", "reopened")
        both = (latest(about.get(subject, ()), instant) for subject in (None, debt))
        return max((fact for fact in both if fact is not None), key=effect_order, default=None)

    def settlement_of_all(self, instant: int) -> tuple[Fact | None, tuple[str, ...]]:
        """The settled fact that stands for the whole debtor, if any, and the debts reopened since, sorted."""
        known = bisect_right(self.of("settled", "reopened"), instant, key=_AT)
        if known not in self._settled:
            self._settled[known] = self._settlement_of_all(instant)
        return self._settled[known]

    def _settlement_of_all(self, instant: int) -> tuple[Fact | None, tuple[str, ...]]:
        about = self.by_debt("settled", "reopened")
        whole = latest(about.get(None, ()), instant)
        if whole is None or whole.kind != "settled":
            return None, ()
        own = ((debt, latest(facts, instant)) for debt, facts in about.items() if debt is not None)
        return whole, tuple(
            sorted(
                debt
                for debt, fact in own
                if fact is not None and fact.kind == "reopened" and effect_order(fact) > effect_order(whole)
            )
        )

    def holder(self, debt: str, instant: int) -> tuple[str | None, bool]:
        """The agency that holds a debt (第十七条（三）), and whether anything was ever placed or recalled."""
        if not self.by_kind:
            return None, False
        history = self.by_debt("placed", "recalled").get(debt, ())
        known = bisect_right(history, instant, key=_AT)
        if (debt, known) not in self._holders:
            # In effect order a later fact of an agency takes the place of its earlier ones.
            newest = {fact.agency: fact for fact in history[:known]}
            placed = max((each for each in newest.values() if each.kind == "placed"), key=effect_order, default=None)
            self._holders[debt, known] = (placed.agency if placed else None), bool(newest)
        return self._holders[debt, known]
