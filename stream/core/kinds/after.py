"""No call for some days after a conversation about the same debt (12 CFR 1006.14(b)(2)(i)(B))."""

from collections.abc import Iterable, Iterator

from stream.core.condition import Condition, any_of
from stream.core.finding import Block
from stream.core.kinds.limit import BlockShape
from stream.core.kinds.matter import Matter, Scope, by_matter, gravest, longest
from stream.core.rule import Case, Numbers, Verdict, WindowRule, number_on
from stream.core.seen import Seen


class After(WindowRule, frozen=True, kw_only=True, tag="after"):
    """Of the contacts that `when` selects, those that `begins` meets begin a period of `days` local days, their own the
    first, whoever began them; outbound ones that `barred` meets must not lie in it. Each matter is by itself.

    `presumed`: which begin a period only for want of data: what rests on them alone is provisional, blocks hold fully.
    """

    begins: tuple[Condition, ...]
    barred: tuple[Condition, ...]
    days: Numbers
    presumed: tuple[Condition, ...] = ()
    scope: Scope = "institution"
    block: BlockShape | None = None

    @property
    def looks_at_inbound(self) -> bool:
        """A conversation is one whoever called."""
        return True

    def conditions(self) -> Iterator[Condition]:
        for conditions in (self.when, self.begins, self.barred, self.presumed):
            yield from conditions

    def channels(self) -> Iterator[str]:
        if self.block:
            yield self.block.channel

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:  # noqa: ARG002
        return gravest(each for _, of_matter in by_matter(contacts, self.scope) for each in self._too_early(of_matter))

    def _too_early(self, contacts: list[Seen]) -> Iterator[tuple[Seen, Verdict]]:
        begins, barred = any_of(self.begins), any_of(self.barred)
        last: Seen | None = None
        certain: Seen | None = None
        for seen in contacts:
            if last is not None and self._follows(last, seen) and seen.contact.direction == "outbound" and barred(seen):
                sure = certain if certain is not None and self._follows(certain, seen) else None
                day = seen.day.ordinal - (sure or last).day.ordinal + 1
                yield seen, Verdict("confirmed" if sure else "provisional", detail=f"{day}")
            if begins(seen):
                last = seen
                certain = certain if self._is_presumed(seen) else seen

    def _is_presumed(self, seen: Seen) -> bool:
        return bool(self.presumed) and any_of(self.presumed)(seen)

    def _follows(self, before: Seen, seen: Seen) -> bool:
        """Whether the day of `seen` lies in the period that `before` began."""
        days = number_on(self.days, seen.day.ordinal)
        return days is not None and seen.day.ordinal - before.day.ordinal < days

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:
        if self.block is None:
            return
        begins = any_of(self.begins)
        beginning = by_matter((seen for seen in contacts if begins(seen)), self.scope)
        if beginning:
            case.changes_with(self.days)
        blocks = (self._block_on(matter, of_matter, case) for matter, of_matter in beginning)
        for block in longest(block for block in blocks if block is not None):
            case.changes(block.until)
            yield self.block.channel, block

    def _block_on(self, matter: Matter, beginning: list[Seen], case: Case) -> Block | None:
        """Holds from the last conversation until its period is over."""
        past = [seen for seen in beginning if seen.moment <= case.now]
        for seen in beginning[len(past) :]:
            case.changes(seen.moment)
        days = number_on(self.days, case.today.ordinal)
        if not past or days is None or case.today.ordinal - past[-1].day.ordinal >= days:
            return None
        return Block(
            rule=self.id,
            article=self.article,
            mode=self.block.mode if self.block else "any",
            since=past[-1].moment,
            until=case.zone.at(past[-1].day.ordinal + int(days), 0),
            person=matter.person,
            debt=matter.debt,
            evidence=(past[-1].contact.contact_id,),
        )
