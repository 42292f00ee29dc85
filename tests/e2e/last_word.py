"""The topics' last word beside `duewatch replay`'s, and logs of the past to try it with."""

import asyncio
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from tests.e2e.world import OlderIsNewestError, World, newest
from tests.logs import Line, generate, to_line

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 3


def past_evening() -> tuple[datetime, float]:
    """21:00 on a day before yesterday, and the clock shift that makes this moment *now*: no midnight is near."""
    today = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    evening = today - timedelta(days=2) + timedelta(hours=21)
    return evening, (evening - datetime.now(UTC)).total_seconds()


def past_log(seed: int, events: int, broken: int = 0) -> tuple[list[Line], datetime, float]:
    """A log of some days, the evening on which it ends, and the clock shift that makes this moment *now*.

    Kafka refuses records of the future, so the log lies in the past and the worker's clock is moved back into it.
    """
    evening, shift = past_evening()
    start = evening.replace(hour=0) - timedelta(days=DAYS - 1)
    return list(generate(seed, events, start=start, days=DAYS, broken=broken)), evening, shift


def replayed(folder: Path, lines: Iterable[Line], as_of: datetime, policy: str = "nifa-2024") -> tuple[Any, Any]:
    """Findings by id and block states by key and channel, as `duewatch replay` gives them."""
    log = folder / "log.ndjson"
    log.write_bytes(b"\n".join(to_line(line).replace(b"\n", b" ") for line in lines))
    command = [sys.executable, "-m", "stream", "replay", str(log), "--out", str(folder), "--policy", policy]
    subprocess.run([*command, "--as-of", as_of.isoformat()], check=True, capture_output=True, timeout=120)
    findings = [orjson.loads(line) for line in (folder / "findings.ndjson").read_bytes().splitlines()]
    blocks = [orjson.loads(line) for line in (folder / "blocks.ndjson").read_bytes().splitlines()]
    # A block state is said again when it changes, not when another policy says the same (contract §5).
    by_key = {f"{b['institution']}|{b['debtor']}|{b['channel']}": b for b in blocks if b.pop("policy")}
    return {finding["finding_id"]: finding for finding in findings}, by_key


async def said(world: World, now: datetime, ends: Sequence[str] = ("",)) -> tuple[Any, Any]:
    """The same from the topics: newest records, without what is retracted, over, empty, or about everybody.

    `ends`: what the topics' names end with, where institutions have their own.
    """
    findings = {
        key.decode(): {name: value for name, value in finding.items() if name not in ("version", "detected_at")}
        for end in ends
        for key, finding in newest(await world.read(f"findings{end}")).items()
        if finding["state"] != "retracted" and "shadow" not in finding
    }
    blocks = {}
    for channel, end in product(("dial", "message", "visit"), ends):
        for key, record in newest(await world.read(f"blocks-{channel}{end}")).items():
            if record["debtor"] == "*":
                continue
            live = [b for b in record["blocks"] if b["until"] is None or datetime.fromisoformat(b["until"]) > now]
            if live or record["hours"] is not None:
                shape = ("institution", "debtor", "channel", "hours")
                blocks[f"{key.decode()}|{channel}"] = {name: record[name] for name in shape} | {"blocks": live}
    return findings, blocks


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is missing, too much or otherwise, in words."""
    rows = [f"missing: {expected[key]}" for key in sorted(set(expected) - set(found))]
    rows += [f"too much: {found[key]}" for key in sorted(set(found) - set(expected))]
    for key in sorted(set(expected) & set(found)):
        for name in sorted(set(expected[key]) | set(found[key])):
            if expected[key].get(name) != found[key].get(name):
                rows.append(f"{key} {name}: {expected[key].get(name)!r} expected, {found[key].get(name)!r} found")
    return rows


async def settle(
    world: World,
    folder: Path,
    lines: list[Line],
    shift: float,
    *,
    policy: str = "nifa-2024",
    seconds_max: float = 45,
    ends: Sequence[str] = ("",),
) -> list[str]:
    """Compares until nothing differs any more, or the time is over; returns what differs in the end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds_max
    while True:
        now = datetime.now(UTC) + timedelta(seconds=shift)
        expected = await asyncio.to_thread(replayed, folder, lines, now, policy)
        assert expected[0], "a log without findings shows nothing"
        assert expected[1], "a log without blocks shows nothing"
        rows = await _differing(world, expected, now, ends)
        if not rows or loop.time() > end:
            return rows
        await asyncio.sleep(1)


async def _differing(world: World, expected: tuple[Any, Any], now: datetime, ends: Sequence[str]) -> list[str]:
    try:
        found = await said(world, now, ends)
    except OlderIsNewestError as error:
        return [str(error)]
    return [*differences(expected[0], found[0]), *differences(expected[1], found[1])]
