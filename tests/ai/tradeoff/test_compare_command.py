"""`ghg ai compare`: a fast accelerator on a dirty grid against an older one on a clean grid, and what it asks for."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ledger.cli import app

PRICES = """provider,region,hardware,kind,price_per_accelerator_hour,currency,date,source
gcp,us-central1,H100 SXM,list,3,USD,2026-01-20,invented for the test
gcp,us-central1,A100 SXM4 80GB,list,1.5,USD,2026-01-20,invented for the test
own,FI,H100 SXM,contract,6,USD,2026-01-20,invented for the test
own,FI,A100 SXM4 80GB,contract,2,USD,2026-01-20,invented for the test
"""
ASKED = """
hardware = ["H100 SXM", "A100 SXM4 80GB"]
places = ["gcp:us-central1", "FI"]
hours = 1000
reference = "A100 SXM4 80GB"
count = 8
prices = "prices.csv"
[measured]
"A100 SXM4 80GB" = 30
"H100 SXM" = 12
[machine."H100 SXM"]
power_w = 600
source = "meter"
[machine."A100 SXM4 80GB"]
power_w = 350
[place."gcp:us-central1"]
pue = 1.1
factor = 0.5
market_factor = 0.1
wue = 0.5
source = "statement of the provider"
[place.FI]
pue = 1.2
factor = 0.05
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the file that asks, and its prices."""
    made = tmp_path_factory.mktemp("compare")
    (made / "asked.toml").write_text(ASKED, encoding="utf-8")
    (made / "prices.csv").write_text(PRICES, encoding="utf-8")
    return made


@pytest.fixture
def run(folder, monkeypatch):
    """A call of the command there; gives exit code and all that was printed."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GHG_LEDGER", raising=False)

    def of(*words: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, ["ai", "compare", *words])
        return told.exit_code, " ".join(told.output.split())

    return of


@pytest.fixture(scope="module")
def answer(folder):
    """The answer to the file as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("GHG_LEDGER", raising=False)
        told = CliRunner().invoke(app, ["ai", "compare", "asked.toml", "--json"])
    assert told.exit_code == 0, told.output
    return json.loads(told.output)


def value(answer, name: str, key: str) -> str:
    """An exact figure of an option."""
    return next(row for row in answer["options"] if row["option"] == name)[key]["value"]


def test_every_figure_by_hand(answer):
    """H100: 400 h × 0.6 kW × 1.1 = 264 kWh, × 0.5 = 132 kg, × 0.1 = 26.4 kg, 1200 USD, 50 h, 120 L.

    A100 in Finland: 1000 h × 0.35 kW × 1.2 = 420 kWh, × 0.05 = 21 kg, 2000 USD, 125 h.
    """
    fast, clean = "nvidia-h100-sxm5-80gb @ gcp:us-central1", "nvidia-a100-sxm4-80gb @ FI"
    keys = ("accelerator_hours", "duration_h", "kwh", "location_kg_co2e", "market_kg_co2e", "cost")
    assert [value(answer, fast, key) for key in keys] == ["400", "50", "264", "132", "26.4", "1200"]
    assert [value(answer, clean, key) for key in keys] == ["1000", "125", "420", "21", "21", "2000"]
    assert value(answer, fast, "water_l") == "120"
    assert next(row for row in answer["options"] if row["option"] == clean)["water_l"] is None


def test_what_is_decided_and_when_it_would_flip(answer):
    """Fast and cheap in Iowa, cleanest in Finland; the A100 in Iowa is dearer and dirtier, and off the front."""
    standing = {row["option"]: row["front"] for row in answer["options"]}
    assert standing["nvidia-a100-sxm4-80gb @ gcp:us-central1"] == "off"
    assert answer["verdicts"]["cost"] == "nvidia-h100-sxm5-80gb @ gcp:us-central1"
    assert answer["verdicts"]["location_full"] == "nvidia-h100-sxm5-80gb @ gcp:us-central1"
    assert answer["verdicts"]["location"] == "nvidia-h100-sxm5-80gb @ FI"
    told = next(row for row in answer["flips"] if row["second"] == "nvidia-a100-sxm4-80gb @ FI")
    assert told["first"] == "nvidia-h100-sxm5-80gb @ gcp:us-central1"
    # 800 USD more for 132 + 2.4962 - 21 - 2.8539 = 110.6423 kg less, to 132 + 1.2481 - 21 - 5.7078 = 106.5403 kg:
    # the manufacture of 164 kg over 400 h and of 150 kg over 1000 h, each of a life of 3 to 6 years of 8760 h
    assert (round(float(told["low"]), 1), round(float(told["high"]), 1)) == (7230.5, 7508.9)


def test_every_price_and_factor_has_its_source(answer):
    """What was given is told with its source, what was chosen with its reason."""
    text = json.dumps(answer["sources"])
    for words in ("invented for the test", "statement of the provider", "meter", "your own runs", "named by you"):
        assert words in text


def test_the_table_and_its_words(run):
    """Options go before the file; without a price of each option there is no cost axis, and both bases stand there."""
    code, told = run("asked.toml", "--carbon-price", "9000", "--basis", "market")
    assert code == 0, told
    for words in ("kg location kg market", "with carbon at 9000 USD/t", "is ahead below", "front"):
        assert words in told
    code, told = run("asked.toml", "--at", "gcp:us-central1", "--at", "FI", "--price-kind", "list")
    assert code == 0, told
    assert "No cost axis: no price is held for nvidia-h100-sxm5-80gb @ FI" in told
    assert "in full" not in told


def test_the_question_is_answered_in_a_sentence(run):
    """The H100 in Finland emits 14.4 kg and 1.2481 to 2.4962 of manufacture against 132 and the same: 87 to 88 %."""
    code, told = run("asked.toml")
    assert code == 0, told
    assert (
        "nvidia-h100-sxm5-80gb @ FI emits 87–88 % less carbon, location-based, than the cheapest, "
        "nvidia-h100-sxm5-80gb @ gcp:us-central1, and costs 2 times as much." in told
    ), told
    assert "Least carbon, by both bases: nvidia-h100-sxm5-80gb @ FI." in told


def test_single_options_are_compared_alone(run):
    """Two pairs, not the four of two by two."""
    pairs = ("H100 SXM @ gcp:us-central1", "A100 SXM4 80GB@gcp:europe-north1")
    runs = ("--measured", "A100 SXM4 80GB=30", "--measured", "H100 SXM=12", "--hours", "9", "--on", "H100 SXM")
    code, told = run(*(word for pair in pairs for word in ("--option", pair)), *runs, "--json")
    names = [(row["hardware"], row["place"]) for row in json.loads(told)["options"]]
    assert code == 0
    assert names == [
        ("nvidia-h100-sxm5-80gb", "gcp:us-central1"), ("nvidia-a100-sxm4-80gb", "gcp:europe-north1")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--gpu", "T4", "--at", "DE", "--hours", "9"), "the PUE of DE, which is not 1: --pue DE=1.2"),
        (("--gpu", "T4", "--at", "DE", "--pue", "DE"), "--pue takes NAME=VALUE"),
        (("--gpu", "T4", "--at", "DE", "--hours", "9h"), "hours is no amount: 9h"),
        (("--gpu", "T4", "--hours", "9"), "nothing to compare"),
        (("asked.toml", "--count", "0"), "a count of 0"),
        (("--option", "T4 in DE", "--hours", "9"), "'T4 in DE' is no option"),
        (("--gpu", "T4", "--option", "T4 @ DE", "--hours", "9"), "each with each, or single options"),
        (("--gpu", "T4", "--at", "DE", "--hours", "9", "--basis", "both"), "there is no basis 'both'"),
        (("--gpu", "T4", "--at", "gcp:us-central9", "--hours", "9"), "did you mean us-central1"),
        (("--run", "r1", "--gpu", "T4", "--at", "DE"), "a recorded run needs its ledger"),
        (("missing.toml",), "missing.toml: no such file"),
    ],
)
def test_what_is_missing_is_asked_for_in_words(run, words, told):
    """Nothing is assumed; the command ends with 2 and says what to give."""
    code, said = run(*words)
    assert (code, told in said) == (2, True), said
