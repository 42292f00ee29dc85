"""A short run of `make chaos`; the long ones are started by hand, seed by seed."""

from tests.chaos.faults import FAULTS
from tests.chaos.report import Report, table
from tests.chaos.run import Run
from tests.chaos.schedule import schedule

SEED = 2693
"""A broker and a Redis that end, come back empty or older, are full or cut off; workers that die and speak late."""


async def test_whatever_breaks_the_topics_end_up_saying_what_replay_says() -> None:
    """Three workers under a live log while a fault begins about every two seconds: nothing differs in the end, no
    event is lost, every broken line is a dead letter, and no worker ends in a way that nobody may cause.
    """
    said: list[str] = []
    report = await Run(SEED, 0.3, said.append, every_seconds=2.2).run()
    assert report.passed, "\n".join([*said, *report.differences[:20], f"logs and topics are in {report.kept}"])
    assert sum(report.faults.values()) > report.missed
    assert report.findings
    assert report.blocks


def test_a_seed_repeats_its_schedule() -> None:
    """The same seed gives the same faults at the same times with the same details; another one gives others."""

    def told(seed: int) -> list[tuple[float, str, float]]:
        planned = schedule(seed, 180, 7, 60)
        return [(each.at_seconds, each.fault.name, each.rng.random()) for each in planned]

    assert told(5) == told(5)
    assert told(5) != told(6)


def test_twenty_seeds_of_three_minutes_do_everything_ten_times() -> None:
    """No fault is left to chance: twenty seeds have each of them ten times, and room for some that others prevent."""
    planned = [each.fault.name for seed in range(1, 21) for each in schedule(seed, 180, 7, 60)]
    assert min(planned.count(fault.name) for fault in FAULTS) >= 15


def test_nothing_is_restored_that_is_not_old_enough() -> None:
    """A snapshot is restored only after the run has lasted as long as the snapshot has to be old."""
    for seed in range(50):
        early = [each.fault.name for each in schedule(seed, 180, 7, 60) if each.at_seconds < 60]
        assert "Redis restored from a snapshot" not in early


def test_a_difference_fails_the_run_and_is_counted() -> None:
    """The table of several runs has the sums, how often each fault was done, and where to look."""
    good = Report(1, 3, events=10, findings=4, blocks=2, faults={"worker killed": 2})
    bad = Report(2, 3, events=20, findings=5, blocks=3, faults={"Redis flushed": 1}, differences=["x"], kept="there")
    assert good.passed
    assert not bad.passed
    lines = list(table([good, bad]))
    assert "     2  worker killed" in lines
    assert "     3  faults" in lines
    assert lines[-2].endswith("1  see there")
    assert lines[-1].split() == ["all", "3", "0", "30", "9", "5", "1"]
