"""A small world for end-to-end tests: topics on real Kafka, workers as processes, and readers like the users'."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.cli.worker import FAILED
from stream.core.partition import partition_of
from stream.shell.topics.declared import declared
from tests.logs import Line, to_line, to_topic

PARTITIONS = 4
BROKEN_KEY = "?|?"
"""The key of lines that are no records."""

_COULD_NOT_GO_ON = (FAILED, 69)  # while it worked; while it started
_REBUILT = re.compile(r"rebuilt from [1-9]")  # that of a new installation is from nothing


class World:
    """One installation under a prefix of its own; a context manager that ends every worker it started."""

    def __init__(self, kafka: str, redis_url: str, prefix: str, **settings: str) -> None:
        self.kafka = kafka
        self.prefix = prefix
        self._env = {
            "DUEWATCH_KAFKA": kafka,
            "DUEWATCH_REDIS": redis_url,
            "DUEWATCH_PREFIX": prefix,
            "DUEWATCH_GROUP": prefix,
            "DUEWATCH_WEB": "127.0.0.1:0",
            "DUEWATCH_PARTITIONS": str(PARTITIONS),
            "DUEWATCH_REPLICATION": "1",
            **settings,
        }
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self.logs = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            worker.kill()
            worker.wait()
        self._stack.close()

    def duewatch(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "stream", *arguments],
            env=os.environ | self._env | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, name: str, *, program: str = "stream", **settings: str) -> None:
        """Starts a worker process; its log is `logs/<name>.log`. `program` is another module with the same commands."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self._workers[name] = subprocess.Popen(
                [sys.executable, "-m", program, "worker"],
                env=os.environ | self._env | {"DUEWATCH_WORKER": name} | settings,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """Ends a worker as a power failure would."""
        self._workers[name].kill()
        self._workers[name].wait()

    def signal(self, name: str, number: int) -> None:
        """Sends a worker a signal."""
        self._workers[name].send_signal(number)

    def stop(self, name: str) -> int:
        """Asks a worker to stop; returns its exit code."""
        self._workers[name].terminate()
        return self._workers[name].wait(timeout=30)

    async def ended(self, name: str, seconds_max: float = 60) -> int:
        """Waits until a worker has ended by itself; returns its exit code."""
        async with asyncio.timeout(seconds_max):
            while self.running(name):
                await asyncio.sleep(0.1)
        return self._workers.pop(name).wait()

    def pid(self, name: str) -> int:
        """The worker's process."""
        return self._workers[name].pid

    def running(self, name: str) -> bool:
        """Whether the worker has not ended."""
        return self._workers[name].poll() is None

    def exit_code(self, name: str) -> int | None:
        """The exit code of a worker that has ended; None while it runs."""
        return self._workers[name].poll()

    def supervise(self) -> None:
        """Starts workers again that have ended, as a supervisor would; each has to have said why by its code."""
        for name, worker in list(self._workers.items()):
            if (code := worker.poll()) is not None:
                assert code in _COULD_NOT_GO_ON, f"{name} has ended with {code}:\n{self.log(name)}"
                self.start(name)

    def _check_running(self) -> None:
        for name, worker in self._workers.items():
            assert worker.poll() is None, f"{name} has ended:\n{self.log(name)}"

    def log(self, name: str) -> str:
        """What the worker has logged."""
        return (self.logs / f"{name}.log").read_text()

    def producer(self) -> AIOKafkaProducer:
        """A producer for `send`, to be started and stopped."""
        return AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", linger_ms=5)

    async def produce(self, lines: Iterable[Line], recorded: datetime) -> int:
        """Sends records with a producer of their own, as `send` does; returns how many."""
        async with self.producer() as producer:
            return await self.send(producer, lines, recorded)

    async def send(self, producer: AIOKafkaProducer, lines: Iterable[Line], recorded: datetime) -> int:
        """Sends records with the key and partition that a good producer gives them, all recorded at one moment.

        Lines that are no records go to the dials topic under a key of their own.
        """
        sent = 0
        for line in lines:
            topic, key = to_topic(line, self.prefix) if isinstance(line, dict) else (f"{self.prefix}-dials", BROKEN_KEY)
            await producer.send(
                topic,
                to_line(line),
                key=key.encode(),
                partition=partition_of(key, PARTITIONS),
                timestamp_ms=int(recorded.timestamp() * 1000),
            )
            sent += 1
        await producer.flush()
        return sent

    async def read(self, short: str) -> list[Any]:
        """Everything on one topic but heartbeats, from the start, without a group, as readers of block topics do."""
        return [record for record in await self._read(short) if not _is_heartbeat(short, record)]

    async def heartbeats(self, short: str) -> list[Any]:
        """The heartbeats on one blocks topic."""
        return [record for record in await self._read(short) if _is_heartbeat(short, record)]

    async def _read(self, short: str) -> list[Any]:
        topic = f"{self.prefix}-{short}"
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            records: list[Any] = []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for fetched in (await consumer.getmany(timeout_ms=500)).values():
                    records += fetched
            return records
        finally:
            await consumer.stop()

    async def committed(self) -> dict[TopicPartition, int]:
        """What the group has committed on the input topics."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=self.prefix, enable_auto_commit=False)
        await consumer.start()
        try:
            inputs = [topic.name for topic in declared(self.prefix, PARTITIONS, 1) if topic.direction == "in"]
            partitions = [TopicPartition(topic, number) for topic in inputs for number in range(PARTITIONS)]
            ends = await consumer.end_offsets(partitions)
            return {tp: end - (await consumer.committed(tp) or 0) for tp, end in ends.items()}
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def within(self, seconds_max: float) -> AsyncIterator[None]:
        """A time for what stands in the block; what is not over then fails with the workers' logs."""
        try:
            async with asyncio.timeout(seconds_max):
                yield
        except TimeoutError:
            logs = "\n".join(f"{name}:\n{self.log(name)}" for name in self._workers)
            raise AssertionError(f"not over after {seconds_max} s\n{logs}") from None

    async def caught_up(self, seconds_max: float = 90, *, supervised: bool = False) -> None:
        """Returns when every input record is committed; fails with the workers' logs after the time."""
        async with self.within(seconds_max):
            while any((await self.committed()).values()):
                self.supervise() if supervised else self._check_running()
                await asyncio.sleep(0.5)

    async def rebuilt(self, seconds_max: float = 90) -> None:
        """Returns when a worker has filled Redis again with what there was; ended ones are started again meanwhile."""
        async with self.within(seconds_max):
            while not any(_REBUILT.search(self.log(name)) for name in self._workers):
                self.supervise()
                await asyncio.sleep(0.5)


def _is_heartbeat(short: str, record: Any) -> bool:
    return short.startswith("blocks-") and bool(record.key.startswith(b"*|"))


class OlderIsNewestError(AssertionError):
    """Whoever reads a topic by its newest records is told something older than was said before."""


def newest(records: Iterable[Any]) -> Mapping[bytes, dict[str, Any]]:
    """The last record of each key, read both ways: it must also be the one with the highest version."""
    by_key: dict[bytes, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        by_key[record.key].append(orjson.loads(record.value))
    for key, values in by_key.items():
        if values[-1]["version"] < max(value["version"] for value in values):
            raise OlderIsNewestError(f"an older record is the newest of {key!r}: {values[-1]}")
    return {key: values[-1] for key, values in by_key.items()}
