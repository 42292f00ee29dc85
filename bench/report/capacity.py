"""CAPACITY.md: what a hundred million debtors and a billion contacts a day need, reckoned from the figures."""

import math
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from string import Template
from typing import Any

from bench.report.figures import Figures

FILE = Path(__file__).parents[1] / "CAPACITY.md"
_TEMPLATE = Path(__file__).with_name("capacity.template.md")
_NEEDED = ("throughput", "memory", "runaway")
_MEASURED = "Duewatch, all of nifa-2024"

DEBTORS, CONTACTS_PER_DAY = 100_000_000, 1_000_000_000
HOURS, PEAK_FACTOR, LOAD = 12, 2, 0.6
KEPT_DAYS, RETENTION_DAYS, REPLICATION = 16, 731, 3
HELD_THERE = 10
"""Contacts in a ledger of the common job, in the end."""
SHARD_GB, BUCKETS = 50, 256
SWEPT_PER_SECOND = 2_000
REBUILT_PER_SECOND = 26_000
"""A million events in 38.6 s, on the machine of RESULTS.md on 2026-11-24: one worker rebuilds for all."""
BLOCK_RECORD_BYTES = 450
# List prices of large clouds, rounded; a contract of one's own is lower.
CORE_USD, MEMORY_GB_USD, DISK_TB_USD = 30, 4, 80
_PARTITIONS = (12, 24, 48, 96, 192, 384, 768, 1_536)


def write(figures: Figures, file: Path = FILE) -> None:
    """Write the page, where all that it needs has been measured."""
    if all(figures.get(part, {}).get("figures") for part in _NEEDED) and _MEASURED in figures["throughput"]["figures"]:
        file.write_text(Template(_TEMPLATE.read_text()).substitute(_values(figures)))


def _values(figures: Figures) -> dict[str, str]:
    rounds = figures["throughput"]["figures"][_MEASURED]
    worker, redis, kafka = (
        10 * median(each[f"{who}cpu_seconds_per_100k"] for each in rounds) for who in ("", "redis_", "kafka_")
    )
    peak = CONTACTS_PER_DAY / (HOURS * 3_600) * PEAK_FACTOR
    kept = KEPT_DAYS * CONTACTS_PER_DAY // DEBTORS
    more = _for_each_held(figures["runaway"]["figures"])
    full = worker + more * (kept - HELD_THERE)
    workers = math.ceil(peak * full / 1e6 / LOAD)
    each_bytes, bytes_line = _bytes(figures["memory"]["figures"], kept)
    memory_gb = DEBTORS * each_bytes / 1e9
    by_memory, by_cpu = math.ceil(memory_gb / SHARD_GB), math.ceil(peak * redis / 1e6 / LOAD)
    shards = max(3, by_memory, by_cpu)
    size = figures["throughput"]["sizes"]
    kafka_cores = math.ceil(peak * kafka / 1e6 / LOAD)
    disk_tb = CONTACTS_PER_DAY * size["zstd_bytes"] * RETENTION_DAYS * REPLICATION / 1e12
    rebuild_hours = KEPT_DAYS * CONTACTS_PER_DAY / REBUILT_PER_SECOND / 3_600
    money = {
        "money_workers": workers * CORE_USD,
        "money_redis": 2 * (memory_gb * MEMORY_GB_USD + shards * CORE_USD),
        "money_kafka": kafka_cores * CORE_USD,
        "money_disk": disk_tb * DISK_TB_USD,
    }
    fullest = math.ceil(BUCKETS / shards)
    return {
        **_assumed(peak, kept),
        **{name: f"{round(usd, -2):,.0f}" for name, usd in money.items()},
        "money": f"{round(sum(money.values()), -3):,.0f}",
        "worker_us": f"{worker:.1f}",
        "more_us": f"{more:.2f}",
        "full_us": f"{full:.0f}",
        "held_there": f"{HELD_THERE}",
        "redis_us": f"{redis:.1f}",
        "kafka_us": f"{kafka:.1f}",
        "bytes_line": bytes_line,
        "event_bytes": f"{size['value_bytes']:,.0f}",
        "zstd_bytes": f"{size['zstd_bytes']:,.0f}",
        "outputs_share": f"{size['outputs_share']:.1%}",
        "workers": f"{workers:,}",
        "partitions": f"{next((each for each in _PARTITIONS if each >= 2 * workers), 2 * workers):,}",
        "shards": f"{shards:,}",
        "shards_by_memory": f"{by_memory:,}",
        "shards_by_cpu": f"{by_cpu:,}",
        "memory_tb": f"{memory_gb / 1000:,.1f}",
        "brokers_cores": f"{kafka_cores:,}",
        "ingress_mb": f"{peak * size['value_bytes'] / 1e6:,.0f}",
        "disk_tb": f"{disk_tb:,.0f}",
        "buckets_most": f"{fullest}",
        "buckets_mean": f"{BUCKETS / shards:.1f}",
        "unevenness": f"{fullest * shards / BUCKETS - 1:.0%}",
        "rebuild_events": f"{KEPT_DAYS * CONTACTS_PER_DAY:,}",
        "rebuilt": f"{REBUILT_PER_SECOND:,}",
        "rebuild_hours": f"{rebuild_hours:,.0f}",
        "swept": f"{SWEPT_PER_SECOND:,}",
        "sweep_minutes": f"{DEBTORS / (SWEPT_PER_SECOND * workers) / 60:.1f}",
        "blocks_gb": f"{DEBTORS / 2 * BLOCK_RECORD_BYTES / 1e9:,.0f}",
    }


def _assumed(peak: float, kept: int) -> dict[str, str]:
    return {
        "contacts_per_day": f"{CONTACTS_PER_DAY:,}",
        "contacts_each": f"{CONTACTS_PER_DAY // DEBTORS}",
        "debtors": f"{DEBTORS:,}",
        "peak_factor": f"{PEAK_FACTOR}",
        "hours": f"{HOURS}",
        "peak": f"{peak:,.0f}",
        "load": f"{LOAD:.0%}",
        "kept_days": f"{KEPT_DAYS}",
        "kept_contacts": f"{kept:,}",
        "shard_gb": f"{SHARD_GB}",
        "replication": f"{REPLICATION}",
        "retention_days": f"{RETENTION_DAYS}",
        "core_price": f"{CORE_USD}",
        "gb_price": f"{MEMORY_GB_USD}",
        "tb_price": f"{DISK_TB_USD}",
    }


def _for_each_held(points: list[Mapping[str, Any]]) -> float:
    """CPU microseconds that each contact held adds to an event, between the first two numbers measured."""
    (few, less), (many, more) = sorted((point["contact"], point["microseconds"]) for point in points)[:2]
    slope: float = (more - less) / (many - few)
    return max(0.0, slope)


def _bytes(points: list[Mapping[str, Any]], contacts: int) -> tuple[float, str]:
    """Bytes of a debtor with so many contacts, along the line through the two largest numbers measured."""
    (few, low), (many, high) = sorted((point["contacts"], point["bytes"]) for point in points)[-2:]
    each = (high - low) / (many - few)
    reckoned = high + each * (contacts - many)
    measured = ", ".join(f"{point['bytes']:,.0f} bytes with {point['contacts']}" for point in points)
    return (
        reckoned,
        f"{measured} contacts, hence {each:,.0f} for each further one and {reckoned:,.0f} with {contacts:,}",
    )
