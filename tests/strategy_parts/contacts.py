"""Small strategies for contacts: each type with its own times and fields, and groups of fields to add to any type."""

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tests.log_parts.contacts import LABELS
from tests.log_parts.matters import Record
from tests.strategy_parts.instants import before_edges, instants, merged, mostly, offsets, text

Part = st.SearchStrategy[Record]

# "-10" stands before "-2" by code point; the first letter keeps the types apart. The last one is another debtor's.
_ID_ENDINGS = ("-1", "-2", "-3", "-4", "-5", "-6", "-7", "-10", "-11", "-other")
_ID_BEGINNINGS = {"dial": "c", "message": "m", "visit": "v", "letter": "a"}
PERSONS = ("p-1", "p-2")
DEBTS = ("L1", "L2")
AGENCIES = ("agency-1", "agency-2")
_MODES = ("notice", "interactive")
_MAYBE = (None, True, False)
# 6.0 s make a call effective; a call of 600 s from 21:50 on reaches 22:00:00, one of 1200 s the end of the grace.
_TALKS_SECONDS = (6, 60, 5.9, 0, 600, 600.000001, 601, 1200, 1200.000001, 1201)
_LATE_TALKS_SECONDS = (1200, 1200.000001, 600, 600.000001, 1201, 6)
_KNOWN = ("both", "talk_seconds", "ended_at", "neither", "contradicting", "ended before")
_VISIT_LABELS = ("improper_attire", "rude", "disturbed_family")
_LABEL_LISTS = [None] * 12 + [[label] for label in LABELS + _VISIT_LABELS] + [["rude", "threat"], ["polite", "untold"]]
_VISIT_MINUTES = (None, 0, -1, 10, 11, 150, 900)


def debtor_of(record_id: str) -> str:
    """Whose contact or fact it is follows from its id, since a contact never changes its debtor."""
    return "D-2" if record_id.endswith("other") else "D-1"


def dials(mode: str | None = None, *parts: Part) -> Part:
    """Draw dials, mostly answered by a human, long enough and certain; of one mode or of both."""
    times = st.builds(
        _dial_times,
        instants(),
        offsets(),
        st.sampled_from((1, 1, 1, 1, 1, 1, 0, 600, None)),
        mostly(*_TALKS_SECONDS),
        st.sampled_from(("both",) * 4 + _KNOWN),
    )
    return _dials(times, mode, *parts)


def plain_dials(mode: str) -> Part:
    """Draw dials of the first day that nearly all count, certainly or presumed: what fills limits."""
    known = mostly("both", "neither", "contradicting")
    times = st.builds(_dial_times, instants(0), offsets(), st.sampled_from((0, 0, 1)), st.just(6), known)
    fields = st.fixed_dictionaries(
        {
            "mode": st.just(mode),
            "answered_by": st.sampled_from(("human",) * 4 + ("unknown", "unknown", "third_party", "machine")),
            "intent": mostly("yes", "unknown"),
            "requested": mostly(None, True),
        }
    )
    return merged(_identity("dial"), times, fields)


def late_dials(*parts: Part) -> Part:
    """Draw long dials begun shortly before hours end."""
    delays = mostly(0, 1, 600, None)
    known = st.sampled_from(("both", "talk_seconds", "ended_at"))
    times = st.builds(_dial_times, before_edges(), offsets(), delays, st.sampled_from(_LATE_TALKS_SECONDS), known)
    return _dials(times, None, *parts)


def _dials(times: Part, mode: str | None, *parts: Part) -> Part:
    fields = st.fixed_dictionaries(
        {
            "mode": st.just(mode) if mode else st.sampled_from(_MODES),
            "answered_by": mostly("human", "unknown", "machine", "third_party", "network"),
            "intent": mostly("yes", "unknown", "no"),
        }
    )
    rare = _fields(medium=mostly(None, "video"), purpose=mostly(None, "service", "locate"))
    return merged(_identity("dial"), times, fields, rare, _at_whose_wish(), *parts)


def messages(*parts: Part) -> Part:
    """Draw messages of every medium."""
    sent = st.sampled_from(
        [{"medium": medium, "mode": mode} for medium in (None, "rcs", "email") for mode in (None, *_MODES)]
        + [{"medium": "im", "mode": mode} for mode in _MODES]
    )
    return merged(_identity("message"), _started(), sent, _at_whose_wish(), *parts)


def visits(*parts: Part) -> Part:
    """Draw visits, mostly interactive ones that found the debtor."""
    times = st.builds(_visit_times, instants(), offsets(), st.sampled_from(_VISIT_MINUTES))
    fields = st.fixed_dictionaries(
        {
            "headcount": mostly(2, 0, 1, 3, 4),
            "met_debtor": mostly(True, None, False),
            "communicated": mostly(True, None, False),
            "mode": mostly("interactive", "notice"),
            "badge_shown": st.sampled_from(_MAYBE),
            "entered_private": st.sampled_from(_MAYBE),
            "entry_consent": st.sampled_from(_MAYBE),
        },
    )
    return merged(_identity("visit"), times, fields, _at_whose_wish(), *parts)


def letters(*parts: Part) -> Part:
    """Draw letters on days that lie 1, 6, 7 and 8 apart, of one product or two."""
    fields = st.fixed_dictionaries(
        {
            "product": mostly("card", "loan"),
            "medium": st.sampled_from(("post", "courier", "hand", "fax", "electronic")),
            "received_by": st.sampled_from(("debtor", "family", "other", "left", None)),
            "sealed": st.sampled_from(_MAYBE),
            "stamped": st.sampled_from(_MAYBE),
            "cover_clean": st.sampled_from(_MAYBE),
            "mode": mostly("notice", "interactive"),
            "purpose": mostly("collection", "service", "locate"),
        },
    )
    return merged(_identity("letter"), _started(0, 1, 6, 7, 8), fields, _at_whose_wish(), *parts)


def any_contact(*parts: Part) -> Part:
    """Draw contacts of any type, with these groups of fields besides their own."""
    return st.one_of(dials(None, *parts), messages(*parts), visits(*parts), letters(*parts))


def aims() -> Part:
    """Draw whom it is aimed at: often a contact person, sometimes one who has the debtor's own name or role."""
    himself = _fields(
        role=st.sampled_from(("debtor", "guarantor")),
        person=st.sampled_from((None, *PERSONS)),
        purpose=mostly(None, "service", "locate"),
    )
    somebody = st.fixed_dictionaries(
        {
            "role": st.sampled_from(("contact", "contact", "other", "heir")),
            "person": st.sampled_from(PERSONS),
            "purpose": mostly("locate", "relay", "collection", "service"),
        }
    )
    return st.one_of(himself, somebody, somebody)


def debts() -> Part:
    """Draw the debts it is about, and who collects them."""
    return st.fixed_dictionaries(
        {
            "debts": st.sampled_from(([], ["L1"], ["L1", "L2"], ["L2"], ["L3", "L1"], ["L3"])),
            "agency": st.sampled_from((None, *AGENCIES)),
        }
    )


def introductions() -> Part:
    """Draw whether the collector named himself, and for whom he collects."""
    return st.fixed_dictionaries(
        {"identity_disclosed": st.sampled_from((False, False, True, None)), "agency": mostly(None, "agency-1")}
    )


def listed() -> Part:
    """Draw ids that the registry may know."""
    ids = ("id-1", "id-1", "id-2", None)
    return _fields(
        operator=st.sampled_from(ids),
        ai=st.booleans(),
        tool=st.sampled_from(ids),
        template=st.sampled_from(ids),
        payee=st.sampled_from(ids),
        agency=st.sampled_from(("id-1", "id-2", None)),
    )


def conduct() -> Part:
    """Draw what quality checks say of it."""
    return _fields(
        identity_disclosed=st.sampled_from(_MAYBE),
        identity_verified=st.sampled_from(_MAYBE),
        debt_disclosed=st.sampled_from(_MAYBE),
        labels=st.sampled_from(_LABEL_LISTS),
        recording=st.sampled_from(("r-1", None)),
        recording_announced=st.sampled_from(_MAYBE),
        agency=st.sampled_from((None, *AGENCIES)),
    )


def _identity(kind: str) -> Part:
    ids = st.sampled_from([_ID_BEGINNINGS[kind] + ending for ending in _ID_ENDINGS])
    return st.builds(_identified, st.just(kind), ids, mostly(0, 1, 2), mostly(False, False, True))


def _identified(kind: str, contact_id: str, revision: int, voided: bool) -> Record:  # noqa: FBT001 - drawn data
    return {
        "type": kind,
        "contact_id": contact_id,
        "revision": revision,
        "voided": voided,
        "institution": "bank-a",
        "debtor": debtor_of(contact_id),
    }


def _fields(**fields: st.SearchStrategy[Any]) -> Part:
    return st.fixed_dictionaries(fields)


def _at_whose_wish() -> Part:
    return _fields(requested=mostly(None, True), direction=mostly(None, "inbound"))


def _started(*days: int) -> Part:
    return st.builds(_begun, instants(*days), offsets())


def _begun(begun: datetime, offset: timezone) -> Record:
    return {"started_at": text(begun, offset)}


def _dial_times(begun: datetime, offset: timezone, delay: float | None, talk: float, known: str) -> Record:
    """Times of a dial; `known` says which of end and talk time the dialer gave."""
    answered = None if delay is None else begun + timedelta(seconds=delay)
    ended = (answered or begun) + timedelta(seconds=talk)
    record: Record = {
        "started_at": text(begun, offset),
        "answered_at": None if answered is None else text(answered, offset),
    }
    if known in ("both", "ended_at", "contradicting"):
        record["ended_at"] = text(ended, offset)
    if known == "ended before":
        record["ended_at"] = text((answered or begun) - timedelta(seconds=1), offset)
    if known in ("both", "talk_seconds", "contradicting"):
        record["talk_seconds"] = 5.9 if known == "contradicting" else talk
    return record


def _visit_times(begun: datetime, offset: timezone, minutes: int | None) -> Record:
    ended = None if minutes is None else text(begun + timedelta(minutes=minutes), offset)
    return {"started_at": text(begun, offset), "ended_at": ended}
