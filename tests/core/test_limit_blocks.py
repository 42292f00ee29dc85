"""When a day's limit blocks, where examples cannot say it: contacts of the day to come, and agencies by themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from stream.core.finding import Block, Judgement
from stream.core.judgement import judge
from stream.core.kinds.limit import Limit
from stream.core.ledger import Ledger
from stream.core.registry import Registry
from stream.core.rulebook import Rulebook
from stream.core.zone import instant_of
from stream.rulebooks.loader import load
from tests.parts.calls import NOON, call
from tests.parts.inputs import contact_of

RULEBOOK = load("nifa-2024")
EACH_AGENCY = Rulebook(
    structs.replace(
        RULEBOOK.file,
        rules=tuple(
            structs.replace(rule, scope="agency") if isinstance(rule, Limit) else rule for rule in RULEBOOK.rules
        ),
    )
)
MIDNIGHT = datetime.fromisoformat("2026-11-24T00:00:00+08:00")
VISIT: dict[str, Any] = {
    "type": "visit", "contact_id": "v-1", "institution": "bank-a", "debtor": "D1", "headcount": 2, "recording": "r",
    "met_debtor": True, "communicated": True, "started_at": (MIDNIGHT + timedelta(seconds=2)).isoformat(),
}  # fmt: skip


def judged(now: datetime, *records: dict[str, Any], rulebook: Rulebook = RULEBOOK) -> Judgement:
    contacts = {record["contact_id"]: contact_of(record) for record in records}
    return judge(rulebook, Ledger(institution="bank-a", debtor="D1", contacts=contacts), Registry(), instant_of(now))


def blocks(judgement: Judgement) -> list[Block]:
    return [block for state in judgement.states.values() for block in state.blocks]


def test_a_visit_of_the_day_to_come() -> None:
    """A visit stamped by a clock that runs ahead fills the limit of a day that has not begun: the judgement before
    midnight says that the answer changes, and the block begins with the visit.
    """
    now = MIDNIGHT - timedelta(seconds=1)
    for _ in range(2):
        before = judged(now, VISIT)
        assert not blocks(before)
        assert before.changes_at is not None
        now = datetime.fromtimestamp(before.changes_at / 1_000_000, MIDNIGHT.tzinfo)
    assert now == MIDNIGHT + timedelta(seconds=2)
    (block,) = blocks(judged(now, VISIT))
    assert (block.rule, block.since) == ("NIFA-16-3-VISITS", instant_of(now))


@pytest.mark.parametrize(
    ("agencies", "evidence"),
    [
        ("ABA", None),
        ("ABABCC", None),
        ("AABA", ("c-0", "c-1", "c-3")),
        ("AABBBA", ("c-2", "c-3", "c-4")),
    ],
)
def test_a_limit_of_each_agency(agencies: str, evidence: tuple[str, ...] | None) -> None:
    """Where each agency has its own limit, calls of another one do not fill it; the block begins with the call that
    filled one first.
    """
    calls = [call(f"c-{n}", NOON + timedelta(minutes=n), agency=agency) for n, agency in enumerate(agencies)]
    found = blocks(judged(NOON + timedelta(hours=1), *calls, rulebook=EACH_AGENCY))
    assert [block.evidence for block in found] == ([] if evidence is None else [evidence])
