"""EcoLogits: impacts of requests to language models, as they stand in a response or beside its log.

Source: `ecologits/impacts/modeling.py` and `llm.py`. Energy holds PUE, and is modelled from tokens and parameters: a
number, or a range whose middle is taken, with the range in the text. Of greenhouse gases the use phase stands beside
the energy; embodied impacts are apart. A missing impact is not zero, and neither is a range from 0 to 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import MASS_DECIMALS, number, rounded
from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.ai_files.readings import KWH, instants, measured, zone_chosen
from ledger.intake.faults import Faults

_ENERGY_UNIT, _MASS_UNIT = "kWh", "kgCO2eq"
_CHOICES = {
    "time": "the instant of requests that do not say theirs, as 2026-09-30T12:00:00Z",
    "timezone": "the zone of times without one",
}


def middle(low: str | None, high: str | None) -> Decimal | None:
    """The middle of a range; the number itself where both ends are one."""
    ends = [value for text in (low, high) if (value := number(text)) is not None]
    return None if len(ends) != 2 else (ends[0] + ends[1]) / 2


def _of_impacts(given: Given) -> list[Made]:
    if not _sound_units(given):
        return []
    time = given.text("time")
    if given.rows.select(time.is_null().any()).item() and not given.needs(
        "time", "an impact does not say when its request was", "2026-09-30T12:00:00Z"
    ):
        return []
    moment = pl.coalesce(time, pl.lit(given.choices.get("time"), pl.String))
    local = given.rows.filter(~moment.str.contains(r"^\d+(\.\d+)?$|([Zz]|[+-]\d{2}:?\d{2})$"))
    zone = zone_chosen(given, "times of requests have no zone") if local.height else None
    if local.height and zone is None:
        return []
    rows = given.rows.with_columns(_seconds_or_text(moment, zone).alias("start"), moment.alias("time_text"))
    values = [middle(*pair) for pair in rows.select("energy_low", "energy_high").iter_rows()]
    zero = rows.filter(pl.Series([value == 0 for value in values], dtype=pl.Boolean))
    given.tell("impact-zero", zero.select("source_line"), "energy")
    grams = [middle(*pair) for pair in rows.select("gwp_low", "gwp_high").iter_rows()]
    made = rows.select(
        "source_line",
        pl.lit("ecologits").alias("source"),
        pl.concat_str(given.text("provider").fill_null("-"), given.text("model").fill_null("-"),
                      given.text("request"), separator="/", ignore_nulls=True).alias("subject"),
        "start",
        pl.col("start").alias("end"),
        "time_text",
        pl.Series("energy", [_kwh(value) for value in values], dtype=pl.String),
        _range_text().alias("energy_text"),
        pl.lit("total").alias("energy_part"),
        pl.lit("facility").alias("energy_level"),
        pl.lit("model").alias("reading_method"),
        given.text("provider").alias("cloud_provider"),
        pl.Series("co2e_kg_stated", [None if kg is None else rounded(kg, MASS_DECIMALS) for kg in grams],
                  dtype=pl.String),
    )  # fmt: skip
    return [measured(given, made, KWH, {"energy": "energy", "time": "time", "co2e_kg_stated": "usage.gwp"})]


def _kwh(value: Decimal | None) -> str | None:
    """The energy as text; null for none and for a range from 0 to 0, which is told."""
    return None if not value else format(value, "f")


def _range_text() -> pl.Expr:
    low, high = pl.col("energy_low"), pl.col("energy_high")
    spread = pl.concat_str(low, pl.lit(" to "), high, pl.lit(f" {_ENERGY_UNIT}"))
    return pl.when(low != high).then(spread).otherwise(pl.concat_str(low, pl.lit(f" {_ENERGY_UNIT}")))


def _sound_units(given: Given) -> bool:
    sound = True
    for name, unit in (("energy_unit", _ENERGY_UNIT), ("gwp_unit", _MASS_UNIT)):
        other = given.rows.filter(given.text(name).is_not_null() & (given.text(name) != unit))
        given.tell("statement-unit", other.select("source_line", given.text(name).alias("value")), name, expected=unit)
        sound = sound and not other.height
    return sound


def _seconds_or_text(moment: pl.Expr, zone: str | None) -> pl.Expr:
    """An instant from seconds since 1970, or from ISO text."""
    whole = moment.str.extract(r"^(\d{9,11})(\.\d+)?$", 1).cast(pl.Int64, strict=False)
    since = pl.from_epoch(whole, time_unit="s").dt.replace_time_zone("UTC").dt.cast_time_unit("us")
    return pl.coalesce(since, instants(moment, zone))


def impact_record(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is read of a record with impacts, or of impacts alone; None where it has none."""
    impacts = record.get("impacts") or record.get("response_impact") or record
    if not isinstance(impacts, Mapping) or not isinstance(impacts.get("energy"), Mapping):
        return None
    usage = impacts.get("usage")
    gwp = usage.get("gwp") if isinstance(usage, Mapping) else impacts.get("gwp")
    times = (record.get(name) for name in ("timestamp", "time", "created", "created_at", "startTime"))
    return {
        "model": record.get("model"), "provider": record.get("provider") or record.get("custom_llm_provider"),
        "request": record.get("request_id") or record.get("id"), "time": next((t for t in times if t), None),
        **_ends("energy", impacts["energy"]), **_ends("gwp", gwp),
    }  # fmt: skip


def _ends(name: str, impact: Any) -> dict[str, Any]:
    """Low and high of an impact, and its unit."""
    if not isinstance(impact, Mapping):
        return {f"{name}_low": None, f"{name}_high": None, f"{name}_unit": None}
    value = impact.get("value")
    low, high = (value.get("min"), value.get("max")) if isinstance(value, Mapping) else (value, value)
    return {f"{name}_low": low, f"{name}_high": high, f"{name}_unit": impact.get("unit")}


def _listed(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


def _is_impacts(document: Any) -> bool:
    rows = _listed(document)
    return bool(rows) and all(isinstance(row, Mapping) for row in rows) and any(impact_record(row) for row in rows)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """Records with impacts as they are read; those without keep their place, and have no energy."""
    for row in _listed(document):
        bare = {name: row.get(name) for name in ("model", "provider", "timestamp")}
        nothing = {"energy_low": None, "energy_high": None, "gwp_low": None, "gwp_high": None}
        yield impact_record(row) or {**nothing, **bare, "time": bare["timestamp"]}


FORMS = (
    Form("ecologits", "impacts of EcoLogits", _of_impacts, fits=_is_impacts, records=_records, choices=_CHOICES,
         kinds=("measurement",)),
)  # fmt: skip
