"""More blocks than one Kafka record holds are told as fewer and wider ones: rather too much is held back then.

The blocks of a rule, each on one debt or person, become one that names none. What is held back does not depend on the
order in which anything came, so the worker and `replay` say the same.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import json

from stream.core.finding import Block

STATE_BYTES_MAX = 700_000
"""Kafka takes records of 2^20 bytes; the rest is for references and agreed hours, in value, key and headers."""

_FRAME_BYTES = 200
"""Names, mode, limit and times of a block."""
_CHARACTER_BYTES_MAX = 6
"""A control character in JSON."""
_EVIDENCE_MAX = 20
_ENCODER = json.Encoder()
_T = TypeVar("_T")


def widened(blocks: tuple[Block, ...], bytes_max: int = STATE_BYTES_MAX) -> tuple[Block, ...]:
    """The blocks in their order; where they are too many for a record, those of the largest rules as one each."""
    if sum(map(_bytes_at_most, blocks)) <= bytes_max:
        return blocks
    by_rule: dict[str, list[Block]] = {}
    for block in blocks:
        by_rule.setdefault(block.rule, []).append(block)
    sizes = {rule: sum(map(_bytes_of, some)) for rule, some in by_rule.items()}
    total = sum(sizes.values())
    for rule in sorted(sizes, key=lambda each: (-sizes[each], each)):
        if total <= bytes_max:
            break
        by_rule[rule] = [_one_for(by_rule[rule])]
        total += _bytes_of(by_rule[rule][0]) - sizes[rule]
    return tuple(block for some in by_rule.values() for block in some)


def _one_for(blocks: list[Block]) -> Block:
    """Holds back all that any of the blocks does, from the first begin to the last end."""
    ends = [block.until for block in blocks if block.until is not None]
    evidence = dict.fromkeys(name for block in blocks for name in block.evidence)
    return Block(
        rule=blocks[0].rule,
        article=blocks[0].article,
        mode=_common(block.mode for block in blocks) or "any",
        since=min(block.since for block in blocks),
        until=max(ends) if len(ends) == len(blocks) else None,
        limit=_common(block.limit for block in blocks),
        evidence=tuple(evidence)[:_EVIDENCE_MAX],
    )


def _common(values: Iterable[_T]) -> _T | None:
    every = set(values)
    return every.pop() if len(every) == 1 else None


def _bytes_at_most(block: Block) -> int:
    named = sum(map(len, (block.rule, block.article, block.person or "", block.debt or "", *block.excepted)))
    return _FRAME_BYTES + _CHARACTER_BYTES_MAX * named + 3 * len(block.excepted)


def _bytes_of(block: Block) -> int:
    named = (block.rule, block.article, block.person, block.debt, block.excepted)
    return _FRAME_BYTES + len(_ENCODER.encode(named))
