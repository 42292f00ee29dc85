from pathlib import Path
from typing import Any

from bench.report import capacity, results
from bench.report.figures import keep, load
from bench.report.grid import Grid

_WHERE = {
    "command": "make bench",
    "date": "2026-11-24",
    "commit": "abc",
    "machine": "two cores",
    "versions": {"Kafka": "4"},
}
_SPEED = {
    "events_per_second": 20_000.0,
    "cpu_seconds_per_100k": 5.0,
    "redis_cpu_seconds_per_100k": 0.5,
    "kafka_cpu_seconds_per_100k": 1.0,
    "peak_megabytes": 100.0,
    "others": 7,
    "disturbed_share": 0.0,
}
_SIZES = {"value_bytes": 700.0, "zstd_bytes": 250.0, "outputs_share": 0.05}


def _part(figures: Any, **more: Any) -> dict[str, Any]:
    return {"figures": figures, "failed": {}, **_WHERE, **more}


def _figures() -> dict[str, Any]:
    slower = {**_SPEED, "events_per_second": 18_000.0}
    return {
        "throughput": _part({"Duewatch, all of nifa-2024": [_SPEED, slower, _SPEED]}, sizes=_SIZES),
        "memory": _part([{"contacts": 5, "bytes": 1_400.0}, {"contacts": 50, "bytes": 10_400.0}]),
        "runaway": _part([{"contact": number, "microseconds": cost} for number, cost in ((10, 60.0), (110, 160.0))]),
        "catch_up": _part(
            [{"per_second": 1000, "outage_seconds": 3600, "backlog": 1, "seconds": 9.0, "events_per_second": 15_000.0}]
        ),
    }


def test_pages_are_made_of_kept_figures(tmp_path: Path) -> None:
    """New parts take the place of old ones, the others stay, and the page shows medians with where they come from."""
    kept = tmp_path / "figures.json"
    keep(_figures(), kept)
    keep({"memory": _part([{"contacts": 5, "bytes": 1_600.0}])}, kept)
    results.write(load(kept), tmp_path / "RESULTS.md")
    page = (tmp_path / "RESULTS.md").read_text()
    row = next(line for line in page.splitlines() if "all of nifa-2024" in line)
    assert [cell.strip() for cell in row.split("|")][2:4] == ["20,000", "18,000 to 20,000"]
    assert "`make bench`, 2026-11-24, commit abc; two cores; Kafka 4." in page
    assert "The aim was at most 1,500 bytes at 5 contacts: not met." in page


def test_capacity_is_reckoned_from_figures(tmp_path: Path) -> None:
    """Workers for the peak at the load, bytes along the line through what was measured; nothing without figures."""
    page = tmp_path / "CAPACITY.md"
    capacity.write({}, page)
    assert not page.exists()
    capacity.write(_figures(), page)
    text = page.read_text()
    # 10⁹ contacts in 12 hours, twice that in the peak; 50 µs and 150 × 1 µs each; six tenths of a core.
    assert "| workers | **16**, a core each |" in text
    # 200 bytes for each further contact: 10,400 + 110 × 200.
    assert "hence 200 for each further one and 32,400 with 160" in text
    assert "$" not in text


def test_a_grid_lines_up_in_its_source() -> None:
    """A table is readable without being rendered."""
    grid = Grid(("what", "how many"), (("one", "1"), ("a thousand", "1,000")))
    assert grid.markdown().splitlines() == [
        "| what       | how many |",
        "| ---------- | -------: |",
        "| one        |        1 |",
        "| a thousand |    1,000 |",
    ]
