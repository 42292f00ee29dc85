"""What one input record may hold: exactly the limit is read, one more is refused by the field's path."""

from typing import Any

import pytest

from stream.rulebooks.loader import load
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.limits import Limits, limits_of
from stream.shell.codec.refusal import Refusal
from stream.shell.settings.settings import read
from tests.parts.inputs import AT, DECODER, agreement, contact_of, decoded, dial, entry, fact_of, outcome_of, written

SMALL = Decoder(
    load("nifa-2024").labels,
    limits=Limits(
        record_bytes_max=2048, reference_characters_max=128, debts_per_contact_max=3, items_per_agreement_max=2
    ),
)
REFERENCES = (
    *((dial, name) for name in ("institution", "agency", "debtor", "product", "operator", "tool", "template", "payee")),
    *((agreement, name) for name in ("fact_id", "institution", "debtor")),
    *((entry, name) for name in ("id", "institution", "agency")),
)


def refusal(record: dict[str, Any], decoder: Decoder = DECODER) -> tuple[str, str]:
    """Word and path of what the decoder says against a record."""
    outcome = outcome_of(written(record), decoder)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.path in outcome.message
    return outcome.word, outcome.path


def test_record_bytes() -> None:
    """64 KiB are read, one byte more is not, whatever fills them."""
    start = written(dial())[:-1] + b',"x":"'
    largest = start + b"x" * (65_536 - len(start) - 2) + b'"}'
    assert len(largest) == 65_536
    assert isinstance(outcome_of(largest), Record)
    larger = outcome_of(largest + b" ")
    assert isinstance(larger, Refusal)
    assert larger.word == "too-large"


@pytest.mark.parametrize("field", ["recording", "permit", "x"])
def test_what_may_be_as_long_as_a_record(field: str) -> None:
    """A recording, a permit and unknown fields may fill a record; so may labels that no rule knows."""
    assert decoded(dial(**{field: "x" * 65_000})).key == "bank-a|D1"
    assert contact_of(dial(labels=["x" * 65_000])).labels == ()


@pytest.mark.parametrize(("make", "field"), REFERENCES, ids=[f"{make.__name__} {name}" for make, name in REFERENCES])
def test_characters_of_references(make: Any, field: str) -> None:
    """A reference of 2048 characters is read, however many bytes they have; one more is a bad value."""
    assert isinstance(outcome_of(written(make(**{field: "😀" * 2048}))), Record)
    assert refusal(make(**{field: "x" * 2049})) == ("bad-value", f"$.{field}")


def test_characters_of_other_references() -> None:
    """Debts, persons and the limits' names of an agreement have the same limit; a name is no part of the path."""
    about = {"role": "contact", "purpose": "locate"}
    assert contact_of(dial(person="p" * 2048, debts=["d" * 2048], **about)).debts == ("d" * 2048,)
    assert refusal(dial(person="p" * 2049, **about)) == ("bad-value", "$.person")
    assert refusal(dial(debts=["d", "d" * 2049])) == ("bad-value", "$.debts[1]")
    assert fact_of(agreement(limits={"n" * 2048: 1})).limits == {"n" * 2048: 1}
    assert refusal(agreement(limits={"n" * 2049: 1})) == ("bad-value", "$.limits")
    settled = agreement() | {"kind": "settled"}
    assert fact_of(settled | {"debt": "d" * 2048}).debt == "d" * 2048
    assert refusal(settled | {"debt": "d" * 2049}) == ("bad-value", "$.debt")


def test_characters_of_times() -> None:
    """A time may have as many digits behind the second as a reference has characters."""
    before, after = AT[:19], AT[19:]
    longest = f"{before}.{'0' * (2048 - len(AT) - 1)}{after}"
    assert contact_of(dial(started_at=longest)).started_at == contact_of(dial()).started_at
    assert refusal(dial(started_at=longest.replace(".", ".0"))) == ("bad-value", "$.started_at")


def test_debts_of_a_contact() -> None:
    """A contact may name 1000 debts, and no more."""
    debts = [f"L{number}" for number in range(1001)]
    assert len(contact_of(dial(debts=debts[:1000])).debts) == 1000
    assert refusal(dial(debts=debts)) == ("bad-value", "$.debts")


def test_items_of_an_agreement() -> None:
    """An agreement may name 100 hours, channels and limits each, and no more of any."""
    hours, channels = [["09:00", "20:00"]] * 101, ["dial"] * 101
    limits = {f"limit-{number}": number for number in range(101)}
    most = fact_of(agreement(hours=hours[:100], channels=channels[:100], limits=dict(list(limits.items())[:100])))
    assert [len(each or ()) for each in (most.hours, most.channels, most.limits)] == [100, 100, 100]
    for field, given in (("hours", hours), ("channels", channels), ("limits", limits)):
        assert refusal(agreement(**{field: given})) == ("bad-value", f"$.{field}")


def test_limits_are_settings() -> None:
    """Each limit is a setting; without one it is what the schemas say."""
    assert limits_of(read({})) == Limits()
    environ = {
        "DUEWATCH_RECORD_BYTES_MAX": "2048",
        "DUEWATCH_REFERENCE_CHARACTERS_MAX": "128",
        "DUEWATCH_DEBTS_PER_CONTACT_MAX": "3",
        "DUEWATCH_ITEMS_PER_AGREEMENT_MAX": "2",
    }
    assert limits_of(read(environ)) == Limits(2048, 128, 3, 2)


def test_other_limits() -> None:
    """With other settings another number holds, and the sentence names it."""
    for record, path in (
        (dial(tool="t" * 129), "$.tool"),
        (dial(debts=["a", "b", "c", "d"]), "$.debts"),
        (agreement(channels=["dial", "visit", "letter"]), "$.channels"),
        (dial(x="x" * 2048), "$"),
    ):
        outcome = outcome_of(written(record), SMALL)
        assert isinstance(outcome, Refusal)
        assert outcome.path == path
        assert any(number in outcome.message for number in ("128", "at most 3", "at most 2", "2048"))
    assert isinstance(outcome_of(written(dial(tool="t" * 128, debts=["a", "b", "c"])), SMALL), Record)
