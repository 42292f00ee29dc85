"""Where and with what figures were taken."""

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.entrants import QUIX_PYTHON

_PACKAGES = (
    "aiokafka",
    "confluent-kafka",
    "faust-streaming",
    "bytewax",
    "faststream",
    "redis",
    "hiredis",
    "msgspec",
    "orjson",
)
_ROOT = Path(__file__).parents[2]


def where(command: str, servers: Mapping[str, str], load: float) -> dict[str, Any]:
    """What a part's figures are worth nothing without; `servers` are the versions of Kafka and Redis, `load` is the
    machine's load average before anything was started.
    """
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": f"{_machine()}, load {load:.1f} before it began",
        "versions": {**servers, **_versions()},
    }


def _machine() -> str:
    """Processor, cores, memory, system and Python in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _versions() -> dict[str, str]:
    """What is installed, by name."""
    return {name: version(name) for name in _PACKAGES} | _quix()


def _commit() -> str:
    """The commit that is measured, with a plus where files differ from it."""
    said = subprocess.run(
        ["/usr/bin/env", "git", "describe", "--always", "--dirty=+"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _quix() -> dict[str, str]:
    if not QUIX_PYTHON.exists():
        return {}
    asking = "from importlib.metadata import version as v; print(v('quixstreams'), v('confluent-kafka'))"
    said = subprocess.run([str(QUIX_PYTHON), "-c", asking], capture_output=True, text=True, check=True)
    own, kafka = said.stdout.split()
    return {"quixstreams": f"{own} (with confluent-kafka {kafka})"}
