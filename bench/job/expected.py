"""What has to come of a job, reckoned from its records alone: shares no code with Duewatch or its peers."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from bench.job.job import LIMIT


class Outcome(NamedTuple):
    """Whom not to call any more today, and the calls beyond the limit of any day, by their ids."""

    blocked: frozenset[str]
    findings: frozenset[str]


def expected(values: Iterable[bytes], today: str, limit: int = LIMIT) -> Outcome:
    """Count answered calls by debtor and day; all times are written in Shanghai's, and each debtor's are in order."""
    counted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    seen: set[str] = set()
    for value in values:
        event = json.loads(value)
        if event["contact_id"] not in seen and event["answered_at"]:
            counted[event["debtor"], event["answered_at"][:10]].append(event["contact_id"])
        seen.add(event["contact_id"])
    return Outcome(
        frozenset(debtor for (debtor, day), calls in counted.items() if day == today and len(calls) >= limit),
        frozenset(call for calls in counted.values() for call in calls[limit:]),
    )
