"""A run that CodeCarbon itself measures: our handler beside it, and the ledger that takes in what it wrote."""

from __future__ import annotations

import csv
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from in_process import ghg

from ghg_track import LedgerOutput, track
from ledger import Ledger


def busy(seconds: float) -> None:
    """Work that a processor feels."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))


def test_a_real_run_adds_up(spool, lines, wh):
    """Readings by part come to CodeCarbon's own totals, the trackers of a `with` and of one's own alike."""
    with track("real", folder=spool, country="DEU", every=1) as run:
        busy(2.2)
    final = run._tracker.final_emissions_data
    last = run._output.record.last
    assert wh() == last.wh
    assert float(last.all_wh) == pytest.approx(1000 * final.energy_consumed, abs=2e-6)
    assert last.country == "DEU"
    assert float(last.co2e_kg) == pytest.approx(final.emissions, rel=1e-6)
    assert lines("end")[0]["outcome"] == "completed"
    assert len([line for line in lines("reading") if line["part"] == "ram"]) >= 2, "live measurements are lines"


@dataclass(frozen=True)
class Ran:
    """What a run left: the row of its emissions.csv, the lines of our handler, and what its end answered."""

    file: Path
    row: dict[str, str]
    output: LedgerOutput
    lines: list[dict[str, Any]]
    answer: float | None


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    """One second in France with a PUE of 1.5: a tracker of one's own with its file, our handler, and one that fails."""
    from codecarbon import OfflineEmissionsTracker  # here: other tests put a stand-in in its place, and forget it
    from codecarbon.output_methods.base_output import BaseOutput, OutputMethod

    class Raising(BaseOutput):
        def out(self, *_):
            raise OSError("their server is down")

    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        output = LedgerOutput("own", folder=folder / "spool")
        handlers = [output]
        tracker = OfflineEmissionsTracker(
            country_iso_code="FRA", output_dir=str(folder), output_methods=[OutputMethod.CSV], output_handlers=handlers,
            pue=1.5, measure_power_secs=1, api_call_interval=1, log_level="critical",
        )  # fmt: skip
        handlers.append(Raising())  # after its own, which writes the file
        tracker.start()
        busy(1)
        answer = tracker.stop()
        output._leave()
    with (folder / "emissions.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    text = next((folder / "spool").glob("*.jsonl")).read_text(encoding="utf-8")
    return Ran(folder / "emissions.csv", row, output, [json.loads(line) for line in text.splitlines()], answer)


def test_a_handler_in_a_tracker_of_ones_own(ran):
    """PUE that CodeCarbon applied is named, and a handler that raises costs nothing that was told before."""
    readings = [line for line in ran.lines if line["line"] == "reading"]
    assert ran.answer is None, "the trap: a handler after ours raised"
    assert sum(Decimal(line["energy_wh"]) for line in readings) == ran.output.record.last.all_wh > Decimal("0.001")
    assert {(line["level"], line["pue_inside"]) for line in readings} == {("facility", "1.5")}
    assert [line["outcome"] for line in ran.lines if line["line"] == "end"] == [None]


def test_from_a_figure_of_a_report_to_the_run(ran, tmp_path):
    """`emissions.csv` is known by its columns, counts once (PUE is inside), and each step leads towards the run id."""
    ledger = Ledger.init(tmp_path / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp",))
    end = datetime.fromisoformat(ran.row["timestamp"])
    month = f"{end - timedelta(seconds=float(ran.row['duration'])):%Y-%m}"
    factor = tmp_path / "factor.csv"
    factor.write_text("factor_id,activity_type,per_unit,co2e_published_kg_per_unit,data_year,source,country\n"
                      f"own:fr,electricity_purchased,kWh,0.05,{month[:4]},table of our supplier,FR\n")  # fmt: skip
    assert ledger.upload(factor).status == "accepted"
    chosen = [word for pair in ("timezone=UTC", "stage=tuning", "model=m7b") for word in ("--choose", pair)]
    done = ghg("upload", ran.file, *chosen, "--json", ledger=ledger)
    assert done.returncode == 0, done.stdout
    kwh = Decimal(ran.row["energy_consumed"]).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    assert kwh > 0

    made = ghg("report", "--period", month, "--format", "json", "-o", tmp_path, ledger=ledger)
    assert made.returncode == 0, made.stderr
    told = json.loads((tmp_path / f"quarterly-{month}.json").read_text(encoding="utf-8"))["figures"]
    (figure,) = [name for name in told if name.startswith(f"{month}/operational_control/scope_2_location@")]
    assert Decimal(told[figure]) == kwh * Decimal("0.05")
    traced = ghg("trace", figure, ledger=ledger).stdout
    assert "own:fr" in traced
    (activity,) = set(re.findall(r"B\d+-\d+(?= emissions\.csv, line 2)", traced))
    facts = ledger.trace(activity).facts
    assert (facts["run_id"], facts["source_file"]) == (ran.row["run_id"], "emissions.csv")
    run, reading = [re.search(r"^\S+", record).group() for record in facts["records"]]
    assert ledger.trace(run).facts["run_id"] == ran.row["run_id"]
    read = ledger.trace(reading).facts
    assert (read["run_id"], read["energy_text"]) == (ran.row["run_id"], ran.row["energy_consumed"])
    assert (read["energy_level"], read["pue_inside"], read["activity"]) == ("facility", Decimal("1.5"), activity)
    assert ledger.verify().ok
