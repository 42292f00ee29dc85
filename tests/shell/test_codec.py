"""Bytes become records, or a refusal that names the field (contract §2-4)."""

import json
from pathlib import Path
from typing import Any

import pytest

from stream.shell.topics.schema_folder import schema_folder
from tests.parts.inputs import AT, agreement, contact_of, decoded, dial, entry, fact_of, refusal_of, written

EXAMPLES = Path(str(schema_folder())) / "examples"
INPUTS = ("dials", "messages", "visits", "letters", "facts", "registry")
# What only a topic knows; test_intake.py has it.
OF_TOPICS = {"dials/invalid/type-of-another-topic.json"}
DEFAULTS: dict[str, Any] = {
    "revision": 0, "voided": False, "agency": None, "role": "debtor", "person": None, "debts": [], "product": None,
    "purpose": "collection", "direction": "outbound", "requested": False, "medium": "voice", "answered_at": None,
    "ended_at": None, "talk_seconds": None, "answered_by": "unknown", "intent": "unknown", "operator": None,
    "ai": False, "tool": None, "template": None, "recording": None, "recording_announced": None,
    "identity_disclosed": None, "identity_verified": None, "debt_disclosed": None, "labels": [], "payee": None,
    "permit": None,
}  # fmt: skip


def examples(kind: str) -> list[Path]:
    found = [path for topic in INPUTS for path in sorted((EXAMPLES / topic / kind).glob("*.json"))]
    return [path for path in found if path.relative_to(EXAMPLES).as_posix() not in OF_TOPICS]


def named(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


@pytest.mark.parametrize("path", examples("valid"), ids=named)
def test_valid_example_is_read(path: Path) -> None:
    """What the schemas show as valid becomes a record, under the key that its topic asks for."""
    record = json.loads(path.read_text("utf-8"))
    read = decoded(record)
    assert read.type == record["type"]
    last = f"{record['kind']}|{record['id']}" if read.type == "registry" else record["debtor"]
    assert read.key == f"{record['institution']}|{last}"


@pytest.mark.parametrize("path", examples("invalid"), ids=named)
def test_invalid_example_is_refused(path: Path) -> None:
    """What the schemas show as invalid is refused with exactly the word and the path that stand there."""
    case = json.loads(path.read_text("utf-8"))
    refusal = refusal_of(case["raw"].encode() if "raw" in case else written(case["record"]))
    assert (refusal.word, refusal.path) == (case["error"], case["path"])


def behind(raw: bytes) -> bytes:
    """Give a good dial with something more in it."""
    return written(dial())[:-1] + b"," + raw + b"}"


NOT_JSON = (
    b"", b" ", b"{", b"{}{}", b"{,}", written(dial()) + b",", behind(b'"x":"\xff"'), behind(b'"\xff":1'),
    behind(b'"x":"\xed\xa0\x80"'), behind(b'"agency":"\\ud800"'), behind(b'"agency":"a\nb"'), behind(b'"revision":01'),
    behind(b'"x":' + b"[" * 30_000 + b"]" * 30_000), behind(b'"talk_seconds":NaN'), b"[" * 60_000, b'{"type":7',
    b"\xef\xbb\xbf" + written(dial()), written(dial()).decode().encode("utf-16"),
)  # fmt: skip
NO_RECORDS = {
    b"null": "wrong-type", b'"dial"': "wrong-type", b"[]": "wrong-type", b'{"type":["dial"]}': "wrong-type",
    b'{"type":7}': "wrong-type", b'{"type":{}}': "wrong-type", b'{"type":null}': "missing-field",
    b"{}": "missing-field", b'{"type":""}': "bad-value", b'{"type":"DIAL"}': "bad-value",
}  # fmt: skip


@pytest.mark.parametrize("raw", NOT_JSON, ids=lambda raw: repr(raw[-24:]))
def test_what_is_not_json(raw: bytes) -> None:
    """Broken JSON, other encodings and nesting without end are not JSON, whatever stands in front of the fault."""
    refusal = refusal_of(raw)
    assert (refusal.word, refusal.path) == ("not-json", "$")


@pytest.mark.parametrize("raw", NO_RECORDS)
def test_what_is_no_record(raw: bytes) -> None:
    """Other JSON gets no further than its type."""
    refusal = refusal_of(raw)
    assert refusal.word == NO_RECORDS[raw]
    assert refusal.path in ("$", "$.type")


def test_no_value() -> None:
    """A record without a value says nothing that could be judged."""
    assert refusal_of(None).word == "not-json"


BEYOND = (
    (dial(contact_id="😀" * 129), "$.contact_id"),
    (dial(revision=-1), "$.revision"),
    (dial(revision=2**53), "$.revision"),
    (dial(revision=10**400), "$.revision"),
    (dial(agency=""), "$.agency"),
    (dial(debts=["L1", ""]), "$.debts[1]"),
    (dial(talk_seconds=-0.1), "$.talk_seconds"),
    (dial(talk_seconds=10**400), "$.talk_seconds"),
    (dial(institution="*"), "$.institution"),
    (dial(institution="a|b"), "$.institution"),
    (dial(debtor="*"), "$.debtor"),
    (agreement(limits={"": 1}), "$.limits"),
    (agreement(limits={"x": -1}), "$.limits[...]"),
    (agreement(hours=[["0٨:00", "09:00"]]), "$.hours[0][0]"),
    (agreement(hours=[["08:00", "24:01"]]), "$.hours[0][1]"),
    (agreement(hours=[["08:00", "09:00", "10:00"]]), "$.hours[0]"),
    (entry(id="a|b"), "$.id"),
    (entry(kind="Tool"), "$.kind"),
)


@pytest.mark.parametrize(("record", "path"), BEYOND, ids=[path for _, path in BEYOND])
def test_values_beyond_a_limit(record: dict[str, Any], path: str) -> None:
    """A value of the right type that no limit allows is named by its path."""
    refusal = refusal_of(record)
    assert (refusal.word, refusal.path) == ("bad-value", path)


def test_values_at_a_limit() -> None:
    """The outermost values that are allowed are read as they are; ids are counted in characters, not bytes."""
    at = contact_of(dial(contact_id="😀" * 128, revision=2**53 - 1, talk_seconds=0, debtor="a|b|*"))
    assert (at.contact_id, at.revision, at.talk_seconds) == ("😀" * 128, 2**53 - 1, 0)
    hours = [["00:00", "24:00"], ["22:00", "08:00"], ["09:00", "09:00"]]
    known = fact_of(agreement(hours=hours, limits={"x": 2**53 - 1, "y": None, "z": 0}))
    assert known.hours == tuple(tuple(window) for window in hours)
    assert known.limits == {"x": 2**53 - 1, "y": None, "z": 0}


def test_a_talk_without_end_is_read_as_a_very_long_one() -> None:
    """However many seconds a sender claims, the end of the call stays a moment that can be kept."""
    assert contact_of(dial(talk_seconds=1e308)).talk_seconds == contact_of(dial(talk_seconds=1e7)).talk_seconds == 1e7


def test_null_means_the_default() -> None:
    """A dial with null in every field that may be null, one with every default and one with none are the same."""
    least = contact_of(dial())
    assert contact_of(dial(**dict.fromkeys(DEFAULTS))) == least
    assert contact_of(dial(**DEFAULTS)) == least


def test_unknown_fields_are_ignored_and_never_stored() -> None:
    """Fields of the sender, and those of another type or kind of fact, leave no trace, whatever is in them."""
    strange = {"name": "张三", "headcount": "two", "sealed": 7, "": [{"a": None}], "started": "now"}
    assert contact_of(dial(**strange)) == contact_of(dial())
    assert fact_of(agreement(person=5, debt=[], value="x")) == fact_of(agreement())
    settled = agreement(kind="settled", debt="L1")
    assert fact_of(settled | {"agency": 7, "hours": "all"}) == fact_of(settled)
    assert decoded(entry(note={"x": 1})).item == decoded(entry()).item


def test_labels_that_no_rule_judges_are_not_stored_but_tell_records_apart() -> None:
    """Only labels that a rule knows go into a ledger; two records with other unknown ones still differ."""
    labelled = contact_of(dial(labels=["threat", "cheerful"]))
    assert labelled.labels == ("threat",)
    assert labelled.digest != contact_of(dial(labels=["threat", "gloomy"])).digest


def test_what_makes_two_records_of_one_revision_differ() -> None:
    """Any field but `permit` does; another spelling of the same time, number or object does not."""
    one = contact_of(dial(talk_seconds=7))
    same = (
        dial(talk_seconds=7.0),
        dial(talk_seconds=7, permit="p"),
        dial(talk_seconds=7, started_at="2026-11-23T06:05:11Z"),
    )
    assert {contact_of(other).digest for other in same} == {one.digest}
    for change in ({"agency": "ag-1"}, {"debts": ["L1"]}, {"voided": True}, {"labels": ["x"]}, {"headcount": 1}):
        differs = contact_of(dial(talk_seconds=7, **change)).digest != one.digest
        assert differs == ("headcount" not in change), change
    limits = [
        fact_of(agreement(limits=limits)).digest for limits in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"b": 1, "a": 2})
    ]
    assert limits[0] == limits[1] != limits[2]


def test_an_update_tells_the_same_records_apart() -> None:
    """What stands for a record in a ledger stays what it was: after an update, a redelivered one is no conflict."""
    records = {
        "1ffba085f231a634": dial(answered_at=AT, talk_seconds=7, debts=["L1"], labels=["threat"]),
        "3096241add1a20b5": dial(type="letter", product="p", sealed=False),
    }
    assert {contact_of(record).digest: record for record in records.values()} == records
