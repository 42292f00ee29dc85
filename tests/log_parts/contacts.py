"""Contacts of a generated log: what all types share, messages, visits, letters, and later revisions."""

from datetime import datetime
from random import Random

from tests.log_parts.dials import dial_fields
from tests.log_parts.matters import AGENCIES, DEBTS, PERSONS, PRODUCTS, Matter, Record
from tests.log_parts.times import after, written

LABELS = (
    "violence",
    "threat",
    "impersonation",
    "personal_capacity",
    "untold",
    "misleading",
    "exaggerated",
    "fabricated",
    "cash_taken",
    "extra_fee",
    "induced_borrowing",
    "rude",
    "improper_attire",
    "disturbed_family",
    "disturbed_workplace",
    "polite",
)
_SELDOM = (True,) * 5 + (None,) * 3 + (False,)


def contact(rng: Random, matter: Matter, kind: str, contact_id: str, begun: datetime) -> Record:
    """One whole contact of a type, every field given."""
    own = {"dial": dial_fields, "message": _message_fields, "visit": _visit_fields, "letter": _letter_fields}[kind]
    return {
        "type": kind,
        "contact_id": contact_id,
        "revision": 0,
        "voided": rng.random() < 0.02,
        "institution": matter.institution,
        "agency": _agency(rng),
        "debtor": matter.debtor,
        **_aim(rng),
        "debts": rng.sample(DEBTS, rng.choice((0, 1, 1, 1, 1, 2, 3))),
        "product": rng.choice(PRODUCTS),
        "direction": "inbound" if rng.random() < 0.06 else "outbound",
        "requested": rng.random() < 0.07,
        "started_at": written(rng, begun),
        "operator": _registered(rng, "operator"),
        "ai": rng.random() < 0.15,
        "payee": _registered(rng, "payee") if rng.random() < 0.2 else None,
        "identity_disclosed": rng.choice(_SELDOM),
        "identity_verified": rng.choice(_SELDOM),
        "debt_disclosed": rng.choice((None, None, None, False, True)),
        "labels": _labels(rng),
        "permit": rng.choice((None, "permit-1", "permit-2")),
        **own(rng, begun),
        **_sent_with(rng, kind),
    }


def revised(rng: Random, record: Record, begun: datetime, revision: int) -> Record:
    """A later word on the same contact: late receipt, quality check, correction of the time, or that it never was."""
    later = {**record, "revision": revision}
    change = rng.randrange(6)
    if change == 0:
        later["voided"] = not later["voided"]
    elif change == 1:
        later["started_at"] = written(rng, after(begun, rng.choice((-3600, -60, 1, 3600))))
    elif change == 2:
        later |= {"labels": _labels(rng), "identity_verified": rng.choice(_SELDOM), "recording": f"r-late-{revision}"}
    elif change == 3:
        later |= _aim(rng)
    elif change == 4:
        later |= {"agency": _agency(rng), "product": rng.choice(PRODUCTS), "debts": [rng.choice(DEBTS)]}
    elif record["type"] == "dial":
        later |= dial_fields(rng, begun)
    else:
        later |= {"requested": not record["requested"], "mode": rng.choice(("notice", "interactive"))}
    return later


def _aim(rng: Random) -> Record:
    """Whom the contact was aimed at, and what for."""
    if rng.random() < 0.85:
        purpose = "service" if rng.random() < 0.08 else rng.choice(("collection",) * 9 + ("locate",))
        return {"role": rng.choice(("debtor",) * 5 + ("guarantor",)), "person": None, "purpose": purpose}
    return {
        "role": rng.choice(("contact", "contact", "heir", "other")),
        "person": rng.choice(PERSONS),
        "purpose": rng.choice(("locate", "locate", "relay", "collection", "service")),
    }


def _agency(rng: Random) -> str | None:
    return None if rng.random() < 0.2 else rng.choice((*AGENCIES * 3, *AGENCIES[:1] * 10, "agency-unlisted"))


def _registered(rng: Random, kind: str) -> str | None:
    """An id of the registry: mostly a good one; see `registry` for what the endings stand for."""
    luck = rng.random()
    if luck < 0.04:
        return None
    if luck < 0.92:
        return f"{kind}-{rng.randrange(1, 4)}"
    return f"{kind}-{rng.choice(('withdrawn', 'back', 'short', 'future', 'late', 'never'))}"


def _labels(rng: Random) -> list[str]:
    return rng.sample(LABELS, rng.choice((0,) * 12 + (1, 1, 2)))


def _sent_with(rng: Random, kind: str) -> Record:
    tool = {"tool": _registered(rng, "tool")} if kind in ("dial", "message") else {}
    template = {"template": _registered(rng, "template")} if kind != "visit" else {}
    return {**tool, **template}


def _message_fields(rng: Random, _begun: datetime) -> Record:
    medium = rng.choice(("sms", "sms", "sms", "rcs", "email", "im"))
    return {"medium": medium, "mode": rng.choice(("notice", "notice", "interactive"))}


def _visit_fields(rng: Random, begun: datetime) -> Record:
    minutes = rng.choice((None, 0, -10, 5, 20, 40, 300))
    return {
        "mode": rng.choice(("interactive", "interactive", "interactive", "notice")),
        "ended_at": None if minutes is None else written(rng, after(begun, 60 * minutes)),
        "headcount": rng.choice((0, 1, 2, 2, 2, 3, 3, 4)),
        "met_debtor": rng.choice(_SELDOM),
        "communicated": rng.choice(_SELDOM),
        "badge_shown": rng.choice(_SELDOM),
        "entered_private": rng.choice((None, False, False, True)),
        "entry_consent": rng.choice((None, False, True, True)),
        "recording": None if rng.random() < 0.2 else f"r-{rng.randrange(10**6)}",
        "recording_announced": rng.choice(_SELDOM),
    }


def _letter_fields(rng: Random, _begun: datetime) -> Record:
    return {
        "mode": "interactive" if rng.random() < 0.03 else "notice",
        "medium": rng.choice(("post", "post", "courier", "hand", "fax", "electronic")),
        "received_by": rng.choice((None, "debtor", "debtor", "family", "other", "left")),
        "sealed": rng.choice(_SELDOM),
        "stamped": rng.choice(_SELDOM),
        "cover_clean": rng.choice(_SELDOM),
    }
