"""The tables of the inventory: scopes with both methods beside each other, cuts, gases, energy, what stands apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.words import numbers
from ledger.inventory.exact import exact_sum
from ledger.plain import grouped_amount
from ledger.web.explore.parts import at_most, lines_link
from ledger.web.frame.charts import Drawn, drawn
from ledger.web.frame.here import Here
from ledger.web.frame.links import figure_link
from ledger.web.frame.measures import NOT_ADDED, measure_columns
from ledger.web.frame.rendering import span
from ledger.web.frame.tables import NOT_QUANTIFIED, Column, Linked, Row, Table
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.inventory import Inventory
    from ledger.inventory.scope3 import Category

BY = (
    ("facility", "facility"), ("legal_entity", "legal entity"), ("category", "Scope 3 category"), ("gas", "gas"),
    ("month", "month"), ("activity_type", "activity type"), ("source_type", "source type"), ("country", "country"),
    ("scope", "scope"), ("tag", "a tag"),
)  # fmt: skip


def inventory_table(here: Here, now: Inventory, before: Inventory) -> Table:
    """Scopes, the fifteen categories, totals: location- and market-based beside each other, against the year before."""
    label = span(before.period)
    columns = (
        Column("what", ""), Column("location", "Location-based", "tonnes"), Column("market", "Market-based", "tonnes"),
        Column("before_location", f"{label}, location-based", "tonnes"),
        Column("before_market", f"{label}, market-based", "tonnes"),
        Column("change_location", "Change, location-based", "percent", signed=True),
        Column("change_market", "Change, market-based", "percent", signed=True), Column("note", "", unknown=""),
    )  # fmt: skip
    rows = [_measure_row(here, now, before, "Scope 1", ("scope_1", "scope_1"), "1")]
    rows.append(_measure_row(here, now, before, "Scope 2", ("scope_2_location", "scope_2_market"), "2"))
    rows.append(_measure_row(here, now, before, "Scope 3", ("scope_3", "scope_3"), "3"))
    overview = here.read("scope3", here.period, view=here.view, at=now.checkpoint.size)
    for category in overview.categories:
        rows.append(_category_row(here, now, before, category))
        if category.rule.number == 1 and (kg := now.sub_lines.get("1.1")) is not None:
            cells = _cells(here, now, before, (kg, before.sub_lines.get("1.1")), sub_line="1.1")
            rows.append(Row({"what": "of which 1.1 Cloud and data centre services", **cells}, "sub"))
    rows.append(_measure_row(here, now, before, "Total", ("total_location", "total_market"), "", look="total"))
    return Table("inventory", "Inventory", columns, rows, NOT_ADDED)


def compared(table: Table, before: Inventory, is_part: bool) -> Table:
    """A table without its changes, and with the reason, where the data of the year before begin later than these."""
    if not is_part or before.total_location is None:
        return table
    rows = [
        Row({key: value for key, value in row.cells.items() if not key.startswith("change")}, row.look)
        for row in table.rows
    ]
    note = f"{table.note} The data of {span(before.period)} begin later in the year: no change is told against a part."
    return replace(table, rows=rows, note=note)


def _measure_row(
    here: Here, now: Inventory, before: Inventory, name: str, measures: tuple[str, str], scope: str, look: str = ""
) -> Row:
    gaps = sum(gap.rows for gap in now.not_quantified if scope in ("", gap.scope))
    cells: dict[str, Any] = {"what": name, "note": _gap_note(here, gaps, scope) if scope else None}
    for basis, measure in zip(("location", "market"), measures, strict=True):
        value, was = getattr(now, measure), getattr(before, measure)
        cells[basis] = _figure(here, now, value, measure, is_gap=bool(gaps))
        cells[f"before_{basis}"] = figure_link(here, before, measure, was)
        cells[f"change_{basis}"] = numbers.change_ratio(value, was)
    return Row(cells, look)


def _category_row(here: Here, now: Inventory, before: Inventory, category: Category) -> Row:
    number, gaps = category.rule.number, sum(gap.rows for gap in category.not_quantified)
    cells = _cells(
        here, now, before, (category.kg, before.scope_3_categories.get(number)), is_gap=bool(gaps), category=number
    )  # fmt: skip
    note: Any = _gap_note(here, gaps, "3", category=number)
    if category.screening is not None and category.screening.status not in {"included", "quantified"}:
        note = f"{category.screening.status.replace('_', ' ')}: {category.screening.why}"
    elif note is None and category.kg is None:
        note = category.status.replace("_", " ")
    return Row({"what": f"{number} {category.rule.name}", "note": note, **cells}, "sub")


def _cells(
    here: Here, now: Inventory, before: Inventory, kg: tuple[Decimal | None, Decimal | None], *, is_gap: bool = False,
    **cut: Any,
) -> dict[str, Any]:  # fmt: skip
    """The same amount under both methods, as of Scope 3, now and the year before."""
    value = _figure(here, now, kg[0], "scope_3", is_gap=is_gap, **cut)
    was = _figure(here, before, kg[1], "scope_3", **cut)
    change = numbers.change_ratio(*kg)
    return {
        "location": value, "market": value, "before_location": was, "before_market": was, "change_location": change,
        "change_market": change,
    }  # fmt: skip


def _figure(
    here: Here, now: Inventory, kg: Decimal | None, measure: str, *, is_gap: bool = False, **cut: Any
) -> Linked | None:
    """A number that leads to its figure; what is missing leads to why."""
    if kg is None:
        return Linked(NOT_QUANTIFIED, here.link("/explore/not-quantified")) if is_gap else None
    return figure_link(here, now, measure, kg, **cut)


def _gap_note(here: Here, gaps: int, scope: str, **cut: Any) -> Linked | None:
    if not gaps:
        return None
    lines = "line is" if gaps == 1 else "lines are"
    href = here.link("/explore/not-quantified", scope=scope, **cut)
    return Linked(f"{grouped_amount(gaps)} {lines} not quantified", href)


def cut_table(here: Here, now: Inventory, by: str, lines: Sequence[Mapping[str, Any]]) -> Table:
    """The four measures by the values of a dimension, each number led to its figure, each value to its lines."""
    name = dict(BY).get(by) or by.removeprefix("tag:")
    columns = (
        Column("label", name[:1].upper() + name[1:]),
        *measure_columns(),
    )
    ordered = lines if by in {"month", "gas", "category", "scope"} else sorted(lines, key=_size, reverse=True)
    rows, more = at_most(here, [_cut_row(here, now, by, line) for line in ordered])
    note = f"{NOT_ADDED} Each value leads to its lines, each number to how it is made up.{more}"
    return Table("cut", f"By {name}", columns, rows, note, "Nothing is quantified in this period.")


def cut_drawn(here: Here, by: str, lines: Sequence[Mapping[str, Any]]) -> Drawn | None:
    """The largest values of a cut as the reports draw facilities; None where a drawing would say no more."""
    if by not in {"facility", "legal_entity", "country", "activity_type"}:
        return None
    from ledger.disclosure.charts.report import paired
    from ledger.disclosure.figures.record import BreakdownLine

    known = [
        BreakdownLine(str(line[by] or ""), value_label(by, line[by]), *(line[measure] for measure in SCOPE_MEASURES))
        for line in lines
    ]
    title = f"The largest by {dict(BY)[by]}: above with location-based, below with market-based Scope 2"
    return drawn(here, paired(title, known) if len(known) > 1 else None)


def _size(line: Mapping[str, Any]) -> Decimal:
    known = [abs(line[m]) for m in ("scope_1", "scope_2_location", "scope_3") if line[m] is not None]
    return exact_sum(known) if known else Decimal(-1)


def _cut_row(here: Here, now: Inventory, by: str, line: Mapping[str, Any]) -> Row:
    value = line[by]
    cells: dict[str, Any] = {"label": Linked(value_label(by, value), _value_link(here, by, value))}
    for measure in SCOPE_MEASURES:
        kg = line[measure]
        if kg is None:
            continue
        if by.startswith("tag:"):
            cells[measure] = kg if value is None else Linked(kg, _value_link(here, by, value, measure))
        else:
            cells[measure] = figure_link(here, now, measure, kg, **{by: value})
    return Row(cells)


def value_label(by: str, value: Any) -> str:
    """A value of a dimension in words; ``value`` may be text, as a figure's id has it."""
    if value is None or value == "":
        return {"category": "not of Scope 3", "source_type": "not of Scope 1"}.get(by, "none given")
    if by == "category":
        from ledger.inventory.scope3 import category_rules

        named = {str(rule.number): f"{rule.number} {rule.name}" for rule in category_rules()}
        return named.get(str(value), str(value))
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return f"Scope {value}" if by == "scope" else str(value).replace("_", " ") if by.endswith("type") else str(value)


def _value_link(here: Here, by: str, value: Any, measure: str = "") -> str:
    """The lines of a value; a gas has no lines of its own, since every line has its gases."""
    if by == "gas":
        return here.link("/explore/lines", at=here.query("at"))
    named = {"measure": measure} if measure else {}
    if by.startswith("tag:"):
        tag = by.removeprefix("tag:")
        return here.link("/explore/lines", at=here.query("at"), tag=tag, value=value, **named)
    return lines_link(here, **named, **{by: value})


def gas_table(here: Here, now: Inventory) -> Table:
    """The seven gases and what has no split, which foot to the two totals."""
    columns = (
        Column("gas", "Gas"), Column("mass", "Mass of the gas", "tonnes", "kg", 3),
        Column("location", "With location-based", "tonnes"), Column("market", "With market-based", "tonnes"),
    )  # fmt: skip
    rows = []
    for gas, told in now.by_gas.items():
        name = "without a split by gas" if gas == "unsplit" else gas
        location = _figure(here, now, told.co2e_kg, "total_location", gas=gas)
        market = _figure(here, now, now.by_gas_market[gas].co2e_kg, "total_market", gas=gas)
        rows.append(Row({"gas": name, "mass": told.mass_kg, "location": location, "market": market}))
    note = f"Warming over 100 years by {now.gwp_set}. The mass goes with the location-based figures."
    return Table("gases", "Gases", columns, rows, note)


def energy_table(here: Here, now: Inventory, before: Inventory) -> Table:
    """Final energy by source, net calorific value, against the year before."""
    columns = (
        Column("source", "Source"), Column("energy", "Energy", "mwh"),
        Column("before", span(before.period), "mwh"), Column("change", "Change", "percent", signed=True),
    )  # fmt: skip
    rows = []
    for source, kwh in now.energy_kwh.items():
        was, is_total = before.energy_kwh.get(source), source == "total"
        cut = {} if is_total or source == "mixed" else {"energy_source": source}
        value = kwh if source == "mixed" else figure_link(here, now, "energy_kwh", kwh, **cut)
        cells = {"source": "Total" if is_total else source.replace("_", " "), "energy": value, "before": was}
        rows.append(Row(cells | {"change": numbers.change_ratio(kwh, was)}, "total" if is_total else ""))
    return Table("energy", "Energy", columns, rows, "Final energy at net calorific value; each kWh once.",
                 "No energy is known in this period.")  # fmt: skip


def outside_table(here: Here, now: Inventory, before: Inventory) -> Table:
    """What is in no total: biogenic CO2, gases outside the scopes, removals."""
    columns = (
        Column("what", ""), Column("amount", "Amount", "tonnes", "kg", 3, "not reported"),
        Column("before", span(before.period), "tonnes", "kg", 3),
    )  # fmt: skip
    biogenic = now.biogenic_co2_kg
    rows = [
        Row({"what": "Biogenic CO₂", "amount": None if biogenic is None else
             figure_link(here, now, "biogenic_co2_kg", biogenic), "before": before.biogenic_co2_kg})
    ]  # fmt: skip
    for gas, kg in now.outside_scopes.items():
        named = f"{gas.removesuffix('_kg').replace('_', ' ')}, a gas of the Montreal Protocol"
        rows.append(Row({"what": named, "amount": kg, "before": before.outside_scopes.get(gas)}))
    rows.append(Row({"what": "Removals (CO₂e)", "amount": now.removals_kg, "before": before.removals_kg}))
    return Table("outside", "Apart from the scopes", columns, rows, "These are in no total.")
