"""Sends calls at a steady rate, and hears when the blocks that follow from them come."""

import time
from collections.abc import Iterator, Sequence
from threading import Event, Thread
from types import TracebackType
from typing import Self

from bench.entrants import Entrant
from bench.job.live import Live
from bench.measure.ground import Ground, Sender
from bench.measure.listening import Listener

_BREATH_SECONDS = 0.0005


class Feed:
    """Remembers when the calls that fill a limit were sent (monotonic seconds by debtor)."""

    def __init__(self, sender: Sender, topic: str, calls: Iterator[Live]) -> None:
        self.sent: dict[str, float] = {}
        self._sender = sender
        self._topic = topic
        self._calls = calls

    def run(self, per_second: float, seconds: float) -> set[str]:
        """Send for so long, evenly; returns the debtors whose limit was filled."""
        calls = [next(self._calls) for _ in range(round(per_second * seconds))]
        begin = time.monotonic()
        for number, call in enumerate(calls):
            while (early := begin + number / per_second - time.monotonic()) > 0:
                time.sleep(min(early, _BREATH_SECONDS))
            if call.blocks:
                self.sent[call.debtor] = time.monotonic()
            self._sender.send(
                self._topic, call.key, call.value, call.reported, {"blocks": b"1"} if call.blocks else None
            )
            self._sender.poll()
        return {call.debtor for call in calls if call.blocks}


class Ear:
    """Hears blocks in a thread of its own, for as long as a with block: when the first one of each debtor came."""

    def __init__(self, entrant: Entrant, ground: Ground, topics: Sequence[str]) -> None:
        self.heard: dict[str, float] = {}
        self._entrant = entrant
        self._listener = Listener(ground.kafka, topics)
        self._enough = Event()
        self._thread = Thread(target=self._listen, name="ear")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._thread.join()

    def wait_for(self, debtors: set[str], seconds: float) -> bool:
        """Whether all of these have been heard of, waiting at most so long."""
        deadline = time.monotonic() + seconds
        while not debtors <= self.heard.keys():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _listen(self) -> None:
        with self._listener as listener:
            while not self._enough.is_set():
                for output in listener.next(seconds=0.1):
                    arrived = time.monotonic()
                    for what, debtor in self._entrant.heard(output.topic, output.value):
                        if what == "blocked":
                            self.heard.setdefault(debtor, arrived)
