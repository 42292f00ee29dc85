from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.jars import kafka_jars


@dataclass
class _Jar:
    path: Path
    broken: bool = False

    def resolve(self) -> Path:
        if self.broken:
            raise RuntimeError("not found")
        self.path.write_text("jar")
        return self.path


@dataclass
class _Repository:
    broken: bool = False
    asked: int = 0

    def __call__(self, folder: Path) -> list[_Jar]:
        self.asked += 1
        folder.mkdir()
        return [_Jar(folder / "one.jar"), _Jar(folder / "two.jar", broken=self.broken)]


def _names(jars: Path) -> list[str]:
    return sorted(path.name for path in jars.iterdir())


def test_fetched_once(tmp_path: Path) -> None:
    """The jars are fetched on first use, and only then."""
    repository = _Repository()
    assert _names(kafka_jars(tmp_path / "cache", repository)) == ["one.jar", "two.jar"]
    kafka_jars(tmp_path / "cache", repository)
    assert repository.asked == 1


def test_fetched_whole_or_not_at_all(tmp_path: Path) -> None:
    """A fetch that fails half-way leaves nothing that the next run takes for whole."""
    with pytest.raises(RuntimeError, match="not found"):
        kafka_jars(tmp_path, _Repository(broken=True))
    assert _names(kafka_jars(tmp_path, _Repository())) == ["one.jar", "two.jar"]


def test_leftovers_of_a_killed_run_go(tmp_path: Path) -> None:
    """What a run that was killed had fetched is removed by the next fetch."""
    leftover = tmp_path / "fetching-killed"
    leftover.mkdir()
    (leftover / "half.jar").write_text("ja")
    kafka_jars(tmp_path, _Repository())
    assert not leftover.exists()


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Of several runs that begin at once, one fetches and the others wait for it."""
    repository = _Repository()
    with ThreadPoolExecutor(8) as runs:
        found = {future.result() for future in [runs.submit(kafka_jars, tmp_path, repository) for _ in range(8)]}
    assert [_names(jars) for jars in found] == [["one.jar", "two.jar"]]
    assert repository.asked == 1
