"""Quiet hours by the clock where the debtor is (12 CFR 1006.6(b)(1)(i): "local time at the consumer's location")."""

from collections.abc import Iterable, Iterator

from stream.core.fact import Fact, latest
from stream.core.finding import Block
from stream.core.hours import DailyHours
from stream.core.kinds.hours import Hours, is_quiet
from stream.core.rule import Case, Verdict
from stream.core.seen import Seen
from stream.core.zone import Zone, zone_named


class LocalHours(Hours, frozen=True, kw_only=True, tag="local-hours"):
    """The debtor's clock is that of his newest fact of kind `zone`, else the rulebook's; agreed hours are always by the
    rulebook's (contract §3).

    `block_on`: channels on which his quiet hours are a block where his clock is another one: the institution's record
    of quiet hours does not speak for him.
    """

    block_on: tuple[str, ...] = ()

    def channels(self) -> Iterator[str]:
        yield from self.block_on

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        if self.against == "agreed" or case.agreement(seen) is not None or not seen.to_debtor:
            return super().verdict(seen, case)
        started, quiet = seen.contact.started_at, case.quiet(None)
        facts = case.facts.of("zone")
        zone = _zone_of(latest(facts, started), case)
        if not is_quiet(quiet, zone, seen):
            return None
        known = _zone_of(latest([fact for fact in facts if fact.recorded_at <= started], started), case)
        late = not is_quiet(quiet, known, seen)
        local = zone.local(_first_within(quiet, zone, seen))
        return Verdict(qualifier="recorded-late" if late else None, detail=f"{local:%H:%M:%S} in {zone.name}")

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:  # noqa: ARG002
        facts = case.facts.of("zone")
        for each in facts:
            case.changes(each.at)
        fact, quiet = latest(facts, case.now), case.quiet(None)
        if not self.block_on or fact is None or _zone_of(fact, case).name == case.zone.name:
            return
        if not quiet.contains(_zone_of(fact, case), case.now):
            case.changes(_next(quiet, _zone_of(fact, case), case.now))
            return
        block = self._block_by(fact, quiet, case)
        case.changes(block.until)
        for channel in self.block_on:
            if case.facts.agreed_hours(channel, case.now, case.now) is None:
                yield channel, block

    def _block_by(self, fact: Fact, quiet: DailyHours, case: Case) -> Block:
        """From where these quiet hours began, or he came to that place, until they end."""
        zone = _zone_of(fact, case)
        return Block(
            rule=self.id,
            article=self.article,
            mode="any",
            since=max(quiet.began(zone, case.now), fact.at),
            until=_next(quiet.complement(), zone, case.now),
            evidence=(fact.fact_id,),
        )


def _zone_of(fact: Fact | None, case: Case) -> Zone:
    return case.zone if fact is None or fact.value is None else zone_named(fact.value)


def _first_within(quiet: DailyHours, zone: Zone, seen: Seen) -> int:
    """The first moment of a contact that lies in the hours: its begin, its answer, or where a visit comes into them."""
    started = seen.contact.started_at
    if quiet.contains(zone, started):
        return started
    return quiet.next_begin(zone, started) if seen.contact.type == "visit" else seen.moment


def _next(hours: DailyHours, zone: Zone, instant: int) -> int | None:
    """Where the hours begin next; None where they never do."""
    return hours.next_begin(zone, instant) if hours.stretches else None
