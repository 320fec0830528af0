"""`ghg ai hardware` and `ghg ai regions`: no ledger is needed, and an unknown is never printed as a number."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ledger.cli import app


@pytest.fixture(scope="module")
def ghg():
    """The command, called as on the command line."""

    def call(*words: str):
        return CliRunner().invoke(app, ["ai", *words], env={"COLUMNS": "160"})

    return call


def test_hardware_is_listed(ghg):
    """Every accelerator is listed, power is called a ceiling, and what is not known is a dash."""
    done = ghg("hardware")
    assert done.exit_code == 0
    assert "nvidia-h100-sxm5-80gb" in done.output
    assert "Board power is a ceiling" in done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("google-tpu-v5e")]
    assert line.split()[2] == "–"


def test_one_accelerator_with_source_and_embodied_carbon(ghg):
    """A whole name prints the record with source, verification and embodied carbon; as JSON amounts are text."""
    done = ghg("hardware", "NVIDIA A100-SXM4-40GB")
    assert done.exit_code == 0
    assert "Epoch AI" in done.output
    assert "127.6 kg CO₂e" in done.output
    assert "400 (a ceiling)" in done.output
    record = json.loads(ghg("hardware", "A100-SXM4-40GB", "--json").output)
    assert (record["board_power_w"], record["typical_power_low_w"]) == ("400", None)
    assert record["embodied"][0]["kg_co2e"] == "127.6"


def test_a_short_name_lists_its_variants(ghg):
    """`A100` lists the four variants and says that it may be any; the list as JSON is a list."""
    done = ghg("hardware", "A100")
    assert done.exit_code == 0
    assert "'A100' may be any of these" in done.output
    assert len(json.loads(ghg("hardware", "A100", "--json").output)) == 4


def test_unknown_names_are_misuse(ghg):
    """A name that is not held is misuse with a proposal, in words and as JSON."""
    done = ghg("hardware", "H1000")
    assert done.exit_code == 2
    assert "nvidia-h100-sxm5-80gb" in done.output
    refused = ghg("regions", "--provider", "oci", "--json")
    assert refused.exit_code == 2
    assert json.loads(refused.output)["error"]["code"] == "provider-unknown"
    assert ghg("regions", "atlantis").exit_code == 2


def test_regions_are_listed_and_shown(ghg):
    """Regions of a provider are counted with those that have a PUE; one is shown with year and source of its PUE."""
    done = ghg("regions", "--provider", "aws")
    assert done.exit_code == 0
    assert "37 regions" in done.output
    assert "never 1" in done.output
    one = ghg("regions", "--provider", "aws", "us-west-2")
    assert "pue_year" in one.output
    assert "NWPP" in one.output
    unknown = ghg("regions", "uksouth", "--provider", "azure")
    assert [line.split(maxsplit=1)[1].strip() for line in unknown.output.splitlines() if line.startswith("pue ")] == [
        "not known"
    ]
    assert "1.16 (not of this region, and not taken by itself)" in unknown.output
    told = json.loads(ghg("regions", "uksouth", "--json").output)
    assert (told["pue"], told["area_pue"]) == (None, "1.16")


def test_a_region_has_its_measures_by_year(ghg):
    """The record of a region lists what its provider published, year by year, as JSON with the source of each."""
    assert "2024 pue 1.35" in ghg("regions", "--provider", "aws", "eu-central-1").output
    measures = json.loads(ghg("regions", "--provider", "aws", "eu-central-1", "--json").output)["measures"]
    assert [(one["year"], one["value"]) for one in measures if one["measure"] == "pue"] == [
        (2024, "1.35"),
        (2025, "1.24"),
    ]
    assert all(one["source"] for one in measures)
