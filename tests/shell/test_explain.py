"""`duewatch explain`: what is blocked for a debtor, why, and until when, from the live state (contract §8)."""

import asyncio
import os
import pty
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis

from stream.shell.delivery.task import Item, Task
from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.ledgers.packed import pack, unpack
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.memory import MemoryStore
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import Write
from tests.parts.command import duewatch
from tests.parts.ground import Ground, records_of
from tests.parts.inputs import agreement, dial

SHANGHAI = ZoneInfo("Asia/Shanghai")
AFTERNOON = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
CLAUSE = "与单一债务人主动有效通话每日不应超过3次，与债务人另有约定的除外"

Settings = dict[str, str]
Known = Callable[[list[dict[str, Any]]], Settings]


def call(number: int, **changes: Any) -> dict[str, Any]:
    """Give the number-th effective call of the day."""
    at = f"2026-11-23T1{number}:00:00+08:00"
    spoken = {"answered_at": at, "answered_by": "human", "talk_seconds": 60, "intent": "yes", "recording": "r"}
    return dial(contact_id=f"c-{number}", started_at=at, **spoken) | changes


def fact(kind: str, **more: Any) -> dict[str, Any]:
    return agreement(fact_id=f"f-{kind}", kind=kind, at="2026-11-01T00:00:00+08:00", **more)


@pytest.fixture
def known(redis_url: str) -> Known:
    """Put what came in into a namespace of its own; gives the settings with which it is explained at AFTERNOON."""

    def put(log: list[dict[str, Any]]) -> Settings:
        group = f"explain-{secrets.token_hex(4)}"
        asyncio.run(_keep(log, redis_url, group))
        return {"DUEWATCH_REDIS": redis_url, "DUEWATCH_GROUP": group, **at(AFTERNOON)}

    return put


def at(moment: datetime) -> Settings:
    return {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{(moment - datetime.now(SHANGHAI)).total_seconds():.3f}"}


async def _keep(log: list[dict[str, Any]], redis_url: str, group: str) -> None:
    """Judge in memory, and copy the ledgers into Redis."""
    ground = Ground(AFTERNOON)
    tasks = {"bank-a|*": Task("bank-a|*", {"dials-0"})}
    for record in records_of(log, ground):
        task = tasks.setdefault(record.key, Task(record.key, {"dials-0"}))
        task.items.append(Item(record.item, ground.now))  # type: ignore[arg-type] # no log here has registry entries
    await (await ground.worker()).deliver(list(tasks.values()))
    memory = MemoryStore(ground.memory)
    await memory.open()
    values = await memory.load(list(tasks))
    store = RedisStore(parse_redis(redis_url), group)
    await store.open()
    await store.save([Write(key, 0, value, None) for key, value in zip(tasks, values, strict=True) if value])
    await store.close()


def explained(settings: Mapping[str, str], debtor: str = "D1") -> list[str]:
    return duewatch("explain", "bank-a", debtor, settings=settings).stdout.splitlines()


def test_a_limit_that_is_filled(known: Known) -> None:
    """The block is there with rule, article, clause, both ends, and the calls behind it with time and agency."""
    settings = known([call(0, agency="ag-1"), call(1), call(2, agency="ag-2"), call(3)])
    head, block, counted, finding, rest = explained(settings)
    assert head.startswith("bank-a D1, as of 2026-11-23T15:00:0")
    calls = "c-0 at 10:00:00 by ag-1, c-1 at 11:00:00 by bank-a, c-2 at 12:00:00 by ag-2"
    from_to = "2026-11-23T12:00:00+08:00 | 2026-11-24T00:00:00+08:00"
    assert block == f"dial | interactive | NIFA-16-2-CALLS | 第十六条（二）1 {CLAUSE} | {from_to} | {calls}"
    assert counted == "counted today: attempts 4, effective_calls 4"
    assert finding == "finding NIFA-16-2-CALLS: c-3"
    assert rest == "known: 4 contacts, 0 facts"


def test_the_next_day(known: Known) -> None:
    """A block that has ended is none, though nobody has judged since."""
    settings = known([call(number) for number in range(3)])
    morning = explained(settings | at(datetime(2026, 11, 24, 0, 0, 1, tzinfo=SHANGHAI)))
    assert morning[1] == "free: no block and no agreed hours; the institution's quiet hours apply"


def test_what_facts_hold_back(known: Known) -> None:
    """Agreed hours, a refusal and settled debts stand on every channel with the fact behind them and their end."""
    hours = agreement(hours=[["09:00", "12:00"]], at="2026-11-01T00:00:00+08:00", until="2026-12-01T00:00:00+08:00",
                      recorded_at="2026-11-01T00:00:00+08:00")  # fmt: skip
    log = [
        hours,
        fact("refused", person="P1"),
        fact("settled"),
        fact("reopened", debt="L9") | {"at": "2026-11-02T00:00:00Z"},
    ]
    lines = explained(known(log))[1:-1]
    assert [line.split(" | ")[:3] for line in lines] == [
        [channel, what, rule]
        for channel in ("dial", "message", "visit")
        for what, rule in (
            ("all outside 09:00–12:00 (Asia/Shanghai)", "NIFA-9-AGREED"),
            ("any contact but for L9", "NIFA-11-5-SETTLED"),
            ("any contact with P1", "NIFA-8-3-REFUSED"),
        )
    ]
    assert lines[0].endswith("| 2026-11-01T00:00:00+08:00 | 2026-12-01T00:00:00+08:00 | fact f-1")
    assert lines[2].endswith("| until a later record says otherwise | fact f-refused")


def test_a_contact_with_the_id_of_a_fact(known: Known) -> None:
    """A block that rests on a fact names the fact, though a call of today has the same id."""
    log = [call(1, contact_id="f-refused"), fact("refused", person="P1")]
    lines = [line for line in explained(known(log)) if "NIFA-8-3-REFUSED" in line]
    assert len(lines) == 3
    assert all(line.endswith("| fact f-refused") for line in lines)


def test_calls_of_other_days(known: Known) -> None:
    """Where calls of several days fill a limit each of them is named with its day."""
    days = [AFTERNOON.replace(day=day) for day in range(17, 24)]
    machine = {"answered_at": None, "answered_by": "machine", "debts": ["L1"]}
    calls = [call(n, started_at=day.isoformat(), **machine) for n, day in enumerate(days, 1)]
    settings = known(calls) | {"DUEWATCH_POLICY": "reg-f-2021"}
    (because,) = {line.rpartition(" | ")[2] for line in explained(settings) if "REGF-14-B2A-CALLS" in line}
    assert because.startswith("c-1 at 2026-11-17 02:00:00 by ")


def test_an_institution(known: Known) -> None:
    """`*` is everybody: the institution's quiet hours, on every channel."""
    lines = explained(known([call(0)]), "*")[1:-1]
    assert [line.split(" | ")[:3] for line in lines] == [
        [channel, "all within 22:00–08:00 (Asia/Shanghai)", "NIFA-9-HOURS"] for channel in ("dial", "message", "visit")
    ]


def test_what_is_still_to_be_said(known: Known, redis_url: str) -> None:
    """Changes that are judged and not yet on the topics are told as such."""
    settings = known([call(0)])
    with redis.Redis.from_url(redis_url) as client:
        (place,) = client.keys(f"{settings['DUEWATCH_GROUP']}:*bank-a|D1")
        remembered = unpack(client.get(place))
        remembered.outbox = {"dials-0": ["dial", "NIFA-16-2-CALLS|c-0"]}
        client.set(place, pack(remembered))
    assert explained(settings)[-1] == "2 changes are judged and still on their way to the topics"


@pytest.mark.parametrize("debtor", ["D2", "", "\udcff", "bank-a|D1", "D1 "])
def test_a_debtor_of_whom_nothing_is_known(known: Known, debtor: str) -> None:
    """Unknown is not free: it ends with 1 and says where it has looked."""
    settings = known([call(0)])
    said = duewatch("explain", "bank-a", debtor, settings=settings, expect=1)
    assert not said.stdout
    assert said.stderr.startswith("duewatch: nothing is known of debtor")
    assert settings["DUEWATCH_GROUP"] in said.stderr


def test_redis_is_down() -> None:
    """Without Redis it ends with 69 and one line that names the setting, and no password."""
    settings = {"DUEWATCH_REDIS": "redis://user:hush@127.0.0.1:1/0"}
    (line,) = duewatch("explain", "bank-a", "D1", settings=settings, expect=69).stderr.splitlines()
    assert "DUEWATCH_REDIS" in line
    assert "hush" not in line


def test_redis_is_full() -> None:
    """A server without memory for anything more is told as what it is."""
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1")
        (line,) = duewatch("explain", "a", "b", settings={"DUEWATCH_REDIS": server.url}, expect=69).stderr.splitlines()
        assert "is full" in line


@pytest.mark.parametrize(("value", "code"), [(b"junk", 78), (b'{"rev":1,"x', 65), (b'{"rev":1,"contacts":5}', 65)])
def test_what_is_no_ledger(known: Known, redis_url: str, value: bytes, code: int) -> None:
    """What this version cannot read in Redis is named, not taken for a free debtor."""
    settings = known([call(0)])
    with redis.Redis.from_url(redis_url) as client:
        (place,) = client.keys(f"{settings['DUEWATCH_GROUP']}:*bank-a|D1")
        client.set(place, value)
    (line,) = duewatch("explain", "bank-a", "D1", settings=settings, expect=code).stderr.splitlines()
    assert "ledger" in line


@pytest.mark.parametrize("settings", [{"DUEWATCH_POLICY": "nifa-1999"}, {"DUEWATCH_REDDIS": "x"}])
def test_wrong_settings(settings: Settings) -> None:
    """A mistake in the settings ends it with 78 before anything is asked."""
    said = duewatch("explain", "bank-a", "D1", settings=settings, expect=78).stderr
    assert said.startswith("duewatch: ")
    assert "nifa-1999" in said or "DUEWATCH_REDDIS" in said


HOSTILE = "\x1b[31m[/bold][red]\r\nfree"


def test_ids_that_would_paint_the_terminal(known: Known) -> None:
    """Ids come from vendors: what would colour, forge a line or be markup is shown, on a terminal and in a pipe."""
    settings = known([call(number, contact_id=f"c-{number}{HOSTILE}", agency=HOSTILE) for number in range(4)])
    for said in ("\n".join(explained(settings)), on_a_terminal(settings)):
        assert "\x1b[31m[/bold]" not in said
        assert "\nfree" not in said.replace("\r", "")
        assert r"\x1b[31m" in said
    assert "[/bold][red]" in on_a_terminal(settings)


def on_a_terminal(settings: Settings) -> str:
    """Give what a terminal 200 columns wide is sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "stream", "explain", "bank-a", "D1"]
    environ = {**os.environ, **settings, "COLUMNS": "200", "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(command, env=environ, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while piece := _read(ours):
            said += piece
        assert process.wait(30) == 0, said
    os.close(ours)
    return said.decode()


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65_536)
    except OSError:  # Linux says so where the other end is closed
        return b""
