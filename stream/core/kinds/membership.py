"""Rules about the institution's registry: what was filed, approved or listed beforehand (contract §4)."""

from collections.abc import Iterable, Iterator
from typing import Literal

from stream.core.condition import Condition
from stream.core.rule import Case, ContactRule, RestsOn, Verdict
from stream.core.seen import Seen


class Membership(ContactRule, frozen=True, kw_only=True, tag="membership"):
    """The contact's `field` has to be valid in the registry `of`, or (`check = "owner"`) filed for its own agency.

    Nothing is found until the institution has an entry of that kind. `null`: what an absent field means.
    `labels`: quality-check labels that are a breach by themselves.
    """

    field: str
    of: Literal["agency", "tool", "template", "operator", "payee"]
    check: Literal["valid", "owner"] = "valid"
    null: Literal["says-nothing", "provisional"] = "says-nothing"
    labels: tuple[str, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        yield {self.field: "none"}

    def looks_at(self) -> Iterable[str]:
        if self.labels:
            yield "labels"

    def rests_on(self, seen: Seen) -> RestsOn:
        return "contact" if any(label in self.labels for label in seen.contact.labels) else "registry"

    def verdict(self, seen: Seen, case: Case) -> Verdict | None:
        contact = seen.contact
        if self.labels and contact.labels and any(label in self.labels for label in contact.labels):
            return Verdict()
        instant = contact.started_at
        if not case.registry.enforced(case.institution, self.of, instant):
            return None
        value = getattr(contact, self.field)
        if value is None:
            return Verdict("provisional") if self.null == "provisional" else None
        entry = case.registry.valid(case.institution, self.of, value, instant)
        if self.check == "valid":
            return None if entry else Verdict(detail=value)
        foreign = entry is not None and entry.agency is not None and entry.agency != contact.agency
        return Verdict(detail=value) if foreign else None
