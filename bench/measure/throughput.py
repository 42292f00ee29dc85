"""One run of the common job: a backlog, a process on its core, and what it says until all is said."""

import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from bench.entrants import Entrant
from bench.job.expected import Outcome, expected
from bench.job.job import Job, Sent
from bench.measure.cores import measured_core
from bench.measure.ground import Ground
from bench.measure.listening import Listener, Output
from bench.measure.process import Process, busy_seconds, cpu_seconds, peak_megabytes
from bench.measure.progress import Mark, Position, stretch
from bench.measure.usage import Usage

WARM_SHARE = 0.1
_LISTEN_SECONDS = 0.05
_SILENCE_SECONDS_MAX = 60
_LAST_WORDS_SECONDS = 1.0

Say = Callable[[str], None]


class WrongError(Exception):
    """What somebody said is not what has to come of the job: its figures do not count."""


@dataclass(frozen=True)
class Speed:
    """What one run shows; `others` counts what was said beyond the job (findings of other rules).

    `disturbed_share`: how much of its cores somebody else has used meanwhile.
    """

    events_per_second: float
    cpu_seconds_per_100k: float
    redis_cpu_seconds_per_100k: float
    kafka_cpu_seconds_per_100k: float
    peak_megabytes: float
    others: int
    disturbed_share: float


class Crew(NamedTuple):
    """So many processes of one entrant, on these cores; None = the measured one."""

    size: int = 1
    cores: set[int] | None = None


ALONE = Crew()


class Task:
    """A job as it is put before everybody: its records, what has to come of them, and where each of these stands."""

    def __init__(self, job: Job, sender_partition: Callable[[str], int]) -> None:
        self.job = job
        self.records = job.records
        self.expected = expected((record.value for record in self.records), job.today.isoformat())
        self.positions = _positions(self.records, sender_partition, self.expected)


@dataclass
class _Said:
    """What has been heard so far."""

    blocked: set[str] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)
    others: int = 0
    refused: int = 0
    marks: list[Mark] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Grows as long as something comes that has to come."""
        return len(self.blocked) + len(self.findings)

    @property
    def outcome(self) -> Outcome:
        return Outcome(frozenset(self.blocked), frozenset(self.findings))


def run(entrant: Entrant, task: Task, ground: Ground, say: Say, crew: Crew = ALONE) -> Speed:
    """Measures one run.

    Raises:
        WrongError: what was said is too little, too much, or nothing came for a minute.
        EndedError: the process has ended.

    """
    prefix = f"bench-{secrets.token_hex(4)}"
    try:
        say("filling the topic")
        entrant.prepare(ground, prefix, task.job.now)
        with ground.sender() as sender:
            for record in task.records:
                sender.send(f"{prefix}-dials", *record)
        environment = entrant.environment(ground, prefix, task.job.now)
        with Listener(ground.kafka, entrant.outputs(prefix)) as listener, ExitStack() as stack:
            processes = [
                stack.enter_context(
                    Process(
                        entrant.name,
                        entrant.command(),
                        environment | {"DUEWATCH_WORKER": f"worker-{number}"},
                        crew.cores,
                    )
                )
                for number in range(crew.size)
            ]
            return _measured(entrant, task, ground, listener, processes, crew.cores or measured_core(), say)
    finally:
        ground.clear(prefix)


def _measured(
    entrant: Entrant,
    task: Task,
    ground: Ground,
    listener: Listener,
    processes: Sequence[Process],
    cores: set[int],
    say: Say,
) -> Speed:
    pids = (ground.redis_pid, ground.kafka_pid, *(process.pid for process in processes))
    usage = Usage(partial(busy_seconds, cores), *(partial(cpu_seconds, pid) for pid in pids))
    said = _Said()
    heard_at = time.monotonic()
    while said.outcome != task.expected:
        for process in processes:
            process.check()
        usage.sample()
        before = said.size
        for output in listener.heard(_LISTEN_SECONDS):
            _take(entrant, task, said, output)
        if said.size != before:
            heard_at = time.monotonic()
        if time.monotonic() - heard_at > _SILENCE_SECONDS_MAX:
            break
        say(f"{len(said.findings) / len(task.expected.findings):4.0%}")
    usage.sample()
    peak = sum(peak_megabytes(process.pid) for process in processes)
    for output in listener.heard(_LAST_WORDS_SECONDS):
        _take(entrant, task, said, output)
    _check(entrant, task, said)
    way = stretch(said.marks, len(task.records), WARM_SHARE)
    busy, *used = usage.between(way.begin, way.end)
    redis, kafka, *own = (seconds * 100_000 / way.records for seconds in used)
    disturbed = max(0.0, busy - sum(used[2:])) / ((way.end - way.begin) * len(cores))
    return Speed(way.per_second, sum(own), redis, kafka, peak, said.others, disturbed)


def _take(entrant: Entrant, task: Task, said: _Said, output: Output) -> None:
    for what, name in entrant.heard(output.topic, output.value):
        if what == "finding":
            said.findings.add(name)
            if name in task.positions:
                said.marks.append(Mark(output.arrived, task.positions[name]))
        elif what == "blocked":
            said.blocked.add(name)
        elif what == "free":
            said.blocked.discard(name)
        elif what == "other":
            said.others += 1
        else:
            said.refused += 1


def _check(entrant: Entrant, task: Task, said: _Said) -> None:
    parts = (
        ("blocks missing", task.expected.blocked - said.blocked),
        ("blocks too many", said.blocked - task.expected.blocked),
        ("findings missing", task.expected.findings - said.findings),
        ("findings too many", said.findings - task.expected.findings),
    )
    wrong = [f"{len(ids)} {what} ({min(ids)}, …)" for what, ids in parts if ids]
    if said.refused:
        wrong.append(f"{said.refused} dead letters")
    if wrong:
        raise WrongError(f"{entrant.name}: {'; '.join(wrong)}")


def _positions(records: list[Sent], partition: Callable[[str], int], outcome: Outcome) -> dict[str, Position]:
    """Where the calls beyond the limit stand, when they are first told."""
    offsets: dict[int, int] = {}
    positions: dict[str, Position] = {}
    for record in records:
        number = partition(record.key)
        offset = offsets[number] = offsets.get(number, -1) + 1
        contact = _contact_id(record.value)
        if contact in outcome.findings:
            positions.setdefault(contact, Position(number, offset))
    return positions


def _contact_id(value: bytes) -> str:
    begin = value.index(b'"contact_id":"') + 14
    return value[begin : value.index(b'"', begin)].decode()
