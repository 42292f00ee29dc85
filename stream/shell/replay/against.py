"""Two policies on one log: what the other one finds more, finds no more, and finds otherwise."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stream.core.finding import Finding

SHOWN_MAX = 10
_TELLING = ("state", "severity", "qualifier", "count", "limit", "counted", "window_start", "window_end")


Place = tuple[str, str, str]
"""Institution, debtor and `Finding.key`: what changes are sorted by."""


@dataclass(frozen=True, slots=True)
class Change:
    """One finding under the first policy and under the other; None where one of them does not make it."""

    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The one that there is, of two the other policy's."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change is made of at least one
        return found

    @property
    def kind(self) -> str:
        """`gained`, `lost` or `changed`."""
        if self.before is None:
            return "gained"
        return "lost" if self.after is None else "changed"

    def told(self) -> str:
        """The change in one line."""
        finding = self.finding
        place = f"{finding.rule} {finding.institution} {finding.debtor} {finding.contact_id} {finding.moment}"
        if self.before is None or self.after is None:
            return f"{place} {finding.severity}, {finding.state}"
        otherwise = (
            f"{name} {getattr(self.before, name)} → {getattr(self.after, name)}"
            for name in _TELLING
            if name != "counted" and getattr(self.before, name) != getattr(self.after, name)
        )
        return f"{place} {', '.join(otherwise) or 'other contacts are counted'}"


@dataclass(slots=True)
class Comparison:
    """Per rule how many findings are gained, lost and changed, and the first ten of each kind: by debtor, then by
    `Finding.key`.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    first: dict[str, list[tuple[Place, str]]] = field(default_factory=dict)

    def compare(self, before: Mapping[str, Finding], after: Mapping[str, Finding]) -> None:
        """Takes one debtor's findings under both policies, by `Finding.key`."""
        for change in _changes(before, after):
            finding = change.finding
            self._count(finding.rule, {change.kind: 1})
            self._show(change.kind, [((finding.institution, finding.debtor, finding.key), change.told())])

    def add(self, other: "Comparison") -> None:
        """Takes in what was compared of other debtors."""
        for rule, counts in other.counts.items():
            self._count(rule, counts)
        for kind, first in other.first.items():
            self._show(kind, first)

    def _count(self, rule: str, counts: Mapping[str, int]) -> None:
        self.counts.setdefault(rule, Counter()).update(counts)

    def _show(self, kind: str, told: list[tuple[Place, str]]) -> None:
        self.first[kind] = sorted([*self.first.get(kind, ()), *told])[:SHOWN_MAX]


def _changes(before: Mapping[str, Finding], after: Mapping[str, Finding]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        change = Change(before.get(key), after.get(key))
        if change.before is None or change.after is None or _differ(change.before, change.after):
            yield change


def _differ(one: Finding, other: Finding) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _TELLING)
