"""Quix Streams: one event at a time, counted in its own state (RocksDB, with a changelog in Kafka)."""

import tempfile
from pathlib import Path

from quixstreams import Application, State

from bench.peers.calls import COMMIT_EVERY_SECONDS, POLL_SECONDS_MAX, Call, Said, call_of, said
from bench.peers.place import place


def main() -> None:
    """Works until it is ended."""
    here = place()
    app = Application(
        broker_address=here.kafka,
        consumer_group=here.group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_EVERY_SECONDS,
        state_dir=tempfile.mkdtemp(dir=Path.cwd()),
        auto_create_topics=True,
        consumer_poll_timeout=POLL_SECONDS_MAX,
        loglevel="WARNING",
        consumer_extra_config={"fetch.wait.max.ms": 20, "fetch.queue.backoff.ms": 10},
        producer_extra_config={"enable.idempotence": True, "linger.ms": 1},
    )
    dials = app.topic(here.dials, key_deserializer="str", value_deserializer="bytes")
    blocks, findings = (
        app.topic(name, key_serializer="bytes", value_serializer="bytes") for name in (here.blocks, here.findings)
    )

    def judged(call: Call, state: State) -> Said | None:
        counted = state.get(call.day, [])
        if call.contact in counted:
            return None
        state.set(call.day, [*counted, call.contact])
        return next(said([call], [len(counted) + 1], here.blocks, here.findings), None)

    saying = app.dataframe(dials).apply(call_of).filter(_is_some).apply(judged, stateful=True).filter(_is_some)
    for name, topic in ((here.blocks, blocks), (here.findings, findings)):
        saying[saying.apply(lambda each, name=name: each.topic == name)].apply(lambda each: each.value).to_topic(topic)
    app.run()


def _is_some(value: object) -> bool:
    return value is not None


if __name__ == "__main__":
    main()
