"""What the loader refuses, and in which words: one small bad file per message, which names the message it causes."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from stream.core.contact import TYPES, TYPES_WITH, WORDS
from stream.rulebooks.checks import FACTS_ABOUT_PERSONS, STATUSES, WINDOW_DAYS_MAX
from stream.rulebooks.loader import KINDS, RulebookError, load, parse, rulebook_of, shipped
from stream.shell.codec import shapes
from stream.shell.ledgers import bounds

FOLDER = Path(__file__).parent
GOOD = FOLDER / "good.toml"
BAD = sorted((FOLDER / "bad").glob("*.toml"))
_PLACE = re.compile(r"rule (number \d+|[A-Z|-]+): [a-z_]+(\.[a-z_]+|\[\d+\])*(, max)?: ")
_SHAPES = {"dial": shapes.Dial, "message": shapes.Message, "visit": shapes.Visit, "letter": shapes.Letter}


def problems_of(name_or_file: str | Path) -> list[str]:
    with pytest.raises(RulebookError) as refusal:
        load(str(name_or_file))
    assert refusal.value.where == str(name_or_file)
    return refusal.value.problems


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file(path: Path) -> None:
    """A bad file is refused with the messages that its head names, and with no others."""
    lines = path.read_text(encoding="utf-8").splitlines()
    named = [line.removeprefix("# refused: ") for line in lines if line.startswith("# refused: ")]
    assert named
    assert problems_of(path) == named


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_message_names_its_place(path: Path) -> None:
    """Every message about a rule names the rule and the field."""
    for problem in problems_of(path):
        assert not problem.startswith("rule ") or _PLACE.match(problem) or "is not a table" in problem, problem


def test_every_message_has_a_file() -> None:
    """There is a bad file for each mistake that stands alone, and each has one mistake only, but for a few."""
    many = {path.stem for path in BAD if len(problems_of(path)) > 1}
    assert many == {"several", "unknown-key-of-the-file", "unknown-key-of-the-words"}


def test_good_file() -> None:
    """The file of which the bad ones are variants is good, and has a rule of every kind."""
    rulebook = load(str(GOOD))
    assert rulebook.policy == "house@1"
    assert {rule.__struct_config__.tag for rule in rulebook.rules} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_key_unknown_in_every_kind(kind: str) -> None:
    """No kind of rule takes a key that it does not know."""
    text = GOOD.read_text(encoding="utf-8").split("\n[[rules]]")[0]
    with pytest.raises(RulebookError) as refusal:
        parse("here", f'{text}\n[[rules]]\nid = "H-NEW"\nkind = "{kind}"\ntypo = 1\n')
    assert any(problem.startswith("rule H-NEW: typo: is not known here") for problem in refusal.value.problems)


def test_shipped_files_load() -> None:
    """Every rulebook that ships is good, and is called as its file is; what lies beside them is none."""
    assert "nifa-2024" in shipped()
    assert all(load(name).file.name == name for name in shipped())


def test_no_such_file(tmp_path: Path) -> None:
    """A name that is neither a file nor ships is refused with what ships."""
    assert problems_of(tmp_path / "nifa.toml") == [f"neither a file nor a rulebook that ships ({', '.join(shipped())})"]


def test_folder_and_bytes(tmp_path: Path) -> None:
    """A folder, and a file that is not UTF-8, cannot be read."""
    (path := tmp_path / "latin.toml").write_bytes('name = "café"'.encode("latin-1"))
    for unreadable in (tmp_path, path):
        (problem,) = problems_of(unreadable)
        assert problem.startswith("cannot be read: ")


def test_all_problems_in_one_line() -> None:
    """The error itself is one sentence of all problems, for a worker's log."""
    path = str(FOLDER / "bad" / "several.toml")
    with pytest.raises(RulebookError, match=r"several\.toml: sauce: .*; rule H-CALLS: clause: .*; rule H-BADGE: "):
        load(path)


def test_longest_window_is_kept() -> None:
    """No rulebook may look back longer than the worker keeps contacts."""
    assert WINDOW_DAYS_MAX <= bounds.WINDOW_DAYS_MAX


@pytest.mark.parametrize("kind", TYPES)
def test_fields_per_type_are_those_of_input(kind: str) -> None:
    """A type of contact has the fields that its records have, and those alone."""
    apart = set(_SHAPES[kind].__struct_fields__) - set(shapes.AnyContact.__struct_fields__)
    assert {name for name, types in TYPES_WITH.items() if kind in types} == apart


def test_words_are_those_of_input() -> None:
    """The words of a field are those that input records may hold."""
    held: dict[str, set[str]] = {"type": set(_SHAPES)}
    for shape in _SHAPES.values():
        for name, kind in shape.__annotations__.items() | shapes.AnyContact.__annotations__.items():
            words = [word for part in get_args(kind) for word in get_args(part) if isinstance(word, str)]
            held.setdefault(name, set()).update(words)
    assert {name: set(words) for name, words in WORDS.items()} == {name: words for name, words in held.items() if words}
    assert set(STATUSES) == set(get_args(get_args(shapes.Status.__annotations__["value"])[0]))
    assert set(FACTS_ABOUT_PERSONS) < set(get_args(shapes.FactKind))


@pytest.mark.parametrize(
    ("field", "most"), [("id", 128), ("article", 256), ("clause", 4096), ("message.zh", 1024), ("message.en", 1024)]
)
def test_lengths_of_a_rule(field: str, most: int) -> None:
    """What findings and blocks carry of a rule has a greatest length; one character more is refused."""
    table = tomllib.loads(GOOD.read_text(encoding="utf-8"))
    name, _, inner = field.partition(".")
    holder, key = (table["rules"][0][name], inner) if inner else (table["rules"][0], name)
    holder[key] = "x" * most
    assert rulebook_of("here", table).rules[0].id
    holder[key] = "x" * (most + 1)
    with pytest.raises(RulebookError, match=rf"{field}: has {most + 1} characters; write {most} or fewer"):
        rulebook_of("here", table)


def test_lengths_of_a_file(tmp_path: Path) -> None:
    """A rulebook has at most 500 rules and a megabyte, its name and version 128 characters."""
    table = tomllib.loads(GOOD.read_text(encoding="utf-8"))
    first = table["rules"][0]
    many = [first | {"id": f"H-{number}"} for number in range(501)]
    assert len(rulebook_of("here", table | {"rules": many[:500]}).rules) == 500
    with pytest.raises(RulebookError, match="rules: there are 501; write 500 or fewer"):
        rulebook_of("here", table | {"rules": many})
    for field in ("name", "version"):
        assert rulebook_of("here", table | {field: "x" * 128})
        with pytest.raises(RulebookError, match=f"{field}: has 129 characters"):
            rulebook_of("here", table | {field: "x" * 129})
    large = tmp_path / "large.toml"
    large.write_bytes(GOOD.read_bytes() + b"#" * (1024 * 1024))
    assert problems_of(large) == ["larger than 1048576 bytes; is it a rulebook?"]


def test_nested_without_end() -> None:
    """A list in a list in a list, a thousand times, is refused in a sentence."""
    with pytest.raises(RulebookError, match="nested too deeply"):
        parse("here", f"x = {'[' * 10_000}{']' * 10_000}")
