"""Everything there is to see of the day, as it goes on; boards and lines only show it."""

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from stream.core.rulebook import Rulebook
from stream.shell.demo.clock import DayClock
from stream.shell.demo.day import Day
from stream.shell.demo.event import Event
from stream.shell.demo.latency import Latency
from stream.shell.demo.reader import Heard
from stream.shell.demo.standing import BlockSet, Change, FindingTold, Standing

_RATE_SECONDS = 2.0
_NOTES_KEPT = 8


@dataclass
class Scene:
    """One performance. `notes`: moment and sentence of the story; `findings`: by id, as they were told last. In both
    the newest stands last.
    """

    rulebook: Rulebook
    day: Day
    clock: DayClock
    standing: Standing = field(default_factory=Standing)
    latency: Latency = field(default_factory=Latency)
    sent: Counter[str] = field(default_factory=Counter)
    notes: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_NOTES_KEPT))
    findings: dict[str, FindingTold] = field(default_factory=dict)
    _sent_at: deque[float] = field(default_factory=deque)

    def send(self, event: Event, at: float) -> None:
        """Notes an event just before it is sent; `at` is `time.monotonic()`."""
        self.sent[event.topic] += 1
        self._sent_at.append(at)
        self.latency.sent(event, at)
        if event.note:
            self.notes.append((event.at, event.note))

    def step(self, text: str) -> None:
        """Notes something about the demo itself."""
        self.notes.append((self.clock.now(), text))

    def hear(self, heard: Heard) -> Iterator[Change]:
        """Takes an output record in; tells what it changes."""
        for change in self.standing.hear(heard, self.clock.now()):
            if isinstance(change, BlockSet):
                self.latency.read(change)
            if isinstance(change, FindingTold):
                name = change.finding["finding_id"]
                self.findings.pop(name, None)
                self.findings[name] = change
            yield change

    def events_per_second(self) -> float:
        """How many events were sent a second of late, by the wall clock."""
        now = time.monotonic()
        while self._sent_at and self._sent_at[0] < now - _RATE_SECONDS:
            self._sent_at.popleft()
        return len(self._sent_at) / _RATE_SECONDS

    @property
    def clock_text(self) -> str:
        """`HH:MM:SS` on the demo's clock."""
        return self.clock_of(self.clock.now())

    def clock_of(self, instant: int) -> str:
        """`HH:MM:SS` of an instant."""
        return f"{self.day.zone.local(instant):%H:%M:%S}"
