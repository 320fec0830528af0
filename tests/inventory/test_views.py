"""Views: one set of facts, counted under each approach; moved, never copied; and nothing is ever written."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
import tiny

from ledger.assurance.tracing.trace import trace
from ledger.inventory import (
    VIEWS,
    breakdown,
    compile_inventory,
    instrument_register,
    period,
    posting_lines,
    scope2_table,
)
from ledger.inventory.compile import MEASURE_FILTER, view_totals
from ledger.store import Session, Writing, append, as_arrow, latest_checkpoint, session
from ledger.store.tables import Holding, LegalEntity

YEAR = period("2024")
SINCE = date(2010, 1, 1)
MARCH, MARCH_END = date(2024, 3, 1), date(2024, 3, 31)

# company: share held, financial control, operated by us, in the consolidated accounts
COMPANIES: dict[str, tuple[str, str, bool, bool]] = {
    "OWNED": ("1", "sole", True, True),
    "SUB": ("0.6", "sole", True, True),
    "JV-OURS": ("0.5", "joint", True, False),
    "JV-THEIRS": ("0.4", "joint", False, False),
    "ASSOCIATE": ("0.3", "none", False, False),
    "INVESTMENT": ("0.15", "none", False, False),
    "FRANCHISEE": ("0.25", "none", False, False),
}

# Per cent of Scope 1 inside, by view (standards: Corporate Standard, table 1), and the category of what is outside
# with its per cent: 15 at the equity share, 14 whole.
TABLE: dict[str, dict[str, tuple[int, int | None, int]]] = {
    "OWNED": dict.fromkeys(VIEWS, (100, None, 0)),
    "SUB": {**dict.fromkeys(VIEWS, (100, None, 0)), "equity_share": (60, None, 0)},
    "JV-OURS": {
        "equity_share": (50, None, 0), "financial_control": (50, None, 0), "operational_control": (100, None, 0),
        "esrs_set1": (100, None, 0), "esrs_revised": (50, None, 0),
    },
    "JV-THEIRS": {
        "equity_share": (40, None, 0), "financial_control": (40, None, 0), "operational_control": (0, 15, 40),
        "esrs_set1": (0, 15, 40), "esrs_revised": (40, None, 0),
    },
    "ASSOCIATE": {**dict.fromkeys(VIEWS, (0, 15, 30)), "equity_share": (30, None, 0)},
    "INVESTMENT": dict.fromkeys(VIEWS, (0, 15, 15)),
    "FRANCHISEE": {**dict.fromkeys(VIEWS, (0, 14, 100)), "equity_share": (25, None, 0)},
    "STRANGER": dict.fromkeys(VIEWS, (0, 14, 100)),
}  # fmt: skip

FACTORS = [
    tiny.factor("gas", activity_type="natural_gas", line="direct", serves="na", boundary="combustion",
                calorific_basis="gross", co2e_published_kg_per_unit="0.2", co2_kg_per_unit="0.15"),
    tiny.factor("gas-up", activity_type="natural_gas", line="fuel_upstream", serves="na", boundary="plus_upstream",
                calorific_basis="gross", co2e_published_kg_per_unit="0.03"),
    tiny.factor("lpg", activity_type="lpg", line="direct", serves="na", boundary="combustion", calorific_basis="gross",
                co2e_published_kg_per_unit="0.123456789013"),
    tiny.factor("el", co2e_published_kg_per_unit="0.4", co2_kg_per_unit="0.3"),
    tiny.factor("el-up", line="electricity_upstream", serves="na", co2e_published_kg_per_unit="0.05"),
]  # fmt: skip


def entity(code: str, consolidated: bool = True, **given: Any) -> dict[str, Any]:
    """A company."""
    return {
        "legal_entity_id": code, "name": code.title(), "country": "GB", "in_consolidated_accounts": consolidated,
        "high_climate_impact": False, "valid_from": SINCE, "withdrawn": False, **given,
    }  # fmt: skip


def holding(child: str, share: str, control: str, operated: bool, parent: str = "TOP", **given: Any) -> dict[str, Any]:
    """What a parent holds of a child."""
    return {
        "parent": parent, "child": child, "equity_share": Decimal(share), "financial_control": control,
        "operational_control": operated, "valid_from": SINCE, "event": "stated", "withdrawn": False, **given,
    }  # fmt: skip


def organised(s: Session, entities: list[dict[str, Any]], holdings: list[dict[str, Any]], key: str = "group") -> None:
    """Record companies and holdings."""

    def fill(writing: Writing) -> None:
        writing.insert_rows(LegalEntity, as_arrow(LegalEntity, entities))
        writing.insert_rows(Holding, as_arrow(Holding, holdings))

    append(s, tiny.act("upload", key), fill)


def burnt(facility: str, kwh: str, start: date = MARCH, end: date = MARCH_END, **given: Any) -> dict:
    """Natural gas at a facility: 0.2 kg per kWh direct, 0.03 upstream."""
    return tiny.row("natural_gas", kwh, "kWh", start, end, facility_id=facility, legal_entity_id=None,
                    calorific_basis="gross", **given)  # fmt: skip


def bought(facility: str, kwh: str, start: date = MARCH, end: date = date(2024, 3, 31), **given: Any) -> dict:
    """Electricity at a facility: 0.4 kg per kWh by both methods, 0.05 upstream."""
    return tiny.row("electricity_purchased", kwh, "kWh", start, end, facility_id=facility, legal_entity_id=None,
                    **given)  # fmt: skip


@pytest.fixture(scope="module")
def table_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of facts: a facility of each kind of company, 1,000 kWh of gas and of electricity in each."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("table"))
    names = [*COMPANIES, "STRANGER"]
    relations = {"FRANCHISEE": "franchise", "STRANGER": "franchise"}
    with session(path, "write", create=True) as s:
        tiny.found(
            s,
            FACTORS,
            facilities=[
                tiny.facility(f"F-{name}", legal_entity_id=name, relation=relations.get(name, "owned"))
                for name in names
            ],
        )
        organised(
            s,
            [entity("TOP"), entity("STRANGER", False), *(entity(n, c[3]) for n, c in COMPANIES.items())],
            [holding(name, share, control, operated) for name, (share, control, operated, _) in COMPANIES.items()],
        )
        tiny.upload(s, "rows", [row(f"F-{n}", "1000") for n in names for row in (burnt, bought)])
    return path


@pytest.mark.parametrize("view", VIEWS)
def test_each_holding_counts_as_table_1_says(table_ledger: Path, view: str):
    """Inside at the share of the approach; what is outside stands in category 14 or 15, Scope 1 and 2 only."""
    with session(table_ledger) as s:
        rows = {row["facility"]: row for row in breakdown(s, YEAR, "facility", view)}
        lines = posting_lines(s, YEAR, view).to_pylist()
    for company, counts in TABLE.items():
        inside, category, outside = counts[view]
        row = rows[f"F-{company}"]
        assert (row["scope_1"] or 0) == 2 * inside, company
        assert (row["scope_2_location"] or 0) == (row["scope_2_market"] or 0) == 4 * inside, company
        assert (row["scope_3"] or 0) == Decimal("0.8") * inside + 6 * outside, company
        own = [line for line in lines if line["facility_id"] == f"F-{company}" and line["placement"] != "inside"]
        assert {line["scope3_category"] for line in own} == ({category} if category else set()), company


@pytest.mark.parametrize(
    "view", [pytest.param(view, marks=[pytest.mark.thorough] * (n % 2)) for n, view in enumerate(VIEWS)]
)
def test_everything_that_reads_a_view_agrees(table_ledger: Path, view: str):
    """Totals, cuts, gases, lines and trace of a view add up to the same digits, and nothing is written."""
    with session(table_ledger) as s:
        before = latest_checkpoint(s)
        figures = compile_inventory(s, YEAR, view)
        for by in ("facility", "legal_entity", "category", "month", "scope", "gas", "activity_type"):
            rows = breakdown(s, YEAR, by, view)
            for measure in ("scope_1", "scope_2_location", "scope_2_market", "scope_3"):
                assert sum(row[measure] or 0 for row in rows) == getattr(figures, measure), (by, measure)
        lines = [line for line in posting_lines(s, YEAR, view).to_pylist() if line["book"] == "inventory"]
        for measure, scope, method in (("scope_1", "1", "single"), ("scope_2_location", "2", "location"),
                                       ("scope_2_market", "2", "market"), ("scope_3", "3", "single")):  # fmt: skip
            own = [line for line in lines if (line["scope"], line["method"]) == (scope, method)
                   and line["total_co2e_kg"] is not None]  # fmt: skip
            assert sum(line["total_co2e_kg"] for line in own) == getattr(figures, measure)
            found = trace(s, f"2024/{view}/{measure}@{before.size}", limit=100)
            assert found.value == getattr(figures, measure)
            assert sum(line.amount for line in found.lines) + found.rest == found.value
            assert abs(found.rest) < Decimal("1e-15")
            assert found.postings == len(own) == len(found.lines)
        assert sum(gas.co2e_kg or 0 for gas in figures.by_gas.values()) == figures.total_location
        assert figures.total_location == figures.scope_1 + figures.scope_2_location + figures.scope_3
        alone = view_totals(s, YEAR, view)
        assert all(getattr(alone, name) == getattr(figures, name) for name in MEASURE_FILTER)
        assert latest_checkpoint(s) == before


@pytest.mark.parametrize("view", ["esrs_set1", "esrs_revised"])
def test_the_split_of_the_esrs_adds_up(table_ledger: Path, view: str):
    """Consolidated group and other investees are Scope 1 and 2; the joint venture that we operate is an investee."""
    with session(table_ledger) as s:
        figures = compile_inventory(s, YEAR, view)
    assert figures.split is not None
    group, others = figures.split["consolidated_group"], figures.split["other_investees"]
    assert group.scope_1 == Decimal(400)  # the company and its subsidiary of 60 %, whole
    assert others.scope_1 == (Decimal(200) if view == "esrs_set1" else Decimal(180))  # 100 % or 50 % and 40 %
    for measure in ("scope_1", "scope_2_location", "scope_2_market"):
        assert getattr(group, measure) + getattr(others, measure) == getattr(figures, measure)


def test_energy_is_that_of_the_boundary(table_ledger: Path):
    """Energy of facilities outside is not own energy; a joint venture at 50 % has half of it."""
    with session(table_ledger) as s:
        figures = compile_inventory(s, YEAR, "financial_control")
        lines = posting_lines(s, YEAR, "financial_control").to_pylist()
        traced = trace(s, f"2024/financial_control/energy_kwh@{figures.checkpoint.size}", limit=100)
    # electricity and gas (gross, so more than net) of 1 + 1 + 0.5 + 0.4 companies of 1,000 kWh each
    by_hand = sum(line["energy_kwh"] or 0 for line in lines)
    assert figures.energy_kwh["total"] == by_hand == traced.value
    bought_kwh = sum(line["energy_kwh"] for line in lines if line["activity_type"] == "electricity_purchased"
                     and line["energy_kwh"])  # fmt: skip
    assert bought_kwh == 2900


def test_what_a_pool_covers_outside_the_view_is_a_line_of_its_own(tmp_path: Path):
    """900 kWh over 1,000 and 400 kWh inside and 600 before a purchase: 630 stand in rows, 270 outside, 900 in all."""
    path = tiny.ledger_path(tmp_path)
    places = [tiny.facility("F-TOP", legal_entity_id="TOP"), tiny.facility("F-SUB", legal_entity_id="SUB")]
    with session(path, "write", create=True) as s:
        tiny.found(s, FACTORS, facilities=places, instruments=[tiny.instrument("POOL", "900")])
        bought_on = date(2024, 7, 1)
        organised(s, [entity("TOP"), entity("SUB")],
                  [holding("SUB", "1", "sole", operated=True, valid_from=bought_on)])  # fmt: skip
        tiny.upload(s, "rows", [
            bought("F-TOP", "1000"), bought("F-SUB", "600"),
            bought("F-SUB", "400", date(2024, 8, 1), date(2024, 8, 31)),
        ])  # fmt: skip
        tiny.calculate(s, "c")
        table, (record,) = scope2_table(s, YEAR), instrument_register(s, YEAR)
        notes, august = compile_inventory(s, YEAR).notes, scope2_table(s, period("2024-08"))
    assert (table.total.instrument_kwh, table.outside_kwh) == (Decimal(630), Decimal(270))
    assert [(part.instrument_id, part.kwh) for part in table.outside] == [("POOL", Decimal(270))]
    assert table.total.instrument_kwh + table.outside_kwh == record.used_in_period_kwh
    assert any(note.startswith("270 kWh of certificates and contracts cover consumption outside") for note in notes)
    assert (august.outside_kwh, august.outside) == (Decimal(0), ())
