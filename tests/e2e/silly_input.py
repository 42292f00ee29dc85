"""What a broken or hostile producer sends, all of it readable: more than anybody needs, and longer."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.log_parts.matters import Record
from tests.parts.inputs import dial, entry

FACTS = 700


class Flood:
    """Everything that is sent, in the minutes before one moment."""

    def __init__(self, moment: datetime) -> None:
        self.minute = moment - timedelta(minutes=20)

    def lines(self) -> list[Record]:
        """All of it, in the order in which it is sent."""
        return [*self.long_ids(), *self.many_facts(), *self.many_debts(), *self.one_large(), *self.plain()]

    def long_ids(self) -> Iterator[Record]:
        """Debts with names of 60 KB: twenty of them in one block state would be more than Kafka takes."""
        for number in range(20):
            yield self.fact("D-long", number, debt=f"{number}" + "x" * 60_000)

    def many_facts(self) -> Iterator[Record]:
        """More facts of one debtor than are kept, and long ones."""
        for number in range(FACTS):
            yield self.fact("D-facts", number, debt=f"{number}-" + "y" * 500)

    def many_debts(self) -> Iterator[Record]:
        """Conversations about ten thousand debts: a law that goes by the debt blocks each of them."""
        for number in range(10):
            debts = [f"L-{number}-{debt:04}-{'z' * 30}" for debt in range(1000)]
            yield self.call("D-debts", number, debts=debts)

    def one_large(self) -> Iterator[Record]:
        """A call whose record is as large as one may be, and whose finding repeats most of it."""
        yield self.call("D-large", 0, labels=["threat"] * 2000, recording="r" * 40_000)
        hours = [
            [f"{number // 60:02}:{number % 60:02}", f"{number // 60:02}:{number % 60:02}"] for number in range(100)
        ]
        agreed = {"kind": "agreement", "hours": hours, "limits": {"n" * 600 + f"{n}": n for n in range(100)}}
        yield self.fact("D-large", 1) | agreed

    def plain(self) -> Iterator[Record]:
        """A debtor like any other, four calls to whom break a limit; an entry of the registry."""
        at = self._at(0)
        yield entry(valid_from=at, recorded_at=at)
        yield from (self.call("D-plain", number) for number in range(4))

    def runaway(self, count: int) -> Iterator[Record]:
        """Calls without end to one debtor."""
        yield from (self.call("D-run", number, seconds=number / 10) for number in range(count))

    def fact(self, debtor: str, number: int, **more: Any) -> Record:
        """A settled debt."""
        about = {"type": "fact", "fact_id": f"f-{number}", "kind": "settled", "institution": "bank-a", "debtor": debtor}
        return {**about, "at": self._at(0), "recorded_at": self._at(0), **more}

    def call(self, debtor: str, number: int, seconds: float | None = None, **more: Any) -> Record:
        """An effective call."""
        at = self._at(10 * number if seconds is None else seconds)
        spoken = {"answered_at": at, "answered_by": "human", "intent": "yes", "talk_seconds": 9, "recording": "r"}
        return dial(debtor=debtor, contact_id=f"{debtor}-{number}", started_at=at, **spoken) | more

    def _at(self, seconds: float) -> str:
        return (self.minute + timedelta(seconds=seconds)).isoformat()
