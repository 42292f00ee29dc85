"""What goes wrong around the records: registries that lag, agencies nobody listed, records that cannot be read."""

from collections.abc import Iterator

import orjson

from stream.shell.demo.cast import INSTITUTIONS, OFFICIAL_TOOL, debtor, registered
from stream.shell.demo.desk import Desk
from stream.shell.demo.event import Event

_WEEKS = -21
_FAKE_PHONE = "13800138000"
"""The number that every example uses; nobody's."""


def registry(desk: Desk) -> Iterator[Event]:
    """The entries that were filed weeks ago, of every kind, so that all of them are enforced."""
    for institution in INSTITUTIONS:
        for kind, name, agency in registered():
            filed = desk.entry(institution, kind, name, agency, desk.day.at("10:00", days=_WEEKS))
            yield desk.late(filed, desk.day.begins)


def unlisted(desk: Desk) -> Iterator[Event]:
    """A collector whose registration comes through late, and an agency that is on nobody's list."""
    at = desk.day.at
    yield desk.call(
        debtor("bank-b", 2058), at("09:26"), operator="op-north-9", note="a collector calls whom no registry knows"
    )
    filed = desk.entry("bank-b", "operator", "op-north-9", "ag-north", at("17:00", days=-1))
    yield desk.late(filed, at("10:52"), note="his registration of yesterday comes through: judged again")
    yield desk.call(
        debtor("bank-b", 2063),
        at("12:34"),
        agency="ag-grey",
        operator=None,
        ai=True,
        tool=OFFICIAL_TOOL,
        note="ag-grey calls D-2063: it is not on bank-b's list of agencies",
    )


def broken(desk: Desk) -> Iterator[Event]:
    """Three records that cannot be judged; none of them is dropped."""
    at = desk.day.at
    cut = b'{"type":"dial","contact_id":"c-9001","institution":"bank-a","deb'
    yield Event(at("09:42"), "dials", "bank-a|D-1201", cut, note="a dialer's record is cut off in the middle")
    late = debtor("bank-b", 2201)
    record = {"type": "message", "contact_id": "c-9002", "institution": "bank-b", "debtor": late.name}
    zoneless = orjson.dumps(record | {"started_at": desk.day.text(at("11:05"))[:-6]})
    yield Event(at("11:05"), "messages", late.key, zoneless, note="a gateway sends a time without its zone")
    record = {"type": "dial", "contact_id": "c-9003", "institution": "lend-c", "debtor": _FAKE_PHONE}
    phone = orjson.dumps(record | {"mode": "interactive", "started_at": desk.day.text(at("13:58"))})
    yield Event(
        at("13:58"), "dials", f"lend-c|{_FAKE_PHONE}", phone, note="a dialer sends a phone number as a reference"
    )
