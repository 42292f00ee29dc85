"""Into how many parts a log is taken, so that what is in memory at once is bounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

_PACKED = 10
"""Logs get about so much smaller when they are packed."""
_UNKNOWN_BYTES = 4 << 30
"""How large a log is taken to be that comes through a pipe."""
_BUCKETS_MAX = 4096
_BUCKETS_PER_JOB = 16
"""At least so many, or the last ones would keep some processes waiting."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`jobs`: so many processes do the work; 1 = this one. `memory_bytes`: about so much of the log is in memory, over
    all of them. `buckets`: parts by debtor; each process judges one at a time.
    """

    jobs: int = 1
    memory_bytes: int = 512 << 20
    buckets: int = _BUCKETS_PER_JOB


def plan_for(files: Iterable[str], jobs: int, memory_bytes: int) -> Plan:
    """The plan for these files (`-` = stdin): a judged bucket takes some 15 times its bytes in the log."""
    bucket_bytes = memory_bytes // (64 * jobs)
    buckets = ceil(sum(map(_log_bytes, files)) / bucket_bytes)
    return Plan(jobs, memory_bytes, min(_BUCKETS_MAX, max(buckets, _BUCKETS_PER_JOB * jobs)))


def size_of(file: str) -> int | None:
    """The bytes of a file; None where nobody knows before it is read."""
    return Path(file).stat().st_size if file != "-" and Path(file).is_file() else None


def _log_bytes(file: str) -> int:
    size = size_of(file)
    if size is None:
        return _UNKNOWN_BYTES
    return size * _PACKED if file.endswith((".gz", ".zst")) else size
