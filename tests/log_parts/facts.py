"""Facts of a generated log: agreements, settlements, refusals, reachability, statuses, placements."""

from datetime import datetime
from random import Random

from tests.log_parts.matters import AGENCIES, DEBTS, PERSONS, Matter, Record
from tests.log_parts.times import after, written

_KINDS = (
    ("agreement",) * 6
    + ("placed",) * 5
    + ("settled", "settled", "reopened", "recalled", "recalled")
    + ("refused", "refused", "consented", "willing_to_pay", "unreachable", "reachable", "status")
)
_HOURS = (
    [["09:00", "12:00"], ["14:00", "18:00"]],
    [["22:00", "08:00"]],
    [["10:30", "21:00"]],
    [["08:00", "22:00"]],
    [["00:00", "24:00"]],
    [["12:00", "12:00"]],
    [["20:00", "02:00"], ["01:00", "09:30"]],
    [["18:00", "24:00"], ["00:00", "01:30"]],
)
_LIMITS = ("notice_calls", "effective_calls", "effective_visits", "attempts", "x_unknown")
# Recorded at once, before it takes effect, within hours, or so late that contacts it speaks about came first.
_RECORDED_AFTER_SECONDS = (0, 0, -1, -3600, 1, 7200, 40_000)


def fact(rng: Random, matter: Matter, fact_id: str, instant: datetime, latest: datetime) -> Record:
    """One fact that takes effect at `instant`, recorded at `latest` at the latest."""
    kind = rng.choice(_KINDS)
    return {
        "type": "fact",
        "fact_id": fact_id,
        "revision": 0,
        "voided": rng.random() < 0.03,
        "kind": kind,
        "institution": matter.institution,
        "debtor": matter.debtor,
        "at": written(rng, instant),
        "recorded_at": written(rng, min(latest, after(instant, rng.choice(_RECORDED_AFTER_SECONDS)))),
        **_fields(rng, kind, instant),
    }


def revised_fact(rng: Random, record: Record, instant: datetime, revision: int) -> Record:
    """A later word on the same fact: taken back, moved, or with other terms."""
    later = {**record, "revision": revision}
    change = rng.randrange(3)
    if change == 0:
        later["voided"] = not record["voided"]
    elif change == 1:
        later["at"] = written(rng, after(instant, rng.choice((-7200, 1, 7200))))
    else:
        later |= _fields(rng, record["kind"], instant)
    return later


def _fields(rng: Random, kind: str, instant: datetime) -> Record:
    if kind == "agreement":
        return _agreement_fields(rng, instant)
    if kind in ("settled", "reopened"):
        return {"debt": rng.choice((None, *DEBTS))}
    if kind in ("placed", "recalled"):
        return {"debt": rng.choice(DEBTS), "agency": rng.choice(AGENCIES)}
    if kind in ("refused", "consented", "willing_to_pay"):
        return {"person": rng.choice(PERSONS)}
    if kind == "status":
        return {"value": rng.choice(("normal", "deceased", "incapacitated"))}
    return {}


def _agreement_fields(rng: Random, instant: datetime) -> Record:
    """An agreement on hours, limits, or both, open or for a while, for all channels or some."""
    names = rng.sample(_LIMITS, rng.choice((0, 1, 1, 2)))
    limits = {name: rng.choice((None, 0, 1, 2, 5)) for name in names}
    until = rng.choice((None, None, 3600, 21_600, 86_400))
    return {
        "until": None if until is None else written(rng, after(instant, until)),
        "hours": rng.choice(_HOURS) if rng.random() < 0.6 else None,
        "channels": rng.choice((None, None, ["dial"], ["dial", "message"], ["visit", "letter"])),
        "limits": limits,
    }
