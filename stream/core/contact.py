"""A contact as rules read it: one dial, message, visit or letter, in its newest revision."""

from msgspec import Struct

TYPES = ("dial", "message", "visit", "letter")
CHANNELS = ("dial", "message", "visit")
"""Contact types that have a topic of blocks (contract §1); letters have none."""

TYPES_WITH = {
    "medium": ("dial", "message", "letter"),
    "answered_at": ("dial",),
    "ended_at": ("dial", "visit"),
    "talk_seconds": ("dial",),
    "answered_by": ("dial",),
    "intent": ("dial",),
    "template": ("dial", "message", "letter"),
    "recording": ("dial", "visit"),
    "recording_announced": ("dial", "visit"),
    "headcount": ("visit",),
    "met_debtor": ("visit",),
    "communicated": ("visit",),
    "badge_shown": ("visit",),
    "entered_private": ("visit",),
    "entry_consent": ("visit",),
    "received_by": ("letter",),
    "sealed": ("letter",),
    "stamped": ("letter",),
    "cover_clean": ("letter",),
}
"""Fields that not every type of contact has, with the types that have them (contract §2)."""

WORDS = {
    "type": TYPES,
    "role": ("debtor", "guarantor", "contact", "heir", "other"),
    "purpose": ("collection", "locate", "relay", "service"),
    "mode": ("notice", "interactive"),
    "direction": ("outbound", "inbound"),
    "medium": ("voice", "video", "sms", "rcs", "email", "im", "post", "courier", "hand", "fax", "electronic"),
    "answered_by": ("human", "machine", "third_party", "network", "unknown"),
    "intent": ("yes", "no", "unknown"),
    "received_by": ("debtor", "family", "other", "left"),
}
"""Fields that hold one of a few words, with those words (contract §2)."""


class Contact(
    Struct,
    frozen=True,
    omit_defaults=True,
    gc=False,
    rename={
        "contact_id": "i",
        "type": "t",
        "digest": "#",
        "revision": "r",
        "voided": "v",
        "apart": "x",
        "started_at": "s",
        "occurred_at": "o",
        "answered_at": "a",
        "ended_at": "e",
        "talk_seconds": "ts",
        "agency": "ag",
        "role": "ro",
        "person": "p",
        "debts": "d",
        "product": "pr",
        "purpose": "pu",
        "mode": "m",
        "direction": "di",
        "requested": "rq",
        "medium": "me",
        "answered_by": "ab",
        "intent": "in",
        "operator": "op",
        "tool": "to",
        "template": "te",
        "recording": "re",
        "recording_announced": "ra",
        "identity_disclosed": "id",
        "identity_verified": "iv",
        "debt_disclosed": "dd",
        "labels": "la",
        "payee": "pa",
        "headcount": "h",
        "met_debtor": "md",
        "communicated": "co",
        "badge_shown": "bs",
        "entered_private": "ep",
        "entry_consent": "ec",
        "received_by": "rb",
        "sealed": "se",
        "stamped": "st",
        "cover_clean": "cc",
    },
):
    """The fields of contract §2 that rules or findings use; institution and debtor are the ledger's.

    Stored with short names and without defaults: a ledger holds up to hundreds of them. Times are instants
    (microseconds), `occurred_at` is `started_at` as it was written. `digest` stands for the whole record, so that two
    different records of one revision are told apart. `apart`: `late` (it came past the horizon) or `over` (beyond
    the cap of a day); such a contact touches no window and is kept only until what it says is published (rules.md).
    """

    contact_id: str
    type: str
    digest: str
    started_at: int
    occurred_at: str
    mode: str
    medium: str | None = None
    revision: int = 0
    voided: bool = False
    apart: str = ""
    answered_at: int | None = None
    ended_at: int | None = None
    talk_seconds: float | None = None
    agency: str | None = None
    role: str = "debtor"
    person: str | None = None
    debts: tuple[str, ...] = ()
    product: str | None = None
    purpose: str = "collection"
    direction: str = "outbound"
    requested: bool = False
    answered_by: str = "unknown"
    intent: str = "unknown"
    operator: str | None = None
    ai: bool = False
    tool: str | None = None
    template: str | None = None
    recording: str | None = None
    recording_announced: bool | None = None
    identity_disclosed: bool | None = None
    identity_verified: bool | None = None
    debt_disclosed: bool | None = None
    labels: tuple[str, ...] = ()
    payee: str | None = None
    headcount: int | None = None
    met_debtor: bool | None = None
    communicated: bool | None = None
    badge_shown: bool | None = None
    entered_private: bool | None = None
    entry_consent: bool | None = None
    received_by: str | None = None
    sealed: bool | None = None
    stamped: bool | None = None
    cover_clean: bool | None = None
