"""Quix Streams with a batching sink: it is given the effective calls of a checkpoint at once, by partition."""

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch
from redis import Redis

from bench.peers.calls import COUNT, POLL_SECONDS_MAX, call_of, counting, said
from bench.peers.place import Place, place

_CHECKPOINT_SECONDS = 0.1


class Counting(BatchingSink):
    """Counts a partition's calls with one script call; a checkpoint is not committed before all was said."""

    def __init__(self, here: Place) -> None:
        super().__init__()
        self._here = here
        self._count = Redis.from_url(here.redis).register_script(COUNT)
        self._producer = Producer({"bootstrap.servers": here.kafka, "enable.idempotence": True, "linger.ms": 1})

    def write(self, batch: SinkBatch) -> None:
        """Count and say."""
        calls = [item.value for item in batch]
        for each in said(calls, self._count(*counting(calls)), self._here.blocks, self._here.findings):
            self._producer.produce(each.topic, each.value, each.key, on_delivery=_delivered)

    def flush(self) -> None:
        """Write what has come since the last checkpoint."""
        super().flush()
        self._producer.flush()


def main() -> None:
    """Works until it is ended."""
    here = place()
    app = Application(
        broker_address=here.kafka,
        consumer_group=here.group,
        auto_offset_reset="earliest",
        commit_interval=_CHECKPOINT_SECONDS,
        consumer_poll_timeout=POLL_SECONDS_MAX,
        loglevel="WARNING",
        consumer_extra_config={"fetch.wait.max.ms": 20, "fetch.queue.backoff.ms": 10},
    )
    dials = app.topic(here.dials, key_deserializer="bytes", value_deserializer="bytes")
    calls = app.dataframe(dials).apply(call_of).filter(lambda call: call is not None)
    calls.sink(Counting(here))
    app.run()


def _delivered(error: KafkaError | None, _: Message) -> None:
    if error is not None:
        raise KafkaException(error)


if __name__ == "__main__":
    main()
