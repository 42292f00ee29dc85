"""Measures what a dialer would feel: from sending the contact that fills a limit until its block can be read."""

import math
from collections.abc import Sequence

from stream.shell.demo.event import Event
from stream.shell.demo.standing import BlockSet, instant


class Latency:
    """Knows when contacts were sent and finds them behind the blocks that they caused. Times are `time.monotonic()`."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, int], float] = {}
        self.seconds: list[float] = []

    def sent(self, event: Event, at: float) -> None:
        """Notes a contact just before it is sent; one that is sent again counts from the first time."""
        if event.moment is not None:
            self._sent.setdefault((event.key, event.moment), at)

    def read(self, change: BlockSet) -> None:
        """Notes a block that has been read: a limit's names the moment of the contact that filled it."""
        if "limit" not in change.block or change.moved:
            return
        key = f"{change.state['institution']}|{change.state['debtor']}"
        sent_at = self._sent.get((key, instant(change.block["from"])))
        if sent_at is not None:
            self.seconds.append(change.read_at - sent_at)

    def quantile(self, share: float) -> float | None:
        """The least measured seconds that this share of blocks did not exceed; None before the first block."""
        return quantile(self.seconds, share)


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest of the values that at least this share of them does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
