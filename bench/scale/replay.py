"""How fast `duewatch replay` is, and how much memory it takes, up to ten million events."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.measure.cores import measured_core, pin
from bench.measure.process import EndedError, peak_megabytes

_LOOK_SECONDS = 0.2
MEGABYTES_MAX = 4_096
"""A replay that wants more is ended: on a machine that is shared it would take the memory of others."""


def replay(counts: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """For each number of events, the seconds and the peak memory; `failed` says which one wanted too much."""
    points = []
    failed: dict[str, str] = {}
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="duewatch-bench-") as folder:
            say(f"{count:,} events: writing them")
            log = _written(count, Path(folder))
            say(f"{count:,} events")
            began = time.monotonic()
            megabytes, ended_well = _replayed(log)
            seconds = time.monotonic() - began
        if not ended_well:
            failed[f"replay of {count:,} events"] = f"wants more than {MEGABYTES_MAX} MiB ({megabytes:.0f} MiB)"
            break
        points.append({"events": count, "seconds": seconds, "megabytes": megabytes})
    return {"figures": points, "failed": failed}


def _written(count: int, folder: Path) -> Path:
    """The log in a file, some 700 bytes an event: a pipe would make the replay wait for whoever writes into it."""
    log = folder / "log.ndjson"
    with log.open("wb") as file:
        subprocess.run([sys.executable, "-m", "bench.scale.log", str(count)], stdout=file, check=True)
    return log


def _replayed(log: Path) -> tuple[float, bool]:
    """The most memory it had, and whether it came to its end within the bound."""
    told = log.with_suffix(".told")
    with told.open("wb") as errors:
        replaying = subprocess.Popen(
            [sys.executable, "-m", "stream", "replay", str(log), "--out", str(log.parent)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        pin(replaying.pid, measured_core())
        megabytes = 0.0
        while replaying.poll() is None and megabytes <= MEGABYTES_MAX:
            try:
                megabytes = max(megabytes, peak_megabytes(replaying.pid))
            except (EndedError, FileNotFoundError, ProcessLookupError):
                break
            time.sleep(_LOOK_SECONDS)
        if megabytes > MEGABYTES_MAX:
            return megabytes, False
        if replaying.wait() != 0:
            raise EndedError(f"replay failed:\n{told.read_text(errors='replace')[-2000:]}")
        return megabytes, True
    finally:
        replaying.kill()
        replaying.wait()
