"""`ghg ai embodied`: both views of a purchase by year, the write-off, and what is asked for where nothing is known."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ledger.cli import app

BOUGHT = ("--bought", "2024-07-01", "--life-years", "4")


def run(*words: str) -> tuple[int, str]:
    """Exit code and all that was printed, with single blanks."""
    told = CliRunner().invoke(app, ["ai", "embodied", *words])
    return told.exit_code, " ".join(told.output.split())


def test_both_views_have_one_total_and_no_sum():
    """8 H100 of 164 kg: 1,312 kg in 2024 or 184 of 1,461 days of it, and the same total in both columns."""
    code, told = run("--hardware", "h100-sxm", "--count", "8", *BOUGHT)
    assert code == 0
    assert "2024 1 312.0 165.2 —" in told
    assert "total 1 312.0 1 312.0 (inside)" in told
    assert "never added" in told


def test_an_early_end_is_written_off():
    """Retired on 31 December 2025: 912 of 1,461 kg are written off in that year; as JSON to the last digit."""
    words = ("--kg", "1461", *BOUGHT, "--retired", "2025-12-31")
    assert "2025 — 365.0 912.0" in run(*words)[1]
    made = json.loads(CliRunner().invoke(app, ["ai", "embodied", *words, "--json"]).output)
    assert made["years"][1] == {
        "year": 2025, "purchase_kg_co2e": "0", "amortised_kg_co2e": "365", "write_off_kg_co2e": "912",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--hardware", "t4", *BOUGHT), "no sources give the manufacture of NVIDIA T4"),
        (("--hardware", "h100", *BOUGHT), "nvidia-h100-pcie-80gb"),
        (BOUGHT, "--hardware"),
        (("--kg", "3", "--bought", "2024-13-01", "--life-years", "4"), "--bought takes a day"),
        (("--kg", "3", "--bought", "2024-01-01", "--life-years", "0"), "whole years"),
        (("--kg", "-3", *BOUGHT), "below zero"),
    ],
)
def test_what_is_not_known_is_asked_for(words, part):
    """Nothing is filled in: each says what to give."""
    code, told = run(*words)
    assert (code, part in told) == (2, True)
