"""Two reports side by side as people ask for them: issued reports, files, sizes, periods, views; what is refused."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger import Ledger, Misuse
from ledger.cli import app

QUARTER = "2024-Q1"
EARLIER = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
0,LON,electricity_purchased,80000,kWh,2023-03-01,2023-03-31,,measured
"""


@pytest.fixture(scope="module")
def made(_founded: Path, tmp_path_factory: pytest.TempPathFactory, energy_text: str) -> tuple[Ledger, Path, str]:
    """A quarter is issued as JSON; then a row of it is corrected. The ledger, the file, the entry of the issue."""
    folder = tmp_path_factory.mktemp("compared")
    shutil.copytree(_founded, folder / "book")
    ledger = Ledger(folder / "book" / "ledger.duckdb", actor="anna")
    for name, role in (("pia", "preparer"), ("rob", "reviewer")):
        ledger.add_person(name, role)
    pia, rob = (Ledger(ledger.path, actor=name) for name in ("pia", "rob"))
    for name, text in (("earlier.csv", EARLIER), ("energy.csv", energy_text)):
        (folder / name).write_text(text, encoding="utf-8")
        assert pia.upload(folder / name).status == "accepted"
    size = ledger.checkpoint().size
    pia.submit(QUARTER)
    rob.approve(QUARTER)
    done = rob.issue_report(period=QUARTER, formats=("json",), folder=folder)
    pia.correct(f"B{size}-2", {"quantity": "4000"}, reason="meter", note="read again")
    return ledger, done.files["json"], done.entry


def difference(ledger: Ledger, a: str, b: str, **given: str) -> dict[str, dict[str, Decimal]]:
    """Figure → reason → amount."""
    told = ledger.compare_reports(a, b, **given).comparison
    return {one.measure: dict(one.reasons) for one in told.figures if one.reasons}


@pytest.mark.thorough
def test_each_way_to_name_a_side(made: tuple[Ledger, Path, str]):
    """An issued report by its entry, its file and its size are one side; each gives the same difference to now."""
    ledger, file, entry = made
    (row,) = (state.row for state in ledger.issued_reports())
    found = [difference(ledger, side, QUARTER) for side in
             (entry, entry.partition("-")[0], str(file), f"{QUARTER}@{row.checkpoint_size}",
              f"{QUARTER}/operational_control@{row.checkpoint_size}")]  # fmt: skip
    assert found == [found[0]] * 5
    then, now = ledger.inventory(QUARTER, at=row.checkpoint_size), ledger.inventory(QUARTER)
    assert then.scope_1 is not None
    assert now.scope_1 is not None
    assert found[0]["scope_1"] == {"correction": now.scope_1 - then.scope_1}
    assert now.scope_1 * 5 == then.scope_1 * 4, "4000 of 5000 kWh of gas"
    back = difference(ledger, QUARTER, entry)
    assert back["scope_1"] == {"correction": then.scope_1 - now.scope_1}
    assert difference(ledger, QUARTER, QUARTER) == {}


def test_a_side_without_a_view_takes_the_other_ones(made: tuple[Ledger, Path, str]):
    """The file's view, else --view, else the ledger's own; two views are compared by their names."""
    ledger, file, _ = made
    views = [[side.view for side in ledger.compare_reports(*pair, **given).sides] for pair, given in (
        ((str(file), QUARTER), {}), ((QUARTER, QUARTER), {"view": "equity_share"}),
        ((f"{QUARTER}/equity_share", QUARTER), {}), ((QUARTER, f"{QUARTER}/financial_control"), {"view": "esrs_set1"}),
    )]  # fmt: skip
    assert views == [
        ["operational_control"] * 2, ["equity_share"] * 2, ["equity_share"] * 2, ["esrs_set1", "financial_control"],
    ]  # fmt: skip
    moved = ledger.compare_reports(f"{QUARTER}/operational_control", f"{QUARTER}/financial_control").comparison
    assert set(moved.reasons) == {"view"}, "London is leased, and stands in category 8 then"


def test_two_years(made: tuple[Ledger, Path, str]):
    """The same quarter of two years: use and emissions per unit of London, and San Jose as a new source."""
    ledger, _, _ = made
    told = difference(ledger, "2023-Q1", QUARTER)
    assert set(told["scope_2_location"]) == {"use", "per_unit", "new_source"}
    assert told["scope_1"].keys() == {"new_source"}


def test_what_is_no_comparison_is_refused_in_words(made: tuple[Ledger, Path, str], tmp_path: Path):
    """Other lengths, other periods in other views, files of another ledger or of none, what is not there."""
    ledger, file, _ = made
    foreign = tmp_path / "foreign.json"
    held = json.loads(file.read_text())
    held["checkpoint"]["root"] = "0" * 64
    foreign.write_text(json.dumps(held))
    (tmp_path / "none.json").write_text("{}")
    for a, b, words in (
        ("2024", QUARTER, "2024 has 12 months and 2024-Q1 has 3 months"),
        ("2023-Q1/equity_share", f"{QUARTER}/esrs_set1", "other periods in other views"),
        (str(foreign), str(file), "foreign.json is of another ledger"),
        (str(tmp_path / "none.json"), QUARTER, "none.json is no report of this ledger"),
        ("gone.pdf", QUARTER, "gone.pdf is not there"), ("B1", QUARTER, "B1 is no report that was issued"),
        (QUARTER, f"{QUARTER}@99", "this ledger has"), (QUARTER, f"{QUARTER}/mine", "the view 'mine' is not computed"),
        ("2024-Q5", QUARTER, "is not a period"),
    ):  # fmt: skip
        with pytest.raises(Misuse) as refused:
            ledger.compare_reports(a, b)
        assert words in str(refused.value), (a, b)
        assert refused.value.fix


def test_the_command(made: tuple[Ledger, Path, str], tmp_path: Path):
    """In words with names, as JSON, and as files; two sides are needed, and formats are those of a comparison."""
    ledger, file, entry = made
    run = CliRunner().invoke
    of = ["--ledger", str(ledger.path), "--actor", "anna"]
    told = run(app, ["report", "compare", entry, QUARTER, *of])
    assert told.exit_code == 0
    for words in (f"Issued report {entry}", "Corrections", "pia", "meter: read again"):
        assert words in told.output
    answer = json.loads(run(app, ["report", "compare", str(file), QUARTER, "--json", *of]).output)
    assert answer["a"]["kind"] == "file"
    assert set(answer["figures"]["scope_1"]["reasons"]) == {"correction"}
    assert answer["causes"][0]["act"]["name"] == "pia"
    wrote = run(app, ["report", "compare", entry, QUARTER, "--format", "csv,html", "-o", str(tmp_path), *of])
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".html"]
    assert all(line.startswith(str(tmp_path)) for line in wrote.output.splitlines())
    for wrong in (["compare", entry], ["compare"], ["compare", entry, QUARTER, "--period", QUARTER],
                  ["compare", entry, QUARTER, "--format", "docx"]):  # fmt: skip
        assert run(app, ["report", *wrong, *of]).exit_code == 2, wrong
