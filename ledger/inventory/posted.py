"""The posted sums of a period under a view, as a temp table that every figure is read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.calculation.sql_text import filled
from ledger.inventory.boundaries.boundary import Boundary, BoundarySpan, boundary
from ledger.inventory.boundaries.consolidation import VIEWS
from ledger.inventory.period import Period
from ledger.store import Session
from ledger.store.schema import amount_name
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

if TYPE_CHECKING:
    import pyarrow as pa

AMOUNTS = tuple(amount_name(name) for name in AMOUNTS_PER_UNIT)
"""The amounts of a posting: masses in kg, CO2e in kg, energy in kWh."""

INSIDE_ONLY = ("energy_kwh", "montreal_kg")
"""Amounts that are told of own operations alone: energy (ESRS E1, AR 32), and gases outside the scopes."""

__all__ = [
    "AMOUNTS", "VIEWS", "amounts_sql", "boundary_at_pins", "counted_sql", "make_parts", "make_pins",
    "make_posted", "make_posted_from_pins", "make_whole_posted", "shared_sql",
]  # fmt: skip


def shared_sql(amount: str, share: str) -> str:
    """SQL: an amount of 18 decimals times a share of 12, rounded once at the 18th, half away from zero.

    The product needs 30 decimals: whole and fraction are multiplied apart, and each product fits 38 digits.
    """
    whole = f"(trunc({amount})::decimal(20,0) * {share})::decimal(38,18)"
    fraction = f"(({amount} - trunc({amount}))::decimal(19,18) * {share})::decimal(38,18)"
    return f"({whole} + {fraction})"


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


@cache
def amounts_sql(quantity: str) -> str:
    """SQL: the exact sum of each amount, choices `c` times a quantity."""
    return ",\n       ".join(
        f"sum((c.sign * {quantity} * c.{name}::decimal(20,12))::decimal(38,18)) as {amount_name(name)}"
        for name in AMOUNTS_PER_UNIT
    )


@cache
def _posted_sql(facility: str, table: str) -> str:
    sql = filled(_sql("posted"), {"amounts": amounts_sql("h.quantity"), "facility": facility})
    return sql.replace("temp table posted as", f"temp table {table} as")


@cache
def counted_sql(name: str, left_out: str, source: str = "posted_full", part: str = "boundary_part") -> str:
    """SQL: temp table ``name``, what counts in a view of the sums in ``source``, by the boundary in ``part``."""
    amounts = []
    for amount in AMOUNTS:
        product = f"case when b.share = 1 then p.{amount} else {shared_sql(f'p.{amount}', 'b.share')} end"
        if amount in INSIDE_ONLY:
            product = f"case when b.scope3_category is null then {product} end"
        amounts.append(f"{product} as {amount}")
    quantity = shared_sql("p.quantity::decimal(38,18)", "b.share")
    words = {
        "name": name, "amounts": ",\n           ".join(amounts), "quantity": quantity, "left_out": left_out,
        "source": source, "part": part,
    }  # fmt: skip
    return filled(_sql("counted"), words)


def make_pins(s: Session, of: Period, view: str, size: int, *, released: Sequence[str] = (), floor: int = 0) -> None:
    """Make temp table `pin`: up to which batch each month of a period is read, as the ledger stood at ``size``.

    ``released`` names closed periods (:attr:`Life.key`) that are read as if they were open, which is what a restatement
    of them would give; with a ``floor`` closed months are read at that batch at the least.
    """
    bounds = {"start": of.start, "end": of.end, "first": of.months[0], "last": of.months[-1]}
    s.run(_sql("pin"), {**bounds, "size": size, "view": view, "released": list(released), "floor": floor})


def make_posted(
    s: Session,
    of: Period,
    view: str,
    size: int,
    *,
    by_facility: bool,
    by_entity: bool = False,
    structure_on: date | None = None,
    released: Sequence[str] = (),
    floor: int = 0,
) -> Boundary:
    """Make temp tables `pin` and `posted` for a period under a view, as the ledger stood at ``size`` batches.

    With ``by_facility`` each facility has rows of its own; without, they are summed first where every posting
    counts whole and in place (faster). Otherwise, and with ``by_entity``, rows also carry the company of the
    facility (`entity`), `consolidation_group`, `placement` and `share`, and table `left_out` holds what excluded
    facilities would count. Gives the boundary; ``structure_on`` takes the structure of that day for every day.
    ``released`` and ``floor`` are those of :func:`make_pins`.
    """
    make_pins(s, of, view, size, released=released, floor=floor)
    return make_posted_from_pins(
        s, of, view, size, by_facility=by_facility, by_entity=by_entity, structure_on=structure_on
    )


def make_posted_from_pins(
    s: Session,
    of: Period,
    view: str,
    size: int,
    *,
    by_facility: bool,
    by_entity: bool = False,
    structure_on: date | None = None,
) -> Boundary:
    """Make temp table `posted` as :func:`make_posted` does, from the pins that temp table `pin` holds."""
    bounds = {"first": of.months[0], "last": of.months[-1]}
    found = boundary_at_pins(s, of, view, size, structure_on=structure_on)
    if found.is_whole and not by_entity:
        s.run(_posted_sql("t.facility_id" if by_facility else "null::varchar", "posted"), bounds)
        return found
    s.run(_posted_sql("t.facility_id", "posted_full"), bounds)
    make_parts(s, found)
    s.run(counted_sql("posted", "not b.left_out"))
    if found.has_exclusions:
        s.run(counted_sql("left_out", "b.left_out"))
    return found


def make_whole_posted(s: Session, of: Period, view: str, size: int, *, released: Sequence[str] = ()) -> None:
    """Make temp tables `pin` and `posted` with every facility whole, as posted, whatever share a view takes of it."""
    make_pins(s, of, view, size, released=released)
    s.run(_posted_sql("t.facility_id", "posted"), {"first": of.months[0], "last": of.months[-1]})


def boundary_at_pins(
    s: Session, of: Period, view: str, size: int, *, structure_on: date | None = None
) -> Boundary:
    """The boundary of a view, each month by holdings, companies and facilities as they were known at its pin.

    Temp table `pin` must be there. What is recorded later of a closed month's structure waits for a restatement, as
    rows do; ``structure_on`` asks for the structure of a day as it is known at ``size``.
    """
    pins = dict(s.rows("select month, max(pin) from pin group by month"))
    sizes = [size if structure_on else min(int(pins.get(month, size)), size) for month in of.months]
    if len(set(sizes)) == 1:
        return boundary(s, of, view, sizes[0], structure_on=structure_on)
    spans: list[BoundarySpan] = []
    used: frozenset[tuple[str | None, str | None]] = frozenset()
    for place, month in enumerate(of.months):
        if place and sizes[place] == sizes[place - 1]:
            continue
        after = next((n for n in range(place, len(sizes)) if sizes[n] != sizes[place]), len(sizes))
        end = of.end if after == len(sizes) else of.months[after] - timedelta(days=1)
        found = boundary(s, Period(max(month, of.start), end, of.label), view, sizes[place])
        used |= found.used
        spans += found.spans
    return Boundary(view, of, tuple(_joined(spans)), used)


def _joined(spans: list[BoundarySpan]) -> list[BoundarySpan]:
    """Spans of one company and facility that follow each other and differ in their days alone, as one."""
    made: dict[tuple[str, str], list[BoundarySpan]] = {}
    for span in spans:
        own = made.setdefault((span.given_entity or "", span.facility_id or ""), [])
        if own and replace(own[-1], start=span.start, end=span.end) == span:
            own[-1] = replace(own[-1], end=span.end)
        else:
            own.append(span)
    return [span for _, own in sorted(made.items()) for span in own]


def make_parts(s: Session, found: Boundary, name: str = "boundary_part") -> None:
    """Make temp table ``name``: what counts of each company given and facility, where, and at which share."""
    with s.given(given_part=_part_table(found)):
        s.run(f"create or replace temp table {name} as select * from given_part")


def _part_table(found: Boundary) -> pa.Table:
    import pyarrow as pa

    shape = pa.schema(
        [
            ("given_entity", pa.string()), ("facility_id", pa.string()), ("first_month", pa.date32()),
            ("last_month", pa.date32()), ("applies", pa.string()), ("placement", pa.string()),
            ("scope3_category", pa.int32()), ("iso_category", pa.string()), ("entity", pa.string()),
            ("consolidation_group", pa.string()), ("left_out", pa.bool_()), ("share", pa.decimal128(13, 12)),
        ]
    )  # fmt: skip
    parts = found.parts()
    columns: list[Any] = [pa.array([getattr(part, f.name) for part in parts], f.type) for f in shape]
    return pa.table(columns, schema=shape)
