"""Calls that come one after the other without an end: every tenth one is the third effective call of its debtor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from bench.job.dial import Debtor, dial, written
from bench.job.job import LIMIT

_CALLS_EACH = 10
_DEBTORS_AT_ONCE = 200


class Live(NamedTuple):
    """A record to be sent. `blocks`: it is the call after which its debtor is blocked."""

    key: str
    value: bytes
    reported: datetime
    debtor: str
    blocks: bool


def live(begin: datetime, seed: int) -> Iterator[Live]:
    """Calls from `begin` on, a millisecond apart; some hundred debtors are called in turn, then others."""
    rng = Random(seed)
    waiting: list[tuple[Debtor, list[bool]]] = []
    moment = begin
    while True:
        while len(waiting) < _DEBTORS_AT_ONCE:
            waiting.append((Debtor(rng), _answers(rng)))
        place = rng.randrange(len(waiting))
        debtor, answers = waiting[place]
        event, ended = dial(rng, debtor, moment, effective=answers.pop(0))
        if not answers:
            waiting[place] = waiting[-1]
            waiting.pop()
        yield Live(debtor.key, written(event), ended, debtor.reference, blocks=not answers)
        moment += timedelta(milliseconds=1)


def _answers(rng: Random) -> list[bool]:
    """Whether each call is answered: two somewhere, the third at the end."""
    answers = [True] * (LIMIT - 1) + [False] * (_CALLS_EACH - LIMIT)
    rng.shuffle(answers)
    return [*answers, True]
