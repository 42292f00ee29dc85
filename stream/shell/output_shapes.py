"""Findings and block states as the JSON objects of contract §5 and §6."""

from typing import Any

import msgspec
import orjson
from msgspec import structs

from stream.core.finding import Block, ChannelState, Finding
from stream.core.rulebook import Rulebook

_encode = msgspec.json.Encoder().encode
_NO_MARKS = b',"late":false,"shadow":false}'
"""How a finding without any of the marks ends."""


def finding_object(finding: Finding, **more: Any) -> dict[str, Any]:
    """A finding in the contract's order, then `more` (version, detected_at); `late` and `shadow` only where so."""
    record = structs.asdict(finding)
    marks = {name: True for name in ("late", "shadow") if record.pop(name)}
    return record | marks | more


def finding_line(finding: Finding) -> bytes:
    """The same as JSON."""
    line = _encode(finding)
    if line.endswith(_NO_MARKS):
        return line[: -len(_NO_MARKS)] + b"}"
    return orjson.dumps(finding_object(finding))


def state_object(
    rulebook: Rulebook, institution: str, debtor: str, channel: str, state: ChannelState
) -> dict[str, Any]:
    """The whole state of one debtor on one channel, or an institution's quiet hours, without version and decided_at."""
    record: dict[str, Any] = {"institution": institution, "debtor": debtor, "channel": channel}
    if state.quiet_hours is not None:
        record |= {"quiet_hours": state.quiet_hours, "zone": rulebook.zone.name}
    else:
        record |= {"blocks": [block_object(rulebook, block) for block in state.blocks], "hours": state.hours}
    return record | {"policy": rulebook.policy}


def block_object(rulebook: Rulebook, block: Block) -> dict[str, Any]:
    """One block; `limit`, `person`, `debt` and `except` only where they mean something. Its evidence stays inside."""
    text = rulebook.zone.text
    record: dict[str, Any] = {"mode": block.mode, "rule": block.rule, "article": block.article}
    particulars = {"limit": block.limit, "person": block.person, "debt": block.debt}
    record |= {name: value for name, value in particulars.items() if value is not None}
    if block.excepted:
        record["except"] = block.excepted
    return record | {"from": text(block.since), "until": None if block.until is None else text(block.until)}
