"""Dials of a generated log."""

from datetime import datetime
from random import Random

from tests.log_parts.matters import Record
from tests.log_parts.times import after, written

_ANSWERED_AFTER_SECONDS = (0, 1, 1, 15.5, 30, 600)
# An effective call lasts 6.0 seconds: both sides of it, and clearly more.
_TALK_SECONDS = (0, 0.4, 5.9, 5.999, 6, 6.0, 6.1, 42.3, 42.3, 65, 121.75, 180, 180, 240.5)
_ANSWERED_BY = ("human", "human", "human", "human", "human", "unknown", "machine", "third_party", "network")
_INTENT = ("yes", "yes", "yes", "yes", "unknown", "no")


def dial_fields(rng: Random, begun: datetime) -> Record:
    """What only a dial has; its times hang together as a dialer's do, or almost."""
    answered = after(begun, rng.choice(_ANSWERED_AFTER_SECONDS)) if rng.random() < 0.85 else None
    return {
        "mode": rng.choice(("notice", "interactive")),
        "medium": "video" if rng.random() < 0.04 else "voice",
        "answered_at": written(rng, answered) if answered else None,
        **_end(rng, answered or begun),
        "answered_by": rng.choice(_ANSWERED_BY),
        "intent": rng.choice(_INTENT),
        "recording": _recording(rng),
        "recording_announced": rng.choice((True, True, None, False)),
    }


def overrun_fields(rng: Random, quiet: datetime) -> tuple[datetime, Record]:
    """Make a call begun before the quiet hours and ended at their begin, just after, ten minutes after, or later."""
    begun = after(quiet, -rng.choice((1, 30, 400.5, 1200)))
    ended = after(quiet, rng.choice((-1, 0, 0.000001, 1, 599.9, 600, 600.000001, 601, 3000)))
    answered = min(after(begun, rng.choice((0, 0.5))), ended)
    fields = {**dial_fields(rng, begun), "answered_at": written(rng, answered), "answered_by": "human"}
    if rng.random() < 0.5:
        fields |= {"ended_at": written(rng, ended), "talk_seconds": None}
    else:
        fields |= {"ended_at": None, "talk_seconds": (ended - answered).total_seconds()}
    return begun, fields


def _end(rng: Random, connected: datetime) -> Record:
    """End and talk time: both, one, neither, contradicting each other, or an end before the beginning."""
    talk = rng.choice(_TALK_SECONDS)
    ended = written(rng, after(connected, talk))
    return rng.choice(
        (
            {"ended_at": ended, "talk_seconds": talk},
            {"ended_at": ended, "talk_seconds": None},
            {"ended_at": ended},
            {"talk_seconds": talk},
            {"ended_at": None, "talk_seconds": talk},
            {},
            {"ended_at": ended, "talk_seconds": rng.choice(_TALK_SECONDS)},
            {"ended_at": written(rng, after(connected, -5)), "talk_seconds": rng.choice((None, talk))},
        )
    )


def _recording(rng: Random) -> str | None:
    return f"r-{rng.randrange(10**6)}" if rng.random() < 0.8 else None
