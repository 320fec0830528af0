"""Meter readings: the consumption between two of them, as activities that carry both readings with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.known import HeldReading
from schemas.vocabulary import DataBasis

_KEPT = ("facility_id", "supplier", "calorific_basis")
_CHANGED = ("unit", "multiplier", "activity_type")


@dataclass(frozen=True, slots=True)
class Consumption:
    """What readings yield: rows of activities, and the parameters of each by the line of its later reading."""

    rows: pl.DataFrame
    parameters: pl.DataFrame


def consumption(frame: pl.DataFrame, held: Mapping[str, HeldReading], faults: Faults) -> Consumption:
    """The consumption between each reading of a meter and the one before it, in the file or in the ledger.

    A reading counts at the beginning of its day, or of the next where it was read at the end. Below the earlier reading
    it is an error, unless the register has so many digits that it has begun anew; the first reading of a meter and
    one that says `reset` begin, and yield nothing.

    Args:
        frame: typed readings with `source_line`, and `sheet` in a workbook.
        held: the last reading of each meter in the ledger.
        faults: takes the findings.
    """
    moment = pl.col("read_on") + pl.when("day_end").then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    place = pl.col("sheet") if "sheet" in frame.columns else pl.lit(None, pl.String)
    readings = frame.with_columns(moment.alias("moment"), place.alias("sheet"))
    readings = _without_held(readings, held, faults)
    ordered = pl.concat([_as_readings(held, readings), readings], how="diagonal").sort(
        "meter_id", "moment", "reset", "source_line", nulls_last=False
    )
    before = ["moment", "reading", "estimated", "source_line", "sheet", "entry", *_CHANGED]
    pairs = ordered.with_columns(pl.col(before).shift(1).over("meter_id").name.prefix("old_"))
    own = pairs.filter(pl.col("source_line").is_not_null())
    alone = pl.len().over("meter_id") == 1
    first = own.with_columns(alone.alias("alone")).filter(pl.col("old_moment").is_null() & ~pl.col("reset"))
    _tell(first.filter("alone"), "meter-single-reading", faults)
    if begun := first.filter(~pl.col("alone")).height:
        faults.add("meter-first-readings", count=begun)
    gap = own.filter("reset", pl.col("old_moment") < pl.col("moment"))
    _tell(gap, "meter-reset-without-closing", faults, since=pl.col("old_moment"))
    pairs = own.filter(~pl.col("reset"), pl.col("old_moment").is_not_null())
    return _consumed(_consistent(pairs, faults), faults)


def _consistent(pairs: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Pairs of different moments that agree on unit, multiplier and activity type."""
    same = pairs.filter(pl.col("moment") <= pl.col("old_moment"))
    _tell(same, "meter-same-day", faults, first=pl.col("old_source_line"))
    for name in _CHANGED:
        changed = pairs.filter(pl.col(name) != pl.col(f"old_{name}"))
        _tell(changed, "meter-changed", faults, column=name, value=pl.col(name), old=pl.col(f"old_{name}"))
    alike = pl.all_horizontal(pl.col(name) == pl.col(f"old_{name}") for name in _CHANGED)
    return pairs.filter(alike, pl.col("moment") > pl.col("old_moment"))


def _consumed(pairs: pl.DataFrame, faults: Faults) -> Consumption:
    digits = pl.col("digits") if "digits" in pairs.columns else pl.lit(None, pl.Int32)
    size = pl.lit(10, pl.Int64).pow(digits.cast(pl.Int64)).cast(pl.Decimal(38, 6))
    difference = pl.col("reading").cast(pl.Decimal(38, 6)) - pl.col("old_reading").cast(pl.Decimal(38, 6))
    pairs = pairs.with_columns(difference.alias("difference"), size.alias("size"))
    below = pl.col("difference") < 0
    # Begun anew is believed where less than half of the register has gone by since; more is a mistake in a reading.
    anew = (below & ((pl.col("difference") + pl.col("size")) * 2 < pl.col("size"))).fill_null(value=False)
    _tell(pairs.filter(below & ~anew), "meter-backwards", faults, old=pl.col("old_reading"))
    rolled = pairs.filter(anew)
    _tell(rolled, "meter-rollover", faults, old=pl.col("old_reading"), digits=pl.col("size"))
    pairs = pairs.filter(~below | anew).with_columns(
        pl.when(anew).then("size").otherwise(pl.lit(0, pl.Decimal(38, 6))).alias("rollover")
    )
    rows = pairs.select(
        "source_line", "sheet", "meter_id", "activity_type", *(name for name in _KEPT if name in pairs.columns),
        _note(pairs).alias("note"),
        _quantity(pairs).alias("quantity"), pl.col("unit"),
        pl.col("old_moment").alias("period_start"), (pl.col("moment") - pl.duration(days=1)).alias("period_end"),
        pl.when(pl.col("estimated") | pl.col("old_estimated")).then(pl.lit(DataBasis.ESTIMATED.value))
        .otherwise(pl.lit(DataBasis.MEASURED.value)).alias("data_basis"),
    )  # fmt: skip
    return Consumption(rows, _parameters(pairs, faults.file))


def _quantity(pairs: pl.DataFrame) -> pl.Series:
    """The consumption as plain text, every digit of it, by exact decimals; one number for each pair."""
    from ledger.plain import plain_amount

    columns = pairs.select("difference", "rollover", "multiplier").iter_rows()
    return pl.Series([plain_amount((change + rolled) * times) for change, rolled, times in columns], dtype=pl.String)


def _note(pairs: pl.DataFrame) -> pl.Expr:
    """The note of the reading, and how its consumption follows from the two."""
    terms = [_text(pl.col(name)) for name in ("reading", "old_reading", "rollover", "multiplier")]
    worked = pl.format("consumption = ({} - {} + {}) × {}: readings at the beginning of {} and {}",
                       *terms, pl.col("moment"), pl.col("old_moment"))  # fmt: skip
    own = pl.col("note") if "note" in pairs.columns else pl.lit(None, pl.String)
    return pl.concat_str([own, worked], separator="; ", ignore_nulls=True)


def _parameters(pairs: pl.DataFrame, file: str) -> pl.DataFrame:
    """The terms of the formula, each with where it was read."""
    basis = {True: DataBasis.ESTIMATED.value, False: DataBasis.MEASURED.value}

    def term(name: str, value: pl.Expr, unit: pl.Expr, estimated: pl.Expr, source: pl.Expr) -> pl.DataFrame:
        return pairs.select(
            "source_line", "sheet", pl.lit(name).alias("name"), value.cast(pl.Decimal(18, 6)).alias("value"),
            unit.alias("unit"), estimated.replace_strict(basis, return_dtype=pl.String).alias("basis"),
            source.alias("source"),
        )  # fmt: skip

    def where(prefix: str) -> pl.Expr:
        line = pl.format("{}, line {}, {}", pl.lit(file), pl.col(f"{prefix}source_line"), pl.col(f"{prefix}moment"))
        entry = pl.format("{}, {}", pl.col("old_entry"), pl.col("old_moment"))
        return line if not prefix else pl.when(pl.col("old_entry").is_not_null()).then(entry).otherwise(line)

    unit, sure = pl.col("unit"), pl.lit(value=False)
    here = pl.format("{}, line {}", pl.lit(file), pl.col("source_line"))
    return pl.concat(
        [
            term("multiplier", pl.col("multiplier"), pl.lit("1"), sure, here),
            term("reading_end", pl.col("reading"), unit, pl.col("estimated"), where("")),
            term("reading_start", pl.col("old_reading"), unit, pl.col("old_estimated"), where("old_")),
            term("rollover", pl.col("rollover"), unit, sure, here),
        ]
    ).sort("source_line", "sheet", "name")


def _without_held(readings: pl.DataFrame, held: Mapping[str, HeldReading], faults: Faults) -> pl.DataFrame:
    """The readings later than the last one in the ledger; one of the same moment must be the same."""
    known = pl.DataFrame(
        [(meter, one.moment, one.reading, one.entry) for meter, one in held.items()],
        schema={"meter_id": pl.String, "held_moment": pl.Date, "held_reading": pl.Decimal(18, 6),
                "held_entry": pl.String},
        orient="row",
    )  # fmt: skip
    joined = readings.join(known, on="meter_id", how="left", maintain_order="left")
    at_once = pl.col("moment") == pl.col("held_moment")
    differs = at_once & (pl.col("reading") != pl.col("held_reading")) & ~pl.col("reset")
    _tell(joined.filter(differs), "meter-differs-from-ledger", faults, entry=pl.col("held_entry"),
          held=pl.col("held_reading"))  # fmt: skip
    early = (pl.col("moment") < pl.col("held_moment")) | (at_once & ~pl.col("reset"))
    early = early.fill_null(value=False)
    passed = joined.filter(early & ~differs.fill_null(value=False))
    _tell(passed, "meter-reading-before", faults, last=pl.col("held_moment"), entry=pl.col("held_entry"))
    return joined.filter(~early).drop("held_moment", "held_reading", "held_entry")


def _as_readings(held: Mapping[str, HeldReading], readings: pl.DataFrame) -> pl.DataFrame:
    """The last readings of the meters in question, as rows without a line."""
    wanted = set(readings["meter_id"].to_list())
    rows = [
        (meter, one.moment, one.reading, one.unit, one.multiplier, one.activity_type, one.estimated, False, one.entry)
        for meter, one in held.items() if meter in wanted
    ]  # fmt: skip
    schema: dict[str, Any] = {
        "meter_id": pl.String, "moment": pl.Date, "reading": pl.Decimal(18, 6), "unit": pl.String,
        "multiplier": pl.Decimal(18, 6), "activity_type": pl.String, "estimated": pl.Boolean, "reset": pl.Boolean,
        "entry": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tell(rows: pl.DataFrame, code: str, faults: Faults, column: str = "reading", **words: pl.Expr) -> None:
    """A finding for each row, with its meter; by sheet, since each is a table of its own."""
    value = words.pop("value", pl.col("reading"))
    for (sheet,), some in rows.group_by("sheet", maintain_order=True):
        told = some.select(
            "source_line", _text(value).alias("value"), pl.col("meter_id").alias("meter"),
            *(_text(word).alias(name) for name, word in words.items()),
        )  # fmt: skip
        faults.add_rows(code, told, column, sheet=None if sheet is None else str(sheet))


def _text(value: pl.Expr) -> pl.Expr:
    """As people write it: no zeros at the end of a decimal."""
    text = value.cast(pl.String)
    return (
        pl.when(text.str.contains(r"^-?\d+\.\d+$"))
        .then(text.str.strip_chars_end("0").str.strip_suffix("."))
        .otherwise(text)
    )
