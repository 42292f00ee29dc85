"""The calls of three days to 20 000 debtors, some delivered twice; the same for the same seed and first day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bench.job.dial import Debtor, dial, written

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMIT = 3
_ATTEMPTS = (1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 5, 5, 5, 8, 8, 12)
_EFFECTIVE_SHARE = 0.35
_DUPLICATE_SHARE = 0.02
_REPORTED_AFTER_SECONDS = 2
_REPEATED_AFTER_SECONDS_MAX = 600
# A quality check finds what other rules are about: so many of the effective calls have such a field.
_BLEMISHES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.010, {"recording": None}),
    (0.005, {"recording_announced": False}),
    (0.005, {"labels": ["rude"]}),
    (0.005, {"tool": "a-line-nobody-registered"}),
)
# Calls begin on the ten-minute marks between 08:10 and 20:50, so that those to one debtor never overlap.
_FIRST_MARK, _LAST_MARK = 49, 125
_MARK = timedelta(minutes=10)


class Sent(NamedTuple):
    """A record as it is produced: its key and value, and when it was reported (the record's timestamp)."""

    key: str
    value: bytes
    reported: datetime


@dataclass(frozen=True)
class Job:
    """So many debtors over so many days from `first_day` (in Shanghai).

    The job's *now* is the evening of its last day: what was blocked on a day before is over, and is not said any more.
    """

    first_day: date
    debtors: int = 20_000
    days: int = 3
    seed: int = 1

    @classmethod
    def lately(cls, debtors: int) -> "Job":
        """The job whose last day was the day before yesterday: Kafka takes no records from the future."""
        return cls(datetime.now(SHANGHAI).date() - timedelta(days=4), debtors)

    @property
    def today(self) -> date:
        """The last day."""
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def now(self) -> datetime:
        """The evening of the last day; every call is over, the day is not."""
        return _midnight(self.today) + timedelta(hours=21, minutes=15)

    @cached_property
    def records(self) -> list[Sent]:
        """All records in the order in which they are reported; those of one debtor in the order of his calls."""
        rng = Random(self.seed)
        records = [record for _ in range(self.debtors) for record in self._calls(rng)]
        again = [self._again(rng, record) for record in records if rng.random() < _DUPLICATE_SHARE]
        return sorted([*records, *again], key=lambda record: record.reported)

    def _calls(self, rng: Random) -> Iterator[Sent]:
        debtor = Debtor(rng)
        for day in range(self.days):
            midnight = _midnight(self.first_day + timedelta(days=day))
            for mark in sorted(rng.sample(range(_FIRST_MARK, _LAST_MARK), rng.choice(_ATTEMPTS))):
                begun = midnight + mark * _MARK + timedelta(milliseconds=rng.randrange(120_000))
                event, ended = dial(rng, debtor, begun, effective=rng.random() < _EFFECTIVE_SHARE)
                if event["answered_at"] is not None:
                    event |= _blemish(rng)
                yield Sent(debtor.key, written(event), ended + timedelta(seconds=_REPORTED_AFTER_SECONDS))

    def _again(self, rng: Random, record: Sent) -> Sent:
        return record._replace(
            reported=record.reported + timedelta(seconds=rng.uniform(0.1, _REPEATED_AFTER_SECONDS_MAX))
        )


def _blemish(rng: Random) -> dict[str, Any]:
    drawn = rng.random()
    for share, fields in _BLEMISHES:
        if drawn < share:
            return fields
        drawn -= share
    return {}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
