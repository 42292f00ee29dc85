"""The shapes of input records as they come, before anything is made of them (contract §2-4).

Everything may be null here: which fields are required is said where records are built, with the field's path.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
Whole = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""No larger than JSON readers of every language, Lua among them, hold exactly."""
ContactId = Annotated[str, Meta(min_length=1, max_length=128)]
Channel = Literal["dial", "message", "visit", "letter"]


class AnyContact(Struct, kw_only=True, tag_field="type"):
    """The fields of every contact."""

    contact_id: ContactId | None = None
    revision: Whole | None = None
    voided: bool | None = None
    institution: Text | None = None
    agency: Text | None = None
    debtor: Text | None = None
    role: Literal["debtor", "guarantor", "contact", "heir", "other"] | None = None
    person: Text | None = None
    debts: tuple[Text, ...] | None = None
    product: Text | None = None
    purpose: Literal["collection", "locate", "relay", "service"] | None = None
    mode: Literal["notice", "interactive"] | None = None
    direction: Literal["outbound", "inbound"] | None = None
    requested: bool | None = None
    started_at: Text | None = None
    operator: Text | None = None
    ai: bool | None = None
    tool: Text | None = None
    identity_disclosed: bool | None = None
    identity_verified: bool | None = None
    debt_disclosed: bool | None = None
    labels: tuple[Text, ...] | None = None
    payee: Text | None = None
    permit: Text | None = None


class Dial(AnyContact, kw_only=True, tag="dial"):
    """A dial, answered or not; `talk_seconds` from answer to hang-up."""

    medium: Literal["voice", "video"] | None = None
    answered_at: Text | None = None
    ended_at: Text | None = None
    talk_seconds: Annotated[float, Meta(ge=0)] | None = None
    answered_by: Literal["human", "machine", "third_party", "network", "unknown"] | None = None
    intent: Literal["yes", "no", "unknown"] | None = None
    template: Text | None = None
    recording: Text | None = None
    recording_announced: bool | None = None


class Message(AnyContact, kw_only=True, tag="message"):
    """An SMS, 5G message, email or instant message."""

    medium: Literal["sms", "rcs", "email", "im"] | None = None
    template: Text | None = None


class Visit(AnyContact, kw_only=True, tag="visit"):
    """A visit by `headcount` collectors."""

    ended_at: Text | None = None
    recording: Text | None = None
    recording_announced: bool | None = None
    headcount: Whole | None = None
    met_debtor: bool | None = None
    communicated: bool | None = None
    badge_shown: bool | None = None
    entered_private: bool | None = None
    entry_consent: bool | None = None


class Letter(AnyContact, kw_only=True, tag="letter"):
    """A letter on paper or by wire."""

    medium: Literal["post", "courier", "hand", "fax", "electronic"] | None = None
    template: Text | None = None
    received_by: Literal["debtor", "family", "other", "left"] | None = None
    sealed: bool | None = None
    stamped: bool | None = None
    cover_clean: bool | None = None


CONTACTS: tuple[type[AnyContact], ...] = (Dial, Message, Visit, Letter)

FactKind = Literal[
    "agreement", "settled", "reopened", "refused", "consented", "willing_to_pay",
    "unreachable", "reachable", "status", "placed", "recalled", "zone",
]  # fmt: skip


class AnyFact(Struct, kw_only=True, tag_field="type", tag="fact"):
    """The fields of every fact."""

    fact_id: Text | None = None
    revision: Whole | None = None
    voided: bool | None = None
    kind: FactKind | None = None
    institution: Text | None = None
    debtor: Text | None = None
    at: Text | None = None
    recorded_at: Text | None = None


class Agreement(AnyFact, kw_only=True, tag="fact"):
    """Hours or limits that replace the rulebook's while they are in force."""

    until: Text | None = None
    hours: Annotated[tuple[tuple[Text, Text], ...], Meta(min_length=1)] | None = None
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1)] | None = None
    limits: dict[Text, Whole | None] | None = None


class AboutDebt(AnyFact, kw_only=True, tag="fact"):
    """Settled, reopened."""

    debt: Text | None = None


class Placement(AnyFact, kw_only=True, tag="fact"):
    """Placed, recalled."""

    debt: Text | None = None
    agency: Text | None = None


class AboutPerson(AnyFact, kw_only=True, tag="fact"):
    """Refused, consented, willing to pay."""

    person: Text | None = None


class Status(AnyFact, kw_only=True, tag="fact"):
    """Whether the debtor lives and can act."""

    value: Literal["normal", "deceased", "incapacitated"] | None = None


class Whereabouts(AnyFact, kw_only=True, tag="fact"):
    """Where the debtor is: the IANA name of his time zone."""

    value: Text | None = None


class RegistryEntry(Struct, kw_only=True, tag_field="type", tag="registry"):
    """An agency, tool, template, operator or payee."""

    kind: Literal["agency", "tool", "template", "operator", "payee"] | None = None
    id: Text | None = None
    institution: Text | None = None
    agency: Text | None = None
    valid_from: Text | None = None
    valid_until: Text | None = None
    recorded_at: Text | None = None


AnyRecord = Dial | Message | Visit | Letter | AnyFact | RegistryEntry
