"""Runs of AI models and readings of their energy as they are entered: what blanks mean, and what cannot be.

PUE: ISO/IEC 30134-2, total energy of the facility over that of its IT equipment, never below 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from ledger.intake.cells.convert import Context
from ledger.intake.faults import Faults
from schemas.ai_vocabulary import EnergyLevel, RunComponent

PUE_LOW, PUE_HIGH = Decimal(1), Decimal(3)
"""Above 3 a data centre would spend more than twice the energy of its machines on itself: a slip of the pen."""
BELOW_OVERHEAD = (EnergyLevel.CHIP.value, EnergyLevel.IT.value)
"""Levels at which the overhead of the facility lies outside the reading."""
_ENERGY = pl.Decimal(18, 6)


def given(frame: pl.DataFrame, name: str, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Expr:
    """A column of a frame, or nulls where the frame does not have it."""
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype)


def filled_run(_context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """A run without an end ends after its seconds on the clock."""
    instant = pl.Datetime("us", "UTC")
    made = pl.col("start_utc") + pl.duration(
        microseconds=(given(frame, "wall_seconds", _ENERGY) * 1_000_000).cast(pl.Int64)
    )
    return frame.with_columns(pl.coalesce(given(frame, "end_utc", instant), made.cast(instant)).alias("end_utc"))


def filled_measurement(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Energy in watt-hours, also where it was given in kWh, with its text as it stood; the source in small letters."""
    kwh = given(frame, "energy_kwh", _ENERGY)
    over = frame.filter(given(frame, "energy_wh", _ENERGY).is_null() & (kwh >= 10**9))
    told = over.select("source_line", pl.col("energy_kwh").alias("value")) if over.height else over
    context.faults.add_rows("number-too-large", told, "energy_kwh", sheet=context.sheet, digits=9)
    wh = (pl.when(kwh < 10**9).then(kwh) * 1000).cast(_ENERGY)
    return frame.with_columns(
        pl.coalesce(given(frame, "energy_wh", _ENERGY), wh).alias("energy_wh"),
        pl.coalesce(
            given(frame, "energy_text"),
            given(frame, "energy_wh#text"),
            pl.concat_str(given(frame, "energy_kwh#text"), pl.lit(" kWh")),
        ).alias("energy_text"),
        pl.col("source").str.to_lowercase().alias("source"),
    )


def tell_faults_of_runs(context: Context, frame: pl.DataFrame) -> None:
    """Findings for what cannot be of a run, and warnings for what is left unknown."""
    _tell_pue(context, frame, "pue")
    _tell_parts(context, frame)
    energy = given(frame, "energy_kwh", _ENERGY).is_not_null()
    lacking = frame.filter(energy & given(frame, "energy_level").is_null()).select("source_line")
    context.faults.add_rows("energy-level-missing", lacking, "energy_level", sheet=context.sheet)
    _tell_place(context, frame)
    _tell_twice(context, frame)
    _tell_times(context, frame)
    if "cost" in frame.columns:
        bare = frame.filter(pl.col("cost").is_not_null() & given(frame, "currency").is_null())
        context.faults.add_rows("cost-without-currency", bare.select("source_line"), "currency", sheet=context.sheet)
    _tell_unknown(context, frame, energy)


def tell_faults_of_measurements(context: Context, frame: pl.DataFrame) -> None:
    """Findings for what cannot be of a reading."""
    _tell_pue(context, frame, "pue_inside")
    _tell_region(context, frame)


def answer_unknown_energy(faults: Faults, frames: Mapping[str, pl.DataFrame]) -> None:
    """Take back that energy of runs is not known, or is that of full power, where their readings are in the file."""
    if {"ai_run", "measurement"} <= set(frames) and "run_id" in frames["measurement"].columns:
        read = frames["measurement"]["run_id"].drop_nulls().unique()
        faults.withdraw("run-energy-unknown", read)
        runs = frames["ai_run"]
        if runs.filter(_at_full_power(runs) & ~pl.col("run_id").is_in(read.implode())).is_empty():
            faults.withdraw("utilisation-assumed", [None])


def _tell_pue(context: Context, frame: pl.DataFrame, name: str) -> None:
    if name not in frame.columns:
        return
    wrong = frame.filter(~pl.col(name).is_between(PUE_LOW, PUE_HIGH))
    context.faults.add_rows("pue-absurd", _shown(wrong, name), name, sheet=context.sheet)


def _tell_parts(context: Context, frame: pl.DataFrame) -> None:
    """Utilisation above 1: most often per cent, which the finding writes as a part."""
    for name in ("utilisation", "mfu"):
        if name not in frame.columns:
            continue
        wrong = frame.filter(pl.col(name) > 1)
        hundredth = (pl.col(name).cast(pl.Float64) / 100).round(4).cast(pl.String)
        likely = pl.when(pl.col(name) <= 100).then(pl.concat_str(pl.lit(", like "), hundredth)).otherwise(pl.lit(""))
        rows = wrong.select("source_line", _plain(name).alias("value"), likely.alias("likely"))
        context.faults.add_rows("part-over-whole", rows, name, sheet=context.sheet)


def _tell_place(context: Context, frame: pl.DataFrame) -> None:
    _tell_region(context, frame)
    nowhere = pl.all_horizontal(
        given(frame, name).is_null() for name in ("facility_id", "cloud_provider", "country", "cloud_region")
    )
    rows = frame.filter(nowhere).select("source_line")
    context.faults.add_rows("run-place-missing", rows, "facility_id", sheet=context.sheet)
    both = frame.filter(given(frame, "control").is_not_null() & given(frame, "facility_id").is_not_null())
    told = both.select("source_line", given(both, "control").alias("value"), "facility_id") if both.height else both
    context.faults.add_rows("control-at-facility", told, "control", sheet=context.sheet)


def _tell_region(context: Context, frame: pl.DataFrame) -> None:
    if "cloud_region" in frame.columns:
        alone = frame.filter(pl.col("cloud_region").is_not_null() & given(frame, "cloud_provider").is_null())
        told = _shown(alone, "cloud_region")
        context.faults.add_rows("region-without-provider", told, "cloud_provider", sheet=context.sheet)


def _tell_twice(context: Context, frame: pl.DataFrame) -> None:
    """Rows of one run, attempt, state and component whose times meet: each with an earlier one that reaches into it.

    Rows that begin alike are the same identity and are told as such.
    """
    same = ["run_id", "attempt", "state", "component"]
    ordered = frame.filter(~pl.col("withdrawn")).sort(*same, "start_utc", "source_line", nulls_last=True)
    before = pl.col("end_utc").cum_max().shift(1).over(same)
    first = pl.col("source_line").shift(1).over(same)
    begins = pl.col("start_utc").shift(1).over(same)
    met = ordered.with_columns(before.alias("before"), first.alias("first"), begins.alias("begins")).filter(
        (pl.col("start_utc") < pl.col("before")) & (pl.col("start_utc") != pl.col("begins"))
    )
    told = met.select("source_line", pl.col("run_id").alias("value"), "attempt", "first")
    context.faults.add_rows("run-twice", told, "run_id", sheet=context.sheet)


def _tell_times(context: Context, frame: pl.DataFrame) -> None:
    clock = (pl.col("end_utc") - pl.col("start_utc")).dt.total_seconds()
    if "wall_seconds" in frame.columns:
        longer = frame.filter(pl.col("wall_seconds").cast(pl.Int64) > clock + 1)
        rows = longer.select("source_line", _plain("wall_seconds").alias("value"), clock.alias("clock"))
        context.faults.add_rows("run-longer-than-clock", rows, "wall_seconds", sheet=context.sheet)
    if {"used_accelerator_seconds", "reserved_accelerator_seconds"} <= set(frame.columns):
        more = frame.filter(pl.col("used_accelerator_seconds") > pl.col("reserved_accelerator_seconds"))
        rows = more.select(
            "source_line", _plain("used_accelerator_seconds").alias("value"),
            _plain("reserved_accelerator_seconds").alias("reserved"),
        )  # fmt: skip
        context.faults.add_rows("used-over-reserved", rows, "used_accelerator_seconds", sheet=context.sheet)


def _tell_unknown(context: Context, frame: pl.DataFrame, energy: pl.Expr) -> None:
    """What is left unknown: energy, PUE, utilisation. Nothing is put in its place."""
    running, machines = _running(), _machines(frame)
    unknown = frame.filter(running & ~energy & ~machines).select("source_line", pl.col("run_id").alias("value"))
    context.faults.add_rows("run-energy-unknown", unknown, "energy_kwh", sheet=context.sheet)
    inside = given(frame, "energy_level").is_in(BELOW_OVERHEAD) | (~energy & machines)
    bare = frame.filter(running & inside & given(frame, "pue", _ENERGY).is_null())
    _tell_once(context, "pue-unknown", "pue", bare)
    _tell_once(context, "utilisation-assumed", "utilisation", frame.filter(_at_full_power(frame)))


def _running() -> pl.Expr:
    """Rows of machines that run, not of making them, and not taken back."""
    return (pl.col("component") == RunComponent.OPERATIONAL.value) & ~pl.col("withdrawn")


def _machines(frame: pl.DataFrame) -> pl.Expr:
    """Rows that say how many machines, and which or at what power."""
    return given(frame, "hardware_count", pl.Int32).is_not_null() & (
        given(frame, "power_w", _ENERGY).is_not_null() | given(frame, "hardware_id").is_not_null()
    )


def _at_full_power(frame: pl.DataFrame) -> pl.Expr:
    """Rows whose energy is rated power × hours, with no word on how much of it was drawn."""
    nothing_read = given(frame, "energy_kwh", _ENERGY).is_null() & given(frame, "power_w", _ENERGY).is_null()
    return _running() & nothing_read & _machines(frame) & given(frame, "utilisation", _ENERGY).is_null()


def _tell_once(context: Context, code: str, column: str, rows: pl.DataFrame) -> None:
    """One finding for all rows, with the line of the first."""
    if rows.height:
        context.faults.add(code, sheet=context.sheet, line=rows["source_line"][0], column=column, count=rows.height)


def _plain(name: str) -> pl.Expr:
    """A decimal as people write it: no zeros at its end."""
    text = pl.col(name).cast(pl.String)
    return pl.when(text.str.contains(".", literal=True)).then(
        text.str.strip_chars_end("0").str.strip_suffix(".")
    ).otherwise(text)  # fmt: skip


def _shown(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.select("source_line", _plain(name).alias("value"))
