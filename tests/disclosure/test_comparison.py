"""Two periods of like length side by side: what each cause did, to the kg; and the tables and files of a comparison."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path[:0] = [str(Path(__file__).parent.parent / "calculation")]
import tiny  # noqa: E402 — found by the line above

from ledger.disclosure.comparison.document import comparison_files  # noqa: E402 — as above
from ledger.disclosure.comparison.reading import ComparedReports, Side, read_comparison  # noqa: E402 — as above
from ledger.disclosure.comparison.tables import comparison_tables  # noqa: E402 — as above
from ledger.inventory import period  # noqa: E402 — as above
from ledger.inventory.compared.comparison import UNATTRIBUTED, compared  # noqa: E402 — as above
from ledger.inventory.exact import exact_sum  # noqa: E402 — as above
from ledger.store import Session, append, as_arrow, session  # noqa: E402 — as above
from ledger.store.tables import Holding, LegalEntity  # noqa: E402 — as above

CONTROL, EQUITY = "operational_control", "equity_share"
FACTORS = [
    tiny.factor("el-1", co2e_published_kg_per_unit="0.4", data_year="2023", valid_from="2023-01-01",
                valid_to="2023-12-31"),
    tiny.factor("el-2", co2e_published_kg_per_unit="0.3", dataset="u-2024"),
    tiny.factor("gas", activity_type="natural_gas", line="direct", serves="na", boundary="combustion",
                calorific_basis="gross", co2e_published_kg_per_unit="0.2", valid_from="2023-01-01"),
]  # fmt: skip


def used(activity: str, kwh: str, month: int, facility: str) -> dict[str, Any]:
    """Power or gas of the first 28 days of a month of 2024, or of November 2023."""
    year = 2023 if month == 11 else 2024
    basis = {"calorific_basis": "gross"} if activity == "natural_gas" else {}
    return tiny.row(activity, kwh, "kWh", date(year, month, 1), date(year, month, 28), facility_id=facility,
                    legal_entity_id=None, **basis)  # fmt: skip


def organised(writing: Any) -> None:
    """TOP holds SUB whole, and from April 60 per cent of it."""
    for code in ("TOP", "SUB"):
        company = {"legal_entity_id": code, "name": code, "country": "GB", "in_consolidated_accounts": True,
                   "high_climate_impact": False, "valid_from": tiny.EPOCH, "withdrawn": False}  # fmt: skip
        writing.insert_rows(LegalEntity, as_arrow(LegalEntity, [company]))
    for share, since in (("1", tiny.EPOCH), ("0.6", date(2024, 4, 1))):
        holding = {"parent": "TOP", "child": "SUB", "equity_share": Decimal(share), "financial_control": "sole",
                   "operational_control": True, "valid_from": since, "event": "stated", "withdrawn": False}  # fmt: skip
        writing.insert_rows(Holding, as_arrow(Holding, [holding]))


@pytest.fixture(scope="module")
def s(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Power of F1 and gas of SUB in both quarters, gas of F1 in one alone, a site that is new and one that is gone."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("quarters"))
    sites = [
        tiny.facility("F1", legal_entity_id="TOP"), tiny.facility("F2", legal_entity_id="SUB"),
        tiny.facility("NEW", legal_entity_id="TOP", valid_from=date(2024, 5, 1)),
        tiny.facility("GONE", legal_entity_id="TOP", valid_to=date(2023, 11, 30)),
    ]  # fmt: skip
    rows = [
        used("electricity_purchased", "1000", 11, "F1"), used("electricity_purchased", "1200", 5, "F1"),
        used("natural_gas", "2000", 11, "F2"), used("natural_gas", "2500", 5, "F2"),
        used("natural_gas", "50", 5, "F1"), used("natural_gas", "70", 5, "NEW"), used("natural_gas", "90", 11, "GONE"),
    ]  # fmt: skip
    with session(path, "write", create=True) as opened:
        editions = [tiny.dataset("t-2024"), tiny.dataset("u-2024")]
        tiny.found(opened, FACTORS, facilities=sites, datasets=editions)
        append(opened, tiny.act("upload", "group"), organised)
        tiny.upload(opened, "rows.csv", rows)
        yield opened


def quarters(s: Session, view: str, first: str = "2023-Q4", second: str = "2024-Q2") -> ComparedReports:
    """Two periods as the ledger is now."""
    size = s.one("select max(batch_no) from batch")[0]
    a, b = (Side(label, "now", period(label), view, size) for label in (first, second))
    return read_comparison(s, a, b)


def test_two_quarters(s: Session):
    """Power: 200 kWh more at 0.4, then 1200 at 0.1 less. Gas: 500 kWh more, a new source, a new site and one gone."""
    found = quarters(s, CONTROL).comparison
    told = {one.measure: dict(one.reasons) for one in found.figures if one.reasons}
    assert told["scope_2_location"] == {"use": Decimal(80), "per_unit": Decimal(-120)}
    assert told["scope_1"] == {"use": Decimal(100), "new_source": Decimal(10), "boundary": Decimal(14 - 18)}
    places = {c.facility_id: (c.before, c.after, c.effects["scope_1"]) for c in found.causes if c.reason == "boundary"}
    assert places == {
        "NEW": ("not registered then", "registered from 1 May 2024", Decimal(14)),
        "GONE": ("registered until 30 November 2023", "not registered then", Decimal(-18)),
    }
    (moved,) = [cause for cause in found.causes if cause.reason == "per_unit"]
    assert (moved.before, moved.after) == ("t-2024 2024", "u-2024 2024")


def test_a_share_is_told_apart_from_use(s: Session):
    """SUB at 60 % from April: its 500 kWh more would have been 100 kg, four tenths of its 500 kg leave the share."""
    found = quarters(s, EQUITY).comparison
    told = {one.measure: dict(one.reasons) for one in found.figures if one.reasons}
    assert told["scope_1"] == {"use": Decimal(100), "new_source": Decimal(10), "boundary": Decimal(-200 + 14 - 18)}


@pytest.mark.parametrize("view", [CONTROL, EQUITY])
def test_reasons_of_periods_add_up(s: Session, view: str):
    """In both directions, of quarters and of months, each figure's reasons make its difference exactly."""
    for first, second in (("2023-Q4", "2024-Q2"), ("2024-Q2", "2023-Q4"), ("2023-11", "2024-05")):
        found = quarters(s, view, first, second).comparison
        assert UNATTRIBUTED not in found.reasons
        for one in found.figures:
            assert exact_sum(one.reasons.values()) == (one.difference or 0), one.measure


def test_the_files(s: Session):
    """Every format has the same figures; CSV and JSON in exact digits; the same sides give the same bytes."""
    held = quarters(s, EQUITY)
    made = comparison_files(held, ("html", "xlsx", "csv", "json"), "a4")
    assert made == comparison_files(held, ("html", "xlsx", "csv", "json"), "a4")
    assert made["csv"][0].startswith("compare-2023-Q4-equity_share-")
    rows = list(csv.DictReader(io.StringIO(made["csv"][1].decode())))
    answer = json.loads(made["json"][1])
    for one in held.comparison.figures:
        causes = [Decimal(row["difference"]) for row in rows if (row["figure"], row["row"]) == (one.measure, "cause")]
        assert exact_sum(causes) == (one.difference or 0)
        assert exact_sum(map(Decimal, answer["figures"][one.measure]["reasons"].values())) == (one.difference or 0)
    page = made["html"][1].decode()
    for table in comparison_tables(held).values():
        for row in table.rows:
            assert row.cells[-1].text in page
    assert "registered from 1 May 2024" in page


def test_what_is_not_attributed_is_shown(s: Session):
    """A cause that is missing stands in the table as not attributed, with its kg and a note."""
    held = quarters(s, CONTROL)
    both = held.comparison
    short = compared(both.a, both.b, [cause for cause in both.causes if cause.reason != "use"])
    shown = comparison_tables(ComparedReports(held.organisation, held.sides, short, held.recorded_at,
                                              held.software_version, {}, {}))["compared_figures"]  # fmt: skip
    values = [row.cells[-1].value for row in shown.rows if row.cells[0].text == "Not attributed"]
    assert Decimal(80) in values
    assert "could not be attributed" in " ".join(shown.notes)
