"""Activity data: amount and unit, kind, period and place of each row, checked against the catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ledger import units
from ledger.intake.cells import periods, tags, texts
from ledger.intake.cells.convert import Context, named_cells, typed_columns
from ledger.intake.checks.catalogue_checks import Checks
from ledger.intake.checks.register_checks import tell_interval
from ledger.intake.following.derived import with_derived
from schemas.activity import SCHEMA
from schemas.vocabulary import DataBasis

STAGED = tuple(SCHEMA.columns)
"""Columns of the parts, in order; those that a file does not have are left out."""


@dataclass(slots=True)
class Noted:
    """What is counted over a whole file and told once at its end."""

    blank_rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    extras_told: set[int] = field(default_factory=set)


def staged_rows(context: Context, chunk: pl.DataFrame, noted: Noted) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a chunk typed and named as the ledger's columns, all but `seq`, and the texts they came from.

    ``chunk`` is as :class:`ledger.intake.files.source.Source` gives it; faults are told on the way. Rows that are a
    total are told and left out, blank ones counted and left out.
    """
    named = named_cells(context, chunk)
    noted.blank_rows += chunk.height - named.height
    named = _without_totals(context, named)
    frame = typed_columns(context, named)
    frame = periods.with_period(frame, context.faults, context.sheet)
    frame = with_derived(context, frame)
    frame = _with_amount(context, frame, noted)
    tell_interval(context, frame)
    frame = Checks(context, named).applied(frame)
    periods.tell_outside(frame, dict(context.known.facilities), context.faults, context.sheet)
    frame = _with_tags(context, frame, noted)
    frame = _with_defaults(frame, named, noted)
    if context.sheet is not None:
        frame = frame.with_columns(pl.lit(context.sheet).alias("sheet"))
    kept = [name for name in STAGED if name in frame.columns]
    return frame.select(kept).with_columns(pl.col("source_line").cast(pl.Int32)), named


def _without_totals(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that lack something and say "total" somewhere are told and left out."""
    looked_at = [name for name in ("activity_type", "unit", "period_start", "month") if name in frame.columns]
    if not any(frame[name].null_count() for name in looked_at):
        return frame
    lacking = frame.filter(pl.any_horizontal(pl.col(name).is_null() for name in looked_at))
    cells = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    says = pl.coalesce(pl.when(pl.col(name).str.contains(texts.TOTAL)).then(pl.col(name)) for name in cells)
    totals = lacking.select("source_line", says.alias("value")).filter(pl.col("value").is_not_null())
    if totals.is_empty():
        return frame
    context.faults.add_rows("row-total", totals, None, sheet=context.sheet)
    return frame.join(totals, on="source_line", how="anti", maintain_order="left")


def _with_amount(context: Context, frame: pl.DataFrame, noted: Noted) -> pl.DataFrame:
    """Columns quantity, quantity_text and unit_given: from quantity and unit, else from spend and currency."""
    has = set(frame.columns)
    currency = pl.col("currency") if "currency" in has else pl.lit(None, pl.String)
    if "spend" not in has:
        unit = pl.coalesce("unit", currency) if "unit" in has else currency
        frame = frame.rename({"quantity#text": "quantity_text"}).with_columns(unit.alias("unit_given"))
    elif "quantity" not in has:
        frame = frame.rename({"spend": "quantity", "spend#text": "quantity_text"})
        frame = frame.with_columns(currency.alias("unit_given"))
    else:
        by_spend = pl.col("quantity#text").is_null() & pl.col("spend#text").is_not_null()
        both = pl.col("quantity#text").is_not_null() & pl.col("spend#text").is_not_null()
        unit = pl.col("unit") if "unit" in has else pl.lit(None, pl.String)
        unit = pl.when(pl.col("spend#text").is_null()).then(pl.coalesce(unit, currency)).otherwise(unit)
        frame = frame.with_columns(
            pl.when(by_spend).then("spend").otherwise("quantity").alias("quantity"),
            pl.when(by_spend).then("spend#text").otherwise("quantity#text").alias("quantity_text"),
            pl.when(by_spend).then(currency).otherwise(unit).alias("unit_given"),
            pl.when(both).then("spend#text").alias("spend#beside"),
        )
        noted.counts["spend-beside-quantity"] += frame["spend#beside"].count()
    if "currency" in has:
        frame = _without_contradiction(context, frame)
    return frame


def _without_contradiction(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """A currency stays only beside a quantity that is no money; beside money it must be that money's."""
    money = pl.col("unit_given").is_in(sorted(units.currencies()))
    wrong = frame.filter(money & (pl.col("currency") != pl.col("unit_given")))
    if wrong.height:
        told = wrong.select("source_line", pl.col("currency").alias("value"), pl.col("unit_given").alias("unit"))
        context.faults.add_rows("currency-contradicts-unit", told, "currency", sheet=context.sheet)
    return frame.with_columns(pl.when(~money).then("currency").alias("currency"))


def _with_tags(context: Context, frame: pl.DataFrame, noted: Noted) -> pl.DataFrame:
    headers = tags.extra_headers(context.source.table.headers, context.match.columns)
    raw = {f"c{place}": name for place, name in headers.items()}
    if not raw and "tags" not in frame.columns and "spend#beside" not in frame.columns:
        return frame
    frame = texts.trimmed(frame, list(raw))
    for place, name in headers.items():
        if place not in noted.extras_told and place not in context.source.made and frame[f"c{place}"].count():
            noted.extras_told.add(place)
            tell_extra(context, place, name, "its cells are kept in the tags")
    if context.source.hidden:
        for column, name in raw.items():
            texts.tell_hidden(frame, column, context.faults, context.sheet, label=name)
    texts.tell_long(frame, list(raw), context.limits, context.faults, context.sheet)
    if "spend#beside" in frame.columns:
        raw["spend#beside"] = "spend"
    return tags.with_tags(frame, raw, context.faults, context.sheet)


def tell_extra(context: Context, place: int, name: str, kept: str) -> None:
    """The finding for a column that is not ours, with the column it may have been meant for."""
    from ledger.intake.tables.headers import near_column

    line, sheet = context.source.table.header_line, context.sheet
    if not context.source.table.headers[place]:
        context.faults.add("column-unnamed", sheet=sheet, line=line, column=name, value=place + 1, kept=kept)
        return
    near = near_column(name, context.match.kind.name, context.match.named)
    words = f"; if {near} was meant, name it so" if near else ""
    context.faults.add("column-extra", sheet=sheet, line=line, column=name, value=name, kept=kept, near=words)


def _with_defaults(frame: pl.DataFrame, raw: pl.DataFrame, noted: Noted) -> pl.DataFrame:
    """What is not said: the basis of the data is taken as calculated, primary data as not claimed."""
    basis, primary = pl.lit(DataBasis.CALCULATED.value), pl.lit(value=False)
    if "data_basis" in frame.columns:
        noted.counts["data-basis-assumed"] += raw["data_basis"].null_count()
        basis = pl.col("data_basis").fill_null(basis)
    else:
        noted.counts["data-basis-assumed"] += frame.height
    if "primary_data" in frame.columns:
        primary = pl.col("primary_data").fill_null(primary)
    return frame.with_columns(
        basis.alias("data_basis"), primary.alias("primary_data"), periods.month_of_row().alias("month")
    )
