"""At most so many contacts with one person about one debt within so many days (12 CFR 1006.14(b)(2)(i)(A))."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import attrgetter

from stream.core.finding import Block
from stream.core.kinds.limit import COUNTED_SHOWN_MAX, Limit
from stream.core.kinds.matter import Matter, by_matter, gravest, longest
from stream.core.rule import Case, Numbers, Verdict, number_on
from stream.core.seen import Seen
from stream.core.zone import Day

_ORDINAL = attrgetter("day.ordinal")


class Rolling(Limit, frozen=True, kw_only=True, tag="rolling"):
    """A limit whose window are the last `days` local days, the contact's own the last of them; it counts each matter
    by itself. A limit agreed with the debtor is one on contacts with himself.
    """

    days: Numbers

    def dated(self) -> Iterator[Numbers]:
        yield from super().dated()
        yield self.days

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:
        return gravest(
            each for matter, counted in self._counted(contacts) for each in self._beyond(matter, counted, case)
        )

    def _counted(self, contacts: list[Seen]) -> list[tuple[Matter, list[Seen]]]:
        return by_matter((seen for seen in contacts if self._counts(seen)), self.scope)

    def _beyond(self, matter: Matter, counted: list[Seen], case: Case) -> Iterator[tuple[Seen, Verdict]]:
        """Those with as many as the limit before them, within the window that ends with their day."""
        certain: list[int] = []
        for number, seen in enumerate(counted, start=1):
            days = _whole(number_on(self.days, seen.day.ordinal))
            limit = self._limit_of(matter, case, seen.moment, seen.day)
            if limit is None or days is None:
                continue
            first = bisect_right(counted, seen.day.ordinal - days, hi=number, key=_ORDINAL)
            if number - first > limit:
                certain = certain or list(accumulate((not self._is_presumed(each) for each in counted), initial=0))
                confirmed = not self._is_presumed(seen) and certain[number] - certain[first] > limit
                span = Day(case.zone.at(seen.day.ordinal - days + 1, 0), seen.day.end, seen.day.ordinal)
                shown = counted[max(first, number - COUNTED_SHOWN_MAX) : number]
                ids = tuple(each.contact.contact_id for each in shown)
                yield seen, Verdict("confirmed" if confirmed else "provisional", None, number - first, limit, span, ids)

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:
        if self.block is None:
            return
        # A limit of 0, as it may be agreed, blocks without any contact and whatever it is about.
        yield from super().blocks(case, [])
        counted = self._counted(contacts)
        if counted:
            self._note_dates(case)
        blocks = (self._block_on(matter, of_matter, case) for matter, of_matter in counted)
        for block in longest(block for block in blocks if block is not None):
            case.changes(block.until)
            yield self.block.channel, block

    def _block_on(self, matter: Matter, counted: list[Seen], case: Case) -> Block | None:
        """Holds from the contact that filled the window which ends with the last one's day, until enough have left."""
        past = [seen for seen in counted if seen.moment <= case.now]
        for seen in counted[len(past) :]:
            case.changes(seen.moment)
        limit = self._limit_of(matter, case, case.now, case.today)
        days = _whole(number_on(self.days, case.today.ordinal))
        if not limit or days is None:
            return None
        within = _within(past, case.today.ordinal, days)
        if len(within) < limit:
            return None
        return Block(
            rule=self.id,
            article=self.article,
            mode=self.block.mode if self.block else "any",
            since=_within(past, past[-1].day.ordinal, days)[limit - 1].moment,
            until=case.zone.at(within[-limit].day.ordinal + days, 0),
            limit=limit,
            person=matter.person,
            debt=matter.debt,
            evidence=tuple(seen.contact.contact_id for seen in within[-limit:]),
        )

    def _limit_of(self, matter: Matter, case: Case, instant: int, day: Day) -> int | None:
        if matter.person is None:
            return self._limit(case, instant, day)
        return _whole(number_on(self.numbers, day.ordinal))


def _within(counted: list[Seen], last: int, days: int) -> list[Seen]:
    """Those of the `days` days of which `last` is the last."""
    return counted[bisect_right(counted, last - days, key=_ORDINAL) : bisect_right(counted, last, key=_ORDINAL)]


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
