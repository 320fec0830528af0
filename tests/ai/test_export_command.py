"""`ghg ai export`: the recorded runs of a model as SPDX, BoAmps and Annex XI, from an upload to the document."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.ai.recorded_runs import recorded_runs
from ledger.book import Ledger
from ledger.cli import app
from ledger.store import session

D = Decimal
RUNS = """\
run_id,stage,outcome,model,model_version,cloud_provider,cloud_region,hardware_id,hardware_count,start_utc,end_utc,energy_kwh,energy_level,pue,parameters_total,tokens_in,tokens_out,requests
r1,pre_training,completed,lm-7b,1.0,aws,us-east-1,nvidia-a100-sxm4-80gb,8,2023-03-01T00:00:00Z,2023-03-11T00:00:00Z,650,it,1.15,7000000000,100000000000,,
r2,pre_training,failed,lm-7b,1.0,aws,us-east-1,nvidia-a100-sxm4-80gb,8,2023-02-20T00:00:00Z,2023-02-21T00:00:00Z,70,it,1.15,7000000000,10000000000,,
r3,inference,completed,lm-7b,1.0,aws,us-east-1,nvidia-a100-sxm4-80gb,1,2023-04-01T00:00:00Z,2023-04-30T00:00:00Z,20,wall,,7000000000,1000000,2000000,40000
r4,evaluation,completed,lm-7b,1.0,aws,us-east-1,nvidia-a100-sxm4-80gb,1,2023-03-12T00:00:00Z,2023-03-12T08:00:00Z,3,wall,,7000000000,,,
r5,tuning,completed,other,1.0,aws,us-east-1,nvidia-a100-sxm4-80gb,1,2023-03-12T00:00:00Z,2023-03-12T08:00:00Z,9,wall,,,,,
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A ledger with five uploaded runs of two models."""
    folder = tmp_path_factory.mktemp("export")
    file = folder / "ledger.duckdb"
    held = Ledger.init(file, organisation="Example AG", datasets=["egrid-2023"])
    (folder / "runs.csv").write_text(RUNS)
    assert held.upload(folder / "runs.csv").status == "accepted"
    return file


def run(path: Path, *words: str):
    """A call of the command on the ledger."""
    return CliRunner().invoke(app, ["ai", "export", "--ledger", str(path), *words])


def test_runs_are_read_with_the_energy_that_counts(path):
    """PUE once on IT energy and not on that of the wall; failed runs are there, other models are not."""
    with session(path) as s:
        found = recorded_runs(s, "lm-7b", 10_000)
    energy = {each.run_id: each.energy_kwh for each in found}
    assert energy == {"r1": D("747.5"), "r2": D("80.5"), "r3": D(20), "r4": D(3)}
    assert {each.run_id: each.accelerator_seconds for each in found}["r1"] == 8 * 864_000
    assert not any(each.is_below_overhead for each in found)


def test_annex_xi_prints_compute_time_energy_and_boundary(path):
    """6 × 7e9 × 1.1e11 FLOP, 264 hours, 828 kWh as 0.83 MWh; the boundary in words; other stages beside."""
    told = run(path, "--model", "lm-7b", "--as", "annex-xi")
    assert told.exit_code == 0, told.output
    for words in (
        "4.620 × 10^21 FLOP",
        "264 h of runs, 2112 accelerator-hours",
        "0.83 MWh (828 kWh)",
        "boundary: energy of 2 recorded runs, 1 of them failed",
        "not in it: inference, 20 kWh, 1 run",
    ):
        assert words in told.output


def test_documents_are_written_to_a_folder_and_never_over_another(path, tmp_path):
    """A BoAmps report for each stage; the second time nothing is overwritten."""
    words = ("--model", "lm-7b", "--as", "boamps", "--task-family", "chatbot", "-o", str(tmp_path / "out"))
    assert run(path, *words).exit_code == 0
    reports = [json.loads(file.read_text()) for file in (tmp_path / "out").iterdir()]
    assert {report["task"]["taskStage"]: report["measures"][0]["powerConsumption"] for report in reports} == {
        "training": 828, "inference": 20,
    }  # fmt: skip
    again = run(path, *words)
    assert (again.exit_code, "nothing was overwritten" in again.output) == (2, True)


def test_spdx_is_json_on_standard_output(path):
    """The document alone, so that it can be piped; what is beside it goes to standard error."""
    told = run(path, "--model", "lm-7b", "--as", "spdx")
    package = json.loads(told.stdout)["@graph"][-1]
    assert package["ai_energyConsumption"]["ai_trainingEnergyConsumption"][0]["ai_energyQuantity"] == "828"
    assert "not in it: evaluation, 3 kWh" in told.stderr


def test_the_scores_of_a_recorded_model(path):
    """`ghg ai sci --model`: the consumer score of inference by default, the provider score with its reason."""
    words = ["ai", "sci", "--ledger", str(path), "--model", "lm-7b"]
    consumer = CliRunner().invoke(app, [*words, "--unit", "token"])
    assert "SCI for AI, consumer" in consumer.output
    assert "20 kWh" in consumer.output
    provider = CliRunner().invoke(app, [*words, "--score", "provider", "--unit", "training token", "--reason", "size"])
    assert "chosen because size" in provider.output
    assert "egrid-2023:SRVC" in provider.output
    none = CliRunner().invoke(app, [*words, "--score", "provider", "--unit", "training token"])
    assert (none.exit_code, "needs a reason" in none.output) == (2, True)


def test_a_slip_is_told(path):
    """An unknown model or form with the nearest, and what BoAmps requires."""
    for words, part in (
        (("--model", "lm-8b", "--as", "spdx"), "did you mean lm-7b"),
        (("--model", "lm-7b", "--as", "spdy"), "did you mean spdx"),
        (("--model", "lm-7b", "--as", "boamps"), "--task-family"),
    ):
        told = run(path, *words)
        assert (told.exit_code, part in told.output) == (2, True)


def test_a_ledger_without_runs_says_how_to_record_them(tmp_path):
    """No model can be proposed where no run is recorded."""
    Ledger.init(tmp_path / "empty.duckdb", organisation="X", datasets=["egrid-2023"])
    told = run(tmp_path / "empty.duckdb", "--model", "x", "--as", "spdx")
    assert (told.exit_code, "ghg template ai_run" in told.output) == (2, True)


def test_a_withdrawn_run_is_in_no_document(path, tmp_path):
    """The last version of a record counts: what was withdrawn is gone, and as the ledger stood before it is there."""
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(path.parent, copy)
    held = Ledger(copy / "ledger.duckdb")
    size = held.inventory("2023").checkpoint.size
    header, *rows = RUNS.splitlines()
    (copy / "again.csv").write_text(f"{header},withdrawn\n{rows[1]},yes\n")
    assert held.upload(copy / "again.csv").status == "accepted"
    with session(copy / "ledger.duckdb") as s:
        assert {each.run_id for each in recorded_runs(s, "lm-7b", 10_000)} == {"r1", "r3", "r4"}
        assert {each.run_id for each in recorded_runs(s, "lm-7b", size)} == {"r1", "r2", "r3", "r4"}
