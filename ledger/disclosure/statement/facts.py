"""The facts of a tagged statement: which cell of which table is which concept, of which days, under which members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ledger.disclosure.figures.record import QuarterlyFigures
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.statement.tables import ENERGY_ROWS, target_years
from ledger.disclosure.statement.taxonomy import Taxonomy
from ledger.disclosure.tables.emissions import GASES
from ledger.disclosure.tables.periods import restated_lines
from ledger.disclosure.tables.table import Cell, Table
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text
from ledger.inventory import Inventory
from ledger.inventory.figure import figure

DECIMALS = {"ghgEmissions": 1, "energy": 1, "percent": 3}
"""Digits after the point of a fact in its unit (t CO2e, MWh, a ratio): those that people are shown."""
_UNITS = {"ghgEmissions": "tCO2e", "energy": "MWh", "percent": "pure"}
Place = tuple[str, int, int]
"""A cell: key of its table, row, column."""


@dataclass(frozen=True, slots=True)
class Context:
    """The days that a fact is of, inclusive, and the members it stands under, by axis."""

    start: date
    end: date
    members: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """A name for it that XML takes."""
        told = "_".join(member for _, member in self.members)
        return f"c_{self.start:%Y%m%d}_{self.end:%Y%m%d}" + (f"_{told}" if told else "")


@dataclass(frozen=True, slots=True)
class Fact:
    """A tagged value: the concept's local name, its value in kg, kWh or as a ratio, its unit and its context."""

    element: str
    item_type: str
    value: Decimal
    context: Context

    @property
    def unit(self) -> str:
        """The id of its unit."""
        return _UNITS[self.item_type]

    @property
    def decimals(self) -> int:
        """How many digits after the point the value is right to."""
        return DECIMALS[self.item_type]

    @property
    def shown(self) -> str:
        """The digits as they stand between the tags, without sign: tonnes, MWh or per cent, commas in thousands."""
        value = self.value if self.item_type == "percent" else numbers.thousandth(self.value)
        if self.item_type == "percent":
            return format(numbers.rounded(value, self.decimals).scaleb(2).copy_abs(), f",.{self.decimals - 2}f")
        return format(numbers.rounded(value, self.decimals).copy_abs(), f",.{self.decimals}f")

    @property
    def negative(self) -> bool:
        """Whether a minus belongs before it."""
        return self.value < 0


def statement_facts(statement: Statement, tables: Mapping[str, Table], names: Taxonomy) -> dict[Place, Fact]:
    """Every cell that the taxonomy has a concept for, with its fact; cells without a value are no facts."""
    found: dict[Place, Fact] = {}
    for place, cell, element, context in _tagged(statement, tables, names):
        held = names.elements.get(element)
        if held is not None and cell.value is not None:
            found[place] = Fact(held.name, held.item_type, cell.value, context)
    return found


Tagged = Iterator[tuple[Place, Cell, str, Context]]


def _tagged(statement: Statement, tables: Mapping[str, Table], names: Taxonomy) -> Tagged:
    figures = statement.figures
    if "esrs_emissions" in tables:
        yield from _emissions(figures, tables["esrs_emissions"], names)
    if "energy_mix" in tables:
        yield from _energy(statement, tables["energy_mix"])
    if "split" in tables:
        yield from _split(figures, tables["split"], names)
    if "gases" in tables:
        yield from _gases(figures, tables["gases"], names)
    if "restatements" in tables:
        yield from _restated(figures, tables["restatements"], names)


def _days(inventory: Inventory, *members: tuple[str, str] | None) -> Context:
    return Context(inventory.period.start, inventory.period.end, tuple(one for one in members if one is not None))


def _member(names: Taxonomy, name: str) -> tuple[str, str] | None:
    held = names.members.get(name)
    return None if held is None else (held.axis, held.name)


def _emissions(figures: QuarterlyFigures, table: Table, names: Taxonomy) -> Tagged:
    """The columns of AR 48: base year, comparative, year, change, then a column a target year, and the pace."""
    years = target_years(figures)
    for line, row in enumerate(table.rows):
        if row.kind == "group":
            continue
        element, category = _concept(row.cells)
        if not element:
            continue
        of = [] if category is None else [_member(names, f"category/{category}")]
        if None in of:
            continue
        base, now = figures.base_year, figures.current
        before = None if figures.comparative_is_partial else figures.comparative
        if base is not None:
            yield ("esrs_emissions", line, 1), row.cells[1], element, _days(base, _member(names, "base_year"), *of)
        if before is not None:
            yield ("esrs_emissions", line, 2), row.cells[2], element, _days(before, *of)
        yield ("esrs_emissions", line, 3), row.cells[3], element, _days(now, *of)
        for place, year in enumerate(years, 5):
            target = _member(names, f"target_year/{year}") or _member(names, "target_year")
            yield ("esrs_emissions", line, place), row.cells[place], element, _target_days(now, year, target, of)


def _concept(cells: tuple[Cell, ...]) -> tuple[str, str | None]:
    """What a row is of: the measure and the category that the figure of the reported year names."""
    if cells[0].text == text("ets_share"):
        return "ets_share", None
    if cells[3].figure is None:
        return "", None
    named = figure(cells[3].figure)
    return named.measure, named.cuts.get("category") or named.cuts.get("sub_line")


def _target_days(
    now: Inventory, year: int, target: tuple[str, str] | None, of: list[tuple[str, str] | None]
) -> Context:
    """The days of a target year: those of the reported year, moved."""
    start, end = now.period.start, now.period.end + timedelta(days=1)  # the day after, which every year has
    moved = end.replace(year=year + end.year - start.year) - timedelta(days=1)
    members = tuple(one for one in (target, *of) if one is not None)
    return Context(start.replace(year=year), moved, members)


def _energy(statement: Statement, table: Table) -> Tagged:
    figures = statement.figures
    now, before = figures.current, None if figures.comparative_is_partial else figures.comparative
    for line, (row, (name, *_)) in enumerate(zip(table.rows[: len(ENERGY_ROWS)], ENERGY_ROWS, strict=True)):
        if before is not None:
            yield ("energy_mix", line, 1), row.cells[1], name, _days(before)
        yield ("energy_mix", line, 2), row.cells[2], name, _days(now)
        yield ("energy_mix", line, 3), row.cells[3], f"{name}/share", _days(now)


def _split(figures: QuarterlyFigures, table: Table, names: Taxonomy) -> Tagged:
    measures = ("scope_1", "scope_2_location", "scope_2_market")
    for line, (part, row) in enumerate(zip(figures.current.split or {}, table.rows, strict=True)):
        for place, measure in enumerate(measures, 1):
            member = _member(names, f"group/{part}")
            if member is not None:
                yield ("split", line, place), row.cells[place], measure, _days(figures.current, member)


def _gases(figures: QuarterlyFigures, table: Table, names: Taxonomy) -> Tagged:
    for line, (gas, row) in enumerate(zip((*GASES, "unsplit"), table.rows[:-1], strict=True)):
        member = _member(names, f"gas/{gas}")
        if member is not None:
            yield ("gases", line, 2), row.cells[2], "total_location", _days(figures.current, member)
            yield ("gases", line, 4), row.cells[4], "total_market", _days(figures.current, member)


def _restated(figures: QuarterlyFigures, table: Table, names: Taxonomy) -> Tagged:
    """What the reported period said before it was last restated: the figures as stated, under their own member."""
    now, line, held = figures.current, 0, []
    for told in figures.restatements:
        span = (told.period.start, told.period.end)
        places = [(line + place, moved.measure) for place, moved in enumerate(restated_lines(told))]
        line += len(places)
        if span == (now.period.start, now.period.end) and told.figures_view == now.view:
            held = places
    member = _member(names, "previously_stated")
    for place, measure in held if member is not None and line == len(table.rows) else ():
        yield ("restatements", place, 2), table.rows[place].cells[2], measure, _days(now, member)
