"""The low watermark: by event time alone, and never ahead of a partition that has something left to read."""

from stream.shell.worker.progress import Progress

NOW = 5000
DIALS, LETTERS = ("dials", 0), ("letters", 0)


def watermark(*workers: dict[str, str]) -> int | None:
    """What a worker makes of these workers' reports."""
    progress = Progress()
    progress.learn({name: text for reports in workers for name, text in reports.items()}, NOW)
    return progress.watermark


def report(partition: tuple[str, int], recorded: int, *, at_end: bool) -> dict[str, str]:
    """What a worker says of a partition in which it has done a record of that time."""
    progress = Progress()
    if recorded:
        progress.read(partition, recorded)
    return progress.report([partition], {partition: at_end})


def test_nothing_is_known_at_first() -> None:
    """Before any record is done there is no watermark, and so nothing is dropped."""
    assert watermark() is None
    assert watermark(report(DIALS, 0, at_end=True)) is None


def test_a_partition_that_lags_holds_the_watermark_back() -> None:
    """A partition with records left bounds it by its own time; one that has read nothing yet allows none at all."""
    assert watermark(report(DIALS, 900, at_end=True), report(LETTERS, 100, at_end=False)) == 100
    assert watermark(report(DIALS, 900, at_end=True), report(LETTERS, 0, at_end=False)) is None


def test_an_idle_partition_holds_nothing_back() -> None:
    """A partition read to its end counts as far as the newest record anywhere, not as the time of day."""
    assert watermark(report(DIALS, 900, at_end=True), report(LETTERS, 100, at_end=True)) == 900
    assert watermark(report(DIALS, 900, at_end=True), report(LETTERS, 0, at_end=True)) == 900


def test_a_record_from_the_future_moves_it_no_further_than_now() -> None:
    """One record with a wrong timestamp does not make late what comes after it."""
    assert watermark(report(DIALS, NOW * 1000, at_end=True), report(LETTERS, 100, at_end=True)) == NOW
    assert watermark(report(DIALS, NOW * 1000, at_end=True), report(LETTERS, 100, at_end=False)) == 100


def test_late_records_do_not_take_it_back() -> None:
    """A record with an older time than one before it changes nothing."""
    progress = Progress()
    progress.read(DIALS, 900)
    progress.read(DIALS, 300)
    assert progress.report([DIALS], {DIALS: True}) == {"dials:0": "900,1"}


def test_who_takes_a_partition_over_goes_on_from_there() -> None:
    """A fresh worker, which has done nothing yet, does not take the watermark back by what it reports."""
    progress = Progress()
    progress.learn({"dials:0": "900,1", "policy@w1": "nifa-2024@1"}, NOW)
    assert progress.watermark == 900
    assert progress.report([DIALS], {DIALS: False}) == {"dials:0": "900,0"}
