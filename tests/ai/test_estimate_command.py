"""`ghg ai estimate`: what it prints, as JSON too, with and without a ledger, and the calculator's own arithmetic."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.ai.parity import parity, table_intensity, table_power, two_digits
from ledger.cli import app
from ledger.errors import Misuse

D = Decimal
A100 = ("--gpu", "A100", "--hours", "100")
US_EAST = ("--cloud", "aws", "--region", "us-east-1")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A call of the command in an empty folder; gives exit code and all that was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GHG_LEDGER", raising=False)

    def of(*words: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, ["ai", "estimate", *words])
        return told.exit_code, " ".join(told.output.split())

    return of


def test_the_arithmetic_of_the_chip_is_the_first_thing_told(run):
    """Power, hours, kWh, factor and kg stand in one line, PUE and manufacture apart, and no ledger is made."""
    code, told = run(*A100, *US_EAST, "--power", "300", "--factor", "0.4")
    assert code == 0
    assert "300 W × 100 h × 1 ÷ 1000 = 30 kWh; × 0.4 kg/kWh = 12.0 kg CO₂e" in told
    for words in ("overhead of the site (PUE 1.15) 4.50 1.80", "in no sum above", "3 other factors", "category 1"):
        assert words in told
    assert not list(Path.cwd().iterdir())


def test_json_has_exact_amounts_every_term_and_every_other_factor(run):
    """The same figures as plain decimal text."""
    code, told = run(*A100, *US_EAST, "--power", "300", "--factor", "0.4", "--json")
    made = json.loads(told)
    chip = made["layers"][0]
    assert (code, chip["energy"]["value"], chip["location"]["value"]) == (0, "30", "12")
    assert made["operational_kg_co2e"] == {"location": {"value": "13.8"}, "market": {"value": "13.8"}}
    assert made["layers"][1]["not_quantified"].startswith("no source gives")
    assert len(made["other_factors"]) == 3  # with the one that would have been chosen
    assert made["factors"]["market"]["reason"].startswith("no instrument")


def test_a_fault_is_told_in_words_and_ends_with_2(run):
    """An unknown region proposes the nearest; a number that is none is named with its option."""
    code, told = run(*A100, "--cloud", "aws", "--region", "us-east-9")
    assert code == 2
    assert "did you mean us-east-1" in told
    code, told = run("--gpu", "A100", "--hours", "ten", "--country", "DE")
    assert (code, "--hours takes a number" in told) == (2, True)
    code, told = run(*A100, "--country", "DE", "--month", "soon")
    assert (code, "is no month" in told) == (2, True)
    code, told = run(*A100, "--country", "DE", "--ledger", "none.duckdb")
    assert (code, "no ledger at" in told) == (2, True)


def test_the_ledgers_own_factors_serve_where_there_is_one(run, tmp_path):
    """A ledger without the national dataset takes the next one, as its uploads would."""
    from ledger.book import Ledger

    Ledger.init(tmp_path / "ledger.duckdb", organisation="X", datasets=["ember-2026", "egrid-2023"])
    _, told = run(*A100, "--country", "GB", "--json")
    made = json.loads(told)
    assert "ember-2026:GB:2025" in made["factors"]["location"]["source"]  # DESNZ is not in this ledger


@pytest.mark.parametrize(
    ("value", "digits"), [(0.125, 0.13), (1.005, 1.0), (2.345, 2.35), (30.0, 30.0), (0.3678, 0.37)]
)
def test_two_digits_are_those_of_the_calculator(value, digits):
    """A true half goes up (0.125), and 1.005 is not one: its machine float lies below (JavaScript's toFixed)."""
    assert two_digits(value) == digits


def test_each_step_of_the_calculator_is_rounded(run):
    """333 W × 7.77 h = 2.59 kWh (2.58741); × 0.37 = 0.96 kg (0.9583), not 0.95 as by exact steps with 0.3678."""
    told = parity(D(333), D("7.77"), factor=None, table_g=D("367.8"), sources=("", ""))
    assert (told.energy_kwh, told.factor_kg_per_kwh, told.emissions_kg) == (D("2.59"), D("0.37"), D("0.96"))
    assert round(D("2.58741") * D("0.3678"), 2) == D("0.95")
    code, words = run(*A100, "--as", "mlco2", "--power", "400", "--factor", "0.4")
    assert code == 0
    assert "400 W × 100 h = 40.0 kWh × 0.4 kg/kWh = 16.0 kg CO₂e" in words
    assert "no PUE" in words


def test_the_calculators_own_tables_serve_where_they_are_brought(run, tmp_path):
    """Power and factor from gpus.csv and impact.csv; a name or file that is not there is told."""
    (tmp_path / "gpus.csv").write_text("name,type,tdp_watts\nChip X,gpu,250\n")
    (tmp_path / "impact.csv").write_text("provider,region,impact\naws,us-east-1,367.8\n")
    files = ("--mlco2-files", str(tmp_path))
    code, told = run("--gpu", "Chip X", "--hours", "100", *US_EAST, "--as", "mlco2", *files)
    assert (code, "= 25.0 kWh × 0.37 kg/kWh = 9.25 kg" in told) == (0, True)
    code, told = run(*A100, *US_EAST, "--as", "mlco2", *files)
    assert (code, "its names: Chip X" in told) == (2, True)
    with pytest.raises(Misuse, match="no region"):
        table_intensity(tmp_path, "aws", "eu-west-1")
    code, told = run(*A100, "--as", "mlco")
    assert (code, "mlco2" in told) == (2, True)


@pytest.mark.needs("reference")
def test_the_calculators_real_tables_are_read(reference, tmp_path):
    """Its files of 2026: an A100 SXM4 at 400 W, AWS us-east-1 at 367.8 g/kWh."""
    (tmp_path / "gpus.csv").write_bytes((reference / "samples" / "mlco2_gpus.csv").read_bytes())
    (tmp_path / "impact.csv").write_bytes((reference / "samples" / "mlco2_impact_regions.csv").read_bytes())
    assert table_power(tmp_path, "A100 SXM4 80 GB") == 400
    assert table_intensity(tmp_path, "aws", "us-east-1") == D("367.8")
