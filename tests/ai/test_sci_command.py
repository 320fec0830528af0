"""`ghg ai sci`: a score from options or from a small TOML file, with every term and its source."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from ledger.ai.interval import Interval, interval
from ledger.ai.sci_file import score_of_text
from ledger.cli import app
from ledger.errors import Misuse, Refused

D = Decimal
SERVICE = """
unit = "request"
units = 400_000

[[component]]
name = "model"
energy_kwh = 30
pue = 1.15
cloud = "aws"
region = "us-east-1"
embodied = {kg = 876, life_years = [1, 2], hours = 100}
source = "meter"

[[component]]
name = "storage"
energy_kwh = [1.2, 1.8]
intensity_g_per_kwh = 400
embodied_g = 12
"""


def grid(where):
    """A grid of 0.4 kg/kWh wherever it is."""
    return D("0.4"), f"grid of {where.country}"


def test_a_file_is_worked_out_by_hand():
    """30 × 1.15 × 400 = 13,800; 876 kg × 100 ÷ 8,760 ÷ (1 to 2) = 5,000 to 10,000 g; 480 to 720 + 12; over 400,000."""
    told = score_of_text(SERVICE, grid)
    assert told.value == Interval(D(19292) / 400_000, D(24532) / 400_000)
    words = told.words()
    assert "E model    34.5 kWh   (meter; E = energy × PUE)" in words
    assert "(location-based, grid of US)" in words


def test_the_two_scores_for_ai_come_from_a_file():
    """`score = "provider"` and `"consumer"` take their own stages and units."""
    stage = '[[component]]\nname = "{}"\nenergy_kwh = 2\nintensity_g_per_kwh = 400\nembodied_g = 200\n'
    provider = 'score = "provider"\nunit = "training token"\nunits = 1000\nreason = "x"\n' + stage.format(
        "pre_training"
    )
    assert score_of_text(provider, grid).value == interval(1)
    assert score_of_text(provider, grid).kind == "sci_ai_provider"
    consumer = 'score = "consumer"\nunit = "token"\nunits = 1000\n' + stage.format("inference")
    assert score_of_text(consumer, grid).kind == "sci_ai_consumer"
    with pytest.raises(Misuse, match="consumer"):
        score_of_text(consumer.replace("inference", "pre_training"), grid)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("energy_kwh = 30", "enrgy_kwh = 30", "enrgy_kwh"),
        ("energy_kwh = 30", 'energy_kwh = "30"', "no amount"),
        ("energy_kwh = 30", "energy_kwh = [3, 1]", "no range"),
        ("pue = 1.15", "pue = 0.9", "PUE"),
        ('cloud = "aws"\nregion = "us-east-1"', "", "neither intensity"),
        (", hours = 100", "", "hours is missing"),
        ("units = 400_000", "units = 0", "R is zero"),
        ('unit = "request"', "", "unit is missing"),
        ("[[component]]", "[component]", "no"),
    ],
)
def test_a_slip_in_a_file_is_told(old, new, words):
    """Each names the component and the key."""
    with pytest.raises(Misuse, match=words):
        score_of_text(SERVICE.replace(old, new), grid)


def test_a_market_based_intensity_in_a_file_is_refused():
    """Whatever the number, a basis of market is no SCI."""
    with pytest.raises(Refused, match="market-based"):
        score_of_text(SERVICE.replace('source = "meter"', 'intensity_basis = "market"'), grid)


def test_options_are_enough(tmp_path, monkeypatch):
    """E, I, M and R as options: 0.65 g a request, as JSON too; what is missing is named; no ledger is needed."""
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    words = ["ai", "sci", "--energy", "1.5", "--intensity", "400", "--embodied", "50", "--units", "1000"]
    assert "0.65 g CO2e per request" in run(app, words).output
    assert json.loads(run(app, [*words, "--json"]).output)["value"] == "0.65"
    missing = run(app, words[:4])
    assert (missing.exit_code, "SCI needs --intensity, --units" in missing.output) == (2, True)
    market = run(app, [*words, "--basis", "market"])
    assert (market.exit_code, "market-based" in market.output) == (1, True)


def test_a_file_takes_the_factor_of_its_place(tmp_path, monkeypatch):
    """The shipped factor of the grid of AWS us-east-1 serves, and is named with its source."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "service.toml").write_text(SERVICE)
    told = CliRunner().invoke(app, ["ai", "sci", "service.toml"])
    assert told.exit_code == 0
    assert "egrid-2023:SRVC" in told.output
    both = CliRunner().invoke(app, ["ai", "sci", "service.toml", "--energy", "1"])
    assert (both.exit_code, "not in both" in both.output) == (2, True)
