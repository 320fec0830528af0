"""The examples of orchestrators: they are sound, and their training measures itself."""

from __future__ import annotations

import ast
import importlib.util
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ghg_track.about import COLUMNS

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = [EXAMPLES / "kubeflow" / "pipeline.py", EXAMPLES / "airflow" / "train_dag.py"]


def tracked(text: str) -> list[ast.Call]:
    """The calls `track(…)` that stand in a `with`."""
    return [
        item.context_expr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) == "track"
    ]


def workflow() -> dict:
    """The workflow of Argo."""
    return yaml.safe_load((EXAMPLES / "argo" / "workflow.yaml").read_text(encoding="utf-8"))


def argo_script() -> str:
    """What its training step runs."""
    return workflow()["spec"]["templates"][0]["container"]["args"][0]


@pytest.mark.parametrize("name", ["kubeflow", "airflow", "argo"])
def test_each_example_tracks_with_names_that_the_tracker_knows(name):
    """One `with track(…)`, whose words are columns of a run or its own, and which says stage and place."""
    texts = {path.parent.name: path.read_text(encoding="utf-8") for path in SCRIPTS} | {"argo": argo_script()}
    (call,) = tracked(texts[name])
    said = {word.arg for word in call.keywords}
    assert said <= {*COLUMNS, "folder", "run", "every"}
    assert {"stage", "country"} <= said


def test_the_workflow_of_argo_leads_lines_to_the_ledger():
    """Steps share the volume of lines, the last runs whatever happened, and its command is one of ours."""
    spec = workflow()["spec"]
    train, account = spec["templates"]
    assert (spec["entrypoint"], spec["onExit"]) == (train["name"], account["name"])
    mounts = [{mount["name"]: mount["mountPath"] for mount in one["container"]["volumeMounts"]}
              for one in (train, account)]  # fmt: skip
    assert mounts[0]["lines"] == mounts[1]["lines"]
    assert {volume["name"] for volume in spec["volumes"]} == set(mounts[0]) | set(mounts[1])
    assert account["container"]["command"] == ["ghg", "connect", "spool", mounts[1]["lines"]]
    env = {one["name"]: one.get("value") for one in train["container"]["env"]}
    assert env["GHG_TRACK_DIR"] == mounts[0]["lines"]


def test_the_training_of_argo_runs_as_it_stands(tmp_path, monkeypatch):
    """Its script, shortened and without CodeCarbon, leaves the lines of a run of the workflow's name in the volume."""
    monkeypatch.setenv("GHG_TRACK_DIR", str(tmp_path / "lines"))
    monkeypatch.setenv("GHG_RUN_ID", "train-x7")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    script = tmp_path / "train.py"
    script.write_text(argo_script().replace("2_000_000", "10"), encoding="utf-8")
    runpy.run_path(str(script))
    (line,) = [json.loads(row) for path in (tmp_path / "lines").iterdir() for row in path.read_text().splitlines()][-1:]
    assert (line["run_id"], line["outcome"]) == ("train-x7", "completed")


@pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="not run: kfp is not installed")
def test_the_pipeline_of_kubeflow_compiles(tmp_path):
    """Where kfp is installed, its own compiler takes the pipeline, with the lines as an artifact."""
    subprocess.run([sys.executable, str(SCRIPTS[0])], cwd=tmp_path, check=True, capture_output=True)
    made = yaml.safe_load((tmp_path / "pipeline.yaml").read_text(encoding="utf-8"))
    assert "lines" in made["components"]["comp-train"]["outputDefinitions"]["artifacts"]
