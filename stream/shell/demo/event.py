"""One record of the sample day, ready to be sent."""

from dataclasses import dataclass
from typing import Any

TYPES = {"dial": "dials", "message": "messages", "visit": "visits", "letter": "letters", "fact": "facts"}
"""Record type → input topic, without prefix; registry entries go to `registry`."""


@dataclass(frozen=True, slots=True)
class Event:
    """`at`: the instant when it is written, which becomes its Kafka timestamp. `topic`: without prefix.

    `moment` is a contact's place in the order of its day (rules.md), None for what is no contact. `record` is the
    readable form, for corrections; a broken record has none. `note`: a sentence of the story, or nothing.
    """

    at: int
    topic: str
    key: str
    value: bytes
    moment: int | None = None
    record: dict[str, Any] | None = None
    note: str = ""
