"""Where a key belongs: Kafka's partition and the store's bucket, both by the hash that Java's Kafka client uses."""

import struct
from functools import lru_cache

BUCKETS = 256
"""Buckets of the store (architecture, "Redis"); a number that stored keys are named by, so it never changes."""

_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995
_MASK = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF
_HASHES_KEPT = 200_000


def murmur2(data: bytes) -> int:
    """Murmur2 of `data` with Java's seed and its sign bit cut off (`Utils.toPositive(Utils.murmur2(data))`)."""
    length = len(data)
    mixed = _SEED ^ length
    for word in struct.unpack_from(f"<{length >> 2}I", data):
        scrambled = word * _MULTIPLIER & _MASK
        mixed = (mixed * _MULTIPLIER ^ (scrambled ^ scrambled >> 24) * _MULTIPLIER) & _MASK
    if length & 3:
        mixed = (mixed ^ int.from_bytes(data[length & ~3 :], "little")) * _MULTIPLIER & _MASK
    mixed = (mixed ^ mixed >> 13) * _MULTIPLIER & _MASK
    return (mixed ^ mixed >> 15) & _POSITIVE


@lru_cache(_HASHES_KEPT)
def _hash_of(key: str) -> int:
    return murmur2(key.encode())


def partition_of(key: str, partitions: int) -> int:
    """Kafka partition, out of `partitions`, of the records with this key (contract, section 1)."""
    return _hash_of(key) % partitions


def bucket_of(key: str) -> int:
    """Bucket of the store that the ledger of this `institution|debtor` lies in, from 0 to `BUCKETS` - 1."""
    return _hash_of(key) % BUCKETS
