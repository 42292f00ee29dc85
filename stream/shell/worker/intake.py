"""Makes tasks of a fetched batch: every record is decoded, checked against its topic and key, or refused."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from stream.core.contact import Contact
from stream.core.ledger import EVERYBODY
from stream.core.registry import Entry
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.personal import masked, masked_key, personal_fields
from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.records import OutRecord, dead_letter_record
from stream.shell.delivery.task import Item, Task
from stream.shell.worker.fitting import fitted
from stream.shell.worker.registry_reader import check_key

AHEAD_MICROSECONDS_MAX = 5 * 60 * 1_000_000
"""A contact further ahead of its record's Kafka timestamp is refused (contract §2)."""

_TRACE_BYTES_MAX = 512

TYPES = {"dials": "dial", "messages": "message", "visits": "visit", "letters": "letter", "facts": "fact"}
"""Input topic, without prefix → the type of its records."""

KafkaRecord = Any
"""aiokafka's ConsumerRecord; aiokafka ships no types."""


class Intake:
    """Reads batches. `institutions` are those whose quiet hours this process has seen to already; past
    `institutions_max` it forgets them, and sees to them again, which says nothing twice.
    """

    def __init__(self, decoder: Decoder, prefix: str, *, institutions_max: int = 10_000) -> None:
        self._decoder = decoder
        self._prefix = prefix
        self.institutions: set[str] = set()
        self._institutions_max = institutions_max

    def short(self, topic: str) -> str:
        """A topic's name without the prefix."""
        return topic.removeprefix(f"{self._prefix}-")

    def source(self, record: KafkaRecord) -> str:
        """The record's partition as a source of outbox entries, such as `dials-3`."""
        return f"{self.short(record.topic)}-{record.partition}"

    def tasks(self, records: Iterable[KafkaRecord], refuse: Callable[[KafkaRecord, Refusal], None]) -> dict[str, Task]:
        """One task per debtor with what came in for him, and one per institution seen for the first time."""
        tasks: dict[str, Task] = {}
        for kafka_record in records:
            try:
                record = self.read(kafka_record)
            except Refusal as refusal:
                refuse(kafka_record, refusal)
                continue
            source = self.source(kafka_record)
            task = _task(tasks, record.key, source)
            assert not isinstance(record.item, Entry)  # noqa: S101 - `read` has refused them
            task.items.append(Item(record.item, recorded_at(kafka_record), kafka_record))
            task.traceparent = _traceparent(kafka_record) or task.traceparent
            if record.institution not in self.institutions:
                _task(tasks, f"{record.institution}|{EVERYBODY}", source)
        return tasks

    def know(self, institutions: Iterable[str]) -> None:
        """Notes that the quiet hours of these institutions have been seen to."""
        self.institutions.update(institutions)
        if len(self.institutions) > self._institutions_max:
            self.institutions.clear()

    def read(self, kafka_record: KafkaRecord) -> Record:
        """The contact or fact in a record; raises Refusal, also for what only its topic, key or time tells."""
        record = self._decoder.decode(kafka_record.value)
        expected = TYPES[self.short(kafka_record.topic)]
        if record.type != expected:
            raise Refusal("bad-value", f"$.type: {record.type} does not belong on a topic of type {expected}", "$.type")
        check_key(record, kafka_record.key)
        if isinstance(record.item, Contact):
            _check_not_ahead(record.item, recorded_at(kafka_record))
        return record

    def dead_letter(self, kafka_record: KafkaRecord, refusal: Refusal) -> OutRecord:
        """The refused record, with personal data masked (contract §7), as far as it fits into one record."""
        value, key = kafka_record.value, kafka_record.key
        if refusal.word == "personal-data":
            value, key = masked(value, key, personal_fields(value))
        if self._decoder.reference_check:
            key = masked_key(key)
        value, key, headers, note = fitted(value, key, kafka_record.headers)
        place = (kafka_record.topic, kafka_record.partition, kafka_record.offset)
        said = Refusal(refusal.word, refusal.message + note, refusal.path)
        institution = _institution_of(kafka_record.value, kafka_record.key)
        return dead_letter_record(value, key, headers, said, place, kafka_record.timestamp, institution)


class _Named(msgspec.Struct):
    """What says whose a record is that may be wrong in every other way."""

    institution: str


_NAMED = msgspec.json.Decoder(_Named)


def _institution_of(value: bytes | None, key: bytes | None) -> str | None:
    """Whose record it is, where value and key agree on it; otherwise nobody's, for it may be two institutions'."""
    try:
        named = _NAMED.decode(value or b"").institution
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    bar = b"|"
    return named if named and (key or b"").partition(bar)[:2] == (named.encode(), bar) else None


def recorded_at(kafka_record: KafkaRecord) -> int:
    """A record's Kafka timestamp as an instant."""
    return int(kafka_record.timestamp) * 1000


def _task(tasks: dict[str, Task], key: str, source: str) -> Task:
    task = tasks.get(key)
    if task is None:
        task = tasks[key] = Task(key, set())
    task.sources.add(source)
    return task


def _check_not_ahead(contact: Contact, recorded: int) -> None:
    for name in ("started_at", "answered_at", "ended_at"):
        instant = getattr(contact, name)
        if instant is not None and instant > recorded + AHEAD_MICROSECONDS_MAX:
            message = f"$.{name} is more than 5 minutes ahead of the record's timestamp"
            raise Refusal("from-the-future", message, f"$.{name}")


def _traceparent(kafka_record: KafkaRecord) -> bytes | None:
    """The record's trace, if it is one that can be passed on: short printable ASCII, as W3C's all are."""
    for name, given in kafka_record.headers:
        if name == "traceparent" and given and len(given) <= _TRACE_BYTES_MAX and given.isascii():
            trace = bytes(given)
            return trace if trace.decode().isprintable() else None
    return None
