"""Runs the engine on small logs in memory, as `replay` does, and puts its results beside the reference's."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from stream.core.rulebook import Rulebook
from stream.core.zone import instant_of
from stream.rulebooks.loader import load
from stream.shell.replay.replay import Replay
from stream.shell.replay.sources import block_of
from stream.shell.replay.worker import Orders
from tests.logs import to_line

RULEBOOK = load("nifa-2024")
_INSTANTS = ("occurred_at", "moment", "window_start", "window_end")
FINDING_FIELDS = (
    "rule", "institution", "debtor", "contact_id", "severity", "qualifier", "state", "count", "limit", "counted",
    "window_start", "window_end", "occurred_at", "moment", "revision", "channel",
)  # fmt: skip


def replayed(
    log: Iterable[Any], as_of: datetime | None = None, *, rulebook: Rulebook = RULEBOOK
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """Findings, block states and the words of dead letters."""
    findings, blocks, letters = results(Orders(rulebook), log, as_of)
    return findings, blocks, [letter["error"] for letter in letters]


def refused(orders: Orders, log: Iterable[Any]) -> dict[int, str]:
    """The numbers of the lines that are refused, from 1, with their words."""
    return {letter["line"]: letter["error"] for letter in results(orders, log)[2]}


def results(orders: Orders, log: Iterable[Any], as_of: datetime | None = None) -> list[list[dict[str, Any]]]:
    """Findings, block states and dead letters."""
    with Replay(orders) as engine:
        engine.read([block_of("log", map(to_line, log))])
        engine.judge(None if as_of is None else instant_of(as_of))
        files = (engine.findings(), engine.blocks(), engine.dead_letters())
        return [[orjson.loads(line) for line in lines] for lines in files]


def comparable_finding(finding: dict[str, Any]) -> dict[str, Any]:
    """The fields that both sides have, with instants as instants."""
    kept = {name: finding[name] for name in FINDING_FIELDS}
    kept["counted"] = None if kept["counted"] is None else list(kept["counted"])
    return kept | {name: _instant(kept[name]) for name in _INSTANTS}


def comparable_state(state: dict[str, Any]) -> dict[str, Any]:
    """A block state with instants as instants, without the policy."""
    blocks = [block | {name: _instant(block[name]) for name in ("from", "until")} for block in state["blocks"]]
    for block in blocks:
        if "except" in block:
            block["except"] = list(block["except"])
    hours = None if state["hours"] is None else [list(window) for window in state["hours"]]
    return {name: state[name] for name in ("institution", "debtor", "channel")} | {"blocks": blocks, "hours": hours}


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
