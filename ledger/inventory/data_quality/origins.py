"""How the rows of a period came to the ledger: metered, shared, out of wide tables, or stated for an earlier year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger import units
from ledger.inventory.period import Period
from ledger.store import Session, latest_checkpoint

_STANDING = """
    a.batch_no <= $at and a.period_start <= $last and a.period_end >= $first and a.reverses_batch is null
    and not exists (select 1 from activity r
                    where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq and r.batch_no <= $at)
"""


@dataclass(frozen=True, slots=True)
class StatedYear:
    """Emissions that were stated for one year, in kg CO2e as stated; the method is in the activity type of Scope 2.

    ``files`` are the files that stated them, ``rows`` how many rows did.
    """

    year: int
    activity_type: str
    stated_kg: Decimal
    rows: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origins:
    """Standing rows of activity that touch a period, by how they came about; a row may be of several.

    ``metered`` follow from two readings of a meter, ``metered_estimated`` of them from an estimated one, ``shared`` are
    parts of a bill of several facilities, ``from_cells`` were one cell of a wide table each; ``stated`` are the
    onboarding history.
    """

    rows: int
    metered: int
    metered_estimated: int
    shared: int
    from_cells: int
    stated: tuple[StatedYear, ...]


def origins(s: Session, of: Period, at: int | None = None) -> Origins:
    """How the rows of a period came about, as the ledger stands or stood at a number of batches."""
    size = latest_checkpoint(s, at).size
    named = {"first": of.start, "last": of.end, "at": size}
    counts = s.one(
        f"""
        with term as (
            select activity_batch, activity_seq, bool_or(name = 'reading_end') as metered,
                   bool_or(name = 'reading_end' or name = 'reading_start') and bool_or(
                       name in ('reading_end', 'reading_start') and basis = 'estimated') as estimated,
                   bool_or(name = 'shared_quantity') as shared
            from activity_parameter group by all
        )
        select count(*), count(*) filter (where t.metered), count(*) filter (where t.metered and t.estimated),
               count(*) filter (where t.shared),
               count(*) filter (where json_extract_string(a.tags, '$.source_column') is not null)
        from activity a left join term t on t.activity_batch = a.batch_no and t.activity_seq = a.seq
        where {_STANDING}
        """,
        named,
    )
    rows, metered, estimated, shared, from_cells = (int(count) for count in counts)
    return Origins(rows, metered, estimated, shared, from_cells, _stated(s, named))


def _stated(s: Session, named: dict[str, object]) -> tuple[StatedYear, ...]:
    """The onboarding history of the years that the period touches."""
    rows = s.rows(
        f"""
        select year(a.period_start), a.activity_type, a.unit_given, sum(a.quantity)::decimal(38,6), count(*),
               list_sort(list(distinct b.source_name))
        from activity a join batch b on b.batch_no = a.batch_no
        where json_extract_string(a.tags, '$.onboarding') = 'history' and {_STANDING}
        group by all order by 1, 2, 3
        """,
        named,
    )
    found: dict[tuple[int, str], StatedYear] = {}
    for year, kind, unit, quantity, count, files in rows:
        before = found.get((year, kind))
        kg = quantity * units.conversion(unit, "kgCO2e") + (before.stated_kg if before else 0)
        names = tuple(sorted({*(before.files if before else ()), *files}))
        found[year, kind] = StatedYear(int(year), kind, kg, int(count) + (before.rows if before else 0), names)
    return tuple(found.values())
