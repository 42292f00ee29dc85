"""What the README shows works as it stands there."""

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from stream.core.zone import instant_of
from stream.shell.delivery.records import Beat, Stamp, heartbeat_record
from stream.shell.delivery.task import Task
from tests.parts.calls import NOON, call, deliver
from tests.parts.ground import Ground
from tests.replay.engine import RULEBOOK

README = Path(__file__).parents[2] / "README.md"


PARTITIONS = 4


def dialer() -> tuple[Callable[[bytes], None], Callable[..., str | None]]:
    """What the README's dialer learns by and asks."""
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 - the code is the README's
    return names["learn"], names["why_not"]


def fact(kind: str, **more: Any) -> dict[str, Any]:
    at = (NOON - timedelta(days=1)).isoformat()
    plain = {"type": "fact", "institution": "bank-a", "debtor": "D1", "kind": kind, "at": at, "recorded_at": at}
    return {**plain, "fact_id": f"{kind}-{len(more)}", **more}


def heartbeat(partition: int, judged_until: datetime, version: int = 0) -> bytes:
    """A record as the worker writes it."""
    instant = instant_of(judged_until)
    beat = Beat(partition, PARTITIONS, instant, lag=0, state="judging", heartbeat_seconds=5)
    stamp = Stamp(version or instant, RULEBOOK.zone.text(instant))
    return heartbeat_record(RULEBOOK, "dial", beat, stamp).value or b""


async def learned(*records: dict[str, Any]) -> tuple[Callable[[bytes], None], Callable[[str, datetime], str | None]]:
    """The README's dialer, after reading everything that follows from the records, but no heartbeat."""
    ground = Ground(NOON)
    await (await ground.worker()).deliver([Task("bank-a|*", {"dials-0"})])
    await deliver(ground, *records)
    learn, why_not = dialer()
    for _, record in ground.topics.records["blocks-dial"]:
        learn(record.value or b"")
    return learn, lambda debt, now: why_not("bank-a", "D1", "interactive", [debt], now)


async def told(*records: dict[str, Any]) -> Callable[[str, datetime], str | None]:
    """The same, with fresh heartbeats whenever it is asked."""
    learn, why_not = await learned(*records)

    def ask(debt: str, now: datetime) -> str | None:
        for number in range(PARTITIONS):
            learn(heartbeat(number, now, version=time.time_ns()))
        return why_not(debt, now)

    return ask


async def test_the_dialer_stops_at_the_third_call_and_goes_on_next_morning() -> None:
    """After three effective calls the README's dialer does not call until the day is over, nor in quiet hours."""
    why_not = await told(*(call(f"c-{n}", NOON - timedelta(hours=3 - n)) for n in range(3)))
    assert why_not("L1", NOON) == "NIFA-16-2-CALLS"
    assert why_not("L1", NOON.replace(hour=23, minute=59)) == "NIFA-16-2-CALLS"
    assert why_not("L1", NOON.replace(hour=7, minute=59) + timedelta(days=1)) == "quiet hours"
    assert why_not("L1", NOON.replace(hour=8) + timedelta(days=1)) is None


async def test_the_dialer_keeps_agreed_hours() -> None:
    """Agreed hours replace quiet hours, over midnight too."""
    why_not = await told(fact("agreement", hours=[["20:00", "01:00"]]))
    assert why_not("L1", NOON) == "agreed hours"
    assert why_not("L1", NOON.replace(hour=23)) is None
    assert why_not("L1", NOON.replace(hour=0, minute=59)) is None
    assert why_not("L1", NOON.replace(hour=1)) == "agreed hours"


async def test_the_dialer_leaves_settled_debts_alone() -> None:
    """A settled debt is not called about; another one is; one that was reopened is called about again."""
    why_not = await told(fact("settled", debt="L1"))
    assert why_not("L1", NOON) == "NIFA-11-5-SETTLED"
    assert why_not("L2", NOON) is None
    reopened = (NOON - timedelta(hours=1)).isoformat()
    why_not = await told(fact("settled", debt=None), fact("reopened", debt="L2", at=reopened, recorded_at=reopened))
    assert why_not("L1", NOON) == "NIFA-11-5-SETTLED"
    assert why_not("L2", NOON) is None


async def test_the_dialer_takes_silence_for_no_freedom() -> None:
    """Without a heartbeat of each partition, and once the oldest is too old, nobody is called; blocks keep their own
    reason; when the heartbeats are fresh again calls go on.
    """
    learn, why_not = await learned(fact("settled", debt="L1"))
    assert why_not("L2", NOON) == "Duewatch is silent"
    for number in range(PARTITIONS):
        assert why_not("L2", NOON) == "Duewatch is silent"
        learn(heartbeat(number, NOON - timedelta(seconds=number)))
    assert why_not("L2", NOON + timedelta(seconds=12)) is None
    later = NOON + timedelta(seconds=13)
    assert why_not("L2", later) == "Duewatch is silent"
    assert why_not("L1", later) == "NIFA-11-5-SETTLED"
    learn(heartbeat(3, later))
    assert why_not("L2", later) is None
    learn(heartbeat(3, NOON - timedelta(hours=1)))
    assert why_not("L2", later) is None, "a heartbeat of a lower version is an old one"
