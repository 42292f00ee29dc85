"""Rules about the contact before: the first one of a party, the days since the last one."""

import hashlib
from collections.abc import Iterable, Iterator

from msgspec import json

from stream.core.condition import Condition, test_of
from stream.core.rule import Case, Numbers, Verdict, WindowRule, number_on
from stream.core.seen import Seen

_PARTY_BYTES_MAX = 128
"""Of longer references a digest is remembered, for years."""


class Interval(WindowRule, frozen=True, kw_only=True, tag="interval"):
    """Fewer than `days_min` between the local dates of a contact and the one before it with the same `per` fields."""

    per: tuple[str, ...]
    days_min: Numbers

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield dict.fromkeys(self.per, "none")

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:  # noqa: ARG002
        before: dict[tuple[object, ...], Seen] = {}
        for seen in contacts:
            group = tuple(getattr(seen.contact, name) for name in self.per)
            last = before.get(group)
            before[group] = seen
            days_min = number_on(self.days_min, seen.day.ordinal)
            if last is not None and days_min is not None and seen.day.ordinal - last.day.ordinal < days_min:
                yield seen, Verdict(detail=f"{seen.day.ordinal - last.day.ordinal}")


class First(WindowRule, frozen=True, kw_only=True, tag="first"):
    """The first contact of an agency with a party (the debtor himself, or a person) is a breach where `breach` is met.

    A first contact that is no longer kept is remembered in the ledger's `firsts`.
    """

    breach: Condition

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield self.breach

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:
        breach = test_of(self.breach)
        known = dict.fromkeys(case.ledger.firsts)
        for seen in contacts:
            party = party_of(seen)
            if party not in known:
                known[party] = None
                if breach(seen):
                    yield seen, Verdict()


def party_of(seen: Seen) -> str:
    """Who spoke with whom: the agency (null = the institution itself) and the party, as a key of `firsts`."""
    party = json.encode([seen.contact.agency, None if seen.to_debtor else seen.contact.person])
    return party.decode() if len(party) <= _PARTY_BYTES_MAX else hashlib.blake2b(party, digest_size=16).hexdigest()
