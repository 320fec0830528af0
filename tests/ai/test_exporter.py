"""Carbon by model, stage and team as Prometheus reads it: the ledger's own figures, and nothing for the unknown."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.ai.run_carbon import _amounts
from ledger.intake.ai_files.prometheus_text import LABEL, samples
from ledger.intake.faults import Faults

RUNS = """\
run_id,model,stage,owner,start_utc,end_utc,country,energy_kwh,energy_level,pue
r1,"m ""1"" \\",training,search,2026-03-01T00:00:00Z,2026-03-01T10:00:00Z,DE,100,it,1.2
r2,"m ""1"" \\",training,search,2026-03-02T00:00:00Z,2026-03-02T10:00:00Z,DE,50.5,it,1.2
r3,"m ""1"" \\",tuning,,2026-03-03T00:00:00Z,2026-03-03T10:00:00Z,FR,10,it,
r4,m2,tuning,search,2026-03-03T00:00:00Z,2026-03-03T10:00:00Z,FR,,,
"""
M1 = 'm "1" \\'


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A ledger with four runs, one of unknown energy; only read."""
    folder = tmp_path_factory.mktemp("exporter")
    made = Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna",
                       datasets=("ipcc-gwp", "ember-2026"))  # fmt: skip
    (folder / "runs.csv").write_text(RUNS, encoding="utf-8")
    done = made.upload(folder / "runs.csv")
    assert done.status == "accepted", done.findings
    return made


def told(text: str) -> dict[tuple[str, ...], Decimal]:
    """Samples by name and labels."""
    found = Faults("x", 10)
    made = {}
    for _, row in samples(text, found):
        labels = [row[LABEL + key] for key in ("model", "stage", "team", "method") if LABEL + key in row]
        made[row["metric"], *labels] = Decimal(row["value"])
    assert found.found == []
    return made


def test_samples_are_the_ledgers_own_figures(ledger):
    """Energy with PUE and kilograms of each group add up to the model's footprint; what is unknown has no sample."""
    rows = told(ghg("ai", "exporter", ledger=ledger).stdout)
    assert rows["ghg_ai_energy_kwh", M1, "pre_training", "search"] == Decimal("180.6")
    assert rows["ghg_ai_energy_kwh", M1, "tuning", ""] == 10
    footprint = ledger.footprint(M1)
    for stage in footprint.stages:
        team = "search" if stage.stage == "pre_training" else ""
        assert rows["ghg_ai_emissions_kg", M1, stage.stage, team, "location"] == stage.location_kg > 0
        assert rows["ghg_ai_emissions_kg", M1, stage.stage, team, "market"] == stage.market_kg
        assert rows["ghg_ai_runs", M1, stage.stage, team] == stage.runs
    unknown = {key[0]: value for key, value in rows.items() if "m2" in key}
    assert unknown == {"ghg_ai_runs": 1, "ghg_ai_runs_not_quantified": 1}
    assert rows["ghg_ledger_batches",] == ledger.checkpoint().size


def test_a_file_is_replaced_in_one_step(ledger, tmp_path):
    """The collector never reads half of it, may read it as somebody else, and finds nothing beside it."""
    file = tmp_path / "ghg.prom"
    file.write_text("old")
    done = ghg("ai", "exporter", "-o", str(file), ledger=ledger)
    assert "as of batch" in done.stdout
    assert told(file.read_text(encoding="utf-8"))
    assert (oct(file.stat().st_mode)[-3:], list(tmp_path.iterdir())) == ("644", [file])
    wrong = ghg("ai", "exporter", "-o", str(tmp_path / "ghg.txt"), ledger=ledger)
    assert (wrong.returncode, "does not end in .prom" in wrong.stderr) == (2, True)


@pytest.mark.needs("prometheus")
def test_prometheus_finds_no_fault_with_it(ledger):
    """Its own checker reads the text, odd labels too."""
    text = ghg("ai", "exporter", ledger=ledger).stdout
    checker = shutil.which("promtool") or str(Path("promtool"))
    ran = subprocess.run([checker, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_methods_and_upstream_keep_apart():
    """Of two activities, one with a figure a method and one with a single figure: each sum takes its own parts."""
    rows = [{"activity_batch": 1, "activity_seq": seq, "energy_kwh": Decimal(kwh)} for seq, kwh in ((1, 10), (2, 100))]
    told = {(1, "location"): "0.4", (1, "market"): "0.1", (1, "upstream"): "0.05", (2, "single"): "0.2"}
    emitted = {(1, seq, part): Decimal(kg) for (seq, part), kg in told.items()}
    assert _amounts(rows, emitted) == (110, 24, 21, Decimal("0.5"))
    assert _amounts([{**rows[0], "energy_kwh": None}], emitted) == (None, None, None, None)
