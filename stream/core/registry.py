"""What is known about everybody: agencies, tools, templates, operators, payees (contract §4)."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from operator import attrgetter

from msgspec import Struct

KINDS = ("agency", "tool", "template", "operator", "payee")

ENTRIES_MAX = 1_000_000
"""Entries that are kept, where no setting says otherwise."""

_RECORDED_AT = attrgetter("recorded_at")


class Entry(Struct, frozen=True, kw_only=True):
    """One registry entry; it is never overwritten, a later recorded one speaks instead. Times are instants."""

    institution: str
    kind: str
    id: str
    agency: str | None
    valid_from: int
    valid_until: int | None
    recorded_at: int

    def covers(self, instant: int) -> bool:
        """Whether the id is valid at the instant, by this entry."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


class Registry:
    """Every entry with its history, by institution, kind and id."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], list[Entry]] = {}
        self._enforced_from: dict[tuple[str, str], int] = {}
        self._institutions: set[str] = set()
        self._enforcing: Counter[str] = Counter()
        self.entries = 0

    def held(self, entry: Entry) -> Entry | None:
        """The entry for the same id that was recorded at the same moment: this one, or one that it conflicts with."""
        entries = self._entries.get((entry.institution, entry.kind, entry.id), [])
        place = bisect_left(entries, entry.recorded_at, key=_RECORDED_AT)
        return entries[place] if place < len(entries) and entries[place].recorded_at == entry.recorded_at else None

    def put(self, entry: Entry) -> str:
        """Adds an entry; says `new`, `duplicate` or `conflict` (another one of the same moment differs)."""
        held = self.held(entry)
        if held is not None:
            return "duplicate" if held == entry else "conflict"
        insort(self._entries.setdefault((entry.institution, entry.kind, entry.id), []), entry, key=_RECORDED_AT)
        kind = (entry.institution, entry.kind)
        self._enforcing[entry.kind] += kind not in self._enforced_from
        self._enforced_from[kind] = min(self._enforced_from.get(kind, entry.recorded_at), entry.recorded_at)
        self._institutions.add(entry.institution)
        self.entries += 1
        return "new"

    def knows(self, institution: str) -> bool:
        """Whether the institution has any entry."""
        return institution in self._institutions

    def enforced(self, institution: str, kind: str, instant: int) -> bool:
        """Whether the institution had any entry of that kind recorded by the instant."""
        return self._enforced_from.get((institution, kind), instant + 1) <= instant

    def valid(self, institution: str, kind: str, key: str, instant: int) -> Entry | None:
        """The entry that makes the id valid at the instant, of what was recorded by then; else None."""
        entries = self._entries.get((institution, kind, key))
        if entries is None:
            return None
        entry = entries[-1]
        if instant < entry.recorded_at:
            known = bisect_right(entries, instant, key=_RECORDED_AT)
            if not known:
                return None
            entry = entries[known - 1]
        return entry if entry.covers(instant) else None

    def without(self, kind: str) -> int:
        """How many institutions have entries, but none of that kind."""
        return len(self._institutions) - self._enforcing[kind]
