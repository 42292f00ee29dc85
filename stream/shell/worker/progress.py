"""The low watermark: up to which record time every input partition has been read, by event time alone (rules.md)."""

from collections.abc import Iterable, Mapping

Partition = tuple[str, int]


class Progress:
    """How far this worker's partitions were read, and what all workers' progress together says."""

    def __init__(self) -> None:
        self._latest: dict[Partition, int] = {}
        self.watermark: int | None = None

    def read(self, partition: Partition, recorded: int) -> None:
        """Notes the Kafka timestamp (microseconds) of a record that is done."""
        self._latest[partition] = max(recorded, self._latest.get(partition, 0))

    def report(self, assigned: Iterable[Partition], at_end: Mapping[Partition, bool]) -> dict[str, str]:
        """What this worker says of its partitions, for the store: latest record time and whether nothing is left."""
        return {
            f"{topic}:{number}": f"{self._latest.get((topic, number), 0)},{int(at_end.get((topic, number), False))}"
            for topic, number in assigned
        }

    def learn(self, reports: Mapping[str, str], now: int) -> None:
        """Takes all workers' reports; what is no partition's is passed over.

        A partition read to its end holds nothing back; the newest record bounds all.

        The clock does not move it: a worker that was down catches up as if it had not been. But it is never ahead of
        the clock: one record that a producer stamped in the year 58 000 (microseconds for milliseconds) must not make
        everything that comes after it late. Brokers before Kafka 4 take such records.

        A worker that takes a partition over goes on from what was reported of it: a watermark that fell back would
        have contacts judged whose neighbours are gone.
        """
        parsed = []
        for name, text in reports.items():
            topic, colon, number = name.partition(":")
            if not colon:
                continue
            latest, _, ended = text.partition(",")
            self.read((topic, int(number)), int(latest))
            parsed.append((int(latest), ended == "1"))
        newest = max((latest for latest, _ in parsed), default=0)
        behind = [latest for latest, ended in parsed if not ended]
        self.watermark = min([newest, *behind, now]) or None
