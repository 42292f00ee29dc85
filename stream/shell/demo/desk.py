"""Writes records as dialers, gateways, field apps and back offices do: everything filled in, everything in order."""

from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from stream.core.zone import MICROSECONDS
from stream.shell.demo.cast import PAYEE, TEMPLATE, Debtor, operators_of, tool_of
from stream.shell.demo.day import Day
from stream.shell.demo.event import TYPES, Event

_RINGING_SECONDS = 8
_AGENCY_OF_DEBTOR: Any = object()


class Desk:
    """Makes events. Every contact obeys the rulebook as far as it can alone; `more` fields make it break something.

    `agency` is the debtor's own unless given; None is the institution itself.
    """

    def __init__(self, day: Day) -> None:
        self.day = day
        self._contacts = count(1)
        self._facts = count(1)

    def call(
        self,
        debtor: Debtor,
        begun: int,
        *,
        talk_seconds: int = 95,
        agency: str | None = _AGENCY_OF_DEBTOR,
        note: str = "",
        **more: Any,
    ) -> Event:
        """An answered interactive call; talk of 0 seconds is a call that nobody answers."""
        answered = begun + _RINGING_SECONDS * MICROSECONDS
        ended = answered + talk_seconds * MICROSECONDS
        record = self._contact("dial", debtor, begun, agency) | {"mode": "interactive"}
        if talk_seconds:
            record |= {
                "answered_at": self.day.text(answered),
                "ended_at": self.day.text(ended),
                "talk_seconds": talk_seconds,
                "answered_by": "human",
                "intent": "yes",
                "recording": f"rec-{record['contact_id']}",
                "recording_announced": True,
                "identity_disclosed": True,
                "identity_verified": True,
            }
        return self._event(record | more, ended, answered if talk_seconds else begun, note)

    def announcement(
        self,
        debtor: Debtor,
        begun: int,
        *,
        agency: str | None = _AGENCY_OF_DEBTOR,
        note: str = "",
        **more: Any,
    ) -> Event:
        """A notice call: a machine reads an approved text to whoever answers."""
        spoken = {"mode": "notice", "template": TEMPLATE, "operator": None, "ai": True, "intent": None}
        return self.call(debtor, begun, talk_seconds=25, agency=agency, note=note, **spoken | more)

    def message(
        self,
        debtor: Debtor,
        begun: int,
        *,
        agency: str | None = _AGENCY_OF_DEBTOR,
        note: str = "",
        **more: Any,
    ) -> Event:
        """An SMS with an approved text."""
        record = self._contact("message", debtor, begun, agency) | {
            "template": TEMPLATE,
            "operator": None,
            "identity_disclosed": True,
        }
        return self._event(record | more, begun, begun, note)

    def visit(
        self,
        debtor: Debtor,
        begun: int,
        *,
        minutes: int = 20,
        agency: str | None = _AGENCY_OF_DEBTOR,
        note: str = "",
        **more: Any,
    ) -> Event:
        """A visit by two who meet the debtor and talk with him."""
        ended = begun + minutes * 60 * MICROSECONDS
        record = self._contact("visit", debtor, begun, agency) | {
            "tool": None,
            "ended_at": self.day.text(ended),
            "headcount": 2,
            "met_debtor": True,
            "communicated": True,
            "badge_shown": True,
            "identity_disclosed": True,
            "identity_verified": True,
            "recording_announced": True,
        }
        record["recording"] = f"cam-{record['contact_id']}"
        return self._event(record | more, ended, begun, note)

    def letter(
        self,
        debtor: Debtor,
        begun: int,
        *,
        agency: str | None = _AGENCY_OF_DEBTOR,
        note: str = "",
        **more: Any,
    ) -> Event:
        """A letter by post, sealed, stamped, with a clean cover."""
        record = self._contact("letter", debtor, begun, agency) | {
            "operator": None,
            "tool": None,
            "template": TEMPLATE,
            "product": "card",
            "payee": PAYEE,
            "sealed": True,
            "stamped": True,
            "cover_clean": True,
            "identity_disclosed": True,
        }
        return self._event(record | more, begun, begun, note)

    def correction(self, of: Event, at: int, *, note: str = "", **changes: Any) -> Event:
        """A later revision of a contact, written at `at`: what a quality check has found."""
        record = of.record or {}
        return self._event(record | {"revision": record.get("revision", 0) + 1} | changes, at, of.moment, note)

    def late(self, of: Event, at: int, *, note: str = "") -> Event:
        """The same record, written only at `at`."""
        return replace(of, at=at, note=note)

    def fact(self, kind: str, debtor: Debtor, at: int, *, note: str = "", **more: Any) -> Event:
        """A fact recorded when it takes effect."""
        record = {
            "type": "fact",
            "fact_id": f"f-{next(self._facts)}",
            "kind": kind,
            "institution": debtor.institution,
            "debtor": debtor.name,
            "at": self.day.text(at),
            "recorded_at": self.day.text(at),
        }
        return self._event(record | more, at, None, note)

    def entry(self, institution: str, kind: str, name: str, agency: str | None, recorded: int) -> Event:
        """A registry entry, valid from the moment it was recorded."""
        record = {
            "type": "registry",
            "kind": kind,
            "id": name,
            "institution": institution,
            "agency": agency,
            "valid_from": self.day.text(recorded),
            "recorded_at": self.day.text(recorded),
        }
        return Event(recorded, "registry", f"{institution}|{kind}|{name}", orjson.dumps(record), record=record)

    def _contact(self, kind: str, debtor: Debtor, begun: int, agency: str | None) -> dict[str, Any]:
        agency = debtor.agency if agency is _AGENCY_OF_DEBTOR else agency
        number = next(self._contacts)
        operators = operators_of(agency)
        return {
            "type": kind,
            "contact_id": f"c-{number:03}",
            "institution": debtor.institution,
            "agency": agency,
            "debtor": debtor.name,
            "debts": list(debtor.debts),
            "started_at": self.day.text(begun),
            "operator": operators[number % len(operators)],
            "tool": tool_of(agency),
        }

    def _event(self, record: dict[str, Any], at: int, moment: int | None, note: str) -> Event:
        kept = {name: value for name, value in record.items() if value is not None}
        key = f"{record['institution']}|{record['debtor']}"
        return Event(at, TYPES[record["type"]], key, orjson.dumps(kept), moment, kept, note)
