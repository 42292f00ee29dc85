"""At most so many counted contacts a day (第十五条（二）, 第十六条（二）1, 第十六条（三）4)."""

import math
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

from msgspec import Struct

from stream.core.condition import Condition, Test, any_of
from stream.core.finding import Block
from stream.core.rule import Case, Numbers, Verdict, WindowRule, number_on
from stream.core.seen import Seen
from stream.core.zone import Day

COUNTED_SHOWN_MAX = 20
"""A finding names the last so many counted contacts (contract §6)."""


class BlockShape(Struct, frozen=True, forbid_unknown_fields=True):
    """The channel and the mode of contacts that a block holds back."""

    channel: str
    mode: Literal["notice", "interactive", "any"]


class Limit(WindowRule, frozen=True, kw_only=True, tag="limit"):
    """`limit` names the number, as agreements do; `when` says what is counted, `presumed` which of that only for want
    of data; `talk_seconds_min`: shorter talk does not count, unknown talk does. `scope`: summed over the whole
    institution or each agency by itself.
    """

    limit: str
    numbers: Numbers
    presumed: tuple[Condition, ...] = ()
    talk_seconds_min: Numbers = ()
    scope: Literal["institution", "agency"] = "institution"
    block: BlockShape | None = None

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield from self.presumed

    def dated(self) -> Iterator[Numbers]:
        """All its numbers, each with the dates from which they hold."""
        yield self.numbers
        if self.talk_seconds_min:
            yield self.talk_seconds_min

    def channels(self) -> Iterator[str]:
        if self.block:
            yield self.block.channel

    @cached_property
    def _presumes(self) -> Test:
        return any_of(self.presumed)

    @cached_property
    def least(self) -> float:
        """The lowest of its numbers, whatever the date: so many break nothing where nothing else was agreed."""
        return min((number.value for number in self.numbers if number.value != "none"), default=math.inf)

    @property
    def blocks_unasked(self) -> bool:
        return self.least < 1

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:
        agreed = "agreement" in case.facts.by_kind
        if len(contacts) <= self.least and not agreed:
            return
        for day, counted in self._days(contacts).items():
            ids = tuple(seen.contact.contact_id for seen in counted)
            certain = 0
            by_law = self._limit_by_law(day[0])
            for position, seen in enumerate(counted, start=1):
                presumed = self._is_presumed(seen)
                certain += not presumed
                limit = self._limit(case, seen.moment, seen.day) if agreed else by_law
                if limit is not None and position > limit:
                    state = "confirmed" if not presumed and certain > limit else "provisional"
                    shown = ids[max(0, position - COUNTED_SHOWN_MAX) : position]
                    yield seen, Verdict(state, None, position, limit, day[0], shown)  # type: ignore[arg-type] # mypy widens the literal

    def over_cap(self, seen: Seen, case: Case) -> Verdict | None:
        """A contact beyond the cap of its day: beyond every limit by position alone (rules.md: cap)."""
        limit = self._limit(case, seen.moment, seen.day)
        if limit is None or not self._counts(seen):
            return None
        return Verdict("provisional" if self._is_presumed(seen) else "confirmed")

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:
        counted = [seen for seen in contacts if seen.day == case.today and self._counts(seen)]
        case.counted[self.limit] = len(counted)
        if self.block is None:
            return
        if self.blocks_unasked:
            self._note_dates(case)
        if contacts and contacts[-1].day.start > case.now:
            # Of a clock that runs ahead: what it stamps on the day to come may fill that day's limit.
            case.changes(next(seen.day.start for seen in contacts if seen.day.start > case.now))
        agreement = case.facts.agreed_limit(self.limit, case.now)
        limit = self._limit(case, case.now, case.today)
        if limit is None:
            return
        filling = self._filling(counted, limit)
        if limit and not filling:
            return
        if filling:
            since = filling[-1].moment
        else:
            since = max(case.today.start, agreement.at if agreement else 0)
            case.changes(case.today.end)
        case.changes(since)
        if since <= case.now:
            yield self.block.channel, self._block(case, limit, since, filling, agreement.fact_id if agreement else None)

    def _filling(self, counted: list[Seen], limit: int) -> list[Seen]:
        """The contacts of a day that filled the limit first; none where it is not full, or 0."""
        groups = (group[:limit] for group in self._days(counted).values() if limit and len(group) >= limit)
        return min(groups, key=lambda group: group[-1].order, default=[])

    def _note_dates(self, case: Case) -> None:
        """With the day from which another number holds the limit may be reached without another contact."""
        for numbers in self.dated():
            case.changes_with(numbers)

    def _block(self, case: Case, limit: int, since: int, filling: list[Seen], fact_id: str | None) -> Block:
        evidence = tuple(seen.contact.contact_id for seen in filling)
        return Block(
            rule=self.id,
            article=self.article,
            mode=self.block.mode if self.block else "any",
            since=since,
            until=case.today.end,
            limit=limit,
            evidence=evidence or ((fact_id,) if fact_id else ()),
        )

    def _limit(self, case: Case, instant: int, day: Day) -> int | None:
        agreement = case.facts.agreed_limit(self.limit, instant)
        if agreement is not None and agreement.limits is not None:
            return agreement.limits[self.limit]
        return self._limit_by_law(day)

    def _limit_by_law(self, day: Day) -> int | None:
        number = number_on(self.numbers, day.ordinal)
        return None if number is None else int(number)

    def _days(self, contacts: list[Seen]) -> dict[tuple[Day, str | None], list[Seen]]:
        days: dict[tuple[Day, str | None], list[Seen]] = {}
        for seen in contacts:
            if self._counts(seen):
                days.setdefault((seen.day, seen.contact.agency if self.scope == "agency" else None), []).append(seen)
        return days

    def _counts(self, seen: Seen) -> bool:
        if not self.talk_seconds_min or seen.talk_seconds is None:
            return True
        seconds_min = number_on(self.talk_seconds_min, seen.day.ordinal)
        return seconds_min is None or seen.talk_seconds >= seconds_min

    def _is_presumed(self, seen: Seen) -> bool:
        return bool(self.presumed) and self._presumes(seen)
