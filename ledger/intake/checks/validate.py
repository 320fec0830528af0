"""Typed rows held against their Pandera schema, all faults at once, told by line and column of the file."""

from __future__ import annotations

from collections.abc import Mapping

import pandera.errors
import polars as pl

from ledger.intake.cells.convert import Context
from ledger.intake.codes.upload import CODES
from schemas.columns import COLUMNS
from schemas.kinds import schema_of

_ORIGINS: Mapping[str, tuple[str, ...]] = {
    "unit_given": ("unit", "currency"),
    "quantity": ("quantity", "spend"),
    "quantity_text": ("quantity", "spend"),
    "period_start": ("period_start", "month", "quarter", "year"),
    "period_end": ("period_end", "month", "quarter", "year"),
    "market_boundary": ("market_boundary", "country"),
    "valid_from": ("valid_from", "data_year"),
    "valid_to": ("valid_to", "data_year"),
    "line": ("line", "activity_type"),
    "kind": ("kind", "activity_type"),
    "serves": ("serves", "activity_type"),
    "boundary": ("boundary", "activity_type"),
    "calorific_basis": ("calorific_basis", "per_unit"),
    "end_utc": ("end_utc", "wall_seconds"),
    "energy_wh": ("energy_wh", "energy_kwh"),
}
"""Columns of a typed row and those of the upload that they are made from, the likeliest first."""

_OF_ROWS = {"period-end-before-start": "period_end", "number-negative": "quantity"}
"""Where a check of the whole row says its finding."""

_INSTEAD: Mapping[str, str] = {
    "activity": "; to take back an earlier row use ghg reverse, and for a credit note a spend row",
    "factor": ", or leave the factor out: it says what is emitted. Removals have their own register (ghg template "
    "removal), and emissions that others avoid stand in no inventory",
}
"""What to do about a number below zero beside entering it positive, by the kind of the upload."""

_WITHIN = {"price_year": "1990 to 2100", "data_year": "1990 to 2100", "equity_share": "0 to 1"}


def failures(kind: str, typed: pl.DataFrame) -> pl.DataFrame | None:
    """What of the converted rows breaks the schema of their kind, as Pandera tells it; None where nothing does."""
    try:
        schema_of(kind).validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as found:
        cases: pl.DataFrame = found.failure_cases
        return cases
    return None


def tell_invalid(context: Context, typed: pl.DataFrame, raw: pl.DataFrame, cases: pl.DataFrame | None) -> None:
    """Findings for rows that break the schema of their kind; a cell that already has one gets no second.

    Args:
        context: of the table.
        typed: the converted rows, with `seq` and `source_line`.
        raw: the texts they came from, row by row.
        cases: what :func:`failures` gives of ``typed``.
    """
    if cases is None:
        return
    broken = cases.filter(pl.col("index").is_null())
    if broken.height:
        raise TypeError(f"converted rows do not have the columns of their schema: {broken.row(0)}")
    for (check, column), rows in cases.group_by("check", "column", maintain_order=True):
        index = rows["index"].cast(pl.UInt32)
        told = typed[index].select("source_line").with_columns(rows["failure_case"].alias("value"))
        if check == "not_nullable":
            _tell_missing(context, str(column), told, raw[index])
        elif check in CODES:
            _tell_broken(context, str(check), column and str(column), told, typed[index])


def _tell_missing(context: Context, column: str, rows: pl.DataFrame, raw: pl.DataFrame) -> None:
    """Findings for needed cells that are blank in the file, not for those that could not be read."""
    origins = [name for name in _ORIGINS.get(column, (column,)) if name in raw.columns]
    if column in ("quantity_text", "energy_text"):
        return
    blank = rows
    if origins:
        given = pl.any_horizontal(pl.col(name).str.strip_chars().fill_null("") != "" for name in origins)
        blank = rows.filter(~raw.select(given).to_series())
    name = origins[0] if origins else column
    if context.source.failed and name in context.match.columns:
        failed = [line for line, place in context.source.failed if place == context.place(name)]
        blank = blank.filter(~pl.col("source_line").is_in(failed))
    code = "quantity-missing" if column in ("quantity", "energy_wh") else "value-missing"
    meaning = COLUMNS[name].meaning
    context.faults.add_rows(code, blank.select("source_line"), name, sheet=context.sheet, meaning=meaning)


def _tell_broken(context: Context, code: str, column: str | None, rows: pl.DataFrame, typed: pl.DataFrame) -> None:
    name = column or _OF_ROWS[code]
    if column is None:
        ends = (name, "valid_to", "vintage_end", "end_utc", "out_of_service_on")
        name = next(own for own in ends if own in typed.columns)
        rows = rows.with_columns(typed[name].cast(pl.String).alias("value"))
    origin = next((first for first in _ORIGINS.get(name, (name,)) if first in context.match.columns), name)
    allowed = _WITHIN.get(name) or f"{COLUMNS[name].low} to {COLUMNS[name].high}" if name in COLUMNS else ""
    instead = _INSTEAD.get(context.match.kind.name, "")
    context.faults.add_rows(code, rows, origin, sheet=context.sheet, allowed=allowed, instead=instead)
