"""Electricity Maps: history as CSV with the headers of all years, and answers of the API, as intensities by the hour.

Source: headers of the downloads of 2021 to 2025, and the API v3. Each time makes two rows where both are told: direct
emissions of generation, and the life cycle. Times are the start, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import in_unit
from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.faults import Faults

_DIRECT = "carbon_intensity_gco2eq_kwh_direct"
_WHOLE = ("carbon_intensity_gco2eq_kwh_life_cycle", "carbon_intensity_gco2eq_kwh_lca")
_FREE = ("carbon_free_energy_percentage_cfe", "low_carbon_percentage")
_RENEWABLE = ("renewable_energy_percentage_re", "renewable_percentage")
_DAY_S = 86_400
_SECONDS = {"5_minutes": "300", "15_minutes": "900", "hourly": "3600", "daily": str(_DAY_S)}
_COARSE = ("monthly", "quarterly", "yearly")
_CHOICES = {"granularity": "the length of each row where one row alone does not tell it: " + ", ".join(_SECONDS)}
_LISTS = ("history", "data", "forecast")


def _of_csv(given: Given) -> list[Made]:
    """Rows of a zone and a time; the shortest step between two times of a zone is the length of all."""
    start = given.text("datetime_utc").str.replace(" ", "T", literal=True).str.replace(r"[Zz]$", "")
    told = given.rows.select("source_line", given.text("zone_id").alias("zone"), start.alias("start"))
    length = _length(given, told)
    if length is None:
        return []
    bases = {"direct": (_DIRECT,), "life_cycle": _WHOLE}
    made = [
        given.rows.select(
            "source_line",
            given.text("zone_id").alias("zone"),
            pl.concat_str(start, pl.lit("Z")).alias("start_utc"),
            pl.lit(length).alias("seconds"),
            pl.lit("actual").alias("signal_kind"),
            pl.lit("average").alias("signal"),
            pl.lit(basis).alias("signal_basis"),
            given.text(*fields).alias("intensity_g_per_kwh"),
            given.text("data_estimated").alias("estimated"),
            pl.concat_str(pl.lit("Electricity Maps, "), given.text("data_source").fill_null("source not told"))
            .alias("source"),
            given.text(*_FREE).alias("carbon_free_share"),
            given.text(*_RENEWABLE).alias("renewable_share"),
        )
        for basis, fields in bases.items()
    ]  # fmt: skip
    rows = pl.concat(made).with_columns(
        in_unit(pl.concat(made)[name], "0.01").alias(name) for name in ("carbon_free_share", "renewable_share")
    )
    led = {"zone": "zone_id", "start_utc": "datetime_utc", "intensity_g_per_kwh": _DIRECT}
    return [_filled(given, rows, {name: given.shown(field) for name, field in led.items()})]


def _filled(given: Given, rows: pl.DataFrame, led: Mapping[str, str]) -> Made:
    """The rows that have an intensity; a time without any is told once, since null is not zero."""
    at = ["zone", "start_utc"]
    empty = rows.filter(pl.col("intensity_g_per_kwh").is_null().all().over(at))
    given.tell("intensity-blank", empty.select("source_line").unique(maintain_order=True), None)
    full = rows.filter(pl.col("intensity_g_per_kwh").is_not_null()).sort("source_line", maintain_order=True)
    return Made("grid_intensity", full, led)


def _length(given: Given, told: pl.DataFrame) -> str | None:
    """Seconds of each row, by the steps of the file or by choice; None where neither says it, or it is no length."""
    chosen = given.choices.get("granularity")
    if chosen is None:
        at = pl.col("start").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
        steps = told.select((at.sort() - at.sort().shift(1)).over("zone").dt.total_seconds().alias("step"))
        least = steps.filter(pl.col("step") > 0)["step"].min()
        if least is None:
            given.needs("granularity", "one row a zone does not tell how long each is", "hourly")
            return None
        length = str(least)
    else:
        length = _SECONDS.get(chosen, str(_DAY_S + 1) if chosen in _COARSE else "")
    if not length or int(length) > _DAY_S:
        code = "series-too-coarse" if length else "choice-not-read"
        given.faults.add(code, column="granularity", value=chosen, allowed=", ".join(_SECONDS))
        return None
    return length


def _of_api(given: Given) -> list[Made]:
    """Answers for a zone: the latest, a history, a range or a forecast, on the basis that the answer names."""
    kinds = given.text("temporalgranularity")
    coarse = given.rows.filter(kinds.is_in(_COARSE))
    if coarse.height:
        given.faults.add("series-too-coarse", line=int(coarse["source_line"][0]))
        return []
    bases = given.text("emissionfactortype").replace({"lifecycle": "life_cycle"})
    rows = given.rows.select(
        "source_line",
        given.text("zone").alias("zone"),
        given.text("datetime").alias("start_utc"),
        kinds.replace_strict(_SECONDS, default=None, return_dtype=pl.String).alias("seconds"),
        pl.when(given.text("forecast") == "true").then(pl.lit("forecast")).otherwise(pl.lit("actual"))
        .alias("signal_kind"),
        pl.when(given.text("forecast") == "true").then(given.text("updatedat")).alias("issued_at"),
        pl.lit("average").alias("signal"),
        pl.coalesce(bases, pl.lit(given.choices.get("signal_basis"), pl.String)).alias("signal_basis"),
        given.text("carbonintensity").alias("intensity_g_per_kwh"),
        given.text("isestimated").alias("estimated"),
        pl.concat_str(pl.lit("Electricity Maps, API"), pl.concat_str(pl.lit(", "), given.text("estimationmethod")),
                      ignore_nulls=True).alias("source"),
    )  # fmt: skip
    if rows["signal_basis"].null_count():
        given.needs("signal_basis", "the answer does not say whether it is direct or of the life cycle", "life_cycle")
        return []
    if rows["zone"].null_count():
        given.needs("zone", "the answer does not say its zone", "DE")
        rows = rows.with_columns(pl.coalesce("zone", pl.lit(given.choices.get("zone"), pl.String)))
    return [_filled(given, rows, {"intensity_g_per_kwh": "carbonIntensity", "start_utc": "datetime"})]


def _is_api(document: Any) -> bool:
    if not isinstance(document, Mapping):
        return False
    listed = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), [document])
    keys = {"carbonIntensity", "datetime"}
    return bool(listed) and all(isinstance(row, Mapping) and keys <= set(row) for row in listed)


def _api_records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    above = {name: document.get(name) for name in ("zone", "updatedAt", "emissionFactorType", "temporalGranularity")}
    for name in _LISTS:
        if isinstance(document.get(name), list):
            for row in document[name]:
                yield above | row | ({"forecast": True} if name == "forecast" else {})
            return
    yield document


FORMS = (
    Form(
        "electricity-maps-csv", "a history of Electricity Maps", _of_csv,
        headers=(names(f"datetime_utc zone_id {_DIRECT}"),), choices=_CHOICES, kinds=("grid_intensity",),
    ),
    Form("electricity-maps-api", "an answer of the Electricity Maps API", _of_api, fits=_is_api,
         records=_api_records, choices={}, kinds=("grid_intensity",)),
)  # fmt: skip
