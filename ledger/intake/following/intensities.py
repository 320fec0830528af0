"""Intensities of grids that the ledger has already: the same are passed over, others become a new revision.

Publishers revise what they measured, and flag late what they had estimated. A value that was used stays: the later one
is a row of its own with the next revision, and counts from its batch on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from ledger.store import Session
from schemas.frame import dtype_of
from schemas.kinds import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

# A value is of one publisher: of what stands before the first comma of its source. How it estimated stands after it.
_NEWEST = """
with wanted as (
    select distinct zone, split_part(source, ',', 1) as publisher from given_intensity
),
held as (
    select h.*, split_part(h.source, ',', 1) as publisher from grid_intensity h
    where (h.zone, split_part(h.source, ',', 1)) in (select zone, publisher from wanted)
      and h.start_utc between (select min(start_utc) from given_intensity)
                          and (select max(start_utc) from given_intensity)
),
counted as (
    select *, split_part(source, ',', 1) as publisher,
           revision < max(revision) over (partition by zone, start_utc, seconds, signal_kind, issued_at, signal,
                                          signal_basis, split_part(source, ',', 1)) as is_earlier
    from given_intensity
)
select g.seq, case when g.is_earlier then g.revision else h.revision + 1 end as next,
       'B' || h.batch_no || '-' || h.seq as entry, h.intensity_g_per_kwh::varchar as held,
       h.intensity_g_per_kwh = g.intensity_g_per_kwh and h.estimated = g.estimated
       and (g.carbon_free_share is null or g.carbon_free_share is not distinct from h.carbon_free_share)
       and (g.renewable_share is null or g.renewable_share is not distinct from h.renewable_share) as is_alike
from counted g
join held h on h.zone = g.zone and h.start_utc = g.start_utc and h.seconds = g.seconds
     and h.signal_kind = g.signal_kind and h.issued_at is not distinct from g.issued_at and h.signal = g.signal
     and h.signal_basis = g.signal_basis and h.publisher = g.publisher
     and (not g.is_earlier or h.revision = g.revision)
qualify row_number() over (partition by g.seq order by h.revision desc, h.batch_no desc, h.seq desc) = 1
"""


@dataclass(frozen=True, slots=True)
class Revised:
    """A value that differs from the newest held: its line in the file, the entry held, and both values in g/kWh."""

    sheet: str | None
    line: int | None
    entry: str
    held: str
    value: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """The rows that are new or differ, those with their next revision.

    ``alike`` and ``revised`` say how many are held alike and how many with another value; ``first`` is one of these.
    """

    rows: pl.DataFrame
    alike: int
    revised: int
    first: Revised | None


def fresh_intensities(s: Session, frame: pl.DataFrame) -> Fresh:
    """Hold typed rows of `grid_intensity` against the ledger's, as one set.

    A share that a file does not have makes no difference. Of rows that state their revisions the last is held against
    the newest, earlier ones against their own.
    """
    kind = KINDS["grid_intensity"]
    lacking = [name for name in kind.columns if name not in frame.columns]
    whole = frame.with_columns(pl.lit(None, dtype_of(kind.column(name))).alias(name) for name in lacking)
    with s.given(given_intensity=whole.to_arrow()):
        found = pl.DataFrame(s.arrow(_NEWEST)).with_columns(pl.col("is_alike").fill_null(value=False))
    other = frame.join(found, on="seq", how="left", maintain_order="left").filter(~pl.col("is_alike"))
    alike = found.filter("is_alike")["seq"].implode()
    rows = (
        frame.filter(~pl.col("seq").is_in(alike))
        .join(found.select("seq", "next"), on="seq", how="left", maintain_order="left")
        .with_columns(pl.max_horizontal("revision", pl.col("next").cast(pl.Int32)).alias("revision"))
        .drop("next")
    )
    return Fresh(rows, found.filter("is_alike").height, other.height, _first(other))


def frame_of(rows: pa.Table) -> pl.DataFrame:
    """Rows that no upload made, numbered as such would be; their lines are not known."""
    frame = pl.DataFrame(rows).with_row_index("seq", offset=1)
    return frame.with_columns(pl.col("seq").cast(pl.Int32), pl.lit(None, pl.Int32).alias("source_line"))


def _first(other: pl.DataFrame) -> Revised | None:
    if not other.height:
        return None
    row = other.row(0, named=True)
    held, value = (format(Decimal(row[name]).normalize(), "f") for name in ("held", "intensity_g_per_kwh"))
    return Revised(row.get("sheet"), row["source_line"], row["entry"], held, value)
