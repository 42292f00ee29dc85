"""Rules that look at the institution's registry."""

from tests.reference.case import PROVISIONAL, Breach, Case, enforced, speaking_entry, unlisted, when


def operator(case: Case) -> Breach | None:
    """NIFA-6-OPERATOR † V: `operator` given (not `ai`) and not valid in registry `operator`."""
    return when(not case.contact.ai and unlisted(case, "operator", case.contact.operator))


def tool(case: Case) -> Breach | None:
    """NIFA-10-1-TOOL V: dial or message: `tool` not valid in registry `tool`; *provisional* where `tool` is null."""
    contact = case.contact
    if contact.type not in ("dial", "message") or not enforced(case, "tool"):
        return None
    if contact.tool is None:
        return PROVISIONAL
    return when(unlisted(case, "tool", contact.tool))


def exclusive(case: Case) -> Breach | None:
    """Judge NIFA-10-2-EXCLUSIVE.

    V: dial or message: `tool` is valid, but its entry names another agency than the contact's. An entry with
    `agency` null is the institution's official tool, open to all who collect for it.
    """
    contact = case.contact
    if contact.type not in ("dial", "message") or contact.tool is None:
        return None
    entry = speaking_entry(case, "tool", contact.tool)
    return when(entry is not None and entry.agency is not None and entry.agency != contact.agency)


def payee(case: Case) -> Breach | None:
    """NIFA-11-3-PAYEE † V: `payee` given and not valid in registry `payee`, or label `cash_taken`."""
    return when(unlisted(case, "payee", case.contact.payee) or "cash_taken" in case.contact.labels)


def template(case: Case) -> Breach | None:
    """Judge NIFA-15-1-TEMPLATE.

    V: purpose `collection`; notice dial answered, notice message, notice letter: `template` not valid in registry
    `template`; *provisional* where it is null.
    """
    contact = case.contact
    sent = contact.type in ("message", "letter") or contact.answered
    if contact.purpose != "collection" or contact.mode != "notice" or not sent or not enforced(case, "template"):
        return None
    if contact.template is None:
        return PROVISIONAL
    return when(unlisted(case, "template", contact.template))


def agency(case: Case) -> Breach | None:
    """NIFA-17-2-LISTED † V: `agency` given and not valid in registry `agency`."""
    return when(unlisted(case, "agency", case.contact.agency))
