"""Provider statements in a ledger: what enters the total, what stands beside it, what a second export does."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from ledger import Ledger
from ledger.cli import app

HEAD = ("usage_period_start,usage_period_end,usage_account_id,model_version,product_code,total_lbm_emissions_value,"
        "total_mbm_emissions_value")  # fmt: skip


def export(lbm: str, month: str = "05", product: str = "EC2") -> str:
    """A month of AWS."""
    return f"{HEAD}\n2026-{month}-01,2026-{month}-28,000000000042,v3.0.0,{product},{lbm},0.2\n"


@pytest.fixture(scope="module")
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cloud")
    made = Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna")
    assert upload(made, export("0.5")).status == "accepted"
    return folder


@pytest.fixture
def ledger(_founded: Path, tmp_path: Path) -> Ledger:
    """A ledger of one's own with half a ton of May by location and a fifth by market."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


def upload(ledger: Ledger, text: str, name: str = "export.csv", **how):
    """Upload a text as a file."""
    path = Path(ledger.path).parent / name
    path.write_text(text, encoding="utf-8")
    return ledger.upload(path, **how)


def test_one_basis_enters_scope_3(ledger):
    """Category 1, sub-line 1.1, is 500 kg in both totals; the fifth of a ton by market is in neither."""
    figures = ledger.inventory("2026")
    assert figures.scope_3 == Decimal(500)
    assert (figures.total_location, figures.total_market) == (Decimal(500), Decimal(500))
    assert figures.sub_lines["1.1"] == Decimal(500)


def test_a_later_export_posts_what_is_new(ledger):
    """A rolling export has May again: only June is recorded, and the same export once more records nothing."""
    rolling = export("0.5") + export("0.1", "06").partition("\n")[2]
    done = upload(ledger, rolling, "rolling.csv")
    assert (done.status, done.rows) == ("accepted", 2)
    assert [found.code for found in done.findings] == ["foreign-file", "statement-recorded-before"]
    again = upload(ledger, rolling + "\n", "again.csv")
    assert (again.status, again.rows, again.batch) == ("already_recorded", 0, None)
    assert ledger.inventory("2026").scope_3 == Decimal(600)


def test_another_figure_of_the_same_month_is_a_restatement(ledger):
    """It is refused and leads to the entry; reversed there, the new figure is recorded."""
    done = upload(ledger, export("0.7"), "restated.csv")
    found = next(found for found in done.findings if found.code == "statement-changed")
    assert done.status == "refused"
    assert "has 500 kgCO2e, the file 700 kgCO2e" in found.message
    entry = found.message.split("days: ")[1].split(" ")[0]
    ledger.reverse(entry, reason="restated")
    assert upload(ledger, export("0.7"), "restated.csv").status == "accepted"
    assert ledger.inventory("2026").scope_3 == Decimal(700)


def test_two_kinds_of_report_of_one_month_do_not_add_up(ledger):
    """The old tool's export of May would count the same services twice."""
    done = upload(ledger, "accountId,mbmCarbon,startDate\n000000000042,0.2,2026-05-01\n", "tool.csv")
    assert done.status == "refused"
    assert "statement-overlaps" in [found.code for found in done.findings]


def test_choices_on_the_command_line(ledger, monkeypatch):
    """--choose takes names and values, keeps them with the batch, and says what it does not read."""
    monkeypatch.setenv("GHG_LEDGER", str(ledger.path))
    monkeypatch.setenv("GHG_ACTOR", "anna")
    path = Path(ledger.path).parent / "page.csv"
    path.write_text("Subscription_Id,Latest_Month_Emissions_kgCO2E\ns,1.5\n", encoding="utf-8")
    call = CliRunner().invoke
    asked = call(app, ["upload", str(path), "--check"])
    assert asked.exit_code == 1
    assert "--choose month=2026-09" in asked.output
    assert call(app, ["upload", str(path), "--choose", "month"]).exit_code == 2
    taken = call(app, ["upload", str(path), "--choose", "month=2026-04", "--choose", "project=apollo"])
    assert taken.exit_code == 0, taken.output
    assert ledger.inventory("2026-04").scope_3 == Decimal("1.5")


CODECARBON = "timestamp,run_id,duration,emissions,energy_consumed,country_name,country_iso_code,tracking_mode"


def run(minutes: int, kwh: str) -> str:
    """A run from noon on, as its tracker had it after some minutes."""
    return f"2026-03-01T12:{minutes:02d}:00,r1,{60 * minutes}.4,0.1,{kwh},France,FRA,machine\n"


def standing(ledger: Ledger) -> list[tuple]:
    """End and energy of the readings in force of the run."""
    from ledger.intake.ai_files.grown import met_readings
    from ledger.store import session

    ever = [datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    columns = ("source_line", "source", "subject", "energy_part", "own_start", "own_end")
    asked = pl.DataFrame([[1, "codecarbon", "r1", "total", *ever]], schema=columns, orient="row")
    with session(ledger.path) as s:
        return met_readings(s, asked).select(pl.col("end").dt.minute(), "energy_wh").rows()


def test_a_file_that_grows_counts_once(ledger):
    """After ten minutes 1 kWh, after twenty 2: the earlier reading is withdrawn; the old file adds nothing."""
    how = {"choices": {"timezone": "UTC"}}
    first, second = f"{CODECARBON}\n{run(10, '1')}", f"{CODECARBON}\n{run(10, '1')}{run(20, '2')}"
    assert upload(ledger, first, "emissions.csv", **how).status == "accepted"
    assert standing(ledger) == [(10, "1000.000000")]
    grown = upload(ledger, second, "emissions.csv", **how)
    assert "reading-grown" in [found.code for found in grown.findings]
    assert standing(ledger) == [(20, "2000.000000")]
    old = upload(ledger, first + "\n", "old.csv", **how)
    assert old.status == "already_recorded"
    assert "reading-older" in [found.code for found in old.findings]
    assert standing(ledger) == [(20, "2000.000000")]


def test_query_ranges_that_overlap(ledger):
    """From noon to two, then from half past twelve on: the half hour in common would count twice and is refused."""

    def answer(first: int) -> str:
        gpu = {"__name__": "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "UUID": "a", "Hostname": "n1"}
        values = [[1_743_465_600 + 60 * minute, str(10**7 * minute)] for minute in range(first, first + 121)]
        return json.dumps({"data": {"resultType": "matrix", "result": [{"metric": gpu, "values": values}]}})

    how = {"choices": {"country": "GB", "cluster": "c1"}}
    assert upload(ledger, answer(0), "one.json", **how).status == "accepted"
    again = upload(ledger, answer(30), "two.json", **how)
    assert [found.code for found in again.findings if found.severity == "error"] == ["reading-overlaps"]
    assert upload(ledger, answer(120), "next.json", **how).status == "accepted"


def test_the_other_basis_later(ledger):
    """What counted location-based is not turned round by an upload that chooses the other basis."""
    done = upload(ledger, export("0.5"), "turned.csv", choices={"basis": "market"})
    assert {found.code for found in done.findings if found.severity == "error"} == {"statement-basis-changed"}


def test_a_run_gives_way_to_what_its_provider_states(ledger):
    """A run in a cloud counts by its own reading until the provider's export of its month arrives; all verifies."""
    cloud = ("timestamp,run_id,duration,emissions,energy_consumed,country_name,on_cloud,cloud_provider,cloud_region\n"
             "2025-03-01T12:00:00,c1,3600,0.1,100,United States,Y,aws,us-east-2\n")  # fmt: skip
    done = upload(ledger, cloud, "cloud.csv", choices={"timezone": "UTC", "account": "000000000077"})
    assert done.status == "accepted", done.findings[:2]
    own = ledger.inventory("2025-03").scope_3
    assert Decimal(20) < own < Decimal(80)  # 100 kWh on a grid of the United States
    stated = export("0.5", "03").replace("2026", "2025").replace("000000000042", "000000000077")
    assert upload(ledger, stated, "march.csv").status == "accepted"
    assert ledger.inventory("2025-03").scope_3 == Decimal(500)
    assert ledger.verify().ok
