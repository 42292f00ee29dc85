"""A batch grows by what is there at once, and stops at so many records or bytes."""

from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from stream.shell.transport.filling import Most, Records, filled


@dataclass(frozen=True)
class Came:
    """As much of a fetched record as its size takes."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass
class Fetched:
    """Records that stand in a consumer's memory, by partition."""

    records: dict[int, list[Came]]
    waits: list[int] = field(default_factory=list)

    async def get_many(self, wait_ms: int, records_max: int) -> Records:
        self.waits.append(wait_ms)
        given: dict[TopicPartition, list[Came]] = {}
        for partition, left in self.records.items():
            if left and records_max:
                given[TopicPartition("t", partition)] = left[:records_max]
                records_max -= len(left[:records_max])
                self.records[partition] = left[len(given[TopicPartition("t", partition)]) :]
        return given


def sizes(batch: Records) -> dict[int, int]:
    for records in batch.values():
        offsets = [record.offset for record in records]
        assert offsets == sorted(offsets)
    return {tp.partition: len(records) for tp, records in batch.items()}


def some(count: int, value: bytes = b"v") -> list[Came]:
    return [Came(number, value) for number in range(count)]


async def test_all_that_is_there() -> None:
    """What is there comes in one batch, in order; only for the first records is there a wait."""
    fetched = Fetched({0: some(900), 1: some(350)})
    assert sizes(await filled(fetched.get_many, Most(2000, 10**9))) == {0: 900, 1: 350}
    assert fetched.waits == [1000, *[0] * (len(fetched.waits) - 1)]


async def test_nothing_there() -> None:
    """Where nothing comes the batch is empty, after one wait."""
    fetched = Fetched({})
    assert sizes(await filled(fetched.get_many, Most(2000, 10**9))) == {}
    assert fetched.waits == [1000]


async def test_exactly_as_many_records_as_allowed() -> None:
    """A batch has exactly so many records where more are there; the others are still to come."""
    fetched = Fetched({0: some(500), 1: some(500)})
    assert sum(sizes(await filled(fetched.get_many, Most(701, 10**9))).values()) == 701
    assert sum(sizes(await filled(fetched.get_many, Most(701, 10**9))).values()) == 299


async def test_bytes() -> None:
    """Past the bytes nothing more comes into a batch, but for what came with the record that filled it."""
    fetched = Fetched({0: some(1000, b"x" * 1000)})
    assert sizes(await filled(fetched.get_many, Most(2000, 200_001))) == {0: 400}
    assert sizes(await filled(fetched.get_many, Most(2000, 200_000))) == {0: 200}
    assert sizes(await filled(fetched.get_many, Most(2000, 1))) == {0: 200}


async def test_keys_and_headers_have_bytes_too() -> None:
    """A record is as large as its key, its value and its headers."""
    large = Came(0, None, b"k" * 500, (("h" * 250, b"v" * 250), ("n", None)))
    fetched = Fetched({0: [large] * 600})
    assert sizes(await filled(fetched.get_many, Most(2000, 200_200))) == {0: 200}
