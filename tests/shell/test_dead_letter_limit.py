"""How many dead letters are too many, and what a worker that starts again still knows of them."""

import random
from collections import Counter, deque
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.shell.worker.dead_letter_limit import DeadLetterLimit, Limits, Overrun, Partition, Read

DIALS: Partition = ("d-dials", 3)
OTHER: Partition = ("d-dials", 0)
MESSAGE = "$.mode is not one of the allowed words"


def limit(run_max: int = 0, ratio_max: float = 1.0, window: int = 10) -> DeadLetterLimit:
    return DeadLetterLimit(Limits(run_max, ratio_max, window))


def well(first: int, records: int = 1, partition: Partition = DIALS) -> Read:
    return Read(partition, first, first + records - 1, records)


def dead(first: int, records: int = 1, partition: Partition = DIALS, word: str = "bad-value") -> list[Read]:
    return [Read(partition, offset, offset, 1, word, MESSAGE) for offset in range(first, first + records)]


def stops(overruns: Iterable[Overrun]) -> dict[Partition, int]:
    return {overrun.partition: overrun.offset for overrun in overruns}


def test_a_run_is_allowed_up_to_its_limit() -> None:
    """Five dead letters in a row are allowed, and a sixth is where reading stops; what was read well ends a run."""
    assert not limit(5).weigh([*dead(0, 5), well(5), *dead(6, 5)])
    assert stops(limit(5).weigh(dead(0, 9))) == {DIALS: 5}


def test_partitions_have_runs_of_their_own() -> None:
    """What was read well in one partition ends no run in another, and what stops one does not stop another."""
    reads = [read for pair in zip(dead(0, 6), [well(n, 1, OTHER) for n in range(6)], strict=True) for read in pair]
    assert stops(limit(5).weigh([*reads, *dead(6, 5, OTHER)])) == {DIALS: 5}


def test_a_stopped_partition_stays_stopped() -> None:
    """After too many dead letters nothing more of the partition counts, not even what could be read."""
    assert stops(limit(5).weigh([*dead(0, 6), well(6), *dead(7, 6)])) == {DIALS: 5}


def test_a_share_is_of_the_last_records_of_a_topic() -> None:
    """Of the last ten records five may be dead letters, over all partitions of the topic and no other topic."""
    mixed = [read for n in range(0, 40, 2) for read in (*dead(n), well(n + 1))]
    assert not limit(ratio_max=0.5).weigh(mixed)
    assert not limit(ratio_max=0.5).weigh([well(0, 100), *dead(100, 5), *dead(0, 5, ("d-visits", 3))])
    assert stops(limit(ratio_max=0.5).weigh([well(0, 100), *dead(100, 3), *dead(0, 3, OTHER)])) == {OTHER: 2}


def test_few_records_are_no_share() -> None:
    """The first records of a topic may all be dead letters, as long as they are no more than the last ten may have."""
    assert stops(limit(ratio_max=0.5).weigh(dead(0, 9))) == {DIALS: 5}


def test_no_limit() -> None:
    """0 dead letters in a row and a share of 1 are no limits."""
    assert not limit().weigh(dead(0, 1000))


def test_the_reason_names_what_to_look_at() -> None:
    """Topic, partition, offsets, the commonest word, the setting and the command that shows more are in the reason."""
    (overrun,) = limit(5).weigh([*dead(17, 2, word="not-json"), *dead(19, 4)])
    assert overrun.reason == (
        "5 in a row, offsets 17 to 21 of d-dials, partition 3, most of them bad-value; "
        "the next is offset 22 of d-dials, partition 3 (bad-value: $.mode is not one of the allowed words). "
        "Reading stops before it. Has a producer gone wrong? `duewatch dead-letters list` shows what it sent; "
        "to go on all the same, raise DUEWATCH_DEAD_LETTERS_RUN_MAX (5; 0 = no limit)"
    )
    (overrun,) = limit(ratio_max=0.5).weigh([well(0, 8), *dead(8, 6)])
    assert overrun.reason.startswith("6 of the last 10 records of d-dials would be dead letters, most of them bad-")
    assert "raise DUEWATCH_DEAD_LETTERS_RATIO_MAX (0.5; 1 = no limit)" in overrun.reason


@pytest.mark.parametrize("settings", [Limits(5, 1.0, 10), Limits(0, 0.5, 10)])
def test_the_next_worker_stops_at_the_same_record(settings: Limits) -> None:
    """With the notes of one that has stopped a new one stops before the same record, as often as it is tried."""
    first = DeadLetterLimit(settings)
    assert stops(first.weigh([well(0, 5), *dead(5, 6)])) == {DIALS: 10}
    note = first.note(DIALS)
    for _ in range(3):
        following = DeadLetterLimit(settings)
        following.begin({DIALS: note})
        assert stops(following.weigh([*dead(10, 3), well(13)])) == {DIALS: 10}
        note = following.note(DIALS)


def test_a_raised_limit_lets_it_go_on() -> None:
    """With the same note and a higher limit it goes on from there, and counts what was counted before."""
    first = limit(5)
    first.weigh(dead(0, 6))
    raised = limit(8)
    raised.begin({DIALS: first.note(DIALS)})
    assert stops(raised.weigh(dead(5, 9))) == {DIALS: 8}


def test_a_limit_that_was_off_begins_anew() -> None:
    """What has no limit is not counted: setting it back does not stop the worker for what was let through."""
    first = limit(5, 0.5)
    first.weigh(dead(0, 6))
    off = limit()
    off.begin({DIALS: first.note(DIALS)})
    assert not off.weigh(dead(5, 1000))
    back = limit(5, 0.5)
    back.begin({DIALS: off.note(DIALS)})
    assert not back.weigh(dead(1005, 5))


def test_what_is_read_again_is_not_counted_again() -> None:
    """A batch that comes again after a crash, or a stretch that overlaps what was counted, counts once."""
    counted = limit(5)
    counted.weigh([well(0, 3), *dead(3, 4)])
    assert not counted.weigh([well(0, 3), *dead(3, 4)])
    assert stops(counted.weigh([*dead(5, 4)])) == {DIALS: 8}
    window = limit(ratio_max=0.5)
    window.weigh([well(0, 6)])
    window.weigh([well(0, 8), *dead(8, 5)])
    assert stops(window.weigh(dead(13))) == {DIALS: 13}


@pytest.mark.parametrize("text", ["", "run-1", "{}", '{"to":"x"}', "[1]", "\xff"])
def test_other_notes_say_nothing(text: str) -> None:
    """A text that somebody else has stored with an offset is no note, and does not keep a worker from starting."""
    begun = limit(5)
    begun.begin({DIALS: text})
    assert begun.note(DIALS) == ""
    assert not begun.weigh(dead(0, 5))


def test_notes_fit_into_a_commit() -> None:
    """A note is far shorter than the 4096 bytes that Kafka stores with an offset."""
    counted = DeadLetterLimit(Limits(10**9, 0.999999999, 10**6))
    for number in range(100):
        counted.weigh(dead(10**15 + number, word=f"word-{number % 20}"))
    assert len(counted.note(DIALS)) < 1000


def test_partitions_that_come_together_keep_their_share() -> None:
    """Two workers' windows that meet in one stay at their share of dead letters, and do not stop a healthy topic."""
    notes = {}
    for partition in (DIALS, OTHER):
        own = limit(ratio_max=0.5, window=1000)
        own.weigh(read for n in range(0, 2000, 10) for read in (well(n, 7, partition), *dead(n + 7, 3, partition)))
        notes[partition] = own.note(partition)
    both = limit(ratio_max=0.5, window=1000)
    both.begin(notes)
    assert not both.weigh(read for n in range(2000, 6000, 10) for read in (well(n, 7), *dead(n + 7, 3)))


class Model:
    """The same, record by record and without ever forgetting."""

    def __init__(self, run_max: int, ratio_max: float, window: int) -> None:
        self.run_max, self.dead_max = run_max, ratio_max * window if ratio_max < 1 else window
        self.runs: Counter[int] = Counter()
        self.last: deque[bool] = deque(maxlen=window)

    def allows(self, partition: int, *, is_dead: bool) -> bool:
        after = deque([*self.last, is_dead], maxlen=self.last.maxlen)
        if is_dead and ((self.run_max and self.runs[partition] >= self.run_max) or sum(after) > self.dead_max):
            return False
        self.runs[partition] = self.runs[partition] + 1 if is_dead else 0
        self.last = after
        return True


@given(
    st.lists(st.tuples(st.integers(0, 1), st.booleans()), max_size=60),
    st.integers(0, 5),
    st.sampled_from((0.1, 0.5, 0.75, 1.0)),
    st.integers(1, 12),
    st.randoms(use_true_random=False),
)
def test_limits_are_exact(
    log: Sequence[tuple[int, bool]], run_max: int, ratio_max: float, window: int, rng: random.Random
) -> None:
    """In whatever batches records come, reading stops exactly before the first one that is too many."""
    model, counted = Model(run_max, ratio_max, window), limit(run_max, ratio_max, window)
    offsets: Counter[int] = Counter()
    batch: list[Read] = []
    for partition, is_dead in log:
        at: Partition = ("d-dials", partition)
        batch += dead(offsets[partition], 1, at) if is_dead else [well(offsets[partition], 1, at)]
        if not model.allows(partition, is_dead=is_dead):
            assert stops(counted.weigh(batch)) == {at: offsets[partition]}
            return
        offsets[partition] += 1
        if rng.random() < 0.3:
            assert not counted.weigh(batch)
            batch = []
    assert not counted.weigh(batch)
