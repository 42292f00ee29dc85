"""Small strategies for facts and registry entries, over the same instants and names as the contacts."""

from typing import Any

from hypothesis import strategies as st

from tests.log_parts.matters import Record
from tests.log_parts.registry import KINDS
from tests.strategy_parts.contacts import AGENCIES, DEBTS, PERSONS, debtor_of
from tests.strategy_parts.instants import early_texts, maybe_texts, merged, mostly, neighbouring_texts

Part = st.SearchStrategy[Record]

FACT_IDS = ("f-1", "f-2", "f-3", "f-10", "f-4", "f-5", "f-6", "f-7", "f-other")
LIMITS = ("notice_calls", "effective_calls", "effective_visits", "attempts", "x_unknown")
# Windows that overlap, pass midnight, adjoin, end where contacts happen, hold all of the day or next to nothing.
HOURS = (
    [["09:00", "21:50"]],
    [["22:00", "08:00"]],
    [["10:00", "12:00"], ["11:00", "22:00"]],
    [["20:00", "02:00"], ["01:00", "08:00"]],
    [["12:00", "24:00"], ["00:00", "10:00"]],
    [["00:00", "24:00"]],
    [["10:00", "10:00"]],
    [["02:00", "02:01"]],
)
_NUMBERS = (0, 1, 2, 3, None)
_AGREED_LIMITS = [{name: number} for name in LIMITS for number in _NUMBERS] + [
    {"notice_calls": 1, "effective_calls": 2},
    {"effective_calls": None, "attempts": 3},
]
_CHANNELS = (None, ["dial"], ["visit", "letter"], ["message", "dial"])


def limit_agreements() -> Part:
    """Draw agreements on limits, none and zero among them, for a while or for good."""
    return _fact(
        "agreement",
        limits=st.sampled_from(_AGREED_LIMITS),
        until=maybe_texts(),
    )


def hours_agreements() -> Part:
    """Draw agreements on hours, some of which name limits too."""
    return _fact(
        "agreement",
        hours=st.sampled_from((*HOURS, None)),
        channels=st.sampled_from(_CHANNELS),
        limits=mostly({}, {"effective_visits": 0}, {"notice_calls": None}),
        until=maybe_texts(),
    )


def tight_agreements() -> Part:
    """Draw agreements that begin, end and are recorded at the very seconds at which calls begin and are answered."""
    second = neighbouring_texts()
    return _fact(
        "agreement",
        at=second,
        recorded_at=second,
        until=st.one_of(st.none(), second),
        hours=st.sampled_from((None, [["02:00", "02:01"]])),
        limits=st.sampled_from(_AGREED_LIMITS[:10]),
    )


def people_facts() -> Part:
    """Draw what is known of contact persons, and of whether the debtor can be reached or is able."""
    persons = st.sampled_from(PERSONS)
    said = [_fact(kind, person=persons) for kind in ("refused", "refused", "consented", "willing_to_pay")]
    status = _fact("status", value=st.sampled_from(("deceased", "incapacitated", "normal")))
    return st.one_of(*said, _fact("unreachable"), _fact("reachable"), status)


def settlements() -> Part:
    """Draw settlements and reopenings of one debt or of all."""
    debt = st.sampled_from((None, *DEBTS))
    whole = _fact("settled", debt=st.none())
    return st.one_of(_fact("settled", debt=debt), whole, _fact("reopened", debt=debt))


def placements() -> Part:
    """Draw placements and recalls with two agencies."""
    fields = {"debt": st.sampled_from(DEBTS), "agency": st.sampled_from(AGENCIES)}
    return st.one_of(_fact("placed", **fields), _fact("placed", **fields), _fact("recalled", **fields))


def entries(*kinds: str) -> Part:
    """Draw registry entries of these kinds or of all, of few ids, valid and over, early and late."""
    return st.fixed_dictionaries(
        {
            "type": st.just("registry"),
            "kind": st.sampled_from(kinds or KINDS),
            "id": mostly("id-1", "id-2", "id-3"),
            "institution": st.just("bank-a"),
            "agency": st.sampled_from((None, "id-1", "id-2")),
            "valid_from": early_texts(),
            "valid_until": maybe_texts(),
            "recorded_at": early_texts(),
        }
    )


def _fact(kind: str, **fields: st.SearchStrategy[Any]) -> Part:
    """Draw facts of a kind; recorded whenever, so before and after the contacts that they speak about."""
    identity = st.builds(_identified, st.sampled_from(FACT_IDS), mostly(0, 1, 2), mostly(False, False, True))
    whole = {
        "type": st.just("fact"),
        "kind": st.just(kind),
        "at": early_texts(),
        "recorded_at": early_texts(),
        **fields,
    }
    return merged(identity, st.fixed_dictionaries(whole))


def _identified(fact_id: str, revision: int, voided: bool) -> Record:  # noqa: FBT001 - drawn data
    return {
        "fact_id": fact_id,
        "revision": revision,
        "voided": voided,
        "institution": "bank-a",
        "debtor": debtor_of(fact_id),
    }
