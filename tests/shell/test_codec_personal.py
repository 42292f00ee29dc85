"""References that look like phone or ID-card numbers are refused, and masked wherever they would be kept (第十九条)."""

import json
from typing import Any

import pytest

from stream.rulebooks.loader import load
from stream.shell.codec.decode import Decoder
from stream.shell.codec.personal import is_personal, masked, masked_key, masked_text, personal_fields
from tests.parts.inputs import ID_CARD, MOBILE, agreement, decoded, dial, entry, refusal_of, written

UNCHECKED = Decoder(load("nifa-2024").labels, reference_check=False)
NUMBERS = (MOBILE, "+86" + MOBILE, "86" + MOBILE, "19900000000", ID_CARD, ID_CARD.lower(), "440301199602291235")
NO_NUMBERS = (
    "12912345678", "1391234567", "139123456789", "0" + MOBILE, "+1" + MOBILE, "0086" + MOBILE, "+86 " + MOBILE,
    "ref-" + MOBILE, MOBILE + "a", "139-1234-5678", " " + MOBILE, MOBILE + "\n", "１３９１２３４５６７８",
    "٠" * 11, "１" * 18,
    ID_CARD[:-1], ID_CARD + "0", ID_CARD[:-1] + "1", "110105194913310021", "110105194902290029", "110105000012310026",
    "110105202602300018",
)  # fmt: skip
ESCAPED = r'"1391234567\u0038"'


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", ["debtor", "person"])
def test_a_number_as_a_reference(field: str, number: str) -> None:
    """A debtor or person that as a whole is such a number is refused, and the message does not repeat it."""
    for record in (dial(**{field: number}), agreement(**{"kind": "refused", "person": "P1", field: number})):
        refusal = refusal_of(record)
        assert (refusal.word, refusal.path) == ("personal-data", f"$.{field}")
        assert number not in refusal.message


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text: str) -> None:
    """Other operators' lengths, other digits, wrong dates and wrong check digits are references like any other."""
    assert not is_personal(text)
    assert decoded(dial(debtor=text)).debtor == text


def test_numbers_elsewhere_are_allowed() -> None:
    """Caller numbers, debts and registry ids may be numbers: they are not references to people."""
    numbers: dict[str, Any] = {"tool": MOBILE, "debts": [MOBILE], "payee": ID_CARD, "contact_id": MOBILE}
    assert decoded(dial(**numbers)).key == "bank-a|D1"
    assert decoded(entry(id=MOBILE)).key == f"bank-a|tool|{MOBILE}"


def test_a_setting_switches_it_off() -> None:
    """Lenders whose references look so can have them read."""
    record = dial(debtor=MOBILE, person=ID_CARD)
    assert decoded(record, UNCHECKED).debtor == MOBILE
    assert refusal_of(record | {"mode": None}, UNCHECKED).word == "missing-field"


@pytest.mark.parametrize(
    "broken",
    [{"mode": 5}, {"started_at": None}, {"revision": -1}, {"role": "friend"}, {"x": "x" * 70_000}, {"type": "fax"}],
)
def test_a_number_beside_another_fault(broken: dict[str, Any]) -> None:
    """Whatever else is wrong with a record, it is first of all one that must not be kept as it came."""
    assert refusal_of(dial(debtor=MOBILE, **broken) | broken).word == "personal-data"


def test_digits_written_with_escapes() -> None:
    """A number whose digits do not stand in the bytes is found, and masked."""
    raw = written(dial(debtor="?")).replace(b'"?"', ESCAPED.encode())
    assert refusal_of(raw).word == "personal-data"
    value, key = masked(raw, f"bank-a|{MOBILE}".encode(), personal_fields(raw))
    assert json.loads(value) == dial(debtor="*" * 11)
    assert key == b"bank-a|" + b"*" * 11


@pytest.mark.parametrize("number", NUMBERS)
def test_masked_in_value_and_key(number: str) -> None:
    """The number is masked in value and key wherever it stands in them; everything else stays as it came."""
    record = dial(debtor=number, person=MOBILE, note=f"call {number} twice", text="日本")
    raw = written(record)
    value, key = masked(raw, f"bank-a|{number}".encode(), personal_fields(raw))
    for secret in (number, MOBILE):
        assert secret.encode() not in value
        assert secret.encode() not in (key or b"")
    assert len(value) == len(raw)
    assert json.loads(value)["text"] == "日本"
    assert masked(raw, None, personal_fields(raw))[1] is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"13912345678"', b"\xff", b"[" * 60_000, b'{"debtor":13912345678}'])
def test_nothing_is_found_in_what_is_no_record(raw: bytes) -> None:
    """Looking for numbers in bytes that are no object finds none, and never fails."""
    assert personal_fields(raw) == {}


@pytest.mark.parametrize("number", [*NUMBERS, "0086" + MOBILE, "0" + MOBILE, "+86 " + MOBILE, "139 1234 5678"])
@pytest.mark.parametrize("around", ["{}", "bank-a|{}", '{{"note":"x{}."}}', "a{}b", "{}\n", "电话{}号"])
def test_masked_for_people(around: str, number: str) -> None:
    """In a text for people a number is asterisks wherever it stands, with a prefix or in groups too."""
    hidden = "".join("*" if each.isalnum() else each for each in number)
    assert masked_text(around.format(number)) == around.format(hidden)


def test_masked_however_it_is_written() -> None:
    """Escaped and full-width digits, and ID-card numbers with a wrong check digit, are still to be read by people."""
    assert masked_text(ESCAPED) == f'"{"*" * 11}"'
    assert masked_text("１３９１２３４５６７８") == "*" * 11
    assert masked_text(f"{MOBILE}, {ID_CARD[:-1]}3; {MOBILE}") == f"{'*' * 11}, {'*' * 18}; {'*' * 11}"


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-23T14:05:11+08:00", "1763877911000", "1763877911000123", "12345678901", "c-202611230000000123"],
)
def test_what_people_may_see(text: str) -> None:
    """Times, offsets and other long numbers stay as they are."""
    assert masked_text(text) == text


def test_a_number_in_the_key_alone_is_masked() -> None:
    """A dead letter whose key holds a phone number that its value does not have is masked all the same."""
    assert masked_key(b"bank-a|13912345678") == b"bank-a|***********"
    assert masked_key(b"bank-a|D1") == b"bank-a|D1"
    assert masked_key(b"bank-a|\xff") == b"bank-a|\xff"
    assert masked_key(None) is None
