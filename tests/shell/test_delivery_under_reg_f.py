"""The worker's half under another regulation: no code of it knows which rulebook it works under."""

import asyncio
import random
from datetime import datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.ground import Ground, records_of
from tests.replay.engine import replayed
from tests.replay.test_regulation_f import TIGHT
from tests.shell.test_delivery import read_all
from tests.strategies import logs
from tests.strategy_parts.regulation_f import moments


@given(logs("calls in days"), moments(), st.integers(0, 2**32), st.integers(0, 4))
def test_step_by_step_with_crashes_equals_all_at_once(
    log: list[dict[str, Any]], as_of: datetime, seed: int, deaths: int
) -> None:
    """Whatever dies where, the topics end up saying what judging the whole log at that moment says."""
    rng = random.Random(seed)
    ground = Ground(as_of, rulebook=TIGHT)
    asyncio.run(read_all(ground, records_of(log, ground), rng, deaths))
    findings, blocks, _ = orjson.loads(orjson.dumps(replayed(log, as_of, rulebook=TIGHT)))
    by_key = {f"{b['institution']}|{b['debtor']}|{b['channel']}": b for b in blocks}
    assert ground.said() == ({finding["finding_id"]: finding for finding in findings}, by_key)
