"""Metrics of clusters: the DCGM exporter (energy of GPUs) and Kepler (nodes, GPUs, pods), as text or range queries.

Source: the exporters' own lists of metrics (DCGM exporter, Kepler from 0.10 on and before). DCGM counts millijoules
since boot, Kepler joules; a counter that falls began anew. With MIG or time slicing the whole device's energy stands on
each slice, so of one device and time the largest counts. Zones of RAPL overlap, so one zone a node is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.ai_files.prometheus_text import LABEL, answer_records, is_answer
from ledger.intake.ai_files.readings import measured
from ledger.intake.ai_files.series import by_hour, counted, integrated, readable

_MILLIJOULE = Decimal(1) / 3_600_000
_JOULE = Decimal(1) / 3600
_HALF_WATT_MS = Decimal(1) / 7_200_000
"""Watt hours in a counter's millijoule and joule, and in a watt times a millisecond twice over."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that is read: what its subject is (labels), which labels overlap, and what its energy is of."""

    source: str
    subject: tuple[str, ...]
    part: str
    level: str
    wh_per_unit: Decimal
    gauge: bool = False
    most_of: bool = False  # of samples of one subject and time the largest, not the sum
    zones: tuple[str, ...] = ()  # of these zones the first that is there
    zone_label: str = "zone"


_ZONES = ("package", "psys", "core", "dram", "uncore")
_POWER_ZONES = ("PowerSupply", "PowerControl")
_METRICS = {
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": Metric("dcgm", ("hostname", "uuid"), "gpu", "chip", _MILLIJOULE,
                                                   most_of=True),
    "DCGM_FI_DEV_POWER_USAGE": Metric("dcgm", ("hostname", "uuid"), "gpu", "chip", _HALF_WATT_MS, gauge=True,
                                      most_of=True),
    "kepler_node_cpu_joules_total": Metric("kepler", ("node_name",), "cpu", "chip", _JOULE, zones=_ZONES),
    "kepler_node_gpu_joules_total": Metric("kepler", ("node_name", "gpu_uuid"), "gpu", "chip", _JOULE, most_of=True),
    "kepler_platform_watts": Metric("kepler", ("node_name",), "node", "wall", _HALF_WATT_MS, gauge=True,
                                    zones=_POWER_ZONES, zone_label="source_type"),
    "kepler_node_platform_joules_total": Metric("kepler", ("instance",), "node", "it", _JOULE),
    "kepler_node_package_joules_total": Metric("kepler", ("instance",), "cpu", "chip", _JOULE),
    "kepler_pod_cpu_joules_total": Metric("kepler", ("pod_namespace", "pod_name", "pod_id"), "cpu", "chip", _JOULE,
                                          zones=_ZONES),
    "kepler_pod_gpu_joules_total": Metric("kepler", ("pod_namespace", "pod_name", "pod_id"), "gpu", "chip", _JOULE),
    "kepler_container_joules_total": Metric("kepler", ("container_namespace", "pod_name"), "total", "it", _JOULE),
}  # fmt: skip
_INSTEAD = (
    ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", ("DCGM_FI_DEV_POWER_USAGE",)),
    ("kepler_node_cpu_joules_total", ("kepler_pod_cpu_joules_total", "kepler_container_joules_total")),
    ("kepler_node_gpu_joules_total", ("kepler_pod_gpu_joules_total",)),
    ("kepler_node_platform_joules_total", ("kepler_node_package_joules_total", "kepler_container_joules_total")),
)
"""Where the first is there the others are the same energy in another cut, and are left."""


def _of_samples(given: Given) -> list[Made]:
    there = set(given.rows["metric"].drop_nulls().unique()) if given.has("metric") else set()
    left = {other for first, others in _INSTEAD if first in there for other in others}
    read = [name for name in _METRICS if name in there - left]
    if not read:
        shown = ", ".join(sorted(there)[:8]) or "no name"
        given.faults.add("metrics-without-energy", value=shown, names=", ".join(_METRICS))
        return []
    if left & there:
        given.faults.add("metrics-same-energy", value=", ".join(sorted(left & there)))
    timed = given.rows.with_columns(
        pl.from_epoch(given.text("time").cast(pl.Int64, strict=False), time_unit="ms").dt.replace_time_zone("UTC")
        .dt.cast_time_unit("us").alias("time")
    )  # fmt: skip
    made = [rows for name in read if (rows := _of_metric(given, timed.filter(pl.col("metric") == name), name)).height]
    if given.faults.has_errors or not made:
        return []
    return [measured(given, pl.concat(made, how="diagonal"), Decimal(1), {"energy": "value", "time": "time"})]


def _of_metric(given: Given, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The energy of each subject by hour; no rows, and a finding, where no series has two samples with times."""
    metric = _METRICS[name]
    labels = [f"{LABEL}{label}" for label in metric.subject if f"{LABEL}{label}" in rows.columns]
    lacks = [label for label in metric.subject[:2] if f"{LABEL}{label}" not in rows.columns]
    if lacks:
        given.faults.add("metrics-label", value=name, label=", ".join(lacks), line=int(rows["source_line"][0]))
        return rows.clear()
    rows = _one_zone(given, readable(given, rows), metric, name, labels)
    series = [column for column in rows.columns if column.startswith(LABEL)]
    if metric.most_of:
        rows = _largest(given, rows, labels, name)
        series = labels
    if rows["time"].null_count() or rows.select(*series).is_unique().all():
        given.faults.add("metrics-one-scrape", value=name, line=int(rows["source_line"][0]) if rows.height else None)
        return rows.clear()
    steps = (integrated if metric.gauge else counted)(given, rows, series)
    hours = by_hour(steps, labels, metric.wh_per_unit)
    return hours.with_columns(
        pl.lit(metric.source).alias("source"),
        pl.concat_str(labels, separator="/", ignore_nulls=True).alias("subject"),
        pl.lit(metric.part).alias("energy_part"),
        pl.lit(metric.level).alias("energy_level"),
        pl.lit("integrated_power" if metric.gauge else "counter").alias("reading_method"),
        pl.lit(name).alias("query"),
    ).drop(labels)  # fmt: skip


def _one_zone(given: Given, rows: pl.DataFrame, metric: Metric, name: str, labels: Sequence[str]) -> pl.DataFrame:
    """Of overlapping zones of a subject the first of the order that is there; the others hold part of the same."""
    column = f"{LABEL}{metric.zone_label}"
    if not metric.zones or column not in rows.columns:
        return rows
    rank = pl.col(column).str.replace(r"-\d+$", "").replace_strict(
        list(metric.zones), range(len(metric.zones)), default=len(metric.zones), return_dtype=pl.Int32
    )
    kept = rows.filter(rank == rank.min().over(labels))
    if kept.height < rows.height:
        other = rows.filter(rank > rank.min().over(labels))
        used, left = (", ".join(sorted(set(frame[column].drop_nulls()))) for frame in (kept, other))
        given.faults.add("metrics-zones", value=used, left=left, name=name)
    return kept


def _largest(given: Given, rows: pl.DataFrame, labels: Sequence[str], name: str) -> pl.DataFrame:
    """Of the samples of one device and time the largest: slices of a device repeat the whole device's value."""
    by = [*labels, "time"]
    one = rows.sort("#value", descending=True).unique(by, keep="first", maintain_order=True).sort("source_line")
    if one.height < rows.height and not rows["time"].null_count():
        given.faults.add("metrics-slices", value=name, count=rows.height - one.height)
    return one


METRICS = Form(
    "metrics", "metrics of DCGM or Kepler", _of_samples, fits=is_answer, records=answer_records, kinds=("measurement",),
    choices={},
)  # fmt: skip
FORMS = (METRICS,)
