"""The activities that a plan asks for, as rows of an activity upload; and those that stand and are to be reversed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ledger.ai.posting.plan import OURS, table_of
from ledger.ai.posting.words import place_in_words
from ledger.store import Session

_TAGS = ("attempt", "hardware", "model_version", "outcome", "run_id", "stage", "state", "tenant", "unit")
"""Labels of an activity beside project, model and team, in the order of RFC 8785."""
_COMPARED = (
    "activity_type", "facility_id", "country", "grid_region", "project", "model", "team", "tags", "data_basis",
    "period_start", "period_end", "legal_entity_id",
)  # fmt: skip
_COMPARED_DETAIL = ("run_id", "cloud_provider", "cloud_region", "energy_boundary")

_WANTED = """
select w.*, r.sheet as run_sheet, r.source_line as run_line, m.sheet as reading_sheet, m.source_line as reading_line,
       coalesce(r.is_new, m.is_new, false) as is_new,
       concat('B', w.first_of[1], '-', w.first_of[2]) as first_entry
from wanted w
left join run_unit r using (unit_key)
left join reading_unit m on not w.has_run and m.batch_no = w.first_of[1] and m.seq = w.first_of[2]
order by coalesce(r.source_line, m.source_line), unit_key
"""

_STANDING = f"""
select a.batch_no, a.seq, a.external_id, a.quantity, {", ".join(f"a.{name}" for name in _COMPARED)},
       {", ".join(f"d.{name}" for name in _COMPARED_DETAIL)}
from activity a join ({OURS}) o using (batch_no, seq)
left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
where a.reverses_batch is null and not exists (
    select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is to be written: rows of activities to make, and how many stand that are to be reversed.

    The latter are in temp table `taken_back`; temp table `kept_unit` has those that stand and stay.
    """

    rows: pl.DataFrame
    reversed: int
    kept: int


def difference(s: Session, last_batch: int) -> Difference:
    """Hold the plan against the activities that stand: temp tables `taken_back` and `kept_unit`."""
    wanted = _texts(table_of(s, _WANTED))
    same = " and ".join(
        f"(w.{name} is not distinct from g.{name})" for name in (*_COMPARED[:-1], *_COMPARED_DETAIL) if name in _TYPED
    )
    typed = wanted.select("external_id", pl.col("kwh").alias("quantity"), *_TYPED)
    with s.given(wanted_text=typed.to_arrow()):
        s.run(
            "create or replace temp table kept_unit as select g.external_id as unit_key, g.batch_no, g.seq "
            f"from ({_STANDING} and a.batch_no <= {last_batch}) g join wanted_text w on w.external_id = g.external_id "
            f"and w.quantity = g.quantity and {same}"
        )
    s.run(
        f"create or replace temp table taken_back as select batch_no, seq, external_id from ({_STANDING}) "
        "anti join kept_unit using (batch_no, seq)"
    )
    kept = s.one("select count(*) from kept_unit")[0]
    held = table_of(s, "select unit_key from kept_unit")["unit_key"]
    rows = wanted.filter(~pl.col("external_id").is_in(held.implode())) if held.len() else wanted
    return Difference(rows, int(s.one("select count(*) from taken_back")[0]), int(kept))


_TYPED = (
    "activity_type", "facility_id", "country", "grid_region", "project", "model", "team", "tags", "data_basis",
    "period_start", "period_end", "run_id", "cloud_provider", "cloud_region", "energy_boundary",
)  # fmt: skip


def _texts(wanted: pl.DataFrame) -> pl.DataFrame:
    """Rows as an activity upload has them, with `kwh`, `source_line` and `sheet` beside."""
    own = pl.col("facility_id").is_not_null()
    elsewhere = ~own | pl.col("place_country").ne_missing(pl.col("facility_country"))
    made = wanted.with_columns(
        pl.col("unit_key").alias("external_id"),
        pl.when(elsewhere).then("place_country").alias("country"),
        pl.when(~own).then("place_grid").alias("grid_region"),
        pl.when(~own).then("cloud_provider").alias("cloud_provider"),
        pl.when(~own).then("cloud_region").alias("cloud_region"),
        pl.when(pl.col("is_rest")).then(pl.lit("measured")).otherwise("data_basis").alias("data_basis"),
        pl.when(pl.col("formula").is_not_null() & pl.col("formula").ne_missing("power_hours_it"))
        .then(pl.lit("facility")).otherwise("boundary").alias("energy_boundary"),
        pl.col("owner").alias("team"),
        pl.col("hardware_id").alias("hardware"),
        pl.when(~pl.col("has_run")).then("unit_key").alias("unit"),
        _source().alias("term_source"),
        pl.coalesce("run_line", "reading_line").cast(pl.Int32).alias("source_line"),
        pl.when(pl.col("has_run")).then("run_sheet").otherwise("reading_sheet").alias("sheet"),
    )  # fmt: skip
    return made.with_columns(_tags().alias("tags"), place_in_words().alias("note"))


def _source() -> pl.Expr:
    """Where the terms of a formula come from, in words."""
    pue = pl.concat_str(pl.lit("PUE: "), pl.coalesce("pue_source", pl.lit("the run's record")))
    power = pl.when(pl.col("is_rated")).then("power_source").otherwise(pl.lit("power as measured, in the run's record"))
    part = pl.when(pl.col("source") == "estimate").then(power)
    return pl.concat_str(part, pl.when(pl.col("pue").is_not_null()).then(pue), separator="; ", ignore_nulls=True)


def _tags() -> pl.Expr:
    """Canonical JSON of the labels that are there."""
    pieces = []
    for name in _TAGS:
        whole = pl.struct(pl.col(name).cast(pl.String).alias("v")).struct.json_encode()
        text = whole.str.slice(5).str.strip_suffix("}")
        pieces.append(pl.when(pl.col(name).is_not_null()).then(pl.concat_str(pl.lit(f'"{name}":'), text)))
    joined = pl.concat_str(pieces, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), joined, pl.lit("}"))


UPLOADED: Mapping[str, str] = {
    "external_id": "external_id", "facility_id": "facility_id", "legal_entity_id": "legal_entity_id",
    "activity_type": "activity_type", "period_start": "period_start", "period_end": "period_end", "country": "country",
    "grid_region": "grid_region", "data_basis": "data_basis", "project": "project", "model": "model", "team": "team",
    "tags": "tags", "cloud_provider": "cloud_provider", "cloud_region": "cloud_region",
    "energy_boundary": "energy_boundary", "run_id": "run_id", "formula": "formula", "note": "note",
}  # fmt: skip
"""Columns of an activity upload, and ours that fill them."""


def uploaded_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as texts under the columns of an activity upload, with `source_line` and `sheet`."""
    derived = pl.col("formula").is_not_null()
    estimated = derived & (pl.col("source") == "estimate")

    def text(name: str) -> pl.Expr:
        plain = pl.col(name).cast(pl.String)
        return pl.when(plain.str.contains(".", literal=True)).then(
            plain.str.strip_chars_end("0").str.strip_suffix(".")
        ).otherwise(plain)  # fmt: skip

    instant = "%Y-%m-%dT%H:%M:%S%.6fZ"
    return rows.select(
        "source_line", "sheet",
        *(pl.col(own).cast(pl.String).alias(name) for name, own in UPLOADED.items()),
        pl.when(~derived).then(text("kwh")).alias("quantity"),
        pl.lit("kWh").alias("unit"),
        pl.when(pl.col("data_basis") == "measured").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("primary_data"),
        pl.col("start_utc").dt.strftime(instant).alias("start_utc"),
        pl.col("end_utc").dt.strftime(instant).alias("end_utc"),
        pl.when(estimated).then(text("power_kw")).alias("power_kw"),
        pl.when(estimated).then(text("hours")).alias("hours"),
        pl.when(estimated).then(text("load_share")).alias("utilisation"),
        pl.when(derived & (pl.col("formula") != "power_hours_it")).then(text("pue")).alias("pue"),
        pl.when(pl.col("formula") == "it_energy_pue").then(text("read_kwh")).alias("it_energy_kwh"),
        pl.when(estimated).then(pl.lit("stated")).when(derived).then(pl.lit("measured")).alias("term_basis"),
        pl.when(derived).then("term_source").alias("term_source"),
    )  # fmt: skip
