"""Records that cannot be read or judged, each with the word that its dead letter carries, among good ones."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.parts.inputs import ID_CARD, MOBILE, agreement, dial, entry, written

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

Header = tuple[str, bytes | None]


class Sent(NamedTuple):
    """One record for a topic; `word` is its dead letter's, none for a good one; `packed` says how it is compressed."""

    case: str
    topic: str
    value: bytes | None
    key: bytes | None
    word: str = ""
    packed: str = "none"
    headers: tuple[Header, ...] = ()


class Cast:
    """Everything that is sent, around one moment."""

    def __init__(self, moment: datetime) -> None:
        self.minute = moment.replace(second=0, microsecond=0)
        recorded = self._at(-9)
        self._entry = entry(valid_from=recorded, recorded_at=recorded)

    def good(self) -> Iterator[Sent]:
        """Four calls where three are allowed, however the sender compresses; and what is odd, but allowed."""
        for number, packed in enumerate(("lz4", "zstd", "snappy", "gzip")):
            yield Sent("call", "dials", written(self.call(number)), b"bank-a|D1", packed=packed)
        agreed = agreement(debtor="D2", hours=[["09:00", "20:00"]], at=self._at(-9), recorded_at=self._at(-9))
        yield Sent("for ever", "facts", written(agreed | {"until": "9999-12-31T23:59:59+08:00"}), b"bank-a|D2")
        yield Sent("endless", "dials", written(self.call(5, debtor="D3", talk_seconds=1e308)), b"bank-a|D3")
        yield Sent("unrecorded", "dials", written(self.call(6, debtor="D3", recording=None)), b"bank-a|D3")
        yield Sent("tool", "registry", written(self._entry), b"bank-a|tool|t-1")

    def bad(self) -> Iterator[Sent]:
        """One of each kind of mistake."""
        for case, change, word in (
            ("wrong type", {"revision": "1"}, "wrong-type"),
            ("no mode", {"mode": None}, "missing-field"),
            ("no offset", {"started_at": "2026-11-23T14:05:11"}, "bad-value"),
            ("the year one", {"started_at": "0001-01-01T00:00:00Z"}, "bad-value"),
            ("bar in institution", {"institution": "bank|a"}, "bad-value"),
            ("70 KiB", {"note": "x" * 70 * 1024}, "too-large"),
            ("id card", {"role": "contact", "person": ID_CARD, "purpose": "locate"}, "personal-data"),
            ("from the future", {"started_at": self._at(30), "answered_at": None}, "from-the-future"),
        ):
            yield Sent(case, "dials", written(self.call(9) | change), b"bank-a|D1", word)
        number, key = written(self.call(9, debtor=MOBILE)), f"bank-a|{MOBILE}".encode()
        yield Sent("phone", "dials", number, key, "personal-data", headers=(("x", b"1"), ("x", b"2")))
        large = number[:-1] + b',"note":"' + b"x" * 70_000 + b'"}'
        yield Sent("phone, too large", "dials", large, key, "personal-data")
        odd: tuple[Header, ...] = (("h", b"\xff"), ("none", None))
        yield Sent("not json", "dials", b"ended,by,a,spreadsheet", b"?", "not-json", headers=odd)
        yield Sent("not utf-8", "messages", b'{"type":"\xff"}', b"\xff\xfe", "not-json")
        yield Sent("no value", "visits", None, b"bank-a|D1", "not-json")
        yield Sent("wrong key", "dials", written(self.call(9)), b"bank-a|D2", "key-mismatch")
        yield Sent("no key", "dials", written(self.call(9)), None, "key-mismatch")
        yield Sent("dial on facts", "facts", written(self.call(9)), b"bank-a|D1", "bad-value")
        yield Sent("entry on letters", "letters", written(self._entry), b"bank-a|tool|t-1", "bad-value")
        yield Sent("5 MB", "dials", b"x" * 5_000_000, b"bank-a|D1", "too-large", packed="gzip")
        yield Sent("as large as Kafka takes", "dials", b"x" * 1_048_400, b"bank-a|D1", "too-large")
        yield from self._bad_entries()

    def _bad_entries(self) -> Iterator[Sent]:
        yield Sent("bar in id", "registry", written(self._entry | {"id": "a|b"}), b"bank-a|tool|a|b", "bad-value")
        yield Sent("dial on registry", "registry", written(self.call(9)), b"bank-a|D1", "bad-value")
        yield Sent("entry without value", "registry", None, b"bank-a|tool|t-2", "not-json")
        yield Sent("entry, wrong key", "registry", written(self._entry), b"bank-a|tool|t-2", "key-mismatch")

    def later(self) -> Iterator[Sent]:
        """What differs from a good record of the same id and revision, or of the same `recorded_at`; and traces."""
        yield Sent("conflict", "dials", written(self.call(0, agency="ag-2")), b"bank-a|D1", "conflict")
        trace: tuple[Header, ...] = (("traceparent", TRACE),)
        odd: tuple[Header, ...] = (("traceparent", None), ("traceparent", b"\xff"))
        for number in range(3):
            yield Sent("traced", "dials", written(self.call(number, debtor="D4")), b"bank-a|D4", headers=trace)
            yield Sent("no trace", "dials", written(self.call(number, debtor="D5")), b"bank-a|D5", headers=odd)
        other = written(self._entry | {"agency": "ag-1"})
        yield Sent("entries in conflict", "registry", other, b"bank-a|tool|t-1", "conflict")

    def call(self, number: int, **changes: Any) -> dict[str, Any]:
        """Give the number-th effective call of one minute, so that all are of one day."""
        at = (self.minute + timedelta(minutes=-2, seconds=10 * number)).isoformat()
        spoken = {"answered_at": at, "answered_by": "human", "intent": "yes", "talk_seconds": 9, "recording": "r"}
        return dial(contact_id=f"c-{number}", started_at=at, **spoken) | changes

    def _at(self, minutes: int) -> str:
        return (self.minute + timedelta(minutes=minutes)).isoformat()
