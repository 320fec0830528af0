"""Provider statements that the ledger has already: the same are passed over, others are told and refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import polars as pl

from ledger import units
from ledger.intake.ai_files.amounts import number
from ledger.intake.ai_files.form import Made
from ledger.intake.ai_files.statements import COUNTED, OTHER
from ledger.intake.faults import Faults
from ledger.store import Session, session

Statements = Callable[[pl.Series], pl.DataFrame]
"""Gives what the ledger holds of the providers and first days of some external ids."""

_HELD = f"""
select a.external_id, 'B' || a.batch_no || '-' || a.seq as entry, a.quantity::varchar as quantity, a.unit_given,
       a.activity_type as held_type
from activity a
where a.activity_type in ('{COUNTED}', '{OTHER}') and a.reverses_batch is null
  and (split_part(a.external_id, '/', 1), split_part(a.external_id, '/', 2)) in
      (select split_part(external_id, '/', 1), split_part(external_id, '/', 2) from wanted)
  and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
order by a.batch_no, a.seq
"""


def statements_of(path: Path) -> Statements:
    """A look into a ledger, opened only where a file of a provider is read."""

    def looked_up(ids: pl.Series) -> pl.DataFrame:
        with session(path) as s:
            return held_statements(s, ids)

    return looked_up


def held_statements(s: Session, ids: pl.Series) -> pl.DataFrame:
    """Statements that stand, of the same providers and first days: external id, entry, amount, unit and type."""
    with s.given(wanted=ids.rename("external_id").to_frame().to_arrow()):
        rows = s.rows(_HELD)
    names = ("external_id", "entry", "quantity", "unit_given", "held_type")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def without_held(made: Made, statements: Statements | None, faults: Faults) -> Made:
    """The rows that the ledger does not have; findings for those it has with another figure or by another report."""
    if statements is None or made.kind != "activity" or "external_id" not in made.rows.columns:
        return made
    held = statements(made.rows["external_id"].drop_nulls().unique())
    if not held.height:
        return made
    both = made.rows.join(held.unique("external_id", keep="last"), on="external_id", how="left", maintain_order="left")
    is_same = pl.Series([
        _kg(row["quantity"], row["unit"]) == _kg(row["quantity_right"], row["unit_given"])
        for row in both.iter_rows(named=True)
    ], dtype=pl.Boolean)  # fmt: skip
    there = both["entry"].is_not_null()
    turned = both.filter(there & (pl.col("held_type") != pl.col("activity_type")))
    told = turned.select("source_line", "entry").unique("source_line", maintain_order=True)
    faults.add_rows("statement-basis-changed", told, None)
    changed = both.filter(there & ~is_same)
    told = changed.select("source_line", "entry", "unit", pl.col("quantity").alias("value"),
                          (pl.col("quantity_right").str.strip_chars_end("0").str.strip_suffix(".") + " "
                           + pl.col("unit_given")).alias("held"))  # fmt: skip
    faults.add_rows("statement-changed", told, made.led.get("quantity"))
    if (count := both.filter(there & is_same).height):
        faults.add("statement-recorded-before", count=count)
    fresh = made.rows.filter(~there)
    _tell_overlap(fresh, held, made, faults)
    return Made(made.kind, fresh, made.led)


def _tell_overlap(fresh: pl.DataFrame, held: pl.DataFrame, made: Made, faults: Faults) -> None:
    """The same provider's figures of the same days in a report of another kind: both would count."""

    def report(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        parts = pl.col("external_id").str.split("/")
        names = {place: parts.list.get(place, null_on_oob=True).alias(f"id{place}") for place in range(3)}
        return frame.select(*columns, *names.values())

    other = report(held, "entry").unique(["id0", "id1", "id2"], keep="first")
    pairs = report(fresh, "source_line").join(other, on=["id0", "id1"], maintain_order="left")
    apart = pairs.filter(pl.col("id2") != pl.col("id2_right")).unique("source_line", maintain_order=True)
    told = apart.select("source_line", "entry", pl.col("id2").alias("value"), pl.col("id2_right").alias("other"))
    faults.add_rows("statement-overlaps", told, made.led.get("period_start"))


def _kg(amount: str | None, unit: str | None) -> Fraction | None:
    value = number(amount)
    known = units.table().get(unit or "")
    return None if value is None or known is None else Fraction(value) * known.to_base
