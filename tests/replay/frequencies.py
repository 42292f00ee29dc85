"""The call frequencies of 12 CFR 1006.14(b)(2) counted by hand, on the records of a log: no code of the engine.

Everything is looked for among all calls, call by call and debt by debt, as a lawyer would with a list on paper.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from tests.strategy_parts.regulation_f import NEW_YORK

Record = dict[str, Any]
_DAYS = 7


class Call:
    """One call in its newest revision."""

    def __init__(self, record: Record) -> None:
        self.id: str = record["contact_id"]
        connected = record.get("answered_by", "unknown") != "network"
        self.answered = connected and "answered_at" in record
        self.moment = datetime.fromisoformat(record["answered_at"] if self.answered else record["started_at"])
        self.day: date = self.moment.astimezone(NEW_YORK).date()
        himself = record.get("role", "debtor") in ("debtor", "guarantor")
        self.whom = (record["debtor"], record.get("agency"), None if himself else record["person"])
        self.debts: set[str | None] = set(record.get("debts") or [None])
        inbound = record.get("direction") == "inbound"
        self.counts = connected and not inbound and not record.get("requested", False)
        somebody = record.get("answered_by", "unknown") in ("human", "unknown")
        self.conversation = self.answered and somebody and record.get("talk_seconds") != 0
        self.certain = record.get("answered_by") == "human" and "talk_seconds" in record

    def before(self, other: "Call") -> bool:
        """Calls come one after the other, those of one moment by their ids."""
        return (self.moment, self.id) < (other.moment, other.id)

    def within_days_of(self, other: "Call") -> bool:
        """Whether it lies in the seven days of which the other call's is the last."""
        return 0 <= (other.day - self.day).days < _DAYS


def too_many(log: Iterable[Record], limit: int) -> dict[str, int]:
    """Call → its highest position among those of seven days about one debt, of calls beyond the limit."""
    calls = list(_calls(log))
    counts = {call.id: max(len(_counted(call, debt, calls)) for debt in call.debts) for call in calls if call.counts}
    return {call: count for call, count in counts.items() if count > limit}


def _counted(call: Call, debt: str | None, calls: list[Call]) -> list[Call]:
    """The call itself and those before it."""
    return [
        each
        for each in calls
        if each.counts and each.whom == call.whom and debt in each.debts and each.within_days_of(call)
        if each is call or each.before(call)
    ]


def too_early(log: Iterable[Record]) -> dict[str, str]:
    """Call → how surely it came within seven days after a conversation about one of its debts."""
    calls = list(_calls(log))
    found: dict[str, str] = {}
    for call in calls:
        earlier = [
            each
            for each in calls
            if each.conversation and each.whom == call.whom and each.debts & call.debts
            if each.before(call) and each.within_days_of(call)
        ]
        if call.counts and earlier:
            found[call.id] = "confirmed" if any(each.certain for each in earlier) else "provisional"
    return found


def _calls(log: Iterable[Record]) -> Iterator[Call]:
    newest: dict[str, Record] = {}
    for record in log:
        if record["type"] == "dial":
            held = newest.get(record["contact_id"])
            if held is None or record["revision"] > held["revision"]:
                newest[record["contact_id"]] = record
    for record in newest.values():
        if not record["voided"] and record.get("medium", "voice") == "voice":
            yield Call(record)
