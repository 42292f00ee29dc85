import socket
from typing import Final

from stream.shell.settings.access import ACCESS
from stream.shell.settings.form import (
    addresses,
    fault,
    listener,
    name,
    one_of,
    ratio,
    redis,
    seconds,
    switch,
    text,
    whole,
)
from stream.shell.settings.limits import LIMITS
from stream.shell.settings.setting import Setting

TABLE: Final[tuple[Setting, ...]] = (
    Setting("DUEWATCH_KAFKA", addresses(), "127.0.0.1:9092", "bootstrap servers, comma-separated"),
    Setting("DUEWATCH_REDIS", redis(), "redis://127.0.0.1:6379/0", "URL of Redis; may hold a password, never shown"),
    *ACCESS,
    Setting(
        "DUEWATCH_REDIS_WAIT_REPLICAS",
        whole(0, 100),
        "0",
        "how many replicas must hold a ledger before what it says is published; 0 = none is waited for",
    ),
    Setting(
        "DUEWATCH_REDIS_WAIT_MILLISECONDS",
        whole(1, 60_000),
        "1000",
        "how long a read or write of ledgers waits for those replicas before it counts as failed",
    ),
    Setting("DUEWATCH_POLICY", text(), "nifa-2024", "name of a rulebook that ships, or a file"),
    Setting(
        "DUEWATCH_SHADOW_POLICY",
        text(),
        "none",
        "a rulebook that runs beside: its findings are marked, it blocks nothing",
    ),
    Setting("DUEWATCH_PREFIX", name("-", 200), "duewatch", "topic prefix"),
    Setting(
        "DUEWATCH_TOPICS_PER",
        one_of("all", "institution"),
        "all",
        "whether outputs of all institutions share topics, or each has its own, named after it",
    ),
    Setting("DUEWATCH_GROUP", name("._-", 200), "duewatch", "consumer group and namespace of the Redis keys"),
    Setting(
        "DUEWATCH_WORKER",
        name("._-", 249),
        "host name",
        "static membership id in the consumer group; two workers must differ",
        computed=socket.gethostname,
    ),
    Setting("DUEWATCH_WEB", listener(), "127.0.0.1:6066", "where /metrics, /healthz and /readyz listen"),
    Setting("DUEWATCH_PARTITIONS", whole(1, 10_000), "12", "partitions of a topic that `duewatch topics` creates"),
    Setting("DUEWATCH_REPLICATION", whole(1, 32_767), "3", "replicas of a topic that `duewatch topics` creates"),
    Setting("DUEWATCH_HORIZON_DAYS", whole(1, 365), "8", "how many days late contacts are accepted"),
    Setting(
        "DUEWATCH_REFERENCE_CHECK",
        switch(),
        "on",
        "refuse references that look like phone or ID-card numbers (第十九条)",
    ),
    Setting("DUEWATCH_CLOCK_SHIFT_SECONDS", seconds(), "0", "tests only: how far the clock is ahead of the wall clock"),
    Setting(
        "DUEWATCH_FAULT_POINT",
        fault(),
        "none",
        "tests only: the worker kills or stops itself as it comes to this step for so many times",
    ),
    Setting("DUEWATCH_FETCH_WAIT_MS", whole(1, 1_500), "20", "how long Kafka may hold a fetch that finds nothing"),
    Setting("DUEWATCH_BATCH_RECORDS_MAX", whole(1, 100_000), "2000", "most records judged in one batch"),
    Setting(
        "DUEWATCH_SESSION_TIMEOUT_SECONDS", whole(1, 1_800), "6", "a worker silent for so long loses its partitions"
    ),
    Setting("DUEWATCH_GROUP_HEARTBEAT_SECONDS", whole(1, 600), "2", "how often a worker tells Kafka that it lives"),
    Setting(
        "DUEWATCH_HEARTBEAT_SECONDS",
        whole(1, 600),
        "5",
        "how often each partition of the blocks topics says up to when everything is judged",
    ),
    Setting("DUEWATCH_REBALANCE_TIMEOUT_SECONDS", whole(1, 1_800), "10", "how long a rebalance waits for all workers"),
    Setting("DUEWATCH_REQUEST_TIMEOUT_SECONDS", whole(1, 600), "10", "how long one request to Kafka or Redis may take"),
    Setting(
        "DUEWATCH_CONTACTS_PER_DAY_MAX",
        whole(10, 10_000),
        "100",
        "contacts of one debtor, type and day that are kept; above every limit of the rulebook",
    ),
    Setting(
        "DUEWATCH_SWEEP_DEBTORS_PER_SECOND",
        whole(1, 1_000_000),
        "2000",
        "how many debtors a second are judged again after registry entries or under a new policy",
    ),
    Setting(
        "DUEWATCH_DEAD_LETTERS_RUN_MAX",
        whole(0, 1_000_000_000),
        "1000",
        "dead letters in a row in one partition, past which the worker stops; 0 = no limit",
    ),
    Setting(
        "DUEWATCH_DEAD_LETTERS_RATIO_MAX",
        ratio(),
        "0.5",
        "share of dead letters in the last records of a topic, past which the worker stops; 1 = no limit",
    ),
    Setting(
        "DUEWATCH_DEAD_LETTERS_WINDOW",
        whole(10, 1_000_000),
        "10000",
        "how many last records of a topic the share of dead letters is taken of",
    ),
    Setting("DUEWATCH_COMMIT_INTERVAL_MS", whole(1, 60_000), "500", "how often finished offsets are committed"),
    Setting("DUEWATCH_LOG", one_of("debug", "info", "warning", "error"), "info", "least level that is logged"),
    Setting("DUEWATCH_RETRIES_MAX", whole(1, 100), "5", "tries of a Kafka or Redis call before the process ends"),
    Setting(
        "DUEWATCH_STALL_SECONDS",
        whole(1, 86_400),
        "60",
        "a partition with lag and no progress for so long ends the process",
    ),
    *LIMITS,
)
