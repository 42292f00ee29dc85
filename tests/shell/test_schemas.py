"""The schemas say what the contract says, and every example is a test of them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from stream.rulebooks.checks import RULE_ID
from stream.shell.codec.refusal import WORDS
from stream.shell.topics.schema_folder import schema_folder

SCHEMAS = Path(str(schema_folder()))
EXAMPLES = SCHEMAS / "examples"
CONTACTS = ("dials", "messages", "visits", "letters")
INPUTS = (*CONTACTS, "facts", "registry")

# Contract §1: name, direction, key, cleanup, retention, partitioned by.
TABLE = {
    **dict.fromkeys(CONTACTS, ("in", "institution|debtor", "delete", "two years", "key")),
    "facts": ("in", "institution|debtor", "delete", "never", "key"),
    "registry": ("in", "institution|kind|id", "delete", "never", "key"),
    **dict.fromkeys(
        ("blocks-dial", "blocks-message", "blocks-visit"), ("out", "institution|debtor", "compact", "never", "key")
    ),
    "findings": ("out", "finding_id", "delete", "two years", "institution|debtor"),
    "dead-letters": ("out", "as it came", "delete", "two years", "as it came"),
}

# What no schema can see, and why.
BEYOND_SCHEMAS = {
    "dials/invalid/id-card-number-as-person.json": "the check digit has to be reckoned",
    "visits/invalid/id-card-number-as-debtor.json": "the check digit has to be reckoned",
    "facts/invalid/unknown-zone.json": "the database of zones is not in the schema",
}


def topics() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = tomllib.loads((SCHEMAS / "topics.toml").read_text("utf-8"))["topic"]
    return rows


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def name(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


def examples(kind: str) -> list[Path]:
    return sorted(EXAMPLES.glob(f"*/{kind}/*.json"))


def validator(topic: str) -> Draft202012Validator:
    (file,) = (row["schema"] for row in topics() if row["name"] == topic)
    return Draft202012Validator(read(SCHEMAS / file), format_checker=FormatChecker())


def faults(example: Path) -> list[str]:
    """Give the paths at which the example's record breaks its topic's schema, those inside `anyOf` and the like too."""
    record = read(example)["record"]
    found = list(validator(example.parent.parent.name).iter_errors(record))
    for error in found:
        found += error.context or []
    return [path for error in found for path in _places(error.json_path, error.validator, error.message)]


def _places(path: str, keyword: str, message: str) -> list[str]:
    if keyword in ("required", "additionalProperties"):
        field = message.split("'")[1]
        return [path, f"{path}.{field}"]
    return [path]


def test_topics_of_the_contract() -> None:
    """topics.toml lists exactly the contract's topics, each with its key, cleanup, retention and partitioning."""
    columns = ("direction", "key", "cleanup", "retention", "partitioned_by")
    assert {row["name"]: tuple(row[column] for column in columns) for row in topics()} == TABLE
    assert len(topics()) == len(TABLE)


def test_every_topic_has_a_schema() -> None:
    """Each topic names a schema that exists, and no schema is left over."""
    assert {row["schema"] for row in topics()} == {path.name for path in SCHEMAS.glob("*.schema.json")}


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.schema.json")), ids=lambda path: path.name)
def test_schema_is_a_schema(path: Path) -> None:
    """Each file is a JSON Schema 2020-12 that says in words what each field means."""
    schema = read(path)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    unexplained = [
        field
        for field, meaning in schema.get("properties", {}).items()
        if not {"description", "const", "$ref"} & {*meaning}
    ]
    assert unexplained == []


def test_contacts_share_their_fields() -> None:
    """A field that all four contact types have is the same in all four, but for what the contract makes different."""
    schemas = [read(SCHEMAS / f"{topic}.schema.json") for topic in CONTACTS]
    shared = set.intersection(*({*schema["properties"]} for schema in schemas))
    differing = {field for field in shared if len({json.dumps(schema["properties"][field]) for schema in schemas}) > 1}
    assert differing == {"type", "mode", "medium", "product", "started_at"} & shared
    for part in schemas[0]["$defs"]:
        assert all(schema["$defs"][part] == schemas[0]["$defs"][part] for schema in schemas)


@pytest.mark.parametrize("row", topics(), ids=lambda row: row["name"])
def test_enough_examples(row: dict[str, str]) -> None:
    """Each input has at least three valid and six invalid examples, each output two of each."""
    least = (3, 6) if row["direction"] == "in" else (2, 2)
    for kind, number in zip(("valid", "invalid"), least, strict=True):
        assert len(list((EXAMPLES / row["name"] / kind).glob("*.json"))) >= number


@pytest.mark.parametrize("example", examples("valid"), ids=name)
def test_valid_example(example: Path) -> None:
    """A valid example passes the schema of its topic."""
    errors = [
        f"{error.json_path}: {error.message}"
        for error in validator(example.parent.parent.name).iter_errors(read(example))
    ]
    assert errors == []


@pytest.mark.parametrize("example", examples("invalid"), ids=name)
def test_invalid_example_says_why(example: Path) -> None:
    """An invalid example has a machine word of the contract, a path, a reason, and either a record or a raw text."""
    case = read(example)
    assert {*case} in ({"error", "path", "why", "record"}, {"error", "path", "why", "raw"})
    assert case["error"] in WORDS
    assert case["path"].startswith("$")
    assert ("raw" in case) == (case["error"] == "not-json")


@pytest.mark.parametrize("example", [path for path in examples("invalid") if "record" in read(path)], ids=name)
def test_invalid_example(example: Path) -> None:
    """An invalid example fails the schema of its topic where it says, unless no schema could see that."""
    # A dead letter does not repeat the names in `limits`, which could hold anything.
    where = [path.replace("limits.effective_calls", "limits[...]") for path in faults(example)]
    if name(example) in BEYOND_SCHEMAS:
        assert where == []
    else:
        assert read(example)["path"] in where


@pytest.mark.parametrize("example", [path for path in examples("invalid") if "raw" in read(path)], ids=name)
def test_raw_example_is_no_json(example: Path) -> None:
    """The text of a not-json example is no JSON to a strict reader."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    with pytest.raises(ValueError, match=r".*"):
        json.loads(read(example)["raw"], parse_constant=refuse)


@pytest.mark.parametrize("topic", INPUTS)
def test_unknown_fields_of_inputs(topic: str) -> None:
    """An input may have fields that nobody knows."""
    for example in (EXAMPLES / topic / "valid").glob("*.json"):
        assert validator(topic).is_valid({**read(example), "a_field_of_the_sender": [{"any": 1}]})


def test_headers_of_dead_letters() -> None:
    """The headers of a dead letter on Kafka are described: those of KIP-1034, and Duewatch's version."""
    schema = read(SCHEMAS / "dead-letters.schema.json")
    headers = Draft202012Validator({**schema["$defs"]["headers"], "$defs": schema["$defs"]})
    kip = {
        "exception": "bad-value",
        "message": "$.mode is not one of the allowed words",
        "topic": "duewatch-dials",
        "partition": "3",
        "offset": "1234",
    }
    good = {f"__streams.errors.{header}": value for header, value in kip.items()} | {"duewatch-version": "0.1.0"}
    assert headers.is_valid(good)
    for header in good:
        assert not headers.is_valid({other: value for other, value in good.items() if other != header})


@pytest.mark.parametrize("topic", ["findings", "blocks"])
def test_every_rule_that_may_be_written_may_be_told(topic: str) -> None:
    """Whatever id a rulebook may give a rule (`duewatch policy check`) is a rule's id in the outputs, and no other."""
    schema = json.loads((SCHEMAS / f"{topic}.schema.json").read_text("utf-8"))
    patterns = re.findall(r'"rule": \{[^{}]*"pattern": "([^"]*)"', json.dumps(schema))
    assert patterns == [f"^{RULE_ID.pattern}$"]
