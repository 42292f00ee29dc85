"""A worker among bad records: each becomes one dead letter, and the good ones are judged (contract §5-7)."""

import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from confluent_kafka import Message, Producer
from jsonschema import Draft202012Validator, FormatChecker

from stream.core.partition import partition_of
from stream.shell.topics.declared import declared
from stream.shell.topics.schema_folder import schema_folder
from tests.e2e.bad_records import TRACE, Cast, Sent
from tests.e2e.last_word import past_evening
from tests.e2e.world import PARTITIONS, World
from tests.parts.inputs import ID_CARD, MOBILE
from tests.parts.kafka import KafkaServer

OUTPUTS = ("blocks-dial", "blocks-message", "blocks-visit", "findings")
ERRORS = "__streams.errors."


@dataclass
class Seen:
    """What was sent, where it landed, and all that came of it."""

    sent: list[Sent]
    moment: datetime
    shift: float
    places: dict[tuple[str, int, int], Sent] = field(default_factory=dict)
    letters: list[Any] = field(default_factory=list)
    outputs: dict[str, list[Any]] = field(default_factory=dict)
    log: str = ""
    running: bool = False

    def letter(self, case: str) -> Any:
        """Give the one dead letter of a case."""
        (found,) = (letter for letter in self.letters if self.of(letter).case == case)
        return found

    def of(self, letter: Any) -> Sent:
        """Give the record that a dead letter says it was."""
        at = {name.removeprefix(ERRORS): given for name, given in letter.headers if name.startswith(ERRORS)}
        return self.places[at["topic"].decode(), int(at["partition"]), int(at["offset"])]


@pytest.fixture(scope="module")
async def seen(kafka: KafkaServer, redis_url: str) -> AsyncIterator[Seen]:
    """One worker, which finds almost everything on the topics already when it starts, and gets the rest then.

    It works on an evening of the past: around midnight a block of the day is over before it is looked at.
    """
    moment, shift = past_evening()
    cast = Cast(moment)
    first, then = [*cast.good(), *cast.bad()], [*cast.later()]
    seen = Seen(first + then, moment, shift)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_url, f"t-{secrets.token_hex(5)}", **clock) as world:
        assert world.duewatch("topics").returncode == 0
        send(world, seen, first)
        world.start("w1")
        await world.caught_up()
        send(world, seen, then)
        await world.caught_up()
        seen.letters = await world.read("dead-letters")
        seen.outputs = {short: await world.read(short) for short in OUTPUTS}
        seen.running, seen.log = world.running("w1"), world.log("w1")
        yield seen


def send(world: World, seen: Seen, records: Iterable[Sent]) -> None:
    """Send as other languages' clients do: librdkafka picks partitions and compresses."""
    for record in records:
        settings = {"bootstrap.servers": world.kafka, "partitioner": "murmur2_random", "linger.ms": 0}
        producer = Producer({**settings, "compression.type": record.packed, "message.max.bytes": 10_000_000})
        landed: list[Message] = []

        def note(error: object, message: Message, landed: list[Message] = landed) -> None:
            assert error is None, error
            landed.append(message)

        topic = f"{world.prefix}-{record.topic}"
        headers: list[tuple[str, str | bytes | None]] = [*record.headers]
        recorded_ms = round(seen.moment.timestamp() * 1000)
        producer.produce(
            topic, value=record.value, key=record.key, headers=headers, timestamp=recorded_ms, on_delivery=note
        )
        assert producer.flush(20) == 0
        seen.places[topic, landed[0].partition() or 0, landed[0].offset() or 0] = record


def test_the_worker_goes_on(seen: Seen) -> None:
    """Nothing that can be sent ends the worker, and nothing is told as an error of its own."""
    assert seen.running, seen.log
    assert "Traceback" not in seen.log


def test_each_bad_record_is_one_dead_letter(seen: Seen) -> None:
    """Every record that is refused comes out once, with its word, from where it was read; no good one does."""
    found = Counter(
        (seen.of(letter).case, dict(letter.headers)[f"{ERRORS}exception"].decode()) for letter in seen.letters
    )
    assert found == Counter((record.case, record.word) for record in seen.sent if record.word)


def test_a_dead_letter_is_the_record_as_it_came(seen: Seen) -> None:
    """Bytes, key and headers are the original ones; what is added is UTF-8."""
    for letter in seen.letters:
        record = seen.of(letter)
        assert list(letter.headers[: len(record.headers)]) == list(record.headers), record.case
        added = dict(letter.headers[len(record.headers) :])
        assert {name.removeprefix(ERRORS) for name in added if name.startswith(ERRORS)} == {
            "exception", "message", "topic", "partition", "offset",
        }  # fmt: skip
        assert added["duewatch-version"]
        assert all(given.decode() for given in added.values())
        if record.word == "personal-data":
            continue
        assert letter.key == record.key, record.case
        # A record too large even for a dead letter is there as far as it fits.
        kept = letter.value or b""
        assert kept == (record.value or b"")[: len(kept) if len(kept) > 900_000 else None], record.case


def test_the_headers_are_those_of_the_schema(seen: Seen) -> None:
    """The headers of each dead letter are what its schema says."""
    schema = schema_of("dead-letters.schema.json")
    headers = Draft202012Validator({**schema["$defs"]["headers"], "$defs": schema["$defs"]})
    for letter in seen.letters:
        texts = {name: given.decode("utf-8", "replace") for name, given in letter.headers if given is not None}
        assert not [error.message for error in headers.iter_errors(texts)]


def test_numbers_of_people_are_masked(seen: Seen) -> None:
    """A phone or ID-card number leaves neither in a value nor in a key, nor in anything else that is written."""
    letter = seen.letter("phone")
    assert json.loads(letter.value)["debtor"] == "*" * 11
    assert letter.key == b"bank-a|" + b"*" * 11
    assert json.loads(seen.letter("id card").value)["person"] == "*" * 18
    written = [*seen.letters, *(record for records in seen.outputs.values() for record in records)]
    for number in (MOBILE, ID_CARD):
        assert not [record for record in written if number in f"{record.key}{record.value}{record.headers}"]
        assert number not in seen.log


def test_the_good_records_are_judged(seen: Seen) -> None:
    """What is right among all this is judged: the fourth call, the block, the agreed hours, the missing recording."""
    findings = {(f["rule"], f["contact_id"]) for f in (json.loads(record.value) for record in seen.outputs["findings"])}
    assert ("NIFA-16-2-CALLS", "c-3") in findings
    assert ("NIFA-16-1-RECORDED", "c-6") in findings
    assert "c-9" not in {contact for _, contact in findings}, "a refused record was judged"
    states = {record.key: json.loads(record.value) for record in seen.outputs["blocks-dial"]}
    assert [block["rule"] for block in states[b"bank-a|D1"]["blocks"]] == ["NIFA-16-2-CALLS"]
    assert states[b"bank-a|D2"]["hours"] == [["09:00", "20:00"]]
    assert set(states) == {b"bank-a|D1", b"bank-a|D2", b"bank-a|D4", b"bank-a|D5", b"bank-a|*"}


@pytest.mark.parametrize("topic", OUTPUTS)
def test_outputs_are_cloudevents(seen: Seen, topic: str) -> None:
    """The CloudEvents SDK reads every output in Kafka's binary mode, and no two have one id."""
    ids = set()
    for record in seen.outputs[topic]:
        message = KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
        event = from_binary_event(message)
        body = json.loads(record.value)
        assert event.get_specversion() == "1.0"
        assert event.get_type().startswith("duewatch.")
        assert event.get_source()
        assert event.get_subject() == f"{body['institution']}|{body['debtor']}"
        assert event.get_datacontenttype() == "application/json"
        said_at = event.get_time()
        assert said_at is not None
        assert abs((said_at - datetime.now(UTC)).total_seconds() - seen.shift) < 3600
        assert event.get_data() == body
        ids.add(event.get_id())
    assert len(ids) == len(seen.outputs[topic]) > 0


@pytest.mark.parametrize("topic", OUTPUTS)
def test_outputs_are_what_their_schema_says(seen: Seen, topic: str) -> None:
    """Every output validates, times and all."""
    (schema,) = (each.schema for each in declared("t", 1, 1) if each.short == topic)
    validator = Draft202012Validator(schema_of(schema), format_checker=FormatChecker())
    for record in seen.outputs[topic]:
        assert not [error.message for error in validator.iter_errors(json.loads(record.value))]


def test_outputs_lie_where_java_would_put_them(seen: Seen) -> None:
    """Blocks and findings of a debtor lie in the partition that librdkafka's murmur2 picked for his records."""
    where = {record.key: partition for (_, partition, _), record in seen.places.items() if record.case == "call"}
    assert where
    for topic in OUTPUTS:
        for record in seen.outputs[topic]:
            body = json.loads(record.value)
            debtor = f"{body['institution']}|{body['debtor']}"
            assert record.partition == where.get(debtor.encode(), partition_of(debtor, PARTITIONS))
            assert record.key == (body["finding_id"].encode() if topic == "findings" else debtor.encode())


def test_traces_are_passed_on(seen: Seen) -> None:
    """What is said of a debtor carries the trace of what came in for him; what could be no trace is left out."""
    records = [*seen.outputs["blocks-dial"], *seen.outputs["findings"]]
    traces = {(json.loads(r.value)["debtor"], dict(r.headers).get("traceparent")) for r in records}
    assert {trace for debtor, trace in traces if debtor == "D4"} == {TRACE}
    assert {trace for debtor, trace in traces if debtor == "D5"} == {None}


def schema_of(file: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_folder().joinpath(file).read_text("utf-8"))
    return schema
