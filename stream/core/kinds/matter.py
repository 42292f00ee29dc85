"""A matter: one person and one debt. Some laws count calls for each by itself (12 CFR 1006.14(b)(2))."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from stream.core.finding import Block
from stream.core.rule import Verdict
from stream.core.seen import Seen

Scope = Literal["institution", "agency"]


class Matter(NamedTuple):
    """What a contact is about. `debt` None: it names none; `person` None: the debtor himself; `agency` None: the
    institution itself, or all who collect for it are one.
    """

    debt: str | None
    person: str | None
    agency: str | None

    @property
    def order(self) -> tuple[str, str, str]:
        """Matters by debt, person and agency; what is not named comes first."""
        return self.debt or "", self.person or "", self.agency or ""


def matters_of(seen: Seen, scope: Scope) -> Iterator[Matter]:
    """The matters of a contact: one for each of its debts."""
    contact = seen.contact
    person = None if seen.to_debtor else contact.person
    for debt in dict.fromkeys(contact.debts) or (None,):
        yield Matter(debt, person, contact.agency if scope == "agency" else None)


def by_matter(contacts: Iterable[Seen], scope: Scope) -> list[tuple[Matter, list[Seen]]]:
    """The contacts of each matter, in their order; the matters in theirs."""
    every: dict[Matter, list[Seen]] = {}
    for seen in contacts:
        for matter in matters_of(seen, scope):
            every.setdefault(matter, []).append(seen)
    return sorted(every.items(), key=lambda item: item[0].order)


def gravest(verdicts: Iterable[tuple[Seen, Verdict]]) -> list[tuple[Seen, Verdict]]:
    """Of several verdicts on one contact, for its several debts, one: confirmed before provisional, then the highest
    position, then the first. In order of (moment, contact_id).
    """
    kept: dict[str, tuple[Seen, Verdict]] = {}
    for seen, verdict in verdicts:
        held = kept.get(seen.contact.contact_id)
        if held is None or _weight(verdict) > _weight(held[1]):
            kept[seen.contact.contact_id] = seen, verdict
    return sorted(kept.values(), key=lambda each: each[0].order)


def longest(blocks: Iterable[Block]) -> list[Block]:
    """Of several blocks on one matter, by several agencies, the one that ends last: a block names no agency."""
    kept: dict[tuple[str, str], Block] = {}
    for block in blocks:
        key = block.debt or "", block.person or ""
        held = kept.get(key)
        if held is None or _end(block) > _end(held):
            kept[key] = block
    return [kept[key] for key in sorted(kept)]


def _weight(verdict: Verdict) -> tuple[bool, int]:
    return verdict.state == "confirmed", verdict.position or 0


def _end(block: Block) -> tuple[int, int]:
    return block.until or 0, block.since
