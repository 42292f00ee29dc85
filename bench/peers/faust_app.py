"""What both Faust programs have in common."""

import faust

from bench.peers.calls import BATCH_MAX, COMMIT_EVERY_SECONDS
from bench.peers.place import Place


def new_app(here: Place) -> faust.App:
    """An app without tables, web server and leader topic, with buffers large enough for batches."""
    return faust.App(
        here.group,
        broker=f"kafka://{here.kafka}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=COMMIT_EVERY_SECONDS,
        broker_max_poll_records=BATCH_MAX,
        stream_buffer_maxsize=2 * BATCH_MAX,
        stream_wait_empty=False,
        producer_acks=-1,
    )


def run(app: faust.App) -> None:
    """Works until it is ended."""
    faust.Worker(app, loglevel="warning").execute_from_commandline()
