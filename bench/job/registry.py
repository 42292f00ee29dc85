"""The registry of the bank in the job: without entries, the rules about agencies, lines and people judge nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bench.job.dial import AGENCIES, INSTITUTION, OPERATORS_EACH, TOOLS_EACH


def registry(before: datetime) -> Iterator[dict[str, Any]]:
    """Every agency, line and operator that appears in calls, registered a month before."""
    for number in range(AGENCIES):
        agency = f"agency-{number:02d}"
        yield _entry("agency", agency, None, before)
        for line in range(TOOLS_EACH):
            yield _entry("tool", f"{agency}-line-{line:02d}", agency, before)
        for operator in range(OPERATORS_EACH):
            yield _entry("operator", f"{agency}-operator-{operator:03d}", agency, before)


def _entry(kind: str, identity: str, agency: str | None, before: datetime) -> dict[str, Any]:
    registered = (before - timedelta(days=30)).isoformat()
    return {
        "type": "registry",
        "kind": kind,
        "id": identity,
        "institution": INSTITUTION,
        "agency": agency,
        "valid_from": registered,
        "valid_until": None,
        "recorded_at": registered,
    }
