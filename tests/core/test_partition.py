"""The hash by which Kafka's Java client, our topics and the store's buckets agree."""

import pytest
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from stream.core.partition import BUCKETS, bucket_of, murmur2, partition_of

# From UtilsTest.testMurmur2 of Apache Kafka; Java's int is signed, a partition is reckoned without the sign bit.
JAVA = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("data", "signed"), JAVA)
def test_java(data: bytes, signed: int) -> None:
    """The values of Kafka's own test come out, without their sign bit."""
    assert murmur2(data) == signed & 0x7FFFFFFF


@given(st.binary(max_size=300))
def test_aiokafka(data: bytes) -> None:
    """Any bytes hash as aiokafka's partitioner hashes them."""
    assert murmur2(data) == murmur2_of_aiokafka(data) & 0x7FFFFFFF


@given(st.text(), st.integers(1, 1000))
def test_by_key(key: str, partitions: int) -> None:
    """Partition and bucket of a key are its UTF-8 bytes' hash, modulo how many there are."""
    hashed = murmur2(key.encode())
    assert partition_of(key, partitions) == hashed % partitions
    assert bucket_of(key) == hashed % BUCKETS
    assert 0 <= bucket_of(key) < BUCKETS == 256


def test_even() -> None:
    """Numbered debtors spread evenly: no bucket has twice its share, none less than half."""
    counts = [0] * BUCKETS
    for number in range(BUCKETS * 200):
        counts[bucket_of(f"bank-a|D{number}")] += 1
    assert 100 < min(counts) <= max(counts) < 400
