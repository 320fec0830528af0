"""What readings of energy from other programs have in common: times, zones, and what is doubtful about an amount."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal

import polars as pl

from ledger.intake.ai_files.amounts import in_unit
from ledger.intake.ai_files.form import Given, Made
from ledger.intake.upload import PARSER, PARSER_VERSION

KWH = Decimal(1000)
"""Watt hours in a kilowatt hour."""
MOST_NODE_W = Decimal(20_000)
"""Mean power above which one machine is doubtful: an eight-accelerator server of 2024 draws up to about 14 kW."""
ZONE = {"timezone": "the zone of clock times without one, as Europe/Paris or UTC"}
NODE = {"subject": "the machine that was read, as node-17, where the file does not name it"}
_INSTANT = "%Y-%m-%dT%H:%M:%S%.f"
_OFFSET = r"([Zz]|[+-]\d{2}:?\d{2})$"


def zone_chosen(given: Given, what: str) -> str | None:
    """The time zone that was chosen; None, and a finding, where none was or it is none."""
    if not given.needs("timezone", what, "Europe/Paris"):
        return None
    try:
        return zoneinfo.ZoneInfo(given.choices["timezone"]).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        given.faults.add("timezone-unknown", column="timezone", value=given.choices["timezone"])
        return None


def instants(text: pl.Expr, zone: str | None) -> pl.Expr:
    """Texts as instants in UTC: by their offset, else as clock times of the zone; null for what is none."""
    plain = text.str.replace(" ", "T", literal=True)
    with_offset = plain.str.replace(r"[Zz]$", "+00:00").str.to_datetime(
        _INSTANT + "%#z", time_unit="us", time_zone="UTC", strict=False
    )
    if zone is None:
        return with_offset
    local = plain.str.to_datetime(_INSTANT, time_unit="us", strict=False)
    there = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")
    return pl.when(text.str.contains(_OFFSET)).then(with_offset).otherwise(there)


def has_local_times(given: Given, name: str) -> bool:
    """Whether any filled cell of a field is a time without an offset."""
    text = given.text(name)
    return not given.rows.filter(text.is_not_null() & ~text.str.contains(_OFFSET)).is_empty()


def shown_instant(instant: pl.Expr) -> pl.Expr:
    """An instant as text of ours."""
    return instant.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def seconds(text: pl.Expr) -> pl.Expr:
    """Seconds, written with or without an exponent, as a duration; null for what is none."""
    return pl.duration(microseconds=(text.cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64, strict=False))


def measured(given: Given, rows: pl.DataFrame, wh_per_unit: Decimal, led: dict[str, str]) -> Made:
    """Readings as rows of ours.

    Args:
        given: the records, for findings.
        rows: texts, with `source_line`, `source`, `subject`, `start` and `end` (instants in UTC), `energy` (text, in
            the unit of ``wh_per_unit``) and any columns of a reading; rows without energy or instant are told and left.
        wh_per_unit: watt hours in one unit of the energy.
        led: our column → field of the file.
    """
    blank = rows.filter(pl.col("energy").is_null())
    given.tell("reading-blank", blank.select("source_line"), led.get("energy"))
    rows = rows.filter(pl.col("energy").is_not_null())
    lost = rows.filter(pl.col("start").is_null() | pl.col("end").is_null())
    if lost.height:
        told = lost.select("source_line", pl.col("time_text").alias("value") if "time_text" in lost.columns else
                           pl.lit("blank").alias("value"))  # fmt: skip
        given.tell("reading-time", told, led.get("time"))
        return Made("measurement", rows.clear())
    amounts = in_unit(rows["energy"], wh_per_unit)
    _tell_power(given, rows, amounts, led)
    made = rows.with_columns(
        shown_instant(pl.col("start")).alias("start_utc"),
        shown_instant(pl.col("end")).alias("end_utc"),
        amounts.alias("energy_wh"),
        pl.col("energy_text" if "energy_text" in rows.columns else "energy").alias("energy_text"),
        pl.lit(f"{PARSER} {PARSER_VERSION}").alias("parser_version"),
    ).drop("start", "end", "energy", "time_text", "most_w", strict=False)
    return Made("measurement", made, {"energy_wh": led.get("energy", ""), **led})


def _tell_power(given: Given, rows: pl.DataFrame, amounts: pl.Series, led: dict[str, str]) -> None:
    """A warning where a mean power is more than one machine draws; ``most_w`` of a row says otherwise."""
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / 3.6e9
    watts = pl.col("wh") / hours
    most = pl.col("most_w") if "most_w" in rows.columns else pl.lit(float(MOST_NODE_W))
    known = rows.with_columns(amounts.cast(pl.Float64, strict=False).alias("wh"))  # a float that only warns
    high = known.filter((hours > 0) & (watts > most))
    told = high.select("source_line", (watts / 1000).round(1).cast(pl.String).alias("value"))
    given.tell("reading-power", told, led.get("energy"))
