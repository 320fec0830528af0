"""One bill of several facilities: its quantity split by floor area, headcount or stated shares, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.cells import periods
from ledger.intake.cells.convert import Context
from ledger.intake.cells.groups import JOINED, STEP, WEIGHED, weight_of
from ledger.intake.cells.lookups import lookup_of, meanings
from ledger.intake.files.source import true_lines
from ledger.intake.known import Known
from ledger.plain import plain_amount
from schemas.columns import COLUMNS
from schemas.vocabulary import ShareBasis, TermBasis

_SPLIT = ("quantity", "low", "high", "energy_kwh_net")
"""Amounts of a row that are split with it."""
_WHOLE = (Decimal(1), Decimal(100))
"""What shares that are stated as a whole or in per cent come to."""
_UNITS = {ShareBasis.FLOOR_AREA: "m2", ShareBasis.HEADCOUNT: "persons", ShareBasis.STATED: "shares"}


@dataclass(frozen=True, slots=True)
class _Bill:
    """What decides a split: the facilities with their own shares, by what it is split, and when."""

    facilities: tuple[tuple[str, Decimal | None], ...]
    basis: ShareBasis
    last: date


def with_shares(context: Context, frame: pl.DataFrame, raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The rows with each shared bill split among its facilities, and the terms of the splits.

    Args:
        context: of the table.
        frame: typed rows, in the order of ``raw``.
        raw: the texts that they were made of.

    A share is the quantity times the facility's part, cut at six decimals; the last facility takes the rest, so that
    the shares are the bill to the last digit. What cannot be split is a finding.
    """
    if "facility_id" not in frame.columns or not frame["facility_id"].str.contains(JOINED, literal=True).any():
        return frame, None
    if "note" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("note"))
    shared = frame["facility_id"].str.contains(JOINED, literal=True).fill_null(value=False)
    rows = frame.with_columns(_bases(context, raw).alias("#basis")).filter(shared)
    rows = _splittable(context, rows)
    bills, faulty = _bills(context, rows)
    for code, told in faulty.items():
        context.faults.add_rows(code, pl.DataFrame(told), "facility_id", sheet=context.sheet)
    if context.faults.has_errors:
        return frame.filter(~shared), None
    made, terms = [], []
    for row in rows.drop("#basis").iter_rows(named=True):
        bill = bills[row["source_line"]]
        for part, own_terms in _parts(row, bill, context.known):
            made.append(part)
            terms += own_terms
    split = pl.DataFrame(made, schema=frame.schema)
    periods.tell_outside(split, dict(context.known.facilities), context.faults, context.sheet)
    whole = pl.concat([frame.filter(~shared), split]).sort("source_line", maintain_order=True)
    return whole, true_lines(_as_terms(terms, context.sheet))


def _bases(context: Context, raw: pl.DataFrame) -> pl.Series:
    """By what each row is shared; a word that is none has its finding."""
    if "shared_by" not in raw.columns:
        return pl.Series([None] * raw.height, dtype=pl.String)
    lookup = lookup_of(COLUMNS["shared_by"], context.known)
    texts = [text for text in raw["shared_by"].unique().drop_nulls() if text.strip()]
    found = meanings(texts, lookup) if lookup else {}
    values = {text: meaning.value for text, meaning in found.items()}
    return raw["shared_by"].replace_strict(values, default=None, return_dtype=pl.String)


def _splittable(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that say by what they are shared, and whose quantity follows from no formula."""
    open_ = rows.filter(pl.col("#basis").is_null())
    told = open_.select("source_line", _as_written().alias("value"))
    context.faults.add_rows("shared-by-missing", told, "facility_id", sheet=context.sheet)
    if "formula" in rows.columns:
        derived = rows.filter(pl.col("formula").is_not_null())
        told = derived.select("source_line", _as_written().alias("value"))
        context.faults.add_rows("share-of-formula", told, "facility_id", sheet=context.sheet)
        rows = rows.filter(pl.col("formula").is_null())
    return rows.filter(
        pl.col("#basis").is_not_null(), pl.col("quantity").is_not_null(), pl.col("period_end").is_not_null()
    )


def _as_written() -> pl.Expr:
    """The group as people write it."""
    return pl.col("facility_id").str.replace_all(JOINED, "+", literal=True).str.replace_all(WEIGHED, ":", literal=True)


def _bills(context: Context, rows: pl.DataFrame) -> tuple[dict[int, _Bill], dict[str, list[dict[str, Any]]]]:
    """How each row is split, by its line; and what is missing, by finding code."""
    bills: dict[int, _Bill] = {}
    faulty: dict[str, list[dict[str, Any]]] = {}
    columns = rows.select("source_line", "facility_id", "#basis", "period_end")
    for line, group, basis, last in columns.iter_rows():
        parts = [part.partition(WEIGHED) for part in group.split(JOINED)]
        bill = _Bill(tuple((code, weight_of(weight)) for code, _, weight in parts), ShareBasis(basis), last)
        for code, own in bill.facilities:
            if _part_of(bill, code, own, context.known) is None:
                lacking = "share-stated-missing" if bill.basis == ShareBasis.STATED else "share-basis-missing"
                what = {ShareBasis.FLOOR_AREA: "floor_m2", ShareBasis.HEADCOUNT: "metric headcount"}.get(bill.basis, "")
                faulty.setdefault(lacking, []).append({"source_line": line, "value": code, "what": what})
        bills[line] = bill
        stated = [own for _, own in bill.facilities if own is not None]
        if bill.basis == ShareBasis.STATED and len(stated) == len(parts) and sum(stated) not in _WHOLE:
            as_written = group.replace(JOINED, "+").replace(WEIGHED, ":")
            told = {"source_line": line, "value": as_written, "sum": plain_amount(sum(stated, Decimal(0)))}
            faulty.setdefault("share-sum-differs", []).append(told)
    return bills, faulty


def _part_of(bill: _Bill, code: str, own: Decimal | None, known: Known) -> Decimal | None:
    """The part of a facility in its own measure; None where it is not known or nothing."""
    if bill.basis == ShareBasis.STATED:
        return own
    if bill.basis == ShareBasis.FLOOR_AREA:
        return known.facilities[code].floor_m2 or None
    return next((count for first, last, count in known.headcounts.get(code, ()) if first <= bill.last <= last), None)


def _parts(row: Mapping[str, Any], bill: _Bill, known: Known) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The rows of one bill, each with the terms of its share."""
    weights = [int((_part_of(bill, code, own, known) or Decimal(0)) / STEP) for code, own in bill.facilities]
    total = sum(weights)
    left = {name: int(row[name] / STEP) for name in _SPLIT if row.get(name) is not None}
    whole = dict(left)
    group = "+".join(code for code, _ in bill.facilities)
    for place, ((code, _), weight) in enumerate(zip(bill.facilities, weights, strict=True), start=1):
        part = dict(row) | {"facility_id": code}
        for name, millionths in whole.items():
            cut = abs(millionths) * weight // total * (1 if millionths >= 0 else -1)
            own = left[name] if place == len(weights) else cut
            left[name] -= own
            part[name] = (own * STEP).quantize(STEP)
        part["quantity_text"] = plain_amount(part["quantity"])
        own_part, of_all = plain_amount(weight * STEP), plain_amount(total * STEP)
        said = (
            f"share of {code}: {own_part} of {of_all} {_UNITS[bill.basis]} of a bill "
            f"of {row['quantity_text']} {row['unit_given']} for {group}, shared by {bill.basis.value.replace('_', ' ')}"
        )
        part["note"] = f"{row['note']}; {said}" if row.get("note") else said
        yield part, list(_terms(part, row, bill, (weight, total)))


def _terms(
    part: Mapping[str, Any], row: Mapping[str, Any], bill: _Bill, of: tuple[int, int]
) -> Iterator[dict[str, Any]]:
    basis = TermBasis.STATED.value
    source = {
        ShareBasis.FLOOR_AREA: "floor_m2 of the facility register", ShareBasis.HEADCOUNT: "metric headcount",
        ShareBasis.STATED: "stated in the file",
    }[bill.basis]  # fmt: skip
    for name, value, unit, where in (
        ("share_part", of[0] * STEP, _UNITS[bill.basis], source),
        ("share_whole", of[1] * STEP, _UNITS[bill.basis], source),
        ("shared_quantity", row["quantity"], row["unit_given"], "the bill"),
    ):
        yield {
            "source_line": row["source_line"], "facility_id": part["facility_id"],
            "activity_type": part["activity_type"], "period_start": part["period_start"],
            "name": name, "value": value, "unit": unit, "basis": basis, "source": where,
        }  # fmt: skip


def _as_terms(terms: list[dict[str, Any]], sheet: str | None) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "source_line": pl.Int64, "facility_id": pl.String, "activity_type": pl.String, "period_start": pl.Date,
        "name": pl.String, "value": pl.Decimal(18, 6), "unit": pl.String, "basis": pl.String, "source": pl.String,
    }  # fmt: skip
    return pl.DataFrame(terms, schema=schema).with_columns(pl.lit(sheet, pl.String).alias("sheet"))
