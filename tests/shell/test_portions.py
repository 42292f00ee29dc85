"""What goes out goes in portions that are neither too many nor too large."""

from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.portions import portions, size_of_record
from stream.shell.delivery.records import dead_letter_record


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(1, 6), st.integers(1, 40))
def test_portions(sizes: list[int], count_max: int, bytes_max: int) -> None:
    """All items come, in order; a portion is within both limits, but for an item that is too large by itself."""
    found = list(portions(sizes, lambda size: size, count_max, bytes_max))
    assert [size for portion in found for size in portion] == sizes
    for portion, following in zip_longest(found, found[1:]):
        assert 0 < len(portion) <= count_max
        assert sum(portion) <= bytes_max or len(portion) == 1
        if following:
            assert len(portion) == count_max or sum(portion) + following[0] > bytes_max, "no smaller than need be"


def test_the_size_of_a_dead_letter() -> None:
    """A dead letter is as large as its value, its key and the headers that its record came with."""
    headers = [("h" * 100, b"v" * 2000), ("none", None)]
    letter = dead_letter_record(b"x" * 1000, b"k" * 100, headers, Refusal("not-json", "no"), ("t", 0, 0), 0)  # type: ignore[arg-type] # aiokafka gives None for a header without a value
    assert 3200 < size_of_record(letter) < 5000
