"""Rules about what a contact's own fields say: values, ranges, labels, and what is missing too long."""

from collections.abc import Iterable, Iterator

from stream.core.condition import Condition, test_of
from stream.core.fact import latest
from stream.core.rule import Case, ContactRule, Numbers, RestsOn, Verdict, number_on
from stream.core.seen import Seen
from stream.core.zone import MICROSECONDS


class Field(ContactRule, frozen=True, kw_only=True, tag="field"):
    """A breach where `breach` is met, a provisional one where `unclear` is, none where `unless` is, or where a fact of
    kind `unless_fact` about the contact's person had taken effect by its start.
    """

    breach: Condition
    unclear: Condition | None = None
    unless: Condition | None = None
    unless_fact: str | None = None

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield from (condition for condition in (self.breach, self.unclear, self.unless) if condition)

    def looks_at(self) -> Iterable[str]:
        return {name for condition in (self.breach, self.unclear, self.unless) if condition for name in condition}

    def rests_on(self, seen: Seen) -> RestsOn:
        unless = self.unless is not None and test_of(self.unless)(seen)
        may = test_of(self.breach)(seen) or (self.unclear is not None and test_of(self.unclear)(seen))
        return "contact" if may and not unless else "nothing"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        if self.rests_on(seen) == "nothing":
            return None
        sure = test_of(self.breach)(seen)
        if self.unless_fact:
            facts = case.facts.by_person(self.unless_fact).get(seen.contact.person, ())
            if latest(facts, seen.contact.started_at):
                return None
        return Verdict("confirmed" if sure else "provisional")


class Range(ContactRule, frozen=True, kw_only=True, tag="range"):
    """A number of the contact that has to lie within the law's; a null says nothing."""

    field: str
    min: Numbers = ()
    max: Numbers = ()

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield {self.field: "none"}

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:  # noqa: ARG002 - the same for every kind
        value = getattr(seen.contact, self.field)
        low, high = number_on(self.min, seen.day.ordinal), number_on(self.max, seen.day.ordinal)
        if value is None or ((low is None or value >= low) and (high is None or value <= high)):
            return None
        return Verdict(detail=f"{value}")


class Label(ContactRule, frozen=True, kw_only=True, tag="label"):
    """A quality check gave the contact one of these labels."""

    labels: tuple[str, ...]

    def looks_at(self) -> Iterable[str]:
        yield "labels"

    def rests_on(self, seen: Seen) -> RestsOn:
        return "contact" if any(label in self.labels for label in seen.contact.labels) else "nothing"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:  # noqa: ARG002 - the same for every kind
        given = [label for label in seen.contact.labels if label in self.labels]
        return Verdict(detail=", ".join(given)) if given else None


class Missing(ContactRule, frozen=True, kw_only=True, tag="missing"):
    """A field that may come late: provisional until `grace_seconds_max` after the contact's end, then confirmed."""

    field: str
    grace_seconds_max: Numbers

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield {self.field: "none"}

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        if getattr(seen.contact, self.field) is not None:
            return None
        grace = number_on(self.grace_seconds_max, seen.day.ordinal) or 0
        end = seen.contact.started_at if seen.end is None else seen.end
        confirmed_at = end + round(grace * MICROSECONDS)
        case.changes(confirmed_at)
        return Verdict("confirmed" if case.now >= confirmed_at else "provisional")


class Principle(ContactRule, frozen=True, kw_only=True, tag="principle"):
    """A clause that makes no finding of its own: it is kept because of how the other rules are read."""

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - the same for every kind
        return "nothing"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:  # noqa: ARG002 - the same for every kind
        return None
