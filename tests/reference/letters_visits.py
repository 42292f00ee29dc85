"""Rules of letters (第十五条（三）) and of visits (第十六条（三）) that look at their own fields."""

from tests.reference.case import PROVISIONAL, VIOLATION, WARNING, Breach, Case, when
from tests.reference.day import local_date
from tests.reference.records import Contact

_INTERVAL_DAYS = 7


def stamped(case: Case) -> Breach | None:
    """NIFA-15-3-STAMPED V: letter, `stamped` false."""
    return when(case.contact.type == "letter" and case.contact.stamped is False)


def addressee(case: Case) -> Breach | None:
    """NIFA-15-3-ADDRESSEE V: letter, purpose `collection`, not to the debtor himself."""
    return when(_is_collection_letter(case.contact) and not case.contact.to_debtor)


def interval(case: Case) -> Breach | None:
    """Judge NIFA-15-3-INTERVAL.

    W: letter, purpose `collection`, fewer than 7 days (difference of local dates) after the such letter before it
    (moment, `contact_id`), same institution, debtor and product, whatever agency.
    """
    letter = case.contact
    if not _is_collection_letter(letter):
        return None
    before = [
        one
        for one in case.contacts
        if _is_collection_letter(one) and one.product == letter.product and one.place_in_order < letter.place_in_order
    ]
    if not before:
        return None
    last = max(before, key=lambda one: one.place_in_order)
    return when((local_date(letter.moment) - local_date(last.moment)).days < _INTERVAL_DAYS, WARNING)


def _is_collection_letter(contact: Contact) -> bool:
    return contact.type == "letter" and contact.outbound and contact.purpose == "collection"


def sealed(case: Case) -> Breach | None:
    """NIFA-15-3-SEALED V: letter, not `electronic` or `fax`, `sealed` false."""
    letter = case.contact
    on_paper = letter.type == "letter" and letter.medium not in ("electronic", "fax")
    return when(on_paper and letter.sealed is False)


def cover(case: Case) -> Breach | None:
    """NIFA-15-3-COVER V: letter, `cover_clean` false."""
    return when(case.contact.type == "letter" and case.contact.cover_clean is False)


def fax(case: Case) -> Breach | None:
    """NIFA-15-3-FAX V: letter, medium `fax`."""
    return when(case.contact.type == "letter" and case.contact.medium == "fax")


def handed(case: Case) -> Breach | None:
    """NIFA-15-3-HANDED V: letter, medium `hand`, `received_by` `other` or `left`."""
    letter = case.contact
    carried = letter.type == "letter" and letter.medium == "hand"
    return when(carried and letter.received_by in ("other", "left"))


def party(case: Case) -> Breach | None:
    """NIFA-16-3-PARTY V: `interactive` visit, `headcount` < 2."""
    visit = case.contact
    return when(_is_interactive_visit(visit) and visit.headcount is not None and visit.headcount < 2)


def crowd(case: Case) -> Breach | None:
    """NIFA-16-3-CROWD W: `interactive` visit, `headcount` > 3."""
    visit = case.contact
    return when(_is_interactive_visit(visit) and visit.headcount is not None and visit.headcount > 3, WARNING)


def badge(case: Case) -> Breach | None:
    """Judge NIFA-16-3-BADGE.

    V: `interactive` visit, `badge_shown` false, unless both `met_debtor` and `communicated` are false.
    """
    visit = case.contact
    nobody_there = visit.met_debtor is False and visit.communicated is False
    return when(_is_interactive_visit(visit) and visit.badge_shown is False and not nobody_there)


def entry(case: Case) -> Breach | None:
    """NIFA-16-3-ENTRY V: visit, `entered_private` true and `entry_consent` false; *provisional* where it is null."""
    visit = case.contact
    if visit.type != "visit" or visit.entered_private is not True or visit.entry_consent is True:
        return None
    return PROVISIONAL if visit.entry_consent is None else VIOLATION


def _is_interactive_visit(contact: Contact) -> bool:
    return contact.type == "visit" and contact.mode == "interactive"
