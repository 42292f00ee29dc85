"""What the worker may rely on between Kafka and its agents. Run as a module it is a worker process of these tests."""

import asyncio
import logging
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaConnectionError, KafkaError
from confluent_kafka import Producer
from faust.types import TP, StreamT
from mode.utils.futures import maybe_async

from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.transport.app import AgentEndedError, BatchApp, new_app
from stream.shell.transport.batch import Batch
from stream.shell.transport.heartbeats import Heartbeats, PlaceLostError
from stream.shell.transport.lane import NotDoneError
from stream.shell.transport.quiet import Seldom
from tests.parts.kafka import KafkaServer
from tests.parts.records import create_topic

PARTITIONS = 4
PATIENCE_SECONDS = 60.0


class Bench:
    """Topics of one test, what was written to them, and what an agent has read."""

    def __init__(self, kafka: KafkaServer, prefix: str) -> None:
        self.kafka = kafka
        self.group = prefix
        self.dials, self.messages, self.registry = (f"{prefix}-{name}" for name in ("dials", "messages", "registry"))
        self.written: Counter[tuple[str, int, int]] = Counter()
        self.batches: list[Batch] = []
        self.faults: asyncio.Queue[BaseException] = asyncio.Queue()

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics of this test."""
        return self.dials, self.messages, self.registry

    def write(self, *topics: str, count: int) -> None:
        """Add `count` records to each topic, spread over its partitions."""
        producer = Producer({"bootstrap.servers": self.kafka.address})
        for topic in topics:
            for i in range(count):
                producer.produce(topic, key=str(i), value=b"v", partition=i % PARTITIONS, on_delivery=self._note)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def _note(self, error: object, record: Any) -> None:
        assert error is None
        self.written[record.topic(), record.partition(), record.offset()] += 1

    @property
    def read(self) -> Counter[tuple[str, int, int]]:
        """How often each record has come in a batch."""
        return records_of(self.batches)

    def app(self, **options: Any) -> BatchApp:
        """An app of this test's group, quick to notice things, whose faults are kept."""
        defaults = {"session_timeout_seconds": 3.0, "heartbeat_seconds": 0.3, "commit_seconds": 0.2}
        return new_app(self.group, kafka=self.kafka.access, on_crash=self.faults.put_nowait, **{**defaults, **options})

    def reader(self, app: BatchApp, *topics: str) -> None:
        """Give the app an agent that keeps each batch and calls it done."""

        @app.agent(app.batches(*topics))
        async def read(stream: StreamT[Batch]) -> None:
            async for batch in stream:
                self.batches.append(batch)
                app.done(batch)

    async def fault(self) -> BaseException:
        """Wait for the next fault."""
        return await asyncio.wait_for(self.faults.get(), PATIENCE_SECONDS)


def records_of(batches: Iterable[Batch]) -> Counter[tuple[str, int, int]]:
    return Counter((r.topic, r.partition, r.offset) for batch in batches for r in batch.records)


@asynccontextmanager
async def running(app: BatchApp) -> AsyncIterator[BatchApp]:
    try:
        await asyncio.wait_for(app.start(), PATIENCE_SECONDS)
        yield app
    finally:
        await app.stop()


async def eventually(fact: Callable[[], object]) -> None:
    """Wait until a fact, or an awaitable that it gives, is true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await maybe_async(fact()):
            await asyncio.sleep(0.02)


async def stored(bench: Bench, *topics: str) -> dict[TP, tuple[int, str]]:
    """Ask the group what it has stored, without joining it."""
    app = bench.app()
    await app.consumer.member.start()  # type: ignore[attr-defined]  # Faust's interface does not know it
    try:
        return await app.committed([TP(topic, n) for topic in topics for n in range(PARTITIONS)])
    finally:
        await app.consumer.member.stop()  # type: ignore[attr-defined]  # as above


@pytest.fixture
async def bench(kafka: KafkaServer, topic_prefix: str) -> Bench:
    made = Bench(kafka, topic_prefix)
    for topic in made.topics:
        await create_topic(kafka.address, topic, PARTITIONS)
    return made


async def test_a_batch_is_one_event_and_every_record_comes_once_in_order(bench: Bench) -> None:
    """In a quiet run every record comes once, in offset order per partition, over all topics, many to an event."""
    bench.write(bench.dials, bench.messages, count=500)
    app = bench.app()
    bench.reader(app, bench.dials, bench.messages)
    async with running(app):
        await eventually(lambda: len(bench.read) == 1000)
        bench.write(bench.dials, count=10)
        await eventually(lambda: len(bench.read) == 1010)
    assert bench.read == bench.written
    assert len(bench.batches) < 30
    seen: dict[TP, int] = {}
    for record in (record for batch in bench.batches for record in batch.records):
        assert record.offset == seen.get(TP(record.topic, record.partition), -1) + 1
        seen[TP(record.topic, record.partition)] = record.offset
    assert bench.faults.empty()


async def test_a_batch_has_no_more_records_than_allowed(bench: Bench) -> None:
    """`batch_records_max` bounds a batch; the rest comes in the next ones."""
    bench.write(bench.dials, count=500)
    app = bench.app(batch_records_max=70)
    bench.reader(app, bench.dials)
    async with running(app):
        await eventually(lambda: bench.read == bench.written)
    assert max(len(batch.records) for batch in bench.batches) <= 70


async def test_a_batch_stops_growing_at_its_bytes(bench: Bench) -> None:
    """`batch_bytes_max` bounds a batch, too; the rest comes in the next ones, and every record once."""
    bench.write(bench.dials, count=1000)
    app = bench.app(batch_bytes_max=1)
    bench.reader(app, bench.dials)
    async with running(app):
        await eventually(lambda: bench.read == bench.written)
    assert max(len(batch.records) for batch in bench.batches) <= 200


async def test_offsets_and_metadata_are_stored_as_done(bench: Bench) -> None:
    """The group stores the offsets of what was done, each with its metadata, while running and on stop."""
    bench.write(bench.dials, count=40)
    app = bench.app(commit_metadata=lambda tp: f"run-{tp.partition}")
    bench.reader(app, bench.dials)
    async with running(app):
        await eventually(lambda: bench.read == bench.written)
        tps = {TP(bench.dials, n) for n in range(PARTITIONS)}

        async def committed() -> bool:
            return await app.committed(tps) == {tp: (10, f"run-{tp.partition}") for tp in tps}

        await eventually(committed)
        assert app.assigned() == tps
        assert {(app.position(tp), app.finished(tp), app.highwater(tp)) for tp in tps} == {(10, 10, 10)}
        bench.write(bench.dials, count=40)
        await eventually(lambda: bench.read == bench.written)
    assert await stored(bench, bench.dials) == {tp: (20, f"run-{tp.partition}") for tp in tps}
    assert app.assigned() == set()


async def test_a_batch_may_be_done_up_to_a_stop(bench: Bench) -> None:
    """Of a partition with a stop only what is below it is stored and is not read again; the others are done."""
    bench.write(bench.dials, count=40)
    stop = TP(bench.dials, 2)
    app = bench.app()

    @app.agent(app.batches(bench.dials))
    async def read(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            bench.batches.append(batch)
            app.done(batch, {stop: 4} if any(record.partition == stop.partition for record in batch.records) else None)

    async with running(app):
        await eventually(lambda: bench.read == bench.written)
    tps = {TP(bench.dials, n) for n in range(PARTITIONS)}
    assert await stored(bench, bench.dials) == {tp: (4 if tp == stop else 10, "") for tp in tps}


async def test_agents_do_not_hold_each_other_up(bench: Bench) -> None:
    """An agent that takes its time does not keep another agent's topics waiting."""
    bench.write(bench.dials, bench.registry, count=20)
    app = bench.app(stop_drain_seconds=0.0)
    bench.reader(app, bench.registry)
    busy = asyncio.Event()

    @app.agent(app.batches(bench.dials, bench.messages))
    async def stuck(stream: StreamT[Batch]) -> None:
        async for _ in stream:
            busy.set()
            await asyncio.Event().wait()

    async with running(app):
        await asyncio.wait_for(busy.wait(), PATIENCE_SECONDS)
        bench.write(bench.registry, count=20)
        await eventually(lambda: len(bench.read) == 40)
    assert {topic for topic, _, _ in bench.read} == {bench.registry}


async def test_an_undone_batch_comes_again_after_a_restart(bench: Bench) -> None:
    """What was not done when the app stopped is not committed, and the next start reads it again."""
    bench.write(bench.dials, count=40)
    first = bench.app(stop_drain_seconds=0.1)
    begun = asyncio.Event()

    @first.agent(first.batches(bench.dials))
    async def slow(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            begun.set()
            await asyncio.sleep(PATIENCE_SECONDS)
            first.done(batch)

    async with running(first):
        await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
    assert await stored(bench, bench.dials) == {}
    second = bench.app()
    bench.reader(second, bench.dials)
    async with running(second):
        await eventually(lambda: bench.read == bench.written)


async def test_stop_waits_for_the_batch_in_flight(bench: Bench) -> None:
    """A batch that is done within the drain time of a stop is committed."""
    bench.write(bench.dials, count=4)
    app = bench.app()
    begun, go_on = asyncio.Event(), asyncio.Event()

    @app.agent(app.batches(bench.dials))
    async def slow(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            bench.batches.append(batch)
            begun.set()
            await go_on.wait()
            app.done(batch)

    async with running(app):
        await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
        asyncio.get_running_loop().call_later(0.3, go_on.set)
    done = bench.batches[0].next_offsets
    assert {tp: offset for tp, (offset, _) in (await stored(bench, bench.dials)).items()} == dict(done)


async def raise_at_once(app: BatchApp, stream: StreamT[Batch]) -> None:  # noqa: ARG001
    async for _ in stream:
        raise LookupError("as the test wants it")


async def return_at_once(app: BatchApp, stream: StreamT[Batch]) -> None:  # noqa: ARG001
    async for _ in stream:
        return


async def forget_done(app: BatchApp, stream: StreamT[Batch]) -> None:  # noqa: ARG001
    async for _ in stream:
        pass


@pytest.mark.parametrize(
    ("body", "fault"),
    [(raise_at_once, LookupError), (return_at_once, AgentEndedError), (forget_done, NotDoneError)],
)
async def test_a_failed_agent_is_told_of_and_not_restarted_or_committed(
    bench: Bench, body: Callable[[BatchApp, StreamT[Batch]], Awaitable[None]], fault: type[Exception]
) -> None:
    """An agent that raises, returns or goes on without `done` reaches `on_crash`, once; nothing is committed."""
    bench.write(bench.dials, count=40)
    app = bench.app()
    starts = 0

    @app.agent(app.batches(bench.dials))
    async def failing(stream: StreamT[Batch]) -> None:
        nonlocal starts
        starts += 1
        await body(app, stream)

    async with running(app):
        assert isinstance(await bench.fault(), fault)
        await asyncio.sleep(0.5)
    assert starts == 1
    assert bench.faults.empty()
    assert await stored(bench, bench.dials) == {}


async def test_done_after_a_revocation_changes_nothing(bench: Bench) -> None:
    """`done` of a batch whose partitions were revoked in the meantime is refused and commits nothing."""
    bench.write(bench.dials, count=40)
    app = bench.app(revoke_drain_seconds=0.0)
    begun, go_on = asyncio.Event(), asyncio.Event()
    answers: list[tuple[bool, bool]] = []

    @app.agent(app.batches(bench.dials))
    async def slow(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            begun.set()
            await go_on.wait()
            answers.append((app.current(batch), app.done(batch)))
            await asyncio.Event().wait()

    other = bench.app()
    bench.reader(other, bench.dials)
    async with running(app):
        await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
        async with running(other):
            await eventually(lambda: len(app.assigned()) == 2)
            go_on.set()
            await eventually(lambda: answers)
            assert answers == [(False, False)]
            await eventually(lambda: {tp for batch in bench.batches for tp in batch.next_offsets} == other.assigned())
        kept = set(await stored(bench, bench.dials))
    assert kept == {tp for batch in bench.batches for tp in batch.next_offsets}


async def test_a_second_member_joining_under_load_loses_nothing(bench: Bench) -> None:
    """Members that come and go while records flow leave no record unread."""
    app = bench.app()
    bench.reader(app, bench.dials, bench.messages)
    stop = asyncio.Event()

    async def load() -> None:
        while not stop.is_set():
            await asyncio.to_thread(bench.write, bench.dials, bench.messages, count=200)

    async with running(app), asyncio.TaskGroup() as group:
        group.create_task(load())
        for _ in range(3):
            other = bench.app()
            bench.reader(other, bench.dials, bench.messages)
            async with running(other):
                await eventually(lambda: len(app.assigned()) == len(other.assigned()) == PARTITIONS)  # noqa: B023
                numbers = [{n for topic, n in other.assigned() if topic == t} for t in (bench.dials, bench.messages)]
                assert numbers[0] == numbers[1]
            await eventually(lambda: len(app.assigned()) == 2 * PARTITIONS)
        stop.set()
        await eventually(lambda: set(bench.read) == set(bench.written))
    assert bench.faults.empty()


async def test_hooks_frame_the_batches(bench: Bench) -> None:
    """No batch comes before `on_assigned` has returned; `on_revoked` comes last, also on stop."""
    bench.write(bench.dials, count=4)
    story: list[str] = []

    async def assigned(tps: set[TP]) -> None:
        await asyncio.sleep(0.2)
        story.append(f"assigned {len(tps)}")

    app = bench.app(on_assigned=assigned, on_revoked=lambda tps: story.append(f"revoked {len(tps)}"))

    @app.agent(app.batches(bench.dials))
    async def reads(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            story.append("batch")
            app.done(batch)

    async with running(app):
        await eventually(lambda: "batch" in story)
    assert (story[0], story[1], story[-1]) == ("assigned 4", "batch", "revoked 4")


async def test_nothing_is_handed_over_while_the_group_is_silent(bench: Bench) -> None:
    """Records fetched earlier stay back while no heartbeat is answered, and come when the group answers again."""
    bench.write(bench.dials, count=40)
    app = bench.app(batch_records_max=10, session_timeout_seconds=1.0, stop_drain_seconds=0.0)
    go_on = asyncio.Event()

    @app.agent(app.batches(bench.dials))
    async def slow(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            bench.batches.append(batch)
            await go_on.wait()
            app.done(batch)

    async with running(app):
        await eventually(lambda: len(bench.batches) == 1)
        bench.kafka.pause()
        try:
            await asyncio.sleep(1.5)
            go_on.set()
            await asyncio.sleep(1.0)
            assert len(bench.batches) == 1
        finally:
            bench.kafka.resume()
        await eventually(lambda: set(bench.read) == set(bench.written))
    assert bench.faults.empty()


async def test_what_comes_while_the_group_is_silent_is_read_again(bench: Bench) -> None:
    """Records of a fetch during which the group fell silent are not handed over; none of them is lost."""
    app = bench.app()
    bench.reader(app, bench.dials)
    async with running(app):
        await eventually(app.assigned)
        group = app.consumer.member.heartbeats = Heartbeats(0.5, None)  # type: ignore[attr-defined]  # as above
        for _ in range(4):
            group.joined()
            await asyncio.sleep(0.6)  # a fetch is under way, and the group is silent by the time it returns
            await asyncio.to_thread(bench.write, bench.dials, count=8)
            await asyncio.sleep(1.0)
        await eventually(lambda: _heard(group) and set(bench.read) == set(bench.written))
    assert bench.faults.empty()


def _heard(group: Heartbeats) -> bool:
    group.joined()
    return True


async def test_a_dead_fetcher_is_a_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When aiokafka's fetching ends, which it keeps to itself, the app crashes."""
    app = bench.app()
    bench.reader(app, bench.dials)
    async with running(app):
        monkeypatch.setattr(Fetcher, "_get_actions_per_node", lambda *_: 1 / 0)
        assert isinstance(await bench.fault(), KafkaError)


async def test_a_failing_hook_is_a_fault(bench: Bench) -> None:
    """What a hook raises crashes the app; aiokafka would only log it."""

    def refuse(tps: set[TP]) -> None:
        raise LookupError(str(len(tps)))

    app = bench.app(on_assigned=refuse)
    bench.reader(app, bench.dials)
    async with running(app):
        assert isinstance(await bench.fault(), LookupError)


async def test_a_topic_made_after_the_start_is_read(bench: Bench) -> None:
    """A topic that is not there is told of, and read soon after it is made."""
    late = f"{bench.group}-late"
    app = bench.app()
    bench.reader(app, bench.dials, late)
    async with running(app):
        assert app.missing_topics() == {late}
        await create_topic(bench.kafka.address, late, PARTITIONS)
        bench.write(bench.dials, late, count=4)
        await eventually(lambda: bench.read == bench.written)
        assert app.missing_topics() == set()
    assert bench.faults.empty()


async def test_two_processes_of_one_instance_id_do_not_fight(bench: Bench) -> None:
    """When another process comes with a member's `instance_id`, the first gives up loudly and the other stays."""
    bench.write(bench.dials, count=4)
    first, second = bench.app(instance_id="w"), bench.app(instance_id="w")
    bench.reader(first, bench.dials)
    bench.reader(second, bench.dials)
    async with running(first), running(second):
        assert isinstance(await bench.fault(), PlaceLostError)
        assert first.crashed
        bench.write(bench.dials, count=4)
        await eventually(lambda: set(bench.read) == set(bench.written))
    assert bench.faults.empty()


async def test_who_is_stopped_leaves_at_once(bench: Bench) -> None:
    """A static member that is stopped leaves its partitions to the others long before its session would be over, and
    may come back.
    """
    patient = {"session_timeout_seconds": 10.0 * PATIENCE_SECONDS, "rebalance_timeout_seconds": 10.0 * PATIENCE_SECONDS}
    first, second = bench.app(instance_id="w1", **patient), bench.app(instance_id="w2", **patient)
    bench.reader(first, bench.dials)
    bench.reader(second, bench.dials)
    async with running(first):
        async with running(second):
            await eventually(lambda: first.assigned() and second.assigned())
        await eventually(lambda: len(first.assigned()) == PARTITIONS)
        bench.write(bench.dials, count=40)
        await eventually(lambda: set(bench.read) == set(bench.written))
        again = bench.app(instance_id="w2", **patient)
        bench.reader(again, bench.dials)
        async with running(again):
            await eventually(lambda: first.assigned() and again.assigned())
    assert bench.faults.empty()


async def test_start_fails_without_a_broker() -> None:
    """Starting where nobody listens raises, and stopping afterwards is harmless."""
    app = new_app("nobody", kafka=KafkaAccess(("127.0.0.1:9",)), on_crash=lambda fault: pytest.fail(str(fault)))
    app.agent(app.batches("nothing"))(lambda stream: raise_at_once(app, stream))
    with pytest.raises(KafkaConnectionError):
        await app.start()
    await app.stop()


def test_a_topic_has_one_agent() -> None:
    """No two agents share a topic, nor one lane."""
    app = new_app("one", kafka=KafkaAccess(("127.0.0.1:9",)), on_crash=lambda fault: pytest.fail(str(fault)))
    channel = app.batches("a", "b")
    app.agent(channel)(lambda stream: raise_at_once(app, stream))
    with pytest.raises(ValueError, match="no other agent reads, not b, c"):
        app.batches("b", "c")
    with pytest.raises(ValueError, match="another agent reads a, b"):
        app.agent(channel)


@pytest.mark.parametrize(
    ("option", "value"), [("heartbeat_seconds", 3.0), ("heartbeat_seconds", 0.0), ("revoke_drain_seconds", 10.0)]
)
def test_impossible_times_are_refused(option: str, value: float) -> None:
    """A heartbeat as long as the session, or a drain as long as the rebalance, is an error at once."""
    times: dict[str, Any] = {"session_timeout_seconds": 3.0, "rebalance_timeout_seconds": 10.0, option: value}
    with pytest.raises(ValueError, match=option):
        new_app("never", kafka=KafkaAccess(("127.0.0.1:9",)), on_crash=lambda fault: pytest.fail(str(fault)), **times)


def test_libraries_repeat_themselves_seldom() -> None:
    """The same warning comes once in a while, whatever its arguments; what is below a warning always."""
    seldom = Seldom(pause_seconds=10.0)

    def seen(level: int, message: str, at: float) -> bool:
        record = logging.LogRecord("aiokafka", level, __file__, 1, message, (at,), None)
        record.created = at
        return seldom.filter(record)

    assert [seen(logging.WARNING, "no %s", at) for at in (100.0, 105.0, 109.9, 110.0)] == [True, False, False, True]
    assert seen(logging.ERROR, "no %s", 105.0)
    assert [seen(logging.INFO, "hello %s", at) for at in (100.0, 100.0)] == [True, True]


async def test_killed_workers_lose_nothing(bench: Bench, tmp_path: Path) -> None:
    """Two worker processes, one killed with -9 under load and restarted, thrice: every record is counted."""
    tallies = [tmp_path / "0", tmp_path / "1"]
    workers = [await _start_worker(bench, tally) for tally in tallies]
    try:
        for i in (0, 1, 0):
            await asyncio.to_thread(bench.write, bench.dials, bench.messages, count=2000)
            await eventually(lambda: set(bench.written) & _counted(tallies))
            workers[i].send_signal(signal.SIGKILL)
            await workers[i].wait()
            workers[i] = await _start_worker(bench, tallies[i])
            await asyncio.to_thread(bench.write, bench.dials, bench.messages, count=2000)
        await eventually(lambda: _counted(tallies) == set(bench.written))
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            await worker.wait()


def _counted(tallies: list[Path]) -> set[tuple[str, int, int]]:
    # A line that a kill cut off does not end in a stop, and neither does one that begins behind it.
    text = "\n".join(tally.read_text() for tally in tallies if tally.exists())
    found = re.findall(r"^(\S+) (\d+) (\d+)\.$", text, re.MULTILINE)
    return {(topic, int(partition), int(offset)) for topic, partition, offset in found}


async def _start_worker(bench: Bench, tally: Path) -> asyncio.subprocess.Process:
    arguments = [bench.kafka.address, bench.group, tally.name, str(tally), bench.dials, bench.messages]
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.shell.test_transport", *arguments)


async def _work(servers: str, group: str, instance_id: str, tally: str, *topics: str) -> None:
    """Write down every record, then call it done, until killed."""
    app = new_app(
        group,
        kafka=KafkaAccess((servers,)),
        instance_id=instance_id,
        on_crash=lambda _: os._exit(70),
        session_timeout_seconds=3.0,
        heartbeat_seconds=0.3,
        batch_records_max=100,
    )
    out = os.open(tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    @app.agent(app.batches(*topics))
    async def count(stream: StreamT[Batch]) -> None:
        async for batch in stream:
            await asyncio.sleep(0.02)
            os.write(out, "".join(f"{r.topic} {r.partition} {r.offset}.\n" for r in batch.records).encode())
            app.done(batch)

    await app.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
