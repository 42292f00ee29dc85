"""`make chaos SEED=n MINUTES=m`: a log fed live while everything breaks; in the end the topics say what replay says.

Prints what was done. A seed repeats the schedule of faults and the log; what the faults hit is up to the machine.
"""

import argparse
import asyncio
import logging
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.chaos.found import FOUND
from tests.chaos.report import Report, table
from tests.chaos.run import Run
from tests.parts.jars import kafka_jars

SHOWN_MAX = 20


def main() -> int:
    """Runs one seed here, several in processes of their own; exit code 1 where anything differs in the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=_seeds, default=[1], help="one, the first and the last, or `found`: 7, 1-20")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long each is fed and broken")
    parser.add_argument("--at-once", type=int, default=1, help="how many run side by side")
    parser.add_argument("--report", type=Path, help="a file for the report of one seed, as JSON")
    parser.add_argument("--keep", action="store_true", help="keep logs and topics of one seed, even if all is well")
    given = parser.parse_args()
    # Whoever ends it, its servers and workers end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kafka_jars()
    # While the broker is down, the feed's producer has nothing else to say.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if len(given.seeds) == 1:
        reports = [asyncio.run(Run(given.seeds[0], given.minutes, _say, keep=given.keep).run())]
        if given.report:
            given.report.write_bytes(msgspec.json.encode(reports[0]))
    else:
        reports = _many(given.seeds, given.minutes, given.at_once)
    for line in _told(reports):
        _say(line)
    return 0 if all(report.passed for report in reports) else 1


def _seeds(text: str) -> list[int]:
    if text == "found":
        return list(FOUND)
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def _say(text: str) -> None:
    print(text, flush=True)


def _many(seeds: Sequence[int], minutes: float, at_once: int) -> list[Report]:
    with ThreadPoolExecutor(at_once) as pool, tempfile.TemporaryDirectory() as folder:
        return list(pool.map(lambda seed: _one(seed, minutes, Path(folder)), seeds))


def _one(seed: int, minutes: float, folder: Path) -> Report:
    """One seed in a process of its own. What it prints is shown in one piece, if there is anything amiss."""
    file = folder / f"{seed}.json"
    command = [sys.executable, "-m", "tests.chaos", "--seeds", str(seed), "--minutes", str(minutes)]
    ended = subprocess.run([*command, "--report", str(file)], capture_output=True, text=True, check=False)
    if not file.exists():
        return Report(seed, minutes, differences=[f"the run itself has failed:\n{ended.stdout}{ended.stderr}"])
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    _say(f"seed {seed}: {sum(report.faults.values())} faults, {len(report.differences)} differences")
    if not report.passed:
        _say(ended.stdout)
    return report


def _told(reports: Sequence[Report]) -> list[str]:
    amiss = [f"seed {report.seed} DIFFERS {row}" for report in reports for row in report.differences[:SHOWN_MAX]]
    return [*amiss, *table(reports)]


if __name__ == "__main__":
    sys.exit(main())
