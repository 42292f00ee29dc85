"""Bytewax: a dataflow of batches, with one script call for each; started with `python -m bytewax.run`."""

from collections.abc import Iterator

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from redis import Redis

from bench.peers.calls import BATCH_MAX, COUNT, calls_of, counting, said
from bench.peers.place import place

here = place()
count = Redis.from_url(here.redis).register_script(COUNT)


def judged(messages: list[KafkaSourceMessage]) -> Iterator[KafkaSinkMessage]:
    """What is to be said of a batch."""
    if calls := calls_of(message.value for message in messages):
        for each in said(calls, count(*counting(calls)), here.blocks, here.findings):
            yield KafkaSinkMessage(each.key, each.value, topic=each.topic)


flow = Dataflow("calls")
source = kafka.input(
    "dials",
    flow,
    brokers=[here.kafka],
    topics=[here.dials],
    # The engine takes this as the configuration of librdkafka; it opens one client for each partition.
    add_config={"fetch.wait.max.ms": "20", "fetch.queue.backoff.ms": "10"},
    batch_size=BATCH_MAX,
)
kafka.output("said", op.flat_map_batch("judged", source.oks, judged), brokers=[here.kafka], topic=here.findings)
