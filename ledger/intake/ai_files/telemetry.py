"""Energy by the hour out of sealed telemetry, as `ghg ai telemetry` writes it: a reading a host and hour.

Source: the room `ledger.intake.telemetry` of this program, format 1 (`docs/spark.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.ai_files.readings import instants, measured
from ledger.intake.faults import Faults

FORMAT = "1"
SOURCE = "telemetry"
_PLACE = ("facility_id", "cloud_provider", "country")
_LED = {"energy": "energy_wh", "time": "end_utc"}


def _made(given: Given) -> list[Made]:
    if given.rows["ghg_telemetry"][0] != FORMAT:
        given.tell("track-format", given.rows.select("source_line", pl.col("ghg_telemetry").alias("value")).head(1))
        return []
    first = given.rows.row(0, named=True)
    if first["without_value"] != "0":
        given.faults.add("samples-without-value", count=int(first["without_value"]), value="blank or beyond reason")
    is_gap = given.text("missing_seconds").is_not_null()
    _tell_gaps(given, given.rows.filter(is_gap))
    hours = given.rows.filter(~is_gap)
    if not _is_placed(given, hours):
        return []
    cuts = [name for name in ("run_id", "facility_id", "cluster") if given.has(name)]
    rows = hours.select(
        "source_line", *cuts,
        pl.lit(SOURCE).alias("source"), given.text("host").alias("subject"),
        pl.lit("gpu").alias("energy_part"), pl.lit("chip").alias("energy_level"),
        pl.lit("integrated_power").alias("reading_method"),
        pl.concat_str(pl.lit("manifest "), "manifest_sha256", pl.lit(", every "), "every_seconds", pl.lit(" s"))
        .alias("query"),
        instants(given.text("start_utc"), None).alias("start"), instants(given.text("end_utc"), None).alias("end"),
        given.text("energy_wh").alias("energy"),
    )  # fmt: skip
    return [measured(given, rows, Decimal(1), _LED)]


def _is_placed(given: Given, hours: pl.DataFrame) -> bool:
    """Whether every reading says where it was read, or somebody chose it; a finding where not."""
    bare = hours.filter(pl.all_horizontal(given.text(name).is_null() for name in (*_PLACE, "run_id")))
    if not bare.height or set(_PLACE) & set(given.choices):
        return True
    what = "nothing says where they stand, and no grid is taken for granted (facility_id, cloud_provider or country)"
    return given.needs("facility_id", what, "SITE")


def _tell_gaps(given: Given, gaps: pl.DataFrame) -> None:
    """A finding for each GPU without samples in between."""
    if gaps.height:
        told = gaps.select("source_line", pl.col("missing_seconds").alias("value"), "host", "gpu",
                           pl.col("first_utc").alias("first"), pl.col("last_utc").alias("last"))  # fmt: skip
        given.tell("telemetry-gap", told, "missing_seconds")


def _is_telemetry(document: Any) -> bool:
    return isinstance(document, Mapping) and {"ghg_telemetry", "manifest_sha256", "hours", "gaps"} <= set(document)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """The hours, then the gaps, each with what holds for all."""
    above = {name: value for name, value in document.items() if not isinstance(value, list)}
    for row in (*document["hours"], *document["gaps"]):
        yield above | row


FORMS = (
    Form("ghg-telemetry", "telemetry by the hour", _made, fits=_is_telemetry, records=_records, choices={},
         kinds=("measurement",)),
)  # fmt: skip
