"""Examples as the JSON bytes of input records, with all filled in that they do not write (examples/README.md)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import orjson

from stream.core.zone import instant_of
from stream.rulebooks.examples import Example, Fields, RuleExamples, typical_of

DAY = date(2026, 11, 23)
SHANGHAI = timezone(timedelta(hours=8))
_FIRST_OF_THE_MONTH = datetime(2026, 11, 1, tzinfo=SHANGHAI)
_FIRST_OF_THE_YEAR = datetime(2026, 1, 1, tzinfo=SHANGHAI)
_WHERE: Fields = {"institution": "bank-a", "debtor": "D1"}


def records_of(law: RuleExamples, example: Example) -> Iterator[bytes]:
    """All records of an example as a producer would send them: registry, facts, contacts."""
    typical = typical_of("nifa-2024") | law.typical
    for entry in (*law.registry, *example.registry):
        yield _written(_entry(_like(entry, typical)))
    for number, fact in enumerate((*law.facts, *example.facts), start=1):
        yield _written({"fact_id": f"f-{number}"} | _fact(_like(fact, typical)))
    for number, contact in enumerate(example.contacts, start=1):
        yield _written({"contact_id": f"c-{number}"} | _contact(_like(contact, typical)))


def moment(value: date | time | None) -> datetime:
    """A TOML time as an instant with an offset: Shanghai's unless it says otherwise, on the examples' day."""
    if value is None:
        value = time(23, 59, 59)
    if isinstance(value, time):
        value = datetime.combine(DAY, value)
    assert isinstance(value, datetime), f"{value} has no time of day"
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def now_of(example: Example) -> int:
    """The moment at which the example is judged."""
    return instant_of(moment(example.now))


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


def _written(record: Fields) -> bytes:
    return orjson.dumps(_json(record))


def _json(value: Any) -> Any:
    match value:
        case "none":
            return None
        case dict():
            return {key: _json(inner) for key, inner in value.items()}
        case list():
            return [_json(inner) for inner in value]
        case datetime() if value.tzinfo in (UTC, SHANGHAI):
            return value.isoformat()
        case date() | time():
            return moment(value).isoformat()
    return value
