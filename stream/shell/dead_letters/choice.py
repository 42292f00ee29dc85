"""Which dead letters are meant."""

from collections.abc import Collection
from dataclasses import dataclass

from stream.shell.dead_letters.letter import DeadLetter


@dataclass(frozen=True, slots=True)
class Choice:
    """Those with one of these errors, read from one of these topics (whole names), and written since (milliseconds).

    What is empty or None leaves nothing out.
    """

    errors: Collection[str] = ()
    topics: Collection[str] = ()
    since_ms: int | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this one is meant."""
        if self.errors and letter.error not in self.errors:
            return False
        if self.topics and (letter.origin is None or letter.origin.topic not in self.topics):
            return False
        return self.since_ms is None or letter.written_ms >= self.since_ms


def whole_names(topics: Collection[str], prefix: str) -> frozenset[str]:
    """Topics as they may be named, `dials` or `duewatch-dials`, by their whole names."""
    return frozenset(topic if topic.startswith(f"{prefix}-") else f"{prefix}-{topic}" for topic in topics)
