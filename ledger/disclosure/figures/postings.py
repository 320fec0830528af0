"""The postings of a period as the workbook shows them: one row each, or per key, facility and month.

``total_co2e_kg`` = sign × quantity × ``co2e_kg_per_unit`` × ``share``, the share of the view; likewise each gas, whose
kg per unit stands in the same row, so that every total of the workbook can be recomputed from this table alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.inventory import posting_lines

if TYPE_CHECKING:
    import pyarrow as pa

    from ledger.inventory import Period
    from ledger.store import Session

LIMIT = 100_000
GASES = ("co2", "ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3", "unsplit")
GAS_COLUMNS = (
    "co2_kg_per_unit",
    "ch4_co2e_kg_per_unit",
    "n2o_co2e_kg_per_unit",
    "hfcs_co2e_kg_per_unit",
    "pfcs_co2e_kg_per_unit",
    "sf6_co2e_kg_per_unit",
    "nf3_co2e_kg_per_unit",
    "unsplit_co2e_kg_per_unit",
)
KEPT_WHEN_GROUPED = (
    "choice_entry", "facility_id", "month", "activity_type", "unit", "book", "method", "line", "scope",
    "scope3_category", "sub_line", "instrument_id", "factor_id", "dataset", "licence", "source_cell", "reason_code",
    "flags", "gwp_set", "sign", "share", "placement", "co2e_kg_per_unit", "energy_source", *GAS_COLUMNS,
    "biogenic_co2_kg_per_unit",
)  # fmt: skip


def posting_table(s: Session, of: Period, view: str, size: int) -> tuple[pa.Table, bool]:
    """The postings of the inventory's books, with kg of each gas per unit, and whether they are grouped.

    Over 100,000 postings they are summed per choice, facility and month (exact: the products fold).
    """
    lines = posting_lines(s, of, view, size)
    per_unit = s.arrow(
        f"select 'B' || batch_no || '-' || seq as choice_entry, {', '.join(GAS_COLUMNS)}, biogenic_co2_kg_per_unit "
        "from choice where batch_no <= ? order by batch_no, seq",
        [size],
    )
    return table_of(joined(lines, per_unit))


def table_of(lines: pa.Table, limit: int = LIMIT) -> tuple[pa.Table, bool]:
    """The lines as they are, or grouped where there are more than ``limit``."""
    return (lines, False) if lines.num_rows <= limit else (grouped(lines), True)


def joined(lines: pa.Table, per_unit: pa.Table) -> pa.Table:
    """The lines with the gases of their choice beside them, in the order of the lines."""
    import pyarrow.compute as pc

    places = pc.index_in(lines["choice_entry"], value_set=per_unit["choice_entry"])
    for name in per_unit.column_names:
        if name != "choice_entry":
            lines = lines.append_column(name, per_unit[name].take(places))
    return lines


def grouped(lines: pa.Table) -> pa.Table:
    """Quantities, kg and kWh summed per choice, facility and month; the count of rows in ``postings``."""
    kept = [name for name in KEPT_WHEN_GROUPED if name in lines.column_names]
    amounts = ("quantity", "total_co2e_kg", "energy_kwh")
    sums: list[tuple[Any, str]] = [*((name, "sum") for name in amounts), ([], "count_all")]
    made = lines.group_by(kept, use_threads=False).aggregate(sums)
    named = {f"{name}_sum": name for name in amounts} | {"count_all": "postings"}
    made = made.rename_columns([named.get(name, name) for name in made.column_names])
    order = ("month", "facility_id", "activity_type", "line", "method", "choice_entry", "instrument_id")
    return made.sort_by([(name, "ascending") for name in order])
