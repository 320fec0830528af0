"""A made-up company of four facilities over eleven quarters, folded from its own postings.

Amounts are exact and follow from short tables, so that each total can be recomputed from
``POSTINGS``; there is a negative line, a zero, a category nobody quantified and a stub of history.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import beside_figures as beside
import pyarrow as pa

from ledger.disclosure.figures import changes, record
from ledger.errors import Finding
from ledger.inventory import GasAmount, Inventory, NotQuantified, Period
from ledger.store import Checkpoint

D = Decimal
ROOT = "3fa9c1d2" * 8
FACILITIES = {
    "GB-01": ("Sheffield works", "GB"),
    "GB-02": ("Bristol laboratory", "GB"),
    "DE-01": ("Dresden works", "DE"),
    "US-01": ("Austin office", "US"),
}
NAMES = {
    "natural_gas": "Natural gas",
    "electricity_purchased": "Electricity, purchased",
    "refrigerant_r410a": "Refrigerant R-410A, leaked",
    "flight_long_haul": "Flights, long haul",
    "road_freight": "Road freight",
    "professional_services": "Professional services",
    "cloud_compute": "Cloud computing",
    "waste_recycled": "Waste, recycled",
    "wood_pellets": "Wood pellets",
}


# activity type → facility → monthly quantity, unit
QUANTITIES = {
    "natural_gas": ({"GB-01": "182400.5", "DE-01": "96310.25", "GB-02": "8120"}, "kWh"),
    "electricity_purchased": (
        {"GB-01": "241805.75", "GB-02": "61240", "DE-01": "318420.5", "US-01": "42777.125"},
        "kWh",
    ),
    "refrigerant_r410a": ({"GB-01": "1.25", "US-01": "0"}, "kg"),
    "flight_long_haul": ({"": "181250"}, "pkm"),
    "road_freight": ({"GB-01": "48210.4", "DE-01": "61177.8"}, "tkm"),
    "professional_services": ({"": "412880.17"}, "GBP"),
    "cloud_compute": ({"": "96400"}, "USD"),
    "waste_recycled": ({"GB-01": "14.2"}, "t"),
    "wood_pellets": ({"DE-01": "22.5"}, "t"),
}
# activity type → lines: (line, method, scope, category, sub-line, factor id, kg per unit by year)
# Numbers of the right size, made up for the tests: no factor is quoted from a publisher.
LINES = {
    "natural_gas": [
        ("direct", "single", "1", None, None, "made-up:gas", ("0.1831", "0.1829", "0.1827")),
        ("fuel_upstream", "single", "3", 3, None, "made-up:gas:wtt", ("0.0302",) * 3),
    ],
    "electricity_purchased": [
        ("energy", "location", "2", None, None, "made-up:grid", ("0.2105", "0.2003", "0.1902")),
        ("energy", "market", "2", None, None, "made-up:supplier", ("0.2105", "0.1201", "0.0455")),
        ("electricity_upstream", "single", "3", 3, None, "made-up:grid:wtt", ("0.0459",) * 3),
        ("td_loss", "single", "3", 3, None, "made-up:grid:td", ("0.0183",) * 3),
    ],
    "refrigerant_r410a": [
        ("direct", "single", "1", None, None, "made-up:r410a", ("2255.5",) * 3),
    ],
    "flight_long_haul": [
        ("direct", "single", "3", 6, None, "made-up:flight", ("0.1999", "0.1961", "0.1961")),
    ],
    "road_freight": [("direct", "single", "3", 4, None, "made-up:hgv", ("0.1053",) * 3)],
    "professional_services": [
        ("direct", "single", "3", 1, None, "made-up:services", ("0.114",) * 3),
    ],
    "cloud_compute": [("direct", "single", "3", 1, "1.1", "made-up:cloud", ("0.162",) * 3)],
    "waste_recycled": [("direct", "single", "3", 5, None, "made-up:waste", ("-1.0046",) * 3)],
    "wood_pellets": [("direct", "single", "1", None, None, "made-up:pellets", ("51.6",) * 3)],
}
SEASON = ["1.3", "1.25", "1.1", "1", "0.9", "0.8", "0.75", "0.75", "0.85", "1", "1.15", "1.3"]
ENERGY = {"natural_gas": "gas", "electricity_purchased": "mixed", "wood_pellets": "renewable"}
GASES = ("co2", "ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3")


def postings(first: date, last: date, scale: str = "1") -> list[dict]:
    """The made-up postings of the months from first to last, as plain rows."""
    rows, line_no = [], 1
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        for activity, (places, unit) in QUANTITIES.items():
            for facility, text in places.items():
                quantity = D(text) * D(SEASON[month - 1]) * D(scale)
                quantity *= {2024: D("1.06"), 2025: D(1), 2026: D("0.94")}[year]
                quantity = quantity.quantize(D("0.000001"))
                line_no += 1
                rows += [
                    _row(activity, facility, unit, quantity, line, year, month, line_no) for line in LINES[activity]
                ]
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return rows


def _row(activity, facility, unit, quantity, line, year, month, line_no) -> dict:
    name, method, scope, category, sub_line, factor, rates = line
    rate = D(rates[year - 2024])
    mass = quantity * rate
    row = {
        "entry": f"B{year - 2019}-{line_no}",
        "choice_entry": f"B2-{abs(hash_of(factor)) % 900 + 1}",
        "source_file": f"{activity}-{year}.csv",
        "sheet": None,
        "source_line": line_no,
        "legal_entity_id": "AF-GB",
        "facility_id": facility or None,
        "activity_type": activity,
        "period_start": date(year, month, 1),
        "period_end": date(year, month, 28),
        "month": date(year, month, 1),
        "quantity": quantity,
        "unit": unit,
        "book": "inventory",
        "method": method,
        "line": name,
        "scope": scope,
        "scope3_category": category,
        "sub_line": sub_line,
        "factor_id": factor,
        "instrument_id": None,
        "reason_code": "national_dataset",
        "flags": "",
        "co2e_kg_per_unit": rate,
        "total_co2e_kg": mass,
        "energy_kwh": quantity * {"wood_pellets": D("4800")}.get(activity, D(1))
        if activity in ENERGY and (name, method) in {("direct", "single"), ("energy", "market")}
        else D(0),
        "gwp_set": "AR6",
        "energy_source": ENERGY.get(activity),
        "licence": "made up for tests",
    }
    row["sign"] = 1
    row["data_basis"] = "measured"
    split = {"natural_gas": "0.998", "electricity_purchased": "0.99"}.get(activity)
    per_unit = dict.fromkeys(GASES, D(0))
    if split is not None:
        per_unit["co2"] = rate * D(split)
        per_unit["ch4"] = rate - per_unit["co2"]
    elif activity == "refrigerant_r410a":
        per_unit["hfcs"] = rate
    per_unit["unsplit"] = rate - sum(per_unit.values())
    for gas, kg in per_unit.items():
        row["co2_kg_per_unit" if gas == "co2" else f"{gas}_co2e_kg_per_unit"] = kg
        row[f"{gas}_co2e_kg"] = quantity * kg
    row["biogenic_co2_kg_per_unit"] = D("1677.2") if activity == "wood_pellets" else D(0)
    row["biogenic_co2_kg"] = quantity * row["biogenic_co2_kg_per_unit"]
    return row


def hash_of(text: str) -> int:
    """A small number that is the same in every process."""
    return sum(ord(letter) * place for place, letter in enumerate(text, 1))


def inventory(rows: list[dict], label: str, start: date, end: date, **more) -> Inventory:
    """The rows folded to the figures of a period."""
    total: dict = defaultdict(lambda: None)
    categories: dict[int, Decimal | None] = dict.fromkeys(range(1, 16))
    subs: dict[str, Decimal] = {}
    energy: dict[str, Decimal] = defaultdict(Decimal)
    gas = {basis: defaultdict(Decimal) for basis in ("location", "market")}
    for row in rows:
        key = {
            ("1", "single"): "scope_1",
            ("2", "location"): "scope_2_location",
            ("2", "market"): "scope_2_market",
            ("3", "single"): "scope_3",
        }[row["scope"], row["method"]]
        mass = row["total_co2e_kg"]
        total[key] = (total[key] or D(0)) + mass
        if row["scope3_category"]:
            held = categories[row["scope3_category"]]
            categories[row["scope3_category"]] = (held or D(0)) + mass
        if row["sub_line"]:
            subs[row["sub_line"]] = subs.get(row["sub_line"], D(0)) + mass
        total["biogenic"] = (total["biogenic"] or D(0)) + row["biogenic_co2_kg"]
        if row["energy_kwh"]:
            energy[ENERGY[row["activity_type"]]] += row["energy_kwh"]
        for basis in ("location", "market"):
            if row["method"] in {"single", basis}:
                for name in (*GASES, "unsplit"):
                    gas[basis][name] += row[f"{name}_co2e_kg"]
    return Inventory(
        period=Period(start, end, label),
        view="operational_control",
        status="approved",
        provisional=True,
        gwp_set="AR6",
        gwp_policy="published",
        checkpoint=Checkpoint("made-up", 41, ROOT),
        scope_1=total["scope_1"],
        scope_2_location=total["scope_2_location"],
        scope_2_market=total["scope_2_market"],
        scope_3=total["scope_3"],
        scope3_method="location",
        scope_3_categories=categories,
        sub_lines=subs,
        total_location=record.known_sum(total["scope_1"], total["scope_2_location"], total["scope_3"]),
        total_market=record.known_sum(total["scope_1"], total["scope_2_market"], total["scope_3"]),
        biogenic_co2_kg=total["biogenic"],
        outside_scopes={"hcfc_22_kg": D("0.4")},
        removals_kg=None,
        by_gas=_gases(gas["location"]),
        by_gas_market=_gases(gas["market"]),
        energy_kwh={**energy, "total": sum(energy.values(), D(0))},
        share_estimated=D("0.0731"),
        share_primary={1: D("0.12"), 3: D(1), 4: D("0.5"), 6: D(0)},
        not_quantified=(
            NotQuantified("steam_purchased", "energy", "location", "2", None, "no_factor", "DE", 3, D(8120), "kWh"),
            NotQuantified("employee_commuting", "direct", "single", "3", 7, "no_factor", None, 12, D(40000), "pkm"),
        ),
        notes=("No residual mix was available in DE and GB: uncovered consumption takes the location-based factor.",),
        **more,
    )


def _gases(sums: dict) -> dict:
    names = dict(zip(GASES, ("CO2", "CH4", "N2O", "HFCs", "PFCs", "SF6", "NF3"), strict=True))
    gwp = {"co2": D(1), "ch4": D("27.0")}
    made = {names[gas]: GasAmount(sums[gas] / gwp[gas] if gas in gwp else None, sums[gas] or None) for gas in GASES}
    return {**made, "unsplit": GasAmount(None, sums["unsplit"])}


def breakdown(rows: list[dict], key: str) -> tuple[record.BreakdownLine, ...]:
    """The rows by facility, month or quarter."""
    found: dict = defaultdict(lambda: defaultdict(lambda: None))
    for row in rows:
        if key == "facility":
            value = row["facility_id"] or ""
        elif key == "month":
            value = row["month"].strftime("%Y-%m")
        else:
            value = f"{row['month'].year}-Q{(row['month'].month + 2) // 3}"
        measure = "scope_2_" + row["method"] if row["scope"] == "2" else "scope_" + row["scope"]
        found[value][measure] = (found[value][measure] or D(0)) + row["total_co2e_kg"]
    return tuple(
        record.BreakdownLine(
            key=value,
            label=FACILITIES.get(value, (value or "Not at a facility", ""))[0],
            detail=FACILITIES.get(value, ("", ""))[1],
            provisional=key == "quarter" and value.startswith("2026"),
            **measures,
        )
        for value, measures in sorted(found.items())
    )


def movements(rows: list[dict]) -> list[record.Movement]:
    """The rows as quantities and masses per facility, activity type and measure."""
    return [
        record.Movement(
            row["facility_id"] or "",
            row["activity_type"],
            "scope_2_" + row["method"] if row["scope"] == "2" else "scope_" + row["scope"],
            row["line"],
            row["unit"],
            row["quantity"],
            row["total_co2e_kg"],
        )
        for row in rows
    ]


FINDINGS = (
    Finding(
        "duplicate-suspected",
        "warning",
        "The same reading as in natural_gas-2026.csv, line 14.",
        "Reverse one of the two if they are the same delivery: ghg reverse B7-14 --reason duplicate",
        file="natural_gas-2026-late.csv",
        line=3,
        column="quantity",
        value="136800.375",
        entry="B7-14",
        effect_kg=D("24993.4285125"),
    ),
    Finding(
        "no-factor",
        "warning",
        "No factor serves steam in Germany.",
        "Import the supplier's factor: ghg factors import FILE",
        file="steam-2026.csv",
        line=2,
    ),
)


def quarterly(with_history: bool = True, scale: str = "1") -> record.QuarterlyFigures:
    """The quarter 2026-Q3 of the made-up company, with or without the year before."""
    rows = postings(date(2026, 7, 1), date(2026, 9, 30), scale)
    before = postings(date(2025, 7, 1), date(2025, 9, 30), scale)
    so_far = postings(date(2026, 1, 1), date(2026, 9, 30), scale)
    base = postings(date(2024, 1, 1), date(2024, 12, 31), scale)
    series = postings(date(2024, 10, 1), date(2026, 9, 30), scale)
    names = {key: name for key, (name, _) in FACILITIES.items()}
    whole = record.QuarterlyFigures(
        organisation=record.Organisation("Alder & Finch Instruments", "operational_control", "2024"),
        current=inventory(rows, "2026-Q3", date(2026, 7, 1), date(2026, 9, 30), boundary=beside.BOUNDARY,
                          exclusions=beside.EXCLUSIONS, split=beside.SPLIT, received_after_close=beside.LATE),
        comparative=inventory(before, "2025-Q3", date(2025, 7, 1), date(2025, 9, 30)),
        year_to_date=inventory(so_far, "2026-01-01..2026-09-30", date(2026, 1, 1), date(2026, 9, 30)),
        base_year=inventory(base, "2024", date(2024, 1, 1), date(2024, 12, 31)),
        recorded_at=datetime(2026, 10, 14, 9, 26, 53, tzinfo=UTC),
        status="draft",
        software_version="0.1.0",
        quarters=breakdown(series, "quarter"),
        months=breakdown(rows, "month"),
        facilities=breakdown(rows, "facility"),
        changes=changes.changes(movements(before), movements(rows), names, NAMES),
        factors=factor_uses(rows),
        datasets=(
            record.DatasetUse(
                "made-up",
                "Made-up factors for tests",
                "Nobody",
                "2026",
                "made up for tests",
                "No publisher stands behind these numbers.",
                ("Of the right size only.",),
            ),
        ),
        instruments=beside.INSTRUMENTS,
        restatements=beside.RESTATEMENTS,
        base_year_decisions=beside.DECISIONS,
        scope2=beside.SCOPE_2,
        scope3=beside.SCOPE_3,
        descriptions=beside.DESCRIPTIONS,
        completeness=beside.COMPLETENESS,
        claims=beside.CLAIMS,
        allocations=tuple(
            record.Allocation("Dresden works", date(2026, month, 1), "GO-2026-114", D("248042.4"))
            for month in (7, 8, 9)
        ),
        findings=FINDINGS,
        findings_not_shown=4,
        uncertainty=beside.UNCERTAINTY,
        intensities=beside.INTENSITIES,
        prices=beside.PRICES,
        targets=beside.TARGETS,
        credits=beside.CREDITS,
        removals=beside.REMOVALS,
        activity_names=NAMES,
        postings=pa.Table.from_pylist(rows),
    )
    if with_history:
        return whole
    return replace(whole, comparative=None, base_year=None, changes=())


def factor_uses(rows: list[dict]) -> tuple[record.FactorUse, ...]:
    """The factors of the rows, largest first."""
    mass: dict = defaultdict(Decimal)
    kept = {}
    for row in rows:
        mass[row["factor_id"]] += row["total_co2e_kg"]
        kept[row["factor_id"]] = row
    return tuple(
        record.FactorUse(
            factor_id=name,
            activity_type=kept[name]["activity_type"],
            serves=kept[name]["method"],
            per_unit=kept[name]["unit"],
            co2e_kg_per_unit=kept[name]["co2e_kg_per_unit"],
            dataset="made-up",
            edition="2026",
            verification="official",
            gwp_set="AR6",
            reason="national dataset, current edition",
            source_cell="Sheet1!A1",
            mass_kg=mass[name],
        )
        for name in sorted(mass, key=lambda name: -abs(mass[name]))
    )
