"""The ordinary business of the day: a hundred debtors, a few hundred contacts, some of them careless. From a seed."""

from collections.abc import Iterator
from random import Random
from typing import Any

from stream.core.zone import MICROSECONDS
from stream.shell.demo.cast import AGENCIES, INSTITUTIONS, Debtor, debtor
from stream.shell.demo.desk import Desk
from stream.shell.demo.event import Event

_DEBTORS_PER_INSTITUTION = 34
_CARELESS_SHARE = 0.05
_SENT_TWICE_SHARE = 0.02

# By contact type: what may be wrong with one that a careless collector makes.
_SLIPS: dict[str, tuple[dict[str, Any], ...]] = {
    "call": (
        {"recording_announced": False},
        {"labels": ["rude"]},
        {"labels": ["exaggerated"]},
        {"tool": "tool-private-7"},
        {"identity_verified": False},
    ),
    "announcement": ({"template": "tpl-draft-9"},),
    "message": ({"template": "tpl-draft-9"}, {"labels": ["threat"]}, {"payee": "pay-private-2"}),
    "visit": ({"badge_shown": False}, {"headcount": 4}, {"entered_private": True, "entry_consent": False}),
    "letter": ({"sealed": False}, {"cover_clean": False}),
}
_HOURS = (8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 16, 17, 18, 19, 20)
_TALK_SECONDS = (0, 0, 0, 4, 35, 60, 95, 140, 210)


class Background:
    """Draws everything from one seeded source, so that the same seed gives the same day."""

    def __init__(self, seed: int, desk: Desk) -> None:
        self._rng = Random(seed)  # noqa: S311 - a day must be the same for the same seed
        self._desk = desk

    def events(self) -> Iterator[Event]:
        """Everybody's contacts, debtor by debtor; some records come twice."""
        for number, institution in enumerate(INSTITUTIONS, start=1):
            for each in range(1, _DEBTORS_PER_INSTITUTION + 1):
                who = debtor(institution, number * 1000 + 200 + each, self._rng.choice(AGENCIES))
                for event in self._day_of(who):
                    yield event
                    if self._rng.random() < _SENT_TWICE_SHARE:
                        yield self._desk.late(event, event.at + self._seconds(5, 900))

    def _day_of(self, who: Debtor) -> Iterator[Event]:
        """What one debtor goes through: nobody is called again who may not be."""
        kind = self._rng.choices(("calls", "insisting", "notices", "visit", "letter"), (40, 16, 16, 16, 12))[0]
        if kind == "insisting":
            yield from (self._call(who, talk_seconds=self._rng.randint(20, 200)) for _ in range(3))
            return
        if kind == "visit":
            yield self._desk.visit(who, self._begun(), minutes=self._rng.randint(8, 40), **self._slip("visit"))
        elif kind == "letter":
            yield self._desk.letter(who, self._begun(), **self._slip("letter"))
        elif kind == "notices":
            for _ in range(self._rng.randint(1, 3)):
                yield self._desk.announcement(who, self._begun(), **self._slip("announcement"))
        for _ in range(self._rng.randint(0, 2)):
            yield self._call(who, talk_seconds=self._rng.choice(_TALK_SECONDS))
        for _ in range(self._rng.randint(0, 3)):
            yield self._desk.message(who, self._begun(), **self._slip("message"))

    def _call(self, who: Debtor, *, talk_seconds: int) -> Event:
        # The institution itself calls, too, and now and then it is the debtor who does.
        more = self._slip("call") if talk_seconds else {}
        if self._rng.random() < 0.08:  # noqa: PLR2004
            more["direction"] = "inbound"
        if self._rng.random() < 0.1:  # noqa: PLR2004
            return self._desk.call(who, self._begun(), talk_seconds=talk_seconds, agency=None, **more)
        return self._desk.call(who, self._begun(), talk_seconds=talk_seconds, **more)

    def _slip(self, kind: str) -> dict[str, Any]:
        return dict(self._rng.choice(_SLIPS[kind])) if self._rng.random() < _CARELESS_SHARE else {}

    def _begun(self) -> int:
        return self._desk.day.at(f"{self._rng.choice(_HOURS):02}:00") + self._seconds(120, 3480)

    def _seconds(self, least: int, most: int) -> int:
        return self._rng.randint(least, most) * MICROSECONDS
