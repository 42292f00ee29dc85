"""What stands on the output topics is read back; what Duewatch has not written there tells nothing and stops nobody."""

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.registry import Entry
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.packed import pack, unpack
from stream.shell.ledgers.recall import (
    StrangeRecordError,
    recall_finding,
    recall_state,
    told_finding_of,
    told_state_of,
)
from stream.shell.ledgers.remembered import Remembered
from stream.shell.store.store import Write
from stream.shell.topics.schema_folder import schema_folder
from stream.shell.worker import auditor
from tests.parts.calls import NOON, deliver
from tests.parts.ground import Ground, records_of
from tests.parts.inputs import dial
from tests.rulebooks.test_any_file import places
from tests.shell.test_codec_fuzz import ANY_JSON

EXAMPLES = Path(str(schema_folder())) / "examples"
TOLD = [
    json.loads(path.read_text("utf-8"))
    for topic in ("blocks-dial", "blocks-message", "blocks-visit", "findings")
    for path in sorted((EXAMPLES / topic / "valid").glob("*.json"))
]
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def recalled(value: bytes | None) -> Remembered | None:
    """A ledger into which the record was read, as a finding and as a state; None where it is neither."""
    remembered, known = Remembered(rev=1, outbox={}), False
    try:
        finding, version = told_finding_of(value)
        recall_finding(remembered, finding, version)
        known = True
    except StrangeRecordError:
        pass
    try:
        recall_state(remembered, told_state_of(value))
        known = True
    except StrangeRecordError:
        pass
    return remembered if known else None


@pytest.mark.parametrize("record", TOLD, ids=lambda record: record.get("rule") or record["channel"])
def test_what_was_told_is_read_back(record: dict[str, Any]) -> None:
    """Every example of an output record is known again, with its version."""
    remembered = recalled(json.dumps(record).encode())
    assert remembered is not None
    assert remembered.version == record["version"]


@pytest.mark.parametrize(
    "value", [None, b"", b"{}", b"null", b"[" * 60_000, b"\xff", b'{"version":1e400}', b'{"institution":"\xff"}']
)
def test_what_nobody_wrote(value: bytes | None) -> None:
    """A null value, other JSON and no JSON tell nothing, also to the auditor."""
    assert recalled(value) is None
    assert auditor._told(value) is None  # noqa: SLF001 - what it makes of one record


@given(st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_anything(value: bytes) -> None:
    """No bytes do more than be passed over."""
    recalled(value)
    auditor._told(value)  # noqa: SLF001 - as above


@given(st.sampled_from(TOLD), st.data())
async def test_a_worker_goes_on_with_what_was_recalled(record: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is read back from a record with one odd value, the debtor can be judged, and said again, with it."""
    odd = copy.deepcopy(record) | {"institution": "bank-a", "debtor": "D1"}
    *way, last = data.draw(
        st.sampled_from([place for place in places(odd) if place[0] not in ("institution", "debtor")])
    )
    parent: Any = odd
    for step in way:
        parent = parent[step]
    parent[last] = data.draw(ANY_JSON)
    value = json.dumps(odd).encode()
    remembered, told = recalled(value), auditor._told(value)  # noqa: SLF001 - as above
    if remembered is None:
        return
    assert unpack(pack(remembered)) == remembered
    ground = Ground(NOW)
    worker = await ground.worker()
    await worker._store.save([Write("bank-a|D1", 0, pack(remembered), None)])  # noqa: SLF001 - as a rebuild does
    owed = {told.outbox_key} if told is not None else set()
    known = odd["contact_id"] if isinstance(odd.get("contact_id"), str) and 0 < len(odd["contact_id"]) <= 128 else "c-1"
    (came,) = records_of([dial(contact_id=known)], ground)
    assert not isinstance(came.item, Entry)
    await worker.deliver([Task("bank-a|D1", {"dials-0"}, [Item(came.item, ground.now)], owed=owed)])


async def test_times_before_offsets_had_whole_minutes() -> None:
    """A debt that was settled at the zero date of many databases, when Shanghai was 8:05:43 ahead: the block says since
    when in a time that everybody can read, and is read back.
    """
    ground = Ground(NOON)
    settled = {"type": "fact", "fact_id": "s", "kind": "settled", "institution": "bank-a", "debtor": "D1"}
    await deliver(ground, settled | {"at": "1900-01-01T00:00:00+08:00", "recorded_at": NOON.isoformat()})
    value = ground.topics.records["blocks-dial"][-1][1].value
    assert value is not None
    since = json.loads(value)["blocks"][0]["from"]
    assert re.fullmatch(r"1900-01-01T00:0\d:\d\d\+08:0\d", since)
    assert datetime.fromisoformat(since) == datetime.fromisoformat("1900-01-01T00:00:00+08:00")
    assert [block.rule for block in told_state_of(value).state.blocks] == ["NIFA-11-5-SETTLED"]
