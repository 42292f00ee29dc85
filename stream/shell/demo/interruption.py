"""Ctrl-C and its like: whatever the demo is doing, it ends in good order, soon, and with one line."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:  # slow to import, and Ctrl-C is to be heard soon
    import asyncio

LAST_LINE: Final = "duewatch: interrupted; nothing is left running"
_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_STOP_SECONDS_MAX: Final = 2.5
_LAST_SECONDS_MAX: Final = 0.5


class Interrupted(BaseException):
    """The demo was told to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


class Interruption:
    """Hears signals for as long as a with block. The first raises Interrupted, or cancels the task that is named.

    Later ones change nothing. Should all not have ended in 2.5 s, `let_go` is called and the process ends.
    """

    def __init__(self) -> None:
        self.let_go: Callable[[], None] = lambda: None
        self._end: Callable[[], Any] | None = None
        self._before: dict[int, Any] = {}
        self._heard: int | None = None
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        # Who started us with a signal ignored, as nohup does, means it.
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._hear) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextmanager
    def cancelling(self, task: "asyncio.Task[Any]") -> Iterator[None]:
        """Within the block a signal cancels the task; after it signals are only noted, so that all can be let go."""
        loop = task.get_loop()
        self._end = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            yield
        finally:
            self._end = lambda: None

    def check(self) -> None:
        """Raises Interrupted if a signal has come."""
        if self._heard is not None:
            raise Interrupted(self._heard)

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._heard is not None:
            return
        self._heard = number
        overtime = threading.Timer(_STOP_SECONDS_MAX, self._give_up, (number,))
        overtime.daemon = True
        overtime.start()
        if self._end is None:
            raise Interrupted(number)
        self._end()

    def _give_up(self, number: int) -> None:
        self.let_go()
        # What the main thread is letting go of in this moment nobody else does, and it may be about to say so itself.
        if self._ended.wait(_LAST_SECONDS_MAX):
            return
        os.write(2, f"{LAST_LINE}\n".encode())
        os._exit(128 + number)
