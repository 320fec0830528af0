"""PUE, CUE, WUE and REF of a data centre from posted rows and metrics, by hand; what is missing is named."""

from __future__ import annotations

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent / "calculation"))
import tiny

from ledger.cli import app
from ledger.errors import Misuse
from ledger.inventory import period
from ledger.inventory.data_centre import data_centre, data_centres
from ledger.store import append, as_arrow, session
from ledger.store.tables import Metric

D = Decimal
YEAR = (date(2024, 1, 1), date(2024, 12, 31))
VIEW = "operational_control"


def metric(name: str, value: str, unit: str, start: date = YEAR[0], end: date = YEAR[1], facility: str = "DC1"):
    """A metric of a facility."""
    return {"name": name, "facility_id": facility, "period_start": start, "period_end": end, "value": D(value),
            "unit": unit, "source": "meter"}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """DC1: 1,100 MWh bought, half covered by wind, 100 MWh of diesel in generators, a van; DC2 without metrics."""
    file = tiny.ledger_path(tmp_path_factory.mktemp("centre"))
    with session(file, "write", create=True) as s:
        tiny.found(
            s,
            [tiny.factor("t:power", co2e_published_kg_per_unit="0.2"),
             tiny.factor("t:diesel", activity_type="diesel_stationary", line="direct", boundary="combustion",
                         serves="na", calorific_basis="net", co2e_published_kg_per_unit="0.3"),
             tiny.factor("t:van", activity_type="diesel", line="direct", boundary="combustion", serves="na",
                         calorific_basis="net", co2e_published_kg_per_unit="2.5")],
            facilities=[tiny.facility(f"DC{number}") for number in range(1, 6)],
            instruments=[tiny.instrument("WIND", "550000", facility_id="DC1")],
        )  # fmt: skip
        tiny.upload(s, "u", [
            tiny.row("electricity_purchased", "1100", "MWh", *YEAR, facility_id="DC1"),
            tiny.row("diesel_generator", "100", "MWh", *YEAR, facility_id="DC1", calorific_basis="net"),
            tiny.row("diesel", "7", "MWh", *YEAR, facility_id="DC1", calorific_basis="net"),
            tiny.row("electricity_purchased", "50", "MWh", *YEAR, facility_id="DC2"),
            tiny.row("electricity_purchased", "50", "MWh", *YEAR, facility_id="DC4"),
            tiny.row("electricity_purchased", "50", "MWh", *YEAR, facility_id="DC5"),
        ])  # fmt: skip
        tiny.calculate(s, "c")
        half = (date(2024, 6, 30), date(2024, 7, 1))
        rows = [
            metric("it_energy", "500", "MWh", YEAR[0], half[0]), metric("it_energy", "500000", "kWh", half[1], YEAR[1]),
            metric("Water intake", "1800", "m3"), metric("renewable_energy", "300", "MWh"),
            metric("it_energy", "30", "MWh", YEAR[0], half[0], "DC2"), metric("it_energy", "30", "t", facility="DC3"),
            metric("it_energy_pdu", "40", "MWh", facility="DC4"), metric("it_energy", "80", "MWh", facility="DC5"),
        ]  # fmt: skip
        append(s, tiny.act("upload", "m"), lambda writing: writing.insert_rows(Metric, as_arrow(Metric, rows)))
    return file


def figures(path: Path, facility: str = "DC1", of: str = "2024"):
    """The indicators of a facility over 2024."""
    with session(path) as s:
        return data_centre(s, period(of), facility, 2, VIEW)


def test_a_year_by_hand(path):
    """Site 1,200 MWh over IT 1,000: PUE 1.2; (220 + 30 t) ÷ 1,000 MWh: CUE 0.25, market 0.14; 1.8 L/kWh; REF 0.25."""
    told = {figure.what: figure.value.low for figure in figures(path).figures}
    assert told == {
        "PUE": D("1.2"), "CUE, location-based": D("0.25"), "CUE, market-based": D("0.14"), "WUE": D("1.8"),
        "REF": D("0.25"),
    }  # fmt: skip


def test_what_is_missing_is_named_and_never_filled(path):
    """Half a year of IT energy is no IT energy of the year; water and renewable energy are not there."""
    told = figures(path, "DC2")
    assert told.figures == ()
    assert "182 of 366 days" in told.missing[0]
    assert any("water taken in" in words for words in told.missing)


def test_every_centre_of_a_year_with_its_own_category(path):
    """The name of a metric tells the category, else PUE is not given; what cannot be is told and hides no other."""
    with session(path) as s:
        told = {one.facility_id: one for one in data_centres(s, period("2024"), VIEW, 10**6)}
    assert list(told) == ["DC1", "DC2", "DC3", "DC4", "DC5"]
    assert (told["DC4"].figures[0].what, told["DC4"].figures[0].value.low) == ("PUE", D("1.25"))
    assert "category 2" in told["DC4"].figures[0].notes[0]
    assert "PUE" not in [figure.what for figure in told["DC1"].figures]
    assert any(words.startswith("PUE: where the IT energy is read is not told") for words in told["DC1"].missing)
    assert "no unit of energy" in told["DC3"].missing[0]
    assert told["DC5"].missing[-1].startswith("PUE: where")


def test_months_are_no_indicator_of_a_year(path):
    """A shorter period is worked out where it can be, and says that the indicators are yearly."""
    assert "yearly" in figures(path, of="2024-Q1").notes[0]


def test_a_unit_or_a_facility_that_cannot_be_is_refused(path):
    """IT energy in tonnes, a facility that is not there, a category that does not exist."""
    with pytest.raises(Misuse, match="no unit of energy"):
        figures(path, "DC3")
    with pytest.raises(Misuse, match="no facility 'DC9'"):
        figures(path, "DC9")
    with session(path) as s, pytest.raises(Misuse, match="category 4"):
        data_centre(s, period("2024"), "DC1", 4, VIEW)


def test_the_command_prints_every_term(path):
    """Category and basis stand with the figures, as text and as JSON."""
    words = ["ai", "metrics", "--facility", "DC1", "--period", "2024", "--pue-category", "2", "--ledger", str(path)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    for part in ("PUE: 1.2", "PDU output", "CUE, market-based: 0.14", "1\u202f200\u202f000 kWh"):
        assert part in told.output
    made = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert [figure["value"] for figure in made["figures"]] == ["1.2", "0.25", "0.14", "1.8", "0.25"]
    assert made["missing"] == ["water consumed: no metric 'water_consumption' of DC1; ghg template metric"]
