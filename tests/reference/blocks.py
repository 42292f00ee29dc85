"""Contract §5: the block state of one debtor on each channel, at one instant."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tests.reference import limits
from tests.reference.case import latest, of_kind
from tests.reference.day import day_end, day_start
from tests.reference.debts import settlement
from tests.reference.hours import agreement_on_hours
from tests.reference.ledger import Debtor
from tests.reference.limits import Limit
from tests.reference.records import Contact, Fact

Block = dict[str, Any]

CHANNELS = ("dial", "message", "visit")

# Limit, channel, mode and article of each limit's block.
_LIMIT_BLOCKS = (
    (limits.NOTICE_CALLS, "dial", "notice", "第十五条（二）"),
    (limits.EFFECTIVE_CALLS, "dial", "interactive", "第十六条（二）1"),
    (limits.ATTEMPTS, "dial", "any", "第十六条（二）1"),
    (limits.EFFECTIVE_VISITS, "visit", "interactive", "第十六条（三）4"),
)


def blocks_of(
    debtor: Debtor, contacts: Sequence[Contact], facts: Sequence[Fact], as_of: datetime
) -> Iterator[dict[str, Any]]:
    """One record per channel with a block or agreed hours."""
    for channel in CHANNELS:
        blocks = [*_limit_blocks(channel, contacts, facts, as_of), *_refusals(facts, as_of), *_settled(facts, as_of)]
        blocks.sort(key=lambda block: (block["rule"], block.get("debt") or block.get("person") or ""))
        agreement = agreement_on_hours(facts, channel, as_of, recorded_by=as_of)
        hours = [list(window) for window in agreement.hours] if agreement and agreement.hours else None
        if blocks or hours:
            institution, name = debtor
            yield {"institution": institution, "debtor": name, "channel": channel, "blocks": blocks, "hours": hours}


def _limit_blocks(channel: str, contacts: Sequence[Contact], facts: Sequence[Fact], as_of: datetime) -> Iterator[Block]:
    for limit, on_channel, mode, article in _LIMIT_BLOCKS:
        begun = _filled_at(limit, contacts, facts, as_of) if channel == on_channel else None
        if begun is not None:
            number = limits.number_in_force(limit, facts, as_of)
            block = {"mode": mode, "rule": limit.rule, "article": article, "limit": number}
            yield {**block, "from": begun, "until": day_end(as_of)}


def _filled_at(limit: Limit, contacts: Sequence[Contact], facts: Sequence[Fact], as_of: datetime) -> datetime | None:
    """'from the moment of the contact that filled the limit …, reckoned with the limit in force now'.

    'A limit of 0 blocks from the start of the day or of the agreement, whichever is later'. A contact whose moment is
    still to come has filled nothing yet.
    """
    number = limits.number_in_force(limit, facts, as_of)
    if number is None:
        return None
    if number == 0:
        agreement = limits.agreement_on_limit(limit, facts, as_of)
        return max(day_start(as_of), agreement.at) if agreement else day_start(as_of)
    counted = limits.counted_on_day(limit, contacts, as_of)
    if len(counted) < number or counted[number - 1].moment > as_of:
        return None
    return counted[number - 1].moment


def _refusals(facts: Sequence[Fact], as_of: datetime) -> Iterator[Block]:
    """'A refusal is a block with `"person":…`, mode `any`, from the fact's `at`, on all three channels'."""
    said = of_kind(facts, as_of, "refused", "consented")
    for person in sorted({fact.person for fact in said if fact.person is not None}):
        newest = latest(fact for fact in said if fact.person == person)
        if newest is not None and newest.kind == "refused":
            yield {**_endless("NIFA-8-3-REFUSED", "第八条（三）", newest), "person": person}


def _settled(facts: Sequence[Fact], as_of: datetime) -> Iterator[Block]:
    """'one block without `debt`, with `"except":[…]` …. Else one block with `"debt":…` for each debt …'."""
    state = settlement(facts, as_of)
    if state.whole is not None:
        block = _endless("NIFA-11-5-SETTLED", "第十一条（五）", state.whole)
        yield {**block, "except": list(state.reopened)} if state.reopened else block
        return
    for debt, fact in state.newest.items():
        if fact.kind == "settled":
            yield {**_endless("NIFA-11-5-SETTLED", "第十一条（五）", fact), "debt": debt}


def _endless(rule: str, article: str, fact: Fact) -> Block:
    return {"mode": "any", "rule": rule, "article": article, "from": fact.at, "until": None}
