"""Registry entries of a generated log: ids that are good, over, not yet valid, withdrawn, brought back, or late."""

from datetime import datetime
from random import Random

from tests.log_parts.matters import AGENCIES, INSTITUTIONS, Record
from tests.log_parts.times import Span, after, written

KINDS = ("agency", "tool", "template", "operator", "payee")
_DAY = 86_400


def registry_entries(rng: Random, span: Span) -> list[Record]:
    """All entries of all institutions, the most needed first; the last institution keeps no payees.

    Enforcement of a kind begins minutes to hours after the log, so that early contacts are judged without it.
    """
    good: list[Record] = []
    odd: list[Record] = []
    for institution in INSTITUTIONS:
        for kind in KINDS:
            if (institution, kind) == (INSTITUTIONS[-1], "payee"):
                continue
            good += _good(rng, institution, kind, span.start)
            odd += _odd(rng, institution, kind, span)
    rng.shuffle(odd)
    return good + odd


def _good(rng: Random, institution: str, kind: str, start: datetime) -> list[Record]:
    ids = AGENCIES if kind == "agency" else tuple(f"{kind}-{number}" for number in (1, 2, 3))
    begun = after(start, rng.choice((0, 60, 3600)))
    return [_entry(rng, institution, kind, name, recorded=begun, valid_from=start) for name in ids]


def _odd(rng: Random, institution: str, kind: str, span: Span) -> list[Record]:
    """What goes wrong with ids in life; each instant is an edge that some contact may fall on."""
    start = span.start
    noon = min(span.end, after(start, _DAY * span.day(rng) + 43_200))

    def entry(name: str, recorded: datetime, valid_from: datetime, valid_until: datetime | None = None) -> Record:
        name = f"{kind}-{name}"
        return _entry(rng, institution, kind, name, recorded=recorded, valid_from=valid_from, valid_until=valid_until)

    return [
        entry("withdrawn", start, start),
        entry("withdrawn", noon, start, after(start, 1)),
        entry("back", start, start, after(start, 1)),
        entry("back", noon, start),
        entry("short", start, start, noon),
        entry("future", start, noon),
        entry("late", span.end, start),
    ]


def _entry(
    rng: Random,
    institution: str,
    kind: str,
    name: str,
    *,
    recorded: datetime,
    valid_from: datetime,
    valid_until: datetime | None = None,
) -> Record:
    return {
        "type": "registry",
        "kind": kind,
        "id": name,
        "institution": institution,
        "agency": rng.choice((None, None, "agency-1", "agency-1")) if kind == "tool" else None,
        "valid_from": written(rng, valid_from),
        "valid_until": None if valid_until is None else written(rng, valid_until),
        "recorded_at": written(rng, recorded),
    }
