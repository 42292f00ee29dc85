"""Examples as the JSON bytes of input records, with all filled in that they do not write (examples/README.md)."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from stream.core.rulebook import Rulebook
from stream.core.zone import instant_of
from stream.rulebooks.examples import Example, Fields, RuleExamples, typical_of

DAY = date(2026, 11, 23)
_END_OF_DAY = time(23, 59, 59)
_FIRST_OF_THE_MONTH = datetime(2026, 11, 1)  # noqa: DTZ001 - the rulebook's zone, like every time without an offset
_FIRST_OF_THE_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - as above
_WHERE: Fields = {"institution": "bank-a", "debtor": "D1"}


def records_of(rulebook: Rulebook, law: RuleExamples, example: Example) -> Iterator[bytes]:
    """All records of an example as a producer would send them: registry, facts, contacts."""
    typical = typical_of(rulebook.file.name) | law.typical
    for entry in (*law.registry, *example.registry):
        yield _written(rulebook, _entry(_like(entry, typical)))
    for number, fact in enumerate((*law.facts, *example.facts), start=1):
        yield _written(rulebook, {"fact_id": f"f-{number}"} | _fact(_like(fact, typical)))
    for number, contact in enumerate(example.contacts, start=1):
        yield _written(rulebook, {"contact_id": f"c-{number}"} | _contact(_like(contact, typical)))


def moment(rulebook: Rulebook, value: date | time) -> datetime:
    """A TOML time as one with an offset: the rulebook's zone unless it says otherwise, on the examples' day."""
    if isinstance(value, time):
        value = datetime.combine(DAY, value)
    assert isinstance(value, datetime), f"{value} has no time of day"
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(rulebook.words.zone))


def now_of(rulebook: Rulebook, example: Example) -> int:
    """The moment at which the example is judged."""
    return instant_of(moment(rulebook, _END_OF_DAY if example.now is None else example.now))


def _like(record: Fields, typical: dict[str, Fields]) -> Fields:
    names = record.get("like", [])
    merged: Fields = {}
    for name in [names] if isinstance(names, str) else names:
        merged |= typical[name]
    return merged | {key: value for key, value in record.items() if key != "like"}


def _contact(record: Fields) -> Fields:
    filled = _WHERE | {"started_at": time(10)} | record
    return {key: filled["started_at"] if value == "at once" else value for key, value in filled.items()}


def _fact(record: Fields) -> Fields:
    filled = _WHERE | {"type": "fact", "at": _FIRST_OF_THE_MONTH} | record
    return {"recorded_at": filled["at"]} | filled


def _entry(record: Fields) -> Fields:
    filled = {"type": "registry", "institution": "bank-a", "valid_from": _FIRST_OF_THE_YEAR} | record
    return {"recorded_at": filled["valid_from"]} | filled


def _written(rulebook: Rulebook, record: Fields) -> bytes:
    return orjson.dumps(_json(rulebook, record))


def _json(rulebook: Rulebook, value: Any) -> Any:
    match value:
        case "none":
            return None
        case dict():
            return {key: _json(rulebook, inner) for key, inner in value.items()}
        case list():
            return [_json(rulebook, inner) for inner in value]
        case date() | time():
            return moment(rulebook, value).isoformat()
    return value
