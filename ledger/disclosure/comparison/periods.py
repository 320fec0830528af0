"""What makes two periods of like length differ, source by source: boundary, new and ended sources, use, factor.

The structure of the last day of the earlier side is laid over both periods first: what that moves is boundary. What is
left of a source is split as in :mod:`ledger.disclosure.changes`: the change in quantity at the earlier kg per unit, and
the rest, which the changed kg per unit did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.figures.changes import Pair, activity_effect
from ledger.disclosure.words.numbers import product
from ledger.disclosure.words.texts import day, text
from ledger.inventory.boundaries.structure import structure_at
from ledger.inventory.compared.comparison import Cause, figure_filters
from ledger.inventory.exact import exact_difference, exact_sum
from ledger.inventory.posted import make_posted

if TYPE_CHECKING:
    from ledger.inventory import Period
    from ledger.inventory.compared.sizes import Standpoint
    from ledger.store import Session

# Of each source and line, where it stands, what it rests on, its quantity in base units and each figure it is in.
_SOURCES = """
with measure as (select * from unit where batch_no = (select max(batch_no) from unit where batch_no <= $size)),
factor as (
    select factor_id, dataset, edition from emission_factor where batch_no <= $size
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select coalesce(facility_id, '') as facility_id, activity_type, scope, method, scope3_category, is_null, line,
       case when m.dimension = 'money' then unit_given else coalesce(m.base_unit, unit_given) end as unit,
       case when m.dimension = 'money' then '1' else coalesce(m.to_base, '1') end as to_base,
       list(distinct coalesce(p.instrument_id, f.dataset || ' ' || f.edition)) as basis,
       sum(sign * quantity)::decimal(38,6) as quantity, {figures}
from posted p left join measure m on m.unit = unit_given left join factor f using (factor_id)
where book = 'inventory' group by all order by all
"""
_Source = tuple[str, ...]
_Part = tuple[str | None, ...]


class _Sums:
    """The sums of one period: by source and part of it, quantity and amount of each figure; what each rests on."""

    def __init__(self) -> None:
        self.parts: dict[_Source, dict[_Part, dict[str, Pair]]] = defaultdict(lambda: defaultdict(dict))
        self.basis: dict[_Source, set[str]] = defaultdict(set)


def causes_of_periods(
    s: Session, periods: tuple[Period, Period], sides: tuple[Standpoint, Standpoint]
) -> tuple[Cause, ...]:
    """Every cause of the difference between two periods of like length, in kg CO2e and kWh."""
    last = min(periods, key=lambda of: of.start).end
    own, alike = [], []
    for of, side in zip(periods, sides, strict=True):
        own.append(_sums(s, of, side, None))
        alike.append(_sums(s, of, side, last))
    moved = _registered(s, periods, max(side.size for side in sides))
    made: list[Cause] = []
    for source in sorted({key for sums in (*own, *alike) for key in sums.parts}):
        made += _of_source(source, own, alike, moved)
    return tuple(made)


def _sums(s: Session, of: Period, side: Standpoint, structure_on: date | None) -> _Sums:
    make_posted(s, of, side.view, side.size, by_facility=True, structure_on=structure_on)
    figures = figure_filters()
    sums = ", ".join(f'sum({amount}) filter (where {where}) as "{name}"' for name, (amount, where) in figures.items())
    found = _Sums()
    for row in s.arrow(_SOURCES.format(figures=sums), {"size": side.size}).to_pylist():
        source = (row["facility_id"], row["activity_type"])
        quantity = product(row["quantity"], Decimal(row["to_base"]))
        part = tuple(str(row[name]) for name in ("scope", "method", "scope3_category", "is_null", "line", "unit"))
        held = found.parts[source][part]
        for name in figures:
            if row[name] is not None:
                before = held.get(name, (Decimal(0), Decimal(0)))
                held[name] = (exact_sum((before[0], quantity)), exact_sum((before[1], row[name])))
        found.basis[source].update(name for name in row["basis"] or () if name)
    return found


def _registered(s: Session, periods: tuple[Period, Period], size: int) -> Mapping[str, tuple[str, str]]:
    """The facilities that are registered in one of two periods alone: what to say of each side."""
    made = {}
    for facility, versions in structure_at(s, size).facilities.items():
        first, last = versions[0].valid_from, versions[-1].valid_to
        there = [not (first > of.end or (last is not None and last < of.start)) for of in periods]
        if there[0] != there[1]:
            began = last is None or first > min(of.end for of in periods)
            told = text("compare_from", day=day(first)) if began else text("compare_until", day=day(last or first))
            absent = text("compare_absent")
            made[facility] = (told if there[0] else absent, told if there[1] else absent)
    return made


def _of_source(
    source: _Source, own: list[_Sums], alike: list[_Sums], moved: Mapping[str, tuple[str, str]]
) -> list[Cause]:
    """The causes of one source, by what made it: boundary first, then all that is left of it."""
    facility, activity = source
    place: dict[str, Any] = {"facility_id": facility or None, "activity_type": activity}
    boundary = _boundary(source, own, alike)
    pairs = _pairs(source, alike)
    made = []
    if facility in moved:
        whole = _added(boundary, _differences(pairs))
        stood, stands = moved[facility]
        return [Cause("boundary", "boundary", whole, before=stood, after=stands, **place)] if whole else []
    if boundary:
        made.append(Cause("boundary", "boundary", boundary, **place))
    use, factor = _effects(pairs)
    first, second = (any(pair[side][0] for _, pair in pairs) for side in (0, 1))
    reason = "use" if first and second else "new_source" if second else "ended_source"
    before, after = (", ".join(sorted(sums.basis[source])) or None for sums in alike)
    if use:
        made.append(Cause(reason, reason, use, **place))
    if factor:
        made.append(Cause("per_unit", "per_unit", factor, before=before, after=after, **place))
    return made


def _amounts(sums: _Sums, source: _Source) -> dict[str, Decimal]:
    made: dict[str, Decimal] = {}
    for figures in sums.parts.get(source, {}).values():
        for name, (_, amount) in figures.items():
            made[name] = exact_sum((made.get(name, Decimal(0)), amount))
    return made


def _boundary(source: _Source, own: list[_Sums], alike: list[_Sums]) -> dict[str, Decimal]:
    """What the structure of one day, laid over both periods, takes away from their difference."""
    as_is, as_was = ([_amounts(sums, source) for sums in sides] for sides in (own, alike))
    names = {name for amounts in (*as_is, *as_was) for name in amounts}
    made = {}
    for name in names:
        moved = [exact_difference(is_.get(name, Decimal(0)), was.get(name, Decimal(0)))
                 for is_, was in zip(as_is, as_was, strict=True)]  # fmt: skip
        if kg := exact_difference(moved[1], moved[0]):
            made[name] = kg
    return made


def _pairs(source: _Source, alike: list[_Sums]) -> list[tuple[str, tuple[Pair, Pair]]]:
    """Of each part of a source and figure that it is in: quantity and amount before and after."""
    before, after = (sums.parts.get(source, {}) for sums in alike)
    nothing = (Decimal(0), Decimal(0))
    made = []
    for part in sorted({*before, *after}):
        old, new = before.get(part, {}), after.get(part, {})
        made += [(name, (old.get(name, nothing), new.get(name, nothing))) for name in sorted({*old, *new})]
    return made


def _differences(pairs: list[tuple[str, tuple[Pair, Pair]]]) -> dict[str, Decimal]:
    made: dict[str, Decimal] = {}
    for name, (old, new) in pairs:
        made[name] = exact_sum((made.get(name, Decimal(0)), exact_difference(new[1], old[1])))
    return {name: kg for name, kg in made.items() if kg}


def _added(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    made = {name: exact_sum((one.get(name, Decimal(0)), other.get(name, Decimal(0)))) for name in {*one, *other}}
    return {name: kg for name, kg in made.items() if kg}


def _effects(pairs: list[tuple[str, tuple[Pair, Pair]]]) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What the quantity did, and what the amount per unit did; both add up to the difference."""
    use: dict[str, Decimal] = {}
    for name, pair in pairs:
        use[name] = exact_sum((use.get(name, Decimal(0)), activity_effect(*pair)))
    whole = _differences(pairs)
    factor = {name: exact_difference(whole.get(name, Decimal(0)), kg) for name, kg in use.items()}
    return {name: kg for name, kg in use.items() if kg}, {name: kg for name, kg in factor.items() if kg}
