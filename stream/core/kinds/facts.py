"""Rules about what is known of the debtor: refusals, settled debts, who may be asked, who holds a debt."""

from collections.abc import Iterable, Iterator
from typing import Literal

from stream.core.contact import CHANNELS
from stream.core.fact import Fact, latest
from stream.core.finding import Block
from stream.core.rule import Case, ContactRule, RestsOn, Verdict
from stream.core.seen import Seen


class Refusal(ContactRule, frozen=True, kw_only=True, tag="refusal"):
    """A contact person refused, and has not consented since (第八条（三）)."""

    def channels(self) -> Iterator[str]:
        yield from CHANNELS

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - the same for every kind
        return "facts"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        contact = seen.contact
        fact = latest(case.facts.by_person("refused", "consented").get(contact.person, ()), contact.started_at)
        if fact is None or fact.kind != "refused":
            return None
        return Verdict(qualifier="recorded-late" if fact.recorded_at > contact.started_at else None)

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:  # noqa: ARG002
        for person, facts in case.facts.by_person("refused", "consented").items():
            fact = latest(facts, case.now)
            if fact is not None and fact.kind == "refused":
                yield from _everywhere(self, fact, person=person)
        _note_changes(case, case.facts.of("refused", "consented"))


class Settled(ContactRule, frozen=True, kw_only=True, tag="settled"):
    """Collection on a debt that was paid (第十一条（五）)."""

    def channels(self) -> Iterator[str]:
        yield from CHANNELS

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - the same for every kind
        return "facts"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        breaches = self._breaches(seen, case)
        if not breaches:
            return None
        late = all(fact.recorded_at > seen.contact.started_at for fact in breaches)
        return Verdict(qualifier="recorded-late" if late else None)

    def _breaches(self, seen: Seen, case: Case) -> list[Fact]:
        instant = seen.contact.started_at
        if not seen.contact.debts:
            whole, reopened = case.facts.settlement_of_all(instant)
            return [whole] if whole and not reopened else []
        facts = [case.facts.settlement(debt, instant) for debt in seen.contact.debts]
        return [fact for fact in facts if fact is not None and fact.kind == "settled"]

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:  # noqa: ARG002
        _note_changes(case, case.facts.of("settled", "reopened"))
        whole, reopened = case.facts.settlement_of_all(case.now)
        if whole is not None:
            yield from _everywhere(self, whole, excepted=reopened)
            return
        for debt in case.facts.by_debt("settled", "reopened"):
            fact = case.facts.settlement(debt, case.now) if debt is not None else None
            if fact is not None and fact.kind == "settled":
                yield from _everywhere(self, fact, debt=debt)


class Reachable(ContactRule, frozen=True, kw_only=True, tag="reachable"):
    """Others may be asked only while the debtor himself cannot be reached or cannot act (第八条（二）)."""

    cannot_act: tuple[str, ...]

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        instant = seen.contact.started_at
        reach = latest(case.facts.of("unreachable", "reachable"), instant)
        status = latest(case.facts.of("status"), instant)
        if reach is None and status is None:
            return Verdict("provisional")
        allowed = (reach is not None and reach.kind == "unreachable") or (
            status is not None and status.value in self.cannot_act
        )
        return None if allowed else Verdict()


class Placement(ContactRule, frozen=True, kw_only=True, tag="placement"):
    """One agency per debt (`held_by`: `another`), and none without a mandate (`nobody`) (第十七条（三）)."""

    held_by: Literal["another", "nobody"]

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - the same for every kind
        return "facts"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        contact = seen.contact
        for debt in contact.debts if contact.agency is not None else ():
            holder, known = case.facts.holder(debt, contact.started_at)
            if self.held_by == "another" and holder is not None and holder != contact.agency:
                return Verdict(detail=debt)
            if self.held_by == "nobody" and known and holder is None:
                return Verdict(detail=debt)
        return None


def _note_changes(case: Case, facts: Iterable[Fact]) -> None:
    for fact in facts:
        case.changes(fact.at)


def _everywhere(
    rule: Refusal | Settled,
    fact: Fact,
    *,
    person: str | None = None,
    debt: str | None = None,
    excepted: tuple[str, ...] = (),
) -> Iterator[tuple[str, Block]]:
    block = Block(
        rule=rule.id,
        article=rule.article,
        mode="any",
        since=fact.at,
        person=person,
        debt=debt,
        excepted=excepted,
        evidence=(fact.fact_id,),
    )
    for channel in CHANNELS:
        yield channel, block
