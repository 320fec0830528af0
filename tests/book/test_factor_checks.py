"""Factors that users bring: each doubt names its row and its rule, and none of them stops the file."""

from __future__ import annotations

import pytest

HEADER = (
    "factor_id,activity_type,per_unit,data_year,co2e_published_kg_per_unit,co2_kg_per_unit,ch4_other_kg_per_unit,"
    "gwp_set,country,source"
)
GOOD = "own:1,electricity_purchased,kWh,2024,0.2,,,AR5,GB,bill"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("own:2,electricity_purchased,kWh,2024,0,,,AR5,FR,bill", "factor-zero"),
        ("own:2,electricity_purchased,kWh,2024,-0.1,,,AR5,FR,bill", "number-negative"),
        ("own:2,diesel,L,2024,,2.5,-0.001,AR5,FR,bill", "number-negative"),
        ("own:2,electricity_purchased,kWh,2024,0.3,,,AR5,GB,bill", "factor-tie"),
        ("own:2,electricity_purchased,MWh,2024,250,,,AR5,GB,bill", "factor-tie"),
        ("own:2,electricity_purchased,kWh,2099,0.2,,,AR5,FR,bill", "factor-year-future"),
        ("own:2,diesel,L,2024,2.5,2.4,0.001,,FR,bill", "factor-gwp-missing"),
        ("own:2,diesel,L,2024,2.4,2.5,0.001,AR5,FR,bill", "factor-below-parts"),
        ("own:2,electricity_purchased,kWh,2024,207,,,AR5,GB,bill", "factor-far"),
        ("own:2,diesel,L,2024,0.0025,,,AR5,FR,bill", "factor-far"),
        ("own:2,electricity_purchased,kg,2024,0.2,,,AR5,FR,bill", "unit-unsuited"),
        ("own:2,electricity_purchased,kWh,,0.2,,,AR5,FR,bill", "value-missing"),
    ],
)
def test_each_doubt_names_its_row(ledger, tmp_path, row, code):
    """Zero, negative, tie, future year, GWP missing, total below its parts, far from what is published, wrong unit."""
    path = tmp_path / "factor.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n{row}\n", encoding="utf-8")
    found = ledger.upload(path, "factor", check=True).findings
    assert (code, 3) in {(finding.code, finding.line) for finding in found}
    assert not any(finding.line == 2 for finding in found if finding.severity != "info")


def test_a_plain_factor_raises_no_doubt(ledger, tmp_path):
    """A supplier's rate near the grid's, a year apart from another: nothing to say."""
    path = tmp_path / "factor.csv"
    rows = (HEADER, GOOD, "own:2,electricity_purchased,kWh,2023,0.21,,,AR5,GB,bill", "own:3,diesel,L,2024,2.5,,,AR5,,x")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = ledger.upload(path, "factor", check=True)
    assert done.status == "checked"
    assert [finding.code for finding in done.findings if finding.severity != "info"] == []


@pytest.mark.parametrize("amounts", ["-0.1,,", ",-2.5,", ",2.5,-0.001"])
def test_a_factor_below_zero_is_refused(ledger, tmp_path, amounts):
    """In one figure or in any gas: the file is refused, and the hint names where such a figure belongs."""
    path = tmp_path / "factor.csv"
    path.write_text(f"{HEADER}\nown:2,diesel,L,2024,{amounts},AR5,FR,bill\n", encoding="utf-8")
    done = ledger.upload(path, "factor", check=True)
    assert done.status == "refused"
    assert ["ghg template removal" in found.fix for found in done.findings if found.severity == "error"] == [True]
