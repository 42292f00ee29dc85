"""Every metric of the worker in one table; documents, alerts and code share these names."""

from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Kind = Literal["counter", "gauge", "histogram"]


class Metric(NamedTuple):
    """One metric: its name, what kind it is, its labels, and what it says."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


TABLE = (
    Metric("duewatch_events_total", "counter", ("type", "outcome"), "Input records by what became of them"),
    Metric("duewatch_dead_letters_total", "counter", ("error",), "Input records that could not be read or judged"),
    Metric("duewatch_records_published_total", "counter", ("topic",), "Output records acknowledged by Kafka"),
    Metric("duewatch_batch_records", "histogram", (), "Input records per batch"),
    Metric("duewatch_batch_seconds", "histogram", (), "From a batch's fetch until all of it is confirmed"),
    Metric("duewatch_due_total", "counter", (), "Debtors judged again because time had passed"),
    Metric("duewatch_overwritten_total", "counter", (), "Debtors said again because an older record came last"),
    Metric("duewatch_strange_outputs_total", "counter", (), "Records on output topics that Duewatch has not written"),
    Metric("duewatch_lag_records", "gauge", ("topic", "partition"), "Records not yet done in an assigned partition"),
    Metric("duewatch_swept_debtors_total", "counter", ("why",), "Debtors judged again by a sweep"),
    Metric(
        "duewatch_sweep_progress_ratio", "gauge", ("why",), "How much of a running sweep is done; 1 = none is running"
    ),
    Metric("duewatch_registry_entries", "gauge", (), "Registry entries known"),
    Metric(
        "duewatch_registry_unenforced_kinds", "gauge", ("kind",), "Institutions without any registry entry of a kind"
    ),
    Metric(
        "duewatch_rebuild_progress_ratio", "gauge", (), "How much of a rebuild of Redis is done; 1 = none is needed"
    ),
    Metric(
        "duewatch_judged_until_timestamp_seconds",
        "gauge",
        ("partition",),
        "Before which moment everything is judged, as the heartbeats say",
    ),
    Metric("duewatch_watermark_timestamp_seconds", "gauge", (), "Up to which record time all partitions were read"),
)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


class Metrics:
    """The metrics of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = {metric.name: self._made(metric) for metric in TABLE}
        self._counters = {name: each for name, each in made.items() if isinstance(each, Counter)}
        self._gauges = {name: each for name, each in made.items() if isinstance(each, Gauge)}
        self._histograms = {name: each for name, each in made.items() if isinstance(each, Histogram)}

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Adds to a counter."""
        counter = self._counters[name]
        (counter.labels(*labels) if labels else counter).inc(by)

    def put(self, name: str, value: float, *labels: str) -> None:
        """Sets a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def forget(self, name: str) -> None:
        """Drops all labelled values of a gauge, before they are set anew."""
        self._gauges[name].clear()

    def observe(self, name: str, value: float) -> None:
        """Adds an observation to a histogram."""
        self._histograms[name].observe(value)

    def _made(self, metric: Metric) -> Counter | Gauge | Histogram:
        if metric.kind == "counter":
            return Counter(metric.name, metric.meaning, metric.labels, registry=self.registry)
        if metric.kind == "gauge":
            return Gauge(metric.name, metric.meaning, metric.labels, registry=self.registry)
        buckets = _SECONDS if metric.name.endswith("_seconds") else _RECORDS
        return Histogram(metric.name, metric.meaning, metric.labels, registry=self.registry, buckets=buckets)
