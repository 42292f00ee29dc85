"""Whatever bytes come, there are two outcomes: a record that can be judged and kept, or a refusal."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from stream.core.registry import Entry
from stream.shell.codec.decode import Record
from stream.shell.codec.refusal import WORDS, Refusal
from stream.shell.delivery.task import Item, Task
from stream.shell.topics.schema_folder import schema_folder
from tests.logs import broken_lines, to_line
from tests.parts.ground import Ground
from tests.parts.inputs import MOBILE, outcome_of, written

SCHEMAS = Path(str(schema_folder()))
INPUTS = ("dials", "messages", "visits", "letters", "facts", "registry")
EXAMPLES = [
    (topic, json.loads(path.read_text("utf-8")))
    for topic in INPUTS
    for path in sorted((SCHEMAS / "examples" / topic / "valid").glob("*.json"))
]
MARK = "zx9-mark-81"
WORDS_OF_INPUTS = (
    "dial", "agreement", "settled", "placed", "status", "refused", "contact", "guarantor", "notice", "interactive",
    "im", "voice", "hand", "tool", "*", "a|b", "", "09:00", "24:00", MOBILE, MARK, "2026-11-23T14:05:11+08:00",
    "2026-11-23", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2026-11-23T14:05:60Z",
    "effective_calls",
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**53, 2**53 - 1, 2**63, 2**64, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(WORDS_OF_INPUTS)
)
NAMES = st.text(max_size=3) | st.sampled_from(WORDS_OF_INPUTS)
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


@cache
def validator(topic: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{topic}.schema.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


@cache
def fields(topic: str) -> list[str]:
    given_ones = {name for of, record in EXAMPLES if of == topic for name in record}
    return sorted({*validator(topic).schema["properties"], *given_ones})


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    """Draw a valid example in which one field holds anything, with its topic and the field."""
    topic, record = draw(st.sampled_from(EXAMPLES))
    field = draw(st.sampled_from(fields(topic)))
    return topic, {**record, field: draw(ANY_JSON)}, field


def check(outcome: Record | Refusal) -> None:
    if isinstance(outcome, Refusal):
        assert outcome.word in WORDS
        assert outcome.path.startswith("$")
        assert outcome.message
        assert MARK not in outcome.message + outcome.path
        assert MOBILE not in outcome.message + outcome.path
    else:
        assert outcome.key.encode()


@given(st.binary(max_size=300))
def test_any_bytes(value: bytes) -> None:
    """No bytes do more than be refused."""
    check(outcome_of(value))


@given(ANY_JSON)
def test_any_json(value: Any) -> None:
    """No JSON does more than be refused, or be read."""
    check(outcome_of(json.dumps(value).encode()))


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_record_with_broken_bytes(example: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    """A record that was cut, or in which a byte was changed, is refused or read."""
    value = bytearray(written(example[1]))
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    check(outcome_of(bytes(value[: data.draw(st.integers(1, len(value)))])))


@settings(max_examples=1000)
@given(spoilt())
def test_the_decoder_and_the_schemas_agree(case: tuple[str, dict[str, Any], str]) -> None:
    """A record with anything in one field is read if, and only if, the schema of its topic allows it.

    A number such as 1.0 is an integer to JSON Schema, and none to the decoder.
    """
    topic, record, field = case
    outcome = outcome_of(json.dumps(record).encode())
    check(outcome)
    if isinstance(outcome, Refusal) and outcome.word == "wrong-type" and whole_fraction(record[field]):
        return
    of_topic = isinstance(outcome, Record) and record["type"] == EXAMPLE_TYPES[topic]
    assert of_topic == validator(topic).is_valid(record)


EXAMPLE_TYPES = {topic: record["type"] for topic, record in EXAMPLES}


def whole_fraction(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    return any(isinstance(each, float) and each.is_integer() for each in inner)


@given(st.lists(spoilt(), min_size=1, max_size=4), st.integers(0, 400))
async def test_what_is_read_can_be_judged_and_kept(cases: list[tuple[str, dict[str, Any], str]], days: int) -> None:
    """Whatever the decoder lets through, no rule, no store and no encoder fails on it, on any day."""
    ground = Ground(datetime.fromtimestamp(1_795_000_000 + days * 86_400, UTC))
    records = [outcome_of(json.dumps(record).encode()) for _, record, _ in cases]
    tasks: dict[str, Task] = {}
    for record in records:
        if isinstance(record, Refusal):
            continue
        if isinstance(record.item, Entry):
            ground.registry.put(record.item)
        else:
            task = tasks.setdefault(record.key, Task(record.key, {"dials-0"}))
            task.items.append(Item(record.item, ground.now))
    await (await ground.worker()).deliver(list(tasks.values()))


def test_seeded_broken_lines_get_their_word() -> None:
    """Each unreadable line that logs are salted with is refused with the word that its maker says."""
    for line, word in broken_lines(seed=5, count=400):
        outcome = outcome_of(to_line(line))
        assert isinstance(outcome, Refusal), line
        assert outcome.word == word, line
