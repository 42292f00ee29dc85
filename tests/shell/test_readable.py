"""A record with any header is read; aiokafka alone would raise at some of them for ever."""

import pytest
from aiokafka.record.memory_records import MemoryRecords

from stream.shell.kafka.readable import ReadableRecords
from tests.parts.raw_records import GZIP, NONE, ZSTD, HeaderName, Raw, builder_of

AT = 1_795_000_000_000
GOOD: Raw = (b"k", b"good", [("h", b"1"), ("名", None)])
ODD: Raw = (None, b"odd", [("a", b""), (HeaderName("\xff-x"), b"2")])


def batch(*records: Raw, codec: int = NONE) -> bytes:
    return bytes(builder_of(records, AT, codec).build())


@pytest.mark.parametrize("codec", [NONE, GZIP, ZSTD])
def test_header_names_that_are_no_text(codec: int) -> None:
    """The record is there with its value, its headers in order, and U+FFFD for what is no UTF-8."""
    records = ReadableRecords(batch(GOOD, ODD, GOOD, codec=codec) + batch(GOOD))
    found = []
    while records.has_next():
        one = records.next_batch()
        assert one.validate_crc()
        seen = -1
        for record in one:
            if record.offset > seen:
                seen = record.offset
                found.append((record.offset, record.timestamp, record.key, record.value, list(record.headers)))
    odd = (1, AT, None, b"odd", [("a", b""), ("\ufffd-x", b"2")])
    assert found == [(0, AT, *GOOD), odd, (2, AT, *GOOD), (0, AT, *GOOD)]


def test_aiokafka_cannot() -> None:
    """Should aiokafka come to read such a record by itself, none of this is needed any more."""
    records = MemoryRecords(batch(ODD))
    with pytest.raises(UnicodeDecodeError):
        list(records.next_batch() or ())


def test_what_is_read_as_ever() -> None:
    """Of batches without such records everything is what aiokafka says, also at the end of a fetch that was cut off."""
    whole = batch(GOOD, GOOD) + batch(GOOD)
    cut_off = whole + batch(GOOD)[:40]
    theirs, ours = MemoryRecords(cut_off), ReadableRecords(cut_off)
    assert ours.size_in_bytes() == theirs.size_in_bytes()
    while theirs.has_next():
        assert ours.has_next()
        one, other = ours.next_batch(), theirs.next_batch()
        for name in ("base_offset", "next_offset", "producer_id", "is_control_batch", "is_transactional", "magic"):
            assert getattr(one, name) == getattr(other, name)
        assert [record.value for record in one] == [record.value for record in other or ()]
    assert not ours.has_next()
