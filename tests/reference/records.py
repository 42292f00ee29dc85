"""What a log holds, once read: contacts, facts and registry entries, with the words that rules.md derives from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Contact:
    """Contract §2. A field that is not for this type of contact is null."""

    type: str
    contact_id: str
    revision: int
    voided: bool
    institution: str
    agency: str | None
    debtor: str
    role: str
    person: str | None
    debts: tuple[str, ...]
    product: str | None
    purpose: str
    mode: str
    direction: str
    requested: bool
    started_at: datetime
    operator: str | None
    ai: bool
    tool: str | None
    identity_disclosed: bool | None
    identity_verified: bool | None
    debt_disclosed: bool | None
    labels: tuple[str, ...]
    payee: str | None
    medium: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: float | None = None
    answered_by: str | None = None
    intent: str | None = None
    template: str | None = None
    recording: str | None = None
    recording_announced: bool | None = None
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

    @property
    def answered(self) -> bool:
        """'a dial with `answered_at` and `answered_by` not `network`'."""
        return self.type == "dial" and self.answered_at is not None and self.answered_by != "network"

    @property
    def moment(self) -> datetime:
        """'an answered dial: `answered_at`; everything else: `started_at`'."""
        if self.answered and self.answered_at is not None:
            return self.answered_at
        return self.started_at

    @property
    def place_in_order(self) -> tuple[datetime, str]:
        """'ordered by (moment, contact_id)'; Python compares text by code point."""
        return (self.moment, self.contact_id)

    @property
    def judged(self) -> bool:
        """'purpose not `service`, not voided'; the outbound part is each rule's own, because of †."""
        return self.purpose != "service" and not self.voided

    @property
    def outbound(self) -> bool:
        """The other direction only matters to rules of conduct."""
        return self.direction == "outbound"

    @property
    def to_debtor(self) -> bool:
        """'the debtor himself: role `debtor` or `guarantor`'."""
        return self.role in ("debtor", "guarantor")

    @property
    def talked_seconds(self) -> float | None:
        """'`talk_seconds`, else `ended_at` − `answered_at`, else unknown'."""
        if self.talk_seconds is not None:
            return self.talk_seconds
        if self.ended_at is not None and self.answered_at is not None:
            return (self.ended_at - self.answered_at).total_seconds()
        return None

    @property
    def end(self) -> datetime | None:
        """'`ended_at`, else of an answered dial with known `talk_seconds` `answered_at` + those, else none'."""
        if self.ended_at is not None:
            return self.ended_at
        if self.answered and self.answered_at is not None and self.talk_seconds is not None:
            return self.answered_at + timedelta(seconds=self.talk_seconds)
        return None

    @property
    def exchange(self) -> bool:
        """'people spoke: a dial answered, not by a machine, talk time unknown or above 0; a visit …; a message …'."""
        if self.type == "dial":
            spoke = self.talked_seconds is None or self.talked_seconds > 0
            return self.answered and self.answered_by != "machine" and spoke
        if self.type == "visit":
            return self.communicated is not False
        return self.mode == "interactive"


@dataclass(frozen=True)
class Fact:
    """Contract §3. A field that is not for this kind of fact is null."""

    fact_id: str
    revision: int
    voided: bool
    kind: str
    institution: str
    debtor: str
    at: datetime
    recorded_at: datetime
    until: datetime | None = None
    hours: tuple[tuple[str, str], ...] | None = None
    channels: tuple[str, ...] | None = None
    limits: tuple[tuple[str, int | None], ...] = ()
    debt: str | None = None
    person: str | None = None
    value: str | None = None
    agency: str | None = None

    def in_force(self, instant: datetime) -> bool:
        """'`at` ≤ the contact's moment < `until` (null = open)'."""
        return self.at <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True)
class Entry:
    """Contract §4: one registry entry."""

    kind: str
    id: str
    institution: str
    agency: str | None
    valid_from: datetime
    valid_until: datetime | None
    recorded_at: datetime

    def valid(self, instant: datetime) -> bool:
        """'`valid_from` ≤ `started_at` < `valid_until`'."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


Known = Contact | Fact | Entry
Json = dict[str, Any]
