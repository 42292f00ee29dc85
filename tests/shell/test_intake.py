"""A record is checked against its topic, key and time; what is refused goes out as it came (contract §1, §7)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from stream.shell.codec.instant import parse_instant
from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.records import DUEWATCH_VERSION, OutRecord
from stream.shell.delivery.task import Task
from stream.shell.topics.declared import RECORD_BYTES_LEAST
from stream.shell.topics.schema_folder import schema_folder
from stream.shell.worker.fitting import LETTER_BYTES_MAX
from stream.shell.worker.intake import Intake
from tests.parts.inputs import AT, DECODER, MOBILE, agreement, dial, entry, written

NOW_MS = parse_instant(AT, "$") // 1000
KEY = b"bank-a|D1"
KAFKA_RECORD_BYTES_MAX = RECORD_BYTES_LEAST
"""What brokers have to take (`duewatch topics`)."""


@dataclass(frozen=True)
class Came:
    """A record as aiokafka hands it over."""

    value: bytes | None
    key: bytes | None = KEY
    topic: str = "d-dials"
    headers: Sequence[tuple[str, Any]] = ()
    timestamp: int = NOW_MS
    partition: int = 3
    offset: int = 17


def taken(*records: Came) -> tuple[dict[str, Task], list[OutRecord]]:
    """Give the tasks and the dead letters that come of the records."""
    intake = Intake(DECODER, "d")
    letters: list[OutRecord] = []
    tasks = intake.tasks(records, lambda record, refusal: letters.append(intake.dead_letter(record, refusal)))
    return tasks, letters


def refused(record: Came) -> tuple[str, str, OutRecord]:
    """Give the word, the message and the dead letter of a record that is refused."""
    _, (letter,) = taken(record)
    said = {name: given.decode() for name, given in letter.headers if name.startswith("__streams.errors.")}
    assert said["__streams.errors.topic"] == record.topic
    assert said["__streams.errors.partition"] == "3"
    assert said["__streams.errors.offset"] == "17"
    assert dict(letter.headers)["duewatch-version"] == DUEWATCH_VERSION.encode()
    return said["__streams.errors.exception"], said["__streams.errors.message"], letter


def test_the_example_whose_mistake_only_a_topic_knows() -> None:
    """A good record on another type's topic is refused as the schemas' example says."""
    case = json.loads(schema_folder().joinpath("examples/dials/invalid/type-of-another-topic.json").read_text("utf-8"))
    word, message, _ = refused(Came(written(case["record"])))
    assert word == case["error"]
    assert message.startswith(case["path"])


@pytest.mark.parametrize(
    ("record", "topic"),
    [(dial(), "d-facts"), (dial(), "d-visits"), (agreement(), "d-dials"), (entry(), "d-dials"), (entry(), "d-facts")],
)
def test_records_on_other_topics(record: dict[str, Any], topic: str) -> None:
    """No topic but its own takes a record, even under the right key."""
    assert refused(Came(written(record), topic=topic))[0] == "bad-value"


@pytest.mark.parametrize(
    "key", [None, b"", b"D1", b"bank-a", b"bank-a|", b"bank-a|D2", b"bank-a|D1 ", b"BANK-A|D1", b"\xff"]
)
def test_a_key_that_does_not_fit(key: bytes | None) -> None:
    """A key that is not institution|debtor byte for byte is refused, and stays as it came."""
    word, _, letter = refused(Came(written(dial()), key))
    assert word == "key-mismatch"
    assert (letter.key, letter.value) == (key, written(dial()))


def test_keys_in_other_scripts() -> None:
    """Keys are compared as UTF-8; a debtor may hold a bar."""
    record = dial(institution="银行", debtor="借款人|甲")
    tasks, letters = taken(Came(written(record), "银行|借款人|甲".encode()))
    assert not letters
    assert set(tasks) == {"银行|借款人|甲", "银行|*"}


@pytest.mark.parametrize("field", ["started_at", "answered_at", "ended_at"])
def test_a_contact_from_the_future(field: str) -> None:
    """Five minutes ahead of the record's timestamp are allowed, a microsecond more is not."""
    allowed, beyond = "2026-11-23T14:10:11+08:00", "2026-11-23T14:10:11.000001+08:00"
    assert not taken(Came(written(dial(**{field: allowed}))))[1]
    word, message, _ = refused(Came(written(dial(**{field: beyond}))))
    assert word == "from-the-future"
    assert message.startswith(f"$.{field}")
    assert beyond not in message


def test_facts_may_speak_of_the_future() -> None:
    """An agreement may take effect at any time."""
    assert not taken(Came(written(agreement(at="2030-01-01T00:00:00Z")), topic="d-facts"))[1]


def test_a_dead_letter_is_the_record_as_it_came() -> None:
    """Bytes, key and headers stay, those without a value and those that are no text too."""
    headers = [("a", b"1"), ("a", b"2"), ("ce_id", b"x"), ("b", None), ("c", b"\xff")]
    _, _, letter = refused(Came(b"\xffnot json", b"\xfe", headers=headers))
    assert (letter.value, letter.key) == (b"\xffnot json", b"\xfe")
    assert list(letter.headers[:5]) == headers


def test_a_dead_letter_says_when_its_record_was_recorded() -> None:
    """The record's Kafka timestamp is kept, so that sending it again makes nothing late."""
    _, _, letter = refused(Came(b"{", timestamp=1_763_877_911_123, headers=[("duewatch-recorded-at", b"of somebody")]))
    assert [given for name, given in letter.headers if name == "duewatch-recorded-at"] == [b"1763877911123"]


def test_a_number_is_masked() -> None:
    """Of a record with a phone number neither value nor key leaves with it."""
    word, _, letter = refused(Came(written(dial(debtor=MOBILE)), f"bank-a|{MOBILE}".encode()))
    assert word == "personal-data"
    assert letter.key == b"bank-a|***********"
    assert json.loads(letter.value or b"") == dial(debtor="*" * 11)


@pytest.mark.parametrize("size", [LETTER_BYTES_MAX - 200, KAFKA_RECORD_BYTES_MAX, 20_000_000])
def test_a_record_that_is_too_large_even_for_a_dead_letter(size: int) -> None:
    """What Kafka took, however well it was compressed, becomes a dead letter that Kafka takes; it says what was cut."""
    headers = [("origin", b"x" * 300)]
    word, message, letter = refused(Came(b"x" * size, headers=headers))
    assert word == "too-large"
    assert str(size) in message
    assert f"the dead letter has {len(letter.value or b'')}" in message
    assert 0.9 * LETTER_BYTES_MAX < sent(letter) < KAFKA_RECORD_BYTES_MAX
    assert letter.headers[0] == headers[0]


@pytest.mark.parametrize("where", ["key", "headers"])
def test_a_key_or_headers_that_are_too_large(where: str) -> None:
    """A key or headers that fill a record alone are cut too, rather than end the worker."""
    large = b"x" * KAFKA_RECORD_BYTES_MAX
    record = Came(written(dial()), large) if where == "key" else Came(b"{", headers=[("h", large)])
    _, message, letter = refused(record)
    assert "not all of its key and headers" in message
    assert sent(letter) < KAFKA_RECORD_BYTES_MAX


def sent(letter: OutRecord) -> int:
    headers = sum(len(name) + len(given) for name, given in letter.headers)
    return len(letter.value or b"") + len(letter.key or b"") + headers


TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (TRACE, TRACE),
        (None, None),
        (b"", None),
        (b"\xff", None),
        (b"a\nb", None),
        (b"x" * 513, None),
        (b"vendor-1", b"vendor-1"),
    ],
)
def test_traces(given: bytes | None, passed_on: bytes | None) -> None:
    """A trace is passed on to what is said of the debtor; what could not stand in a header of others is left out."""
    tasks, letters = taken(Came(written(dial()), headers=[("x", None), ("traceparent", given)]))
    assert not letters
    assert tasks["bank-a|D1"].traceparent == passed_on


def test_one_task_per_debtor_and_one_per_new_institution() -> None:
    """Records of one debtor meet in one task, in order, with every partition that they came from."""
    records = [
        Came(written(dial(contact_id="c-1"))),
        Came(b"{"),
        Came(written(agreement()), topic="d-facts", partition=1),
        Came(written(dial(contact_id="c-2", debtor="D2")), b"bank-a|D2"),
    ]
    tasks, letters = taken(*records)
    assert len(letters) == 1
    assert {key: task.sources for key, task in tasks.items()} == {
        "bank-a|D1": {"dials-3", "facts-1"},
        "bank-a|*": {"dials-3", "facts-1"},
        "bank-a|D2": {"dials-3"},
    }
    assert [item.recorded for item in tasks["bank-a|D1"].items] == [NOW_MS * 1000] * 2
    assert not tasks["bank-a|*"].items


@pytest.mark.parametrize(
    ("institution", "key", "expected"),
    [
        ("bank-a", b"bank-a|D1", "bank-a"),
        ("银行", "银行|D1".encode(), "银行"),
        ("bank-a", b"bank-b|D1", None),
        ("bank-a", b"bank-a", None),
        ("bank-a", None, None),
        (5, b"5|D1", None),
        ("", b"|D1", None),
    ],
)
def test_whose_dead_letter_it_is(institution: Any, key: bytes | None, expected: str | None) -> None:
    """A refused record is an institution's where value and key agree on it, and nobody's otherwise."""
    record = Came(written(dial(institution=institution, mode="loud")), key)
    assert Intake(DECODER, "d").dead_letter(record, Refusal("bad-value", "")).institution == expected


def test_no_json_is_nobodys() -> None:
    """Bytes that are no JSON may be about anybody, whatever their key."""
    assert refused(Came(b'{"institution":"bank-a"'))[2].institution is None
