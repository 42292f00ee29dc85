"""Whatever stands in the environment, in headers, in notes or in a ledger, it is taken or refused, nothing else."""

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from stream.cli.dead_letters_shown import print_letter, print_tally
from stream.shell.codec.refusal import WORDS, Refusal, conflict
from stream.shell.dead_letters.letter import letter_of
from stream.shell.dead_letters.tally import Tally
from stream.shell.delivery.records import DEAD_LETTERS, ERRORS
from stream.shell.ledgers.packed import pack, unpack
from stream.shell.ledgers.remembered import LedgerError, Remembered
from stream.shell.settings.settings import SettingsError, read
from stream.shell.settings.table import TABLE
from stream.shell.worker.dead_letter_limit import DeadLetterLimit, Limits, Read
from stream.shell.worker.intake import Intake
from tests.parts.calls import NOON, call, deliver, ledger
from tests.parts.ground import Ground
from tests.parts.inputs import DECODER, outcome_of, written
from tests.shell.test_codec_fuzz import ANY_JSON, check

SECRET = "hunter2-zx9"  # noqa: S105 - what must not be shown
TEXTS = (
    st.text(st.characters(exclude_characters="\0"), max_size=20)
    | st.integers().map(str)
    | st.sampled_from([each.default for each in TABLE])
    | st.sampled_from(["-1", "1e9", "١", "0x10", "", " 1", "\udcff", "[::1]:1", "a:1,b:2", "on", "redis://", "none"])
)
NUMERALS = st.from_regex(r"-?[0-9.eE+]{1,12}", fullmatch=True) | st.sampled_from(["1e400", "-0", "1E-400", "9" * 5000])
BYTES = st.none() | st.binary(max_size=40)
HEADERS = st.lists(
    st.tuples(
        st.text(max_size=8)
        | st.sampled_from([f"{ERRORS}{name}" for name in ("exception", "offset", "partition", "topic")])
        | st.sampled_from(["duewatch-version", "duewatch-recorded-at", "ce_type", "traceparent"]),
        BYTES | st.sampled_from([b"17", b"-1", b"9" * 30, b"duewatch.dead-letter.v1"]),
    ),
    max_size=6,
)


@dataclass(frozen=True)
class Came:
    """A record as aiokafka hands it over."""

    value: bytes | None
    key: bytes | None
    headers: list[tuple[str, Any]]
    timestamp: int
    topic: str = "d-dials"
    partition: int = 0
    offset: int = 0


CAME = st.builds(Came, BYTES, BYTES, HEADERS, st.integers(-(2**63), 2**63 - 1))


@given(st.dictionaries(st.sampled_from([each.name for each in TABLE] + ["DUEWATCH_NO", "PATH"]), TEXTS, max_size=4))
def test_settings(environ: dict[str, str]) -> None:
    """Any environment gives settings, or all of its mistakes in words."""
    with contextlib.suppress(SettingsError):
        read(environ)
        return
    with pytest.raises(SettingsError) as refusal:
        read(environ)
    assert all(mistake.startswith("DUEWATCH_") for mistake in refusal.value.mistakes)


@given(st.sampled_from(TABLE), st.text(st.characters(exclude_characters="\0"), max_size=10))
def test_a_password_in_any_setting(setting: Any, around: str) -> None:
    """What looks like a URL with a password is repeated by no mistake."""
    with contextlib.suppress(SettingsError):
        read({setting.name: f"x://me:{SECRET}@{around}"})
        return
    with pytest.raises(SettingsError) as refusal:
        read({setting.name: f"x://me:{SECRET}@{around}"})
    assert SECRET not in str(refusal.value)


@given(st.sampled_from(["talk_seconds", "revision", "headcount", "x"]), NUMERALS)
def test_any_numeral(field: str, numeral: str) -> None:
    """However a number is written it is read or refused."""
    check(outcome_of(written(call("c-1", NOON))[:-1] + f',"{field}":{numeral}}}'.encode()))


@given(CAME, st.sampled_from([word for word in WORDS if word != "personal-data"]))
def test_any_record_becomes_a_dead_letter(came: Came, word: str) -> None:
    """Whatever a record holds, its dead letter can be made, read again, shown and counted."""
    letter = Intake(DECODER, "d").dead_letter(came, Refusal(word, "no"))
    assert letter.topic == DEAD_LETTERS
    read_again = letter_of(Came(letter.value, letter.key, list(letter.headers), came.timestamp))
    assert read_again.error == word
    shown(read_again)


@given(CAME)
def test_any_record_among_dead_letters(came: Came) -> None:
    """A record that somebody else wrote on the topic is listed and shown like the others."""
    shown(letter_of(came))


def shown(letter: Any) -> None:
    tally = Tally(3)
    tally.add(letter)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print_letter(letter)
        print_tally(tally)
    assert letter.error in out.getvalue() or not letter.error.isprintable()


@given(st.text(max_size=30) | ANY_JSON.map(lambda value: msgspec.json.encode(value).decode()), st.data())
def test_any_note_beside_an_offset(text: str, data: st.DataObject) -> None:
    """Whatever is stored with a committed offset, counting of dead letters goes on."""
    limit = DeadLetterLimit(Limits(3, 0.5, 10))
    numbers = st.integers(-5, 2**63)
    odd = data.draw(st.sampled_from([text, ""]) | st.builds(_note, numbers, numbers, numbers))
    limit.begin({("d-dials", 0): odd})
    for offset in range(5):
        limit.weigh([Read(("d-dials", 0), offset, offset, 1, conflict().word, "no")])
    assert limit.note(("d-dials", 0))


def _note(to: int, run: int, window: int) -> str:
    return msgspec.json.encode(
        {"to": to, "run_from": to, "run": {"conflict": run}, "window": {"": window, "conflict": window}}
    ).decode()


@given(st.data())
async def test_a_broken_ledger(data: st.DataObject) -> None:
    """A ledger in which bytes were changed is read, or refused as what it is."""
    ground = Ground(NOON)
    calls = [call(f"c-{n}", NOON, labels=["threat"]) for n in range(data.draw(st.sampled_from((1, 4))))]
    await deliver(ground, *calls)
    value = bytearray(pack(structs.replace(await ledger(ground), rev=1, version=1)))  # the same bytes in every run
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(value[: data.draw(st.integers(0, len(value)))])
    with contextlib.suppress(LedgerError):
        assert isinstance(unpack(cut), Remembered)
