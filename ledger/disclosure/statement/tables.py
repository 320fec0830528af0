"""The tables that statements have beside those of the quarterly report, and all tables of a statement by key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from ledger.disclosure.figures.record import QuarterlyFigures, figure_id
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.statement.index_table import index_table
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.tables import advice, ai, data_centres, machines
from ledger.disclosure.tables.emissions import GASES, declared_missing
from ledger.disclosure.tables.measures import comparative_notes, four_cells, measure_cell, open_gaps, period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import noted, spoken, text
from ledger.inventory import Inventory
from ledger.inventory.energy_mix import FOSSIL, EnergyMix
from ledger.inventory.exact import exact_sum
from ledger.inventory.registers.energy_produced import PRODUCED

MILESTONES = (2025, 2030, 2050)
"""Years of milestones and targets that the table of ESRS E1 AR 48 has whatever targets there are."""
_MOST_YEARS = 4


def statement_tables(statement: Statement, headline: Mapping[str, Table] | None = None) -> dict[str, Table]:
    """Every table of the statement by key, in the order of its chapters, the indexes last; empty ones too.

    ``headline`` holds the tables of the quarterly report, where they are built already.
    """
    held = headline or quarterly_tables(statement.figures)
    made: dict[str, Table] = {}
    with spoken(statement.figures.look.language):
        for chapter in statement.layout.chapters:
            for key in chapter.tables:
                made[key] = OWN[key](statement) if key in OWN else held[key]
        chapters = _chapter_of(statement)
        for index in statement.indexes:
            made[f"index_{index.rule_set.name}"] = index_table(index, chapters)
    return made


def _chapter_of(statement: Statement) -> dict[str, int]:
    """The number of the chapter in which a table, or the narrative as a whole, stands."""
    found: dict[str, int] = {}
    for place, chapter in enumerate(statement.layout.chapters, 1):
        for key in (*chapter.tables, *chapter.narratives):
            found.setdefault(key, place)
    return found


def esrs_emissions(statement: Statement) -> Table:
    """The table of ESRS E1 AR 48: base year, comparative, year, change; milestones and targets with their pace."""
    figures = statement.figures
    years = target_years(figures)

    def line(measure: str, label: str, cell: Callable[[Inventory | None], Cell], kind: str = "line") -> Row:
        now, before, change, _, base = four_cells(figures, cell)
        cells = (words(label), base, before, now, change, *_targets(statement, measure, years))
        return Row(cells, "total" if kind == "total" else "sub" if kind == "sub" else "line")

    def measure(name: str, kind: str = "line") -> Row:
        return line(name, text(name), lambda inventory: measure_cell(inventory, name), kind)

    rows = [_group("scope_1_short", len(years)), measure("scope_1"), _scheme_row(statement, len(years))]
    rows += [_group("scope_2_short", len(years)), measure("scope_2_location"), measure("scope_2_market")]
    rows += [_group("scope_3_short", len(years)), measure("scope_3")]
    for place in range(1, 16):
        label = f"{place}  {text(f'category_{place}')}"
        rows.append(line(f"category_{place}", label, _category_cell(figures, place), "sub"))
        if place == 1:
            rows.append(line("", f"1.1  {text('sub_line_1_1')}", _cloud_cell, "sub"))
    rows += [_group("totals_by_both", len(years)), measure("total_location", "total"), measure("total_market", "total")]
    base = "column_no_base_year" if figures.base_year is None else "column_base_year"
    return Table(
        "esrs_emissions",
        text("table_esrs_emissions", period=period_name(figures.current)),
        text("unit_t"),
        (
            Column("", "text", "27%"),
            Column(text(base, period=period_name(figures.base_year)) if figures.base_year else text(base)),
            Column(period_name(figures.comparative)),
            Column(period_name(figures.current)),
            Column(text("column_change", period=period_name(figures.comparative))),
            *(Column(text("column_target_year", year=year)) for year in years),
            Column(text("column_yearly_target")),
        ),
        tuple(rows),
        _esrs_notes(statement),
    )


def _esrs_notes(statement: Statement) -> tuple[str, ...]:
    notes = [text("esrs_change_note"), *comparative_notes(statement.figures)]
    if not statement.figures.targets:
        notes.append(text("esrs_no_targets"))
    if statement.figures.base_year is None:
        notes.append(text("esrs_no_base_year"))
    if statement.schemes.rows_apart:
        notes.append(text("esrs_scheme_rows", count=statement.schemes.rows_apart))
    if open_gaps(statement.figures.current, "total"):
        notes.append(text("esrs_incomplete", count=open_gaps(statement.figures.current, "total")))
    return tuple(notes)


def _group(name: str, years: int) -> Row:
    return Row((words(text(name)), *([words("")] * (5 + years))), "group")


def _category_cell(figures: QuarterlyFigures, place: int) -> Callable[[Inventory | None], Cell]:
    def cell(inventory: Inventory | None) -> Cell:
        if inventory is None:
            return number(None, "kg")
        gaps = open_gaps(inventory, "scope_3", place) or declared_missing(figures, inventory, place)
        missing = text("not_quantified") if gaps else None
        value = inventory.scope_3_categories.get(place)
        return number(value, "kg", figure_id(inventory, "scope_3", category=place), missing)

    return cell


def _cloud_cell(inventory: Inventory | None) -> Cell:
    if inventory is None:
        return number(None, "kg")
    return number(inventory.sub_lines.get("1.1"), "kg", figure_id(inventory, "scope_3", sub_line="1.1"))


def target_years(figures: QuarterlyFigures) -> tuple[int, ...]:
    """The years of milestones and targets for which the table of AR 48 has a column."""
    given = {target.target_year for target in figures.targets}
    return tuple(sorted({*MILESTONES, *sorted(given)[: _MOST_YEARS - len(set(MILESTONES) - given)]}))


def _targets(statement: Statement, measure: str, years: tuple[int, ...]) -> tuple[Cell, ...]:
    """The value that each target of a measure sets for its year, and the yearly pace of the last of them."""
    own = {target.target_year: target for target in statement.figures.targets if target.measure == measure}
    values = tuple(number(own[year].target_kg if year in own else None, "kg") for year in years)
    pace = own[max(own)].yearly_pct.scaleb(-2) if own else None
    return (*values, number(pace, "ratio", shown=lambda ratio: numbers.percent(ratio, 1)))


def _scheme_row(statement: Statement, years: int) -> Row:
    """The share of Scope 1 of facilities under emission trading schemes; a dash where Scope 1 is not known."""
    total = statement.figures.current.scope_1
    held = exact_sum(statement.schemes.by_scheme.values())
    share = None if not total else numbers.quotient(held, total)
    blank = (words(text("not_reported"), "state"),) * 2
    shown = number(share, "ratio", shown=lambda ratio: numbers.percent(ratio, 1))
    rest = [words(text("not_reported"), "state")] * (years + 2)
    return Row((words(text("ets_share")), *blank, shown, *rest), "sub")


def energy_mix_table(statement: Statement) -> Table:
    """Energy and mix of ESRS E1 (Set 1 E1-5, AR 34; revised E1-7), what is of unknown origin apart."""
    rows = [*(_energy_row(statement, *row) for row in ENERGY_ROWS), *_produced_rows(statement)]
    produced = statement.figures.produced
    notes = [text("energy_net_note"), *comparative_notes(statement.figures)]
    notes += map(noted, produced.notes if produced else ())
    if statement.energy.unknown():
        notes.append(text("energy_unknown_note"))
    return Table(
        "energy_mix",
        text("table_energy_mix"),
        text("unit_mwh"),
        (
            Column("", "text", "52%"),
            Column(period_name(statement.figures.comparative)),
            Column(period_name(statement.figures.current)),
            Column(text("column_share_of_total")),
        ),
        tuple(rows),
        tuple(notes),
    )


def _produced_rows(statement: Statement) -> Iterator[Row]:
    """Energy produced, apart from what is consumed; no row where nothing is known of it."""
    now, before = statement.figures.produced, statement.produced_before
    for name in PRODUCED:
        if now is not None:
            kwh = number(getattr(now, f"{name.removeprefix('energy_produced_')}_kwh"), "kwh")
            earlier = number(getattr(before, f"{name.removeprefix('energy_produced_')}_kwh", None), "kwh")
            yield Row((words(text(name)), earlier, kwh, words("")), "apart")


def _of(use: str, sources: Iterable[str]) -> Callable[[EnergyMix], Decimal | None]:
    def held(mix: EnergyMix) -> Decimal | None:
        by_source = mix.fuel if use == "fuel" else mix.purchased
        known = [by_source[source] for source in sources if source in by_source]
        return exact_sum(known) if known else None

    return held


ENERGY_ROWS: tuple[tuple[str, Callable[[EnergyMix], Decimal | None], str, tuple[str, str] | None], ...] = (
    *((f"energy_fuel_{source}", _of("fuel", (source,)), "line", ("1", source)) for source in FOSSIL),
    ("energy_purchased_fossil", _of("purchased", FOSSIL), "line", None),
    ("energy_fossil_total", EnergyMix.fossil, "total", None),
    ("energy_nuclear", EnergyMix.nuclear, "total", None),
    ("energy_fuel_renewable", _of("fuel", ("renewable",)), "line", ("1", "renewable")),
    ("energy_purchased_renewable", _of("purchased", ("renewable",)), "line", ("2", "renewable")),
    ("energy_renewable_total", EnergyMix.renewable, "total", None),
    ("energy_unknown", EnergyMix.unknown, "total", None),
    ("energy_total", EnergyMix.total, "total", None),
)
"""The rows of the energy table: name of the text, how it is read, whether it is a total, and its figure's cuts."""


def _energy_row(
    statement: Statement,
    name: str,
    read: Callable[[EnergyMix], Decimal | None],
    kind: str,
    cuts: tuple[str, str] | None,
) -> Row:
    now, before = read(statement.energy), statement.energy_before
    total = statement.energy.total()
    share = None if now is None or not total or kind != "total" else numbers.quotient(now, total)
    figure = None
    if cuts is not None:
        figure = figure_id(statement.figures.current, "energy_kwh", scope=cuts[0], energy_source=cuts[1])
    elif name == "energy_total" and _covers(statement):
        figure = figure_id(statement.figures.current, "energy_kwh")
    cells = (
        words(text(name)),
        number(None if before is None else read(before), "kwh"),
        number(now, "kwh", figure),
        number(share, "ratio") if kind == "total" else words(""),
    )
    return Row(cells, "total" if kind == "total" else "line")


def _covers(statement: Statement) -> bool:
    """Whether the mix is all the energy of the inventory: then its total is that figure."""
    return statement.energy.total() == statement.figures.current.energy_kwh.get("total")


def energy_intensity(statement: Statement) -> Table:
    """Energy per net revenue (ESRS E1-5, 40 to 43 of Set 1); none where revenue does not cover the period."""
    total = statement.energy.total()
    held = [one for one in statement.figures.intensities if one.metric == "revenue" and one.value]
    return Table(
        "energy_intensity",
        text("table_energy_intensity", period=period_name(statement.figures.current)),
        "",
        (
            Column(text("column_currency"), "text", "20%"),
            Column(text("column_revenue_used")),
            Column(text("column_energy_mwh")),
            Column(text("column_mwh_per_million")),
        ),
        tuple(
            Row(
                (
                    words(one.currency or one.unit),
                    number(one.value, "count"),
                    number(total, "kwh"),
                    number(_per_million(total, one.value), "count", shown=lambda ratio: numbers.significant(ratio, 4)),
                )
            )
            for one in held
        ),
        (text("energy_intensity_note"),) if held else (),
    )


def _per_million(energy_kwh: Decimal | None, money: Decimal | None) -> Decimal | None:
    """MWh per million of the currency: kWh ÷ 1000 over money ÷ 1,000,000."""
    return None if energy_kwh is None or not money else numbers.quotient(energy_kwh.scaleb(3), money)


def iso_table(statement: Statement) -> Table:
    """Emissions by category of ISO 14064-1, with biogenic CO2 apart; they sum to the location-based total."""
    rows: list[Row] = []
    for main in "123456":
        own = [held for held in statement.iso if held.code.split(".")[0] == main]
        total = exact_sum(held.kg for held in own) if own else None
        apart = [held.biogenic_co2_kg for held in own if held.biogenic_co2_kg is not None]
        biogenic = exact_sum(apart) if apart else None
        figure = _iso_figure(statement, main) if [held.code for held in own] == [main] else None
        cells = (number(total, "kg", figure), number(biogenic, "kg"))
        rows.append(Row((words(f"{main}  {text(f'iso_{main}')}"), *cells)))
        rows += [
            Row(
                (
                    words(f"{held.code}  {text('iso_' + held.code.replace('.', '_'))}"),
                    number(held.kg, "kg", _iso_figure(statement, held.code)),
                    number(held.biogenic_co2_kg, "kg"),
                ),
                "sub",
            )
            for held in own
            if "." in held.code
        ]
    now = statement.figures.current
    total_cells = (measure_cell(now, "total_location"), measure_cell(now, "biogenic_co2_kg"))
    rows.append(Row((words(text("total")), *total_cells), "total"))
    return Table(
        "iso_categories",
        text("table_iso_categories", period=period_name(now)),
        text("unit_t"),
        (Column(text("column_category"), "text", "58%"), Column(text("column_co2e")), Column(text("biogenic"))),
        tuple(rows),
        (text("iso_location_note"),),
    )


def _iso_figure(statement: Statement, code: str) -> str:
    return figure_id(statement.figures.current, "total_location", iso_category=code)


def direct_gases(statement: Statement) -> Table:
    """Direct emissions (Scope 1) by gas: mass and CO2e (ISO 14064-1, 9.3.1 f; Corporate Standard, ch. 9)."""
    by_gas = {row["gas"]: row for row in statement.gases}
    rows = []
    for gas in (*GASES, "unsplit"):
        held = by_gas.get(gas, {})
        mass, kg = held.get("scope_1_mass_kg"), held.get("scope_1")
        figure = figure_id(statement.figures.current, "scope_1", gas=gas)
        rows.append(
            Row(
                (
                    words(text(f"gas_{gas}")),
                    number(mass, "kg", shown=lambda value: numbers.tonnes(value, 4)),
                    number(kg, "kg", figure),
                )
            )
        )
    rows.append(
        Row((words(text("total")), words("", "state"), measure_cell(statement.figures.current, "scope_1")), "total")
    )
    return Table(
        "direct_gases",
        text("table_direct_gases", period=period_name(statement.figures.current)),
        "",
        (Column(text("column_gas"), "text", "50%"), Column(text("column_mass")), Column(text("column_co2e"))),
        tuple(rows),
    )


def revenue(statement: Statement) -> Table:
    """Net revenue used for intensities against the statements, by currency; a difference is said, not hidden."""
    rows, notes = [], []
    for one in statement.told.reconciliations:
        amounts = (one.revenue_used, one.revenue_other, one.revenue_statements, one.difference)
        rows.append(Row((words(one.currency or ""), *(number(amount, "count") for amount in amounts))))
        notes += [text("revenue_does_not_tie")] if one.difference else []
        notes += map(noted, one.notes)
    return Table(
        "revenue",
        text("table_revenue", period=period_name(statement.figures.current)),
        "",
        (
            Column(text("column_currency"), "text", "20%"),
            Column(text("column_revenue_used")),
            Column(text("column_revenue_other")),
            Column(text("column_revenue_statements")),
            Column(text("column_difference")),
        ),
        tuple(rows),
        tuple(dict.fromkeys(notes)),
    )


OWN: dict[str, Callable[[Statement], Table]] = {
    "esrs_emissions": esrs_emissions,
    "energy_mix": energy_mix_table,
    "energy_intensity": energy_intensity,
    "iso_categories": iso_table,
    "direct_gases": direct_gases,
    "revenue": revenue,
    "ai_models": lambda statement: ai.ai_models(statement.figures),
    "ai_compute": lambda statement: ai.ai_compute(statement.figures),
    "data_centres": lambda statement: data_centres.data_centres(statement.figures),
    "manufacture": lambda statement: machines.manufacture(statement.figures),
    "ai_advice": lambda statement: advice.ai_advice(statement.figures),
    "ai_scores": lambda statement: ai.ai_scores(statement.figures),
}
"""Tables that only statements have, by key."""
