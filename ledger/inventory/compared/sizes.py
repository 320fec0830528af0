"""What makes one period differ between two sizes of the ledger, or two views: every cause, with its effects.

What came, went, was decided anew or stands otherwise is found by sets (the SQL files beside this one). A row that is on
side b alone is weighed by its choice and share there, one that was taken back by those of side a; of a row on both
sides, first the choice moves, then the share. So the parts of a figure add up to its difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.sql_text import filled
from ledger.inventory.boundaries.boundary import Boundary
from ledger.inventory.compared.comparison import Act, Cause, Stand, Version, figure_filters
from ledger.inventory.period import Period
from ledger.inventory.posted import amounts_sql, boundary_at_pins, counted_sql, make_parts, make_pins
from ledger.store import Session

_Place = tuple[tuple[Stand, ...] | None, tuple[Stand, ...] | None, int | None]
_VERSION = ("factor", "dataset", "edition", "version", "kg_per_unit", "gwp")
_CHOSEN = ("activity_type", "line", "method", "unit_given")
_VERSIONS = tuple(f"{when}_{name}" for when in ("old", "new") for name in _VERSION)


@dataclass(frozen=True, slots=True)
class Standpoint:
    """From where a period is looked at: a view, and a size of the ledger."""

    view: str
    size: int


def causes_between(s: Session, of: Period, a: Standpoint, b: Standpoint) -> tuple[Cause, ...]:
    """Every cause of the difference of a period from standpoint to standpoint, in kg CO2e and kWh.

    The ledger's growth is looked at from the smaller size; where ``b`` is that one, effects are turned round.
    """
    if a.size > b.size:
        return tuple(_turned(cause) for cause in causes_between(s, of, b, a))
    if a.view != b.view and a.size != b.size:
        between = Standpoint(a.view, b.size)
        return (*causes_between(s, of, a, between), *causes_between(s, of, between, b))
    sides = _make_moved(s, of, a, b)
    rows = _summed(s)
    places = [_places(s, row, sides, a, b) for row in rows]
    named = {row[name] for row in rows for name in ("batch", "restatement")} | {place[2] for place in places}
    acts = _acts(s, {batch for batch in named if batch is not None})
    return tuple(_cause(row, acts, place) for row, place in zip(rows, places, strict=True))


def _turned(cause: Cause) -> Cause:
    """The same cause seen from the other side."""
    effects = {measure: amount.copy_negate() for measure, amount in cause.effects.items()}
    return replace(cause, effects=effects, before=cause.after, after=cause.before)


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _make_moved(s: Session, of: Period, a: Standpoint, b: Standpoint) -> tuple[Boundary, Boundary]:
    """Temp tables `moved_a` and `moved_b`: what makes the difference, as each side's boundary counts it."""
    sides = []
    for name, side in (("a", a), ("b", b)):
        make_pins(s, of, side.view, side.size)
        sides.append(boundary_at_pins(s, of, side.view, side.size))
        make_parts(s, sides[-1], f"part_{name}")
        s.run(f"create or replace temp table pin_{name} as from pin")
    months = {"first": of.months[0], "last": of.months[-1]}
    s.run(_sql("side_pin"))
    bounds = {"start": of.start, "end": of.end, "size_a": a.size, "size_b": b.size, "view": b.view}
    s.run(_sql("restated_step"), bounds)
    _make_moved_places(s)
    s.run(_sql("moved_quantity"), months)
    make_moved_choices(
        s, *s.one("select min(least(pin_a, pin_b)), greatest($a, $b) from side_pin", {"a": a.size, "b": b.size})
    )
    words = {"amounts": amounts_sql("c.way * c.quantity"), "versions": ", ".join(_VERSIONS)}
    place = "boundary" if a.view == b.view else "view"
    s.run(filled(_sql("moved_posting"), words), {"size_a": a.size, "place": place})
    for name in ("a", "b"):
        s.run(f"create or replace temp view moved_side as from moved_posting where side = '{name}'")
        s.run(counted_sql(f"moved_{name}", "not b.left_out", "moved_side", f"part_{name}"))
    return sides[0], sides[1]


def make_moved_choices(s: Session, after: int, until: int) -> None:
    """Temp table `moved_choice`: what each batch after one and up to another decided anew, key by key."""
    s.run(_sql("moved_choice"), {"after": after, "until": until})


def _make_moved_places(s: Session) -> None:
    """Temp table `moved_place`: the months in which a company or facility counts otherwise on the two sides."""
    columns = "m.month, p.* exclude (first_month, last_month, entity, consolidation_group)"
    sides = [
        f"select {columns} from part_{name} p join (select distinct month from side_pin) m "
        "on m.month between p.first_month and p.last_month"
        for name in ("a", "b")
    ]
    s.run(
        "create or replace temp table moved_place as select distinct month, given_entity, facility_id from ("
        f"(({sides[0]}) except ({sides[1]})) union all (({sides[1]}) except ({sides[0]})))"
    )


def _summed(s: Session) -> list[dict[str, Any]]:
    """The causes with their effects, by the columns that tell them apart; those without effect left out."""
    figures = figure_filters()
    sums = ", ".join(f'sum({amount}) filter (where {where}) as "{name}"' for name, (amount, where) in figures.items())
    placed = "cause in ('boundary', 'view')"
    told = ", ".join(f"if(chosen, {name}, null) as {name}" for name in _CHOSEN)
    moved = ", ".join(f"case when {placed} then {name} end as {name}" for name in ("legal_entity_id", "facility_id"))
    own = ", ".join(("cause", "batch", "restatement", *_VERSIONS))
    return [
        row
        for row in s.arrow(
            f"select {own}, {told}, {moved}, {sums} "
            "from (select * from moved_a union all by name select * from moved_b) "
            "group by all order by all"
        ).to_pylist()
        if any(row[name] for name in figures)
    ]


def _acts(s: Session, batches: set[int]) -> dict[int, Act]:
    """The batches by number."""
    rows = s.rows(
        "select batch_no, kind, actor, role, recorded_at, source_name, reason from batch "
        "where list_contains(?, batch_no)",
        [sorted(batches)],
    )
    return {row[0]: Act(*row) for row in rows}


def _cause(row: Mapping[str, Any], acts: Mapping[int, Act], place: _Place) -> Cause:
    """A row of sums as the cause that it tells of; ``place`` says where something stood and stands, and since when."""
    stood, stands, batch = place
    within, restatement = row["cause"], row["restatement"]
    act = acts.get(row["batch"] if row["batch"] is not None else batch or 0)
    chosen = row["line"] is not None
    return Cause(
        reason=within if restatement is None else "restatement",
        within=within,
        effects={name: row[name] for name in figure_filters() if row[name]},
        act=act,
        restated=acts.get(restatement or 0),
        legal_entity_id=row["legal_entity_id"],
        facility_id=row["facility_id"],
        activity_type=row["activity_type"],
        line=row["line"],
        method=row["method"],
        unit=row["unit_given"],
        before=_version(row, "old") if chosen else stood,
        after=_version(row, "new") if chosen else stands,
    )


def _version(row: Mapping[str, Any], when: str) -> Version:
    return Version(*(row[f"{when}_{name}"] for name in _VERSION))


def _places(
    s: Session, row: Mapping[str, Any], sides: tuple[Boundary, Boundary], a: Standpoint, b: Standpoint
) -> _Place:
    """Where a company or facility stood and stands, and the batch that placed it so where one did."""
    if row["cause"] not in ("boundary", "view"):
        return None, None, None
    pair = (row["legal_entity_id"], row["facility_id"])
    stood, stands = (_standing(side, pair) for side in sides)
    return stood, stands, _placed_by(s, sides[1], pair, a.size, b.size)


def _standing(side: Boundary, pair: tuple[str | None, str | None]) -> tuple[Stand, ...]:
    """One stand for the whole period, or several where it changes within."""
    made: list[Stand] = []
    for span in side.spans:
        if (span.given_entity, span.facility_id) == pair:
            last = made[-1] if made else None
            if last is not None and (last.placement, last.share) == (span.placement, span.share):
                made[-1] = replace(last, last=span.end)
            else:
                made.append(Stand(span.placement, span.share, span.start, span.end))
    return tuple(made)


def _placed_by(s: Session, side: Boundary, pair: tuple[str | None, str | None], after: int, until: int) -> int | None:
    """The last batch between two sizes that says anything of a facility, else of its company, else of any holding."""
    company = next((span.legal_entity_id for span in side.spans if (span.given_entity, span.facility_id) == pair), None)
    row = s.one(
        "select coalesce(max(batch_no) filter (where facility = $facility), "
        "max(batch_no) filter (where company = $company), max(batch_no) filter (where facility is null)) from ("
        "select batch_no, facility_id as facility, null as company from facility union all "
        "select batch_no, null, legal_entity_id from legal_entity union all "
        "select batch_no, null, child from holding) where batch_no > $after and batch_no <= $until",
        {"facility": pair[1], "company": company, "after": after, "until": until},
    )
    return None if row[0] is None else int(row[0])
