"""The job as the peers do it: which calls count, how they are counted, and what is said of them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

LIMIT = 3
TALK_SECONDS_MIN = 6.0
BATCH_MAX = 2000
COMMIT_EVERY_SECONDS = 0.5
POLL_SECONDS_MAX = 0.02
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_TODAY = os.environ.get("BENCH_TODAY", "")

# One round trip for a whole batch: KEYS[i] is the set of one debtor and day, ARGV[i] the id of the call.
# Gives the call's position in its day, 0 for a call that has been counted before.
COUNT = """
local positions = {}
for i, key in ipairs(KEYS) do
  if redis.call('SADD', key, ARGV[i]) == 1 then
    positions[i] = redis.call('SCARD', key)
    if positions[i] == 1 then redis.call('EXPIRE', key, 864000) end
  else
    positions[i] = 0
  end
end
return positions
"""


class Call(NamedTuple):
    """An effective call: the record's key (institution and debtor), its local day, and its id."""

    key: str
    day: str
    contact: str

    @property
    def counter(self) -> str:
        """The set that it is counted in."""
        return f"calls:{self.key}:{self.day}"


class Said(NamedTuple):
    """One record to be sent."""

    topic: str
    key: bytes
    value: bytes


def call_of(value: bytes) -> Call | None:
    """The effective call in a record, or None."""
    event = orjson.loads(value)
    answered = event["answered_at"]
    if (
        answered is None
        or event["mode"] != "interactive"
        or event["direction"] != "outbound"
        or event["answered_by"] != "human"
        or event["talk_seconds"] < TALK_SECONDS_MIN
    ):
        return None
    day = datetime.fromisoformat(answered).astimezone(_SHANGHAI).date().isoformat()
    return Call(f"{event['institution']}|{event['debtor']}", day, event["contact_id"])


def calls_of(values: Iterable[bytes]) -> list[Call]:
    """The effective calls in a batch."""
    return [call for value in values if (call := call_of(value)) is not None]


def counting(calls: Sequence[Call]) -> tuple[list[str], list[str]]:
    """Keys and arguments of `COUNT` for a batch."""
    return [call.counter for call in calls], [call.contact for call in calls]


def said(calls: Iterable[Call], positions: Iterable[int], blocks: str, findings: str) -> Iterator[Said]:
    """Blocks and findings of counted calls; what was blocked for a day that is over is not said."""
    for call, position in zip(calls, positions, strict=True):
        if position == LIMIT and call.day == _TODAY:
            yield Said(blocks, call.key.encode(), _written(call, position))
        elif position > LIMIT:
            yield Said(findings, call.key.encode(), _written(call, position))


def _written(call: Call, position: int) -> bytes:
    institution, _, debtor = call.key.partition("|")
    return orjson.dumps(
        {
            "institution": institution,
            "debtor": debtor,
            "day": call.day,
            "contact_id": call.contact,
            "count": position,
            "limit": LIMIT,
        }
    )
