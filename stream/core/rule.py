"""What every rule of a rulebook has, and what a rule may look at."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec import field as named

from stream.core.condition import Condition
from stream.core.fact import Fact, Facts
from stream.core.finding import Block
from stream.core.hours import DailyHours, daily_hours
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.seen import Seen, Words
from stream.core.zone import Day, Zone

_NEVER = 2**53
"""Nothing is told of a change at this moment (June 2255) or later: stores keep moments as doubles."""


class Verdict(NamedTuple):
    """A rule broken by a contact: how surely, and the position behind it where a limit is involved."""

    state: Literal["confirmed", "provisional"] = "confirmed"
    qualifier: str | None = None
    position: int | None = None
    limit: int | None = None
    window: Day | None = None
    counted: tuple[str, ...] | None = None
    detail: str = ""


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """A number of the law and the local date from which it holds; "none" = the law gives none."""

    since: date = named(name="from")
    value: int | float | Literal["none"] = "none"


Numbers = tuple[Number, ...]


def number_on(numbers: Numbers, ordinal: int) -> int | float | None:
    """The number that holds on a day; None where none does (the loader keeps them in order of date)."""
    value = None
    for number in numbers:
        if number.since.toordinal() <= ordinal:
            value = None if number.value == "none" else number.value
    return value


class Case:
    """One debtor's ledger under one rulebook at one moment: everything that rules may ask."""

    def __init__(self, words: Words, zone: Zone, ledger: Ledger, registry: Registry, now: int) -> None:
        self.words = words
        self.zone = zone
        self.ledger = ledger
        self.institution = ledger.institution
        self.facts = Facts(ledger.facts.values())
        self.registry = registry
        self.has_registry = registry.knows(ledger.institution)
        self.now = now
        self.today = zone.day(now)
        self.changes_at: int | None = None
        self.counted: dict[str, int] = {}
        self._quiet = daily_hours((words.quiet_hours,))

    def changes(self, instant: int | None) -> None:
        """Notes that the answer may become another one at the instant, if that is still to come."""
        if instant is not None and self.now < instant < (_NEVER if self.changes_at is None else self.changes_at):
            self.changes_at = instant

    def changes_with(self, numbers: Numbers) -> None:
        """Notes the days from which another one of the numbers holds."""
        for number in numbers:
            self.changes(self.zone.at(number.since.toordinal(), 0))

    def agreement(self, seen: Seen) -> Fact | None:
        """The agreement whose hours are in force for a contact with the debtor himself (rules.md)."""
        if not seen.to_debtor:
            return None
        return self.facts.agreed_hours(seen.contact.type, seen.moment, seen.contact.started_at)

    def quiet(self, agreement: Fact | None) -> DailyHours:
        """The quiet hours: all that is outside the agreed hours, or the rulebook's where nothing was agreed."""
        if agreement is None or agreement.hours is None:
            return self._quiet
        return daily_hours(agreement.hours).complement()


class Message(Struct, frozen=True, forbid_unknown_fields=True):
    """The sentence of a finding, in Chinese and English; {count}, {limit}, {nth} and {detail} are filled in."""

    zh: str
    en: str


RestsOn = Literal["nothing", "contact", "facts", "registry"]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", dict=True):
    """One rule: its place in the law, its own words, and which contacts it judges.

    `when`: the contacts it looks at, as alternatives. `inbound`: it judges inbound contacts too (†).
    `shadow`: its findings are marked so, and it blocks nothing.
    `qualifier`: given to every finding of it, which makes it a warning (rules.md: severity).
    """

    id: str
    article: str
    clause: str
    severity: Literal["violation", "warning", "none"]
    message: Message
    when: tuple[Condition, ...] = ()
    inbound: bool = False
    shadow: bool = False
    qualifier: str | None = None
    reading: str = ""

    @property
    def looks_at_inbound(self) -> bool:
        """Whether it is shown inbound contacts as well."""
        return self.inbound

    def conditions(self) -> Iterator[Condition]:
        """All conditions in the rule, for the loader to check."""
        yield from self.when

    def channels(self) -> Iterator[str]:
        """The channels on which it blocks."""
        yield from ()

    @property
    def blocks_unasked(self) -> bool:
        """Whether it may block a debtor who has no contact that it looks at, and of whom nothing is known."""
        return False

    def blocks(self, case: Case, contacts: list[Seen]) -> Iterable[tuple[str, Block]]:  # noqa: ARG002
        """The blocks that hold at `case.now`, each with its channel; `contacts` are those that `when` selects."""
        return ()


class ContactRule(Rule, frozen=True, kw_only=True):
    """A rule that looks at one contact, the facts and the registry."""

    def looks_at(self) -> Iterable[str]:
        """The fields of a contact that `rests_on` looks at."""
        return ()

    def rests_on(self, seen: Seen) -> RestsOn:  # noqa: ARG002 - kinds look
        """What can make such a contact a breach: `nothing` = it is none, whatever else is known; `facts`, `registry` =
        it is none where there are none of the debtor, of the institution. Rules that cannot speak are not asked.
        """
        return "contact"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        """The breach, or None."""
        raise NotImplementedError


class WindowRule(Rule, frozen=True, kw_only=True):
    """A rule that looks at a contact among the others of its debtor: outbound ones, unless the kind says otherwise."""

    @property
    def looks_at_inbound(self) -> bool:
        """What counts towards a limit is never inbound (rules.md: judged)."""
        return False

    def verdicts(self, contacts: list[Seen], case: Case) -> Iterable[tuple[Seen, Verdict]]:
        """The breaches among the contacts that `when` selects, in order of (moment, contact_id)."""
        raise NotImplementedError
