"""`make flame`: where a worker's time goes under the common job, function by function."""

import argparse
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.entrants import ENTRANTS, Entrant
from bench.job.job import Job
from bench.measure.cores import move_aside
from bench.measure.ground import Ground
from bench.measure.listening import Listener
from bench.measure.process import Process
from bench.report.grid import Grid
from bench.terminal import Terminal

_SAMPLES_PER_SECOND = 200
_ROWS = 25


def main() -> int:
    """Prints the functions with most of the samples: themselves, and with all that they call."""
    parser = argparse.ArgumentParser(prog="make flame", description=__doc__)
    parser.add_argument(
        "--of", default="all of nifa-2024", metavar="WORD", help="a part of the name of who is looked at"
    )
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--debtors", type=int, default=20_000)
    given = parser.parse_args()
    entrant = next(each for each in ENTRANTS if given.of in each.name)
    terminal = Terminal()
    move_aside()
    with Ground() as ground, terminal.working(entrant.name):
        stacks = _stacks(entrant, Job.lately(given.debtors), ground, given.seconds)
    _grid(stacks).show(terminal.console, f"{entrant.name}: {sum(stacks.values())} samples")
    return 0


def _stacks(entrant: Entrant, job: Job, ground: Ground, seconds: int) -> Counter[tuple[str, ...]]:
    prefix = f"bench-{secrets.token_hex(4)}"
    try:
        entrant.prepare(ground, prefix, job.now)
        with ground.sender() as sender:
            for record in job.records:
                sender.send(f"{prefix}-dials", *record)
        with (
            Listener(ground.kafka, entrant.outputs(prefix)) as listener,
            Process(entrant.name, entrant.command(), entrant.environment(ground, prefix, job.now)) as process,
        ):
            while not any(
                what == "finding" for each in listener.next(1) for what, _ in entrant.heard(each.topic, each.value)
            ):
                process.check()
            return _recorded(process.pid, seconds)
    finally:
        ground.clear(prefix)


def _recorded(pid: int, seconds: int) -> Counter[tuple[str, ...]]:
    """Samples by stack, the innermost function last."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stacks"
        program = Path(sys.executable).with_name("py-spy")
        options = ["--pid", str(pid), "--duration", str(seconds), "--rate", str(_SAMPLES_PER_SECOND)]
        subprocess.run(
            [str(program), "record", *options, "--format", "raw", "--output", str(file)],
            check=True,
            capture_output=True,
        )
        stacks: Counter[tuple[str, ...]] = Counter()
        for line in file.read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            stacks[tuple(stack.split(";"))] += int(count)
        return stacks


def _grid(stacks: Counter[tuple[str, ...]]) -> Grid:
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for stack, count in stacks.items():
        names = [frame.rpartition(":")[0] + ")" if ":" in frame else frame for frame in stack]
        own[names[-1]] += count
        whole.update(dict.fromkeys(names, count))
    total = max(1, sum(stacks.values()))
    rows = [(name, f"{count / total:.1%}", f"{whole[name] / total:.1%}") for name, count in own.most_common(_ROWS)]
    return Grid(("function", "itself", "with what it calls"), tuple(rows))


if __name__ == "__main__":
    sys.exit(main())
