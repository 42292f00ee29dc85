"""What a run has done and found, and runs side by side as a table."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from tests.chaos.faults import FAULTS


class Report(Struct):
    """One seed's run. `differences`: what the topics say otherwise than `replay`; `kept`: the folder to look into."""

    seed: int
    minutes: float
    events: int = 0
    findings: int = 0
    blocks: int = 0
    restarts: int = 0
    faults: dict[str, int] = {}
    missed: int = 0
    differences: list[str] = []
    kept: str = ""

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.differences


def table(reports: Sequence[Report]) -> Iterator[str]:
    """Lines: per fault how often it was done, per seed what came of it, and the sums."""
    done: Counter[str] = Counter()
    for report in reports:
        done.update(report.faults)
    yield from (f"{done[fault.name]:6}  {fault.name}" for fault in FAULTS)
    yield f"{done.total():6}  faults"
    yield f"{'seed':>6} {'faults':>8} {'restarts':>8} {'events':>8} {'findings':>8} {'blocks':>8} {'differences':>12}"
    for report in reports:
        yield _row(str(report.seed), [report]) + (f"  see {report.kept}" if report.kept else "")
    yield _row("all", reports)


def _row(name: str, reports: Sequence[Report]) -> str:
    sums = (
        sum(sum(report.faults.values()) for report in reports),
        sum(report.restarts for report in reports),
        sum(report.events for report in reports),
        sum(report.findings for report in reports),
        sum(report.blocks for report in reports),
    )
    differences = sum(len(report.differences) for report in reports)
    return f"{name:>6} " + " ".join(f"{number:8}" for number in sums) + f" {differences:12}"
