"""What contacts meant the last time changes nothing about what is true of them now."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from stream.core.alone import Alone
from stream.core.judgement import judge
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.zone import instant_of
from stream.rulebooks.loader import load
from tests.parts.calls import NOON, call
from tests.parts.inputs import contact_of, fact_of

RULEBOOK = load("nifa-2024")
SETTLED: dict[str, Any] = {
    "type": "fact", "fact_id": "f-2", "kind": "settled", "institution": "bank-a", "debtor": "D1", "debt": "L1",
    "at": (NOON - timedelta(hours=4)).isoformat(), "recorded_at": (NOON + timedelta(hours=4)).isoformat(),
}  # fmt: skip
AGREED: dict[str, Any] = {
    "type": "fact", "fact_id": "f-1", "kind": "agreement", "institution": "bank-a", "debtor": "D1",
    "at": "2026-11-01T00:00:00+08:00", "recorded_at": "2026-11-01T00:00:00+08:00", "limits": {"effective_calls": 2},
    "until": (NOON + timedelta(hours=2)).isoformat(), "hours": [["07:00", "21:00"]],
}  # fmt: skip

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "put", "put", "drop", "look", "look")),
        st.integers(0, 4),
        st.integers(-9, 9),
        st.fixed_dictionaries(
            {},
            optional={
                "voided": st.booleans(),
                "purpose": st.sampled_from(("collection", "service")),
                "labels": st.just(["threat"]),
                "debts": st.just(["L1"]),
                "recording": st.none(),
                "direction": st.sampled_from(("inbound", "outbound")),
            },
        ),
        st.integers(-30, 30),
    ),
    min_size=8,
    max_size=30,
)


@given(steps=STEPS, facts=st.sets(st.sampled_from(("f-1", "f-2"))))
def test_looking_only_at_what_is_new(
    *, steps: list[tuple[str, int, int, dict[str, Any], int]], facts: set[str]
) -> None:
    """Whatever comes, is corrected, dropped or kept apart, and however time goes, what is judged with what is
    remembered of the last time is what is judged anew.
    """
    ledger, registry, alone = Ledger(institution="bank-a", debtor="D1"), Registry(), Alone()
    ledger.facts = {fact.fact_id: fact for fact in map(fact_of, (AGREED, SETTLED)) if fact.fact_id in facts}
    for revision, (what, number, hours, fields, later) in enumerate(steps):
        name = f"c-{number}"
        if what == "put":
            made = contact_of(call(name, NOON + timedelta(hours=hours), revision=revision, **fields))
            if number == 0 and hours < 0:
                ledger.apart[name] = structs.replace(made, apart="late")
            else:
                ledger.contacts[name] = made
        elif what == "drop":
            (ledger.apart if hours < 0 else ledger.contacts).pop(name, None)
        elif what == "look":
            now = instant_of(NOON + timedelta(hours=later))
            assert judge(RULEBOOK, ledger, registry, now, alone) == judge(RULEBOOK, ledger, registry, now)
