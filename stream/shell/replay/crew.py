"""Who does the work of a replay: this process alone, or several others."""

import signal
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, Self

from stream.core.registry import Entry
from stream.shell.replay.judging import Judged
from stream.shell.replay.plan import Plan
from stream.shell.replay.reading import Reading
from stream.shell.replay.sources import Block
from stream.shell.replay.spool import Chunk
from stream.shell.replay.worker import Orders, Worker

_ENDING_SECONDS = 10


class CrewError(Exception):
    """A process of the crew is gone; the message says how, and what may help."""


class Crew(Protocol):
    """Does the work that is given, and gives the results in the order of the work."""

    def read(self, blocks: Iterable[Block]) -> Iterator[Reading]:
        """The first pass over blocks."""

    def prepare(self, entries: list[Entry], as_of: int) -> None:
        """Tells everybody what has to be known before the second pass."""

    def judge(self, buckets: Iterable[list[Chunk]]) -> Iterator[Judged]:
        """The second pass over buckets."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Alone:
    """Works in this process."""

    def __init__(self, orders: Orders, plan: Plan) -> None:
        self._worker = Worker(orders, plan.buckets)

    def read(self, blocks: Iterable[Block]) -> Iterator[Reading]:
        yield from map(self._worker.read, blocks)

    def prepare(self, entries: list[Entry], as_of: int) -> None:
        self._worker.prepare(entries, as_of)

    def judge(self, buckets: Iterable[list[Chunk]]) -> Iterator[Judged]:
        yield from map(self._worker.judge, buckets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Processes:
    """Works in processes of its own, each of which has one piece of work at a time.

    They hold no files, so that nothing is left of them, and end when this process does, whatever ends it: then there is
    nothing more to receive. Ctrl-C is not for them but for this process, which ends them.
    """

    def __init__(self, orders: Orders, plan: Plan) -> None:
        self._orders = orders
        self._plan = plan
        self._members: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> Self:
        with _without_interrupts(), ExitStack() as unless_all_start:
            unless_all_start.push(self.__exit__)
            for _ in range(self._plan.jobs):
                self._start()
            unless_all_start.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members.values():
            member.terminate()
        for connection, member in self._members.items():
            member.join(_ENDING_SECONDS)
            connection.close()

    def read(self, blocks: Iterable[Block]) -> Iterator[Reading]:
        return self._results("read", blocks)

    def prepare(self, entries: list[Entry], as_of: int) -> None:
        for connection in self._members:
            self._give(connection, "prepare", (entries, as_of))
        for connection in self._members:
            self._taken(connection)

    def judge(self, buckets: Iterable[list[Chunk]]) -> Iterator[Judged]:
        return self._results("judge", buckets)

    def _start(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        member = context.Process(target=_serve, args=(theirs, self._orders, self._plan.buckets), daemon=True)
        member.start()
        theirs.close()
        self._members[ours] = member

    def _results(self, name: str, pieces: Iterable[Any]) -> Iterator[Any]:
        numbered = enumerate(pieces)
        idle = list(self._members)
        busy: dict[Connection, int] = {}
        done: dict[int, Any] = {}
        wanted = 0
        while True:
            # Only so many results wait for an earlier one.
            while idle and len(done) <= len(self._members) and (piece := next(numbered, None)):
                connection = idle.pop()
                busy[connection] = piece[0]
                self._give(connection, name, (piece[1],))
            if wanted in done:
                yield done.pop(wanted)
                wanted += 1
                continue
            if not busy:
                return
            ready = wait(list(busy))
            for connection in [each for each in busy if each in ready]:
                done[busy.pop(connection)] = self._taken(connection)
                idle.append(connection)

    def _give(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> None:
        try:
            connection.send((name, arguments))
        except OSError as error:
            raise self._gone(connection) from error

    def _taken(self, connection: Connection) -> Any:
        try:
            result, error = connection.recv()
        except (EOFError, OSError) as gone:
            raise self._gone(connection) from gone
        if error is not None:
            raise error
        return result

    def _gone(self, connection: Connection) -> CrewError:
        member = self._members[connection]
        member.join(_ENDING_SECONDS)
        code = member.exitcode or 0
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return CrewError(
            f"a process of the replay {how}, so there are no results; "
            "where memory ran out, fewer --jobs or a lower --memory-mb help"
        )


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile pass over Ctrl-C from their first moment on."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, orders: Orders, buckets: int) -> None:
    """What a member does: works off what it is sent, until nobody is there to send anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker(orders, buckets, encoded=True)
    try:
        while True:
            connection.send(_answer(worker, *connection.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(worker: Worker, name: str, arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    try:
        return getattr(worker, name)(*arguments), None
    except Exception as error:  # noqa: BLE001 - it is raised where the work came from
        error.add_note(f"In a process of the replay:\n{traceback.format_exc()}")
        return None, error
