"""Pods that have ended become runs: when, where, on what, for what; exactly once, and nothing of what still runs."""

from __future__ import annotations

import csv
import io

import pytest

from ledger.connectors.kubernetes.places import places_of
from ledger.connectors.kubernetes.runs import runs_of
from ledger.errors import Misuse

TUNING = {"batch.kubernetes.io/job-name": "tune", "ghg-ledger/stage": "tuning", "ghg-ledger/model": "bert",
          "ghg-ledger/project": "search"}  # fmt: skip


def pod(name: str, start: str, end: str | None, *, node="n1", gpus=2, job="tune", phase="Succeeded", **status) -> dict:
    """A pod of a Job, as the API has it; times are hours of one day."""
    at = [None if hour is None else f"2026-05-04T{hour}:00Z" for hour in (start, end)]
    state = {"terminated": {"startedAt": at[0], "finishedAt": at[1]}} if end else {"running": {"startedAt": at[0]}}
    owner = {"kind": "Job", "name": job, "uid": f"{job}-uid-of-it", "apiVersion": "batch/v1"}
    labels = TUNING | {"batch.kubernetes.io/job-name": job}
    held = [{"name": "main", "restartCount": 0, "state": state}]
    return {
        "metadata": {"name": name, "namespace": "ml", "labels": labels, "ownerReferences": [owner]},
        "spec": {"nodeName": node, "containers": [{"resources": {"limits": {"nvidia.com/gpu": str(gpus)}}}]},
        "status": {"phase": phase, "containerStatuses": held, **status},
    }


def node(name: str, region: str, gpu: str = "NVIDIA-A100-SXM4-80GB", provider: str = "aws") -> dict:
    """A node of a cloud, as the API has it."""
    labels = {"topology.kubernetes.io/region": region, "nvidia.com/gpu.product": gpu}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"providerID": f"{provider}:///{name}"}}


def rows(*pods, nodes=()) -> list[dict[str, str]]:
    """The rows of the CSV of pods; on nodes in Frankfurt where nothing else is said."""
    places = places_of(nodes or [node("n1", "eu-central-1"), node("n2", "eu-central-1")])
    text = runs_of("home", pods, places).csv({}).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_pod_is_a_run():
    """Times of its container, region of its node, accelerators of its limits, names of its labels."""
    assert rows(pod("a", "08:00", "11:30")) == [
        {
            "run_id": "ml/tune/tune-uid", "stage": "tuning", "outcome": "completed", "model": "bert",
            "project": "search", "tenant": "ml", "cloud_provider": "aws", "cloud_region": "eu-central-1", "zone": "",
            "hardware_id": "NVIDIA-A100-SXM4-80GB", "hardware_count": "2", "start_utc": "2026-05-04T08:00:00Z",
            "end_utc": "2026-05-04T11:30:00Z", "reserved_accelerator_seconds": "25200",
            "run_boundary": "accelerators held by 1 pod of Job tune in home", "state": "active",
            "component": "operational",
        }
    ]  # fmt: skip


def test_pods_side_by_side_are_one_row_and_pods_in_a_row_are_several():
    """Two pods of 2 accelerators from 8 to 10 and 9 to 11, and a third from 11 on: 4 at once, then 2."""
    made = rows(pod("c", "11:00", "12:00"), pod("a", "08:00", "10:00"), pod("b", "09:00", "11:00", node="n2"))
    assert [(row["start_utc"][11:16], row["end_utc"][11:16], row["hardware_count"]) for row in made] == [
        ("08:00", "11:00", "4"), ("11:00", "12:00", "2"),
    ]  # fmt: skip
    assert made[0]["reserved_accelerator_seconds"] == str(2 * 7200 + 2 * 7200)
    assert {row["run_id"] for row in made} == {"ml/tune/tune-uid"}


def test_what_pods_do_not_agree_on_is_blank():
    """Two regions, or two kinds of accelerator: nothing is picked, and nothing is mixed."""
    nodes = (node("n1", "eu-central-1"), node("n2", "eu-north-1", "Tesla-T4"))
    [row] = rows(pod("a", "08:00", "10:00"), pod("b", "09:00", "11:00", node="n2"), nodes=nodes)
    assert (row["cloud_region"], row["hardware_id"]) == ("", "")
    [gone] = rows(pod("a", "08:00", "10:00", node="n9"), nodes=nodes)
    assert gone["cloud_region"] == ""
    [alone] = rows(pod("a", "08:00", "10:00", node="n9"))
    assert (alone["cloud_region"], alone["hardware_id"]) == ("eu-central-1", "")


def test_how_a_run_ended_is_told():
    """Failed, taken away by the cluster, and failed first and completed then."""
    taken = [{"type": "DisruptionTarget", "status": "True"}]
    assert rows(pod("a", "08:00", "09:00", phase="Failed"))[0]["outcome"] == "failed"
    assert rows(pod("a", "08:00", "09:00", phase="Failed", conditions=taken))[0]["outcome"] == "interrupted"
    assert rows(pod("a", "08:00", "09:00", phase="Failed", reason="Evicted"))[0]["outcome"] == "interrupted"
    both = rows(pod("a", "08:00", "09:00", phase="Failed"), pod("b", "09:30", "10:00"))
    assert [row["outcome"] for row in both] == ["failed", "completed"]


def test_nothing_is_taken_of_a_job_that_still_runs():
    """An ended pod waits for the others of its Job, since they may be one row; other Jobs do not wait."""
    at_work = pod("b", "08:30", None, phase="Running")
    found = runs_of("home", [pod("a", "08:00", "09:00"), at_work, pod("c", "08:00", "09:00", job="x")], places_of([]))
    assert [row["run_id"] for row in found.rows] == ["ml/x/x-uid-of"]
    assert found.running == ("ml/tune",)


def test_a_pod_without_times_is_told_and_a_restarted_one_counts_from_its_start():
    """Evicted before a container began: no times, no run. Restarted: the time of the pod counts."""
    early = pod("a", "08:00", "09:00", phase="Failed")
    early["status"]["containerStatuses"] = []
    found = runs_of("home", [early], places_of([]))
    assert (found.rows, found.unread) == ((), ("ml/a",))
    again = pod("a", "10:00", "12:00", startTime="2026-05-04T07:45:00Z")
    again["status"]["containerStatuses"][0]["restartCount"] = 3
    assert rows(again)[0]["start_utc"] == "2026-05-04T07:45:00Z"


def test_a_choice_fills_what_is_blank_and_nothing_else():
    """What a person chose stands in the file, a column more where it takes one; a wrong name is told."""
    found = runs_of("home", [pod("a", "08:00", "09:00")], places_of([]))
    text = found.csv({"stage": "data", "facility_id": "HALL", "cloud_provider": "gcp"}).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["stage"], row["facility_id"], row["cloud_provider"]) == ("tuning", "HALL", "gcp")
    with pytest.raises(Misuse, match="no column of a run 'facility'"):
        found.csv({"facility": "HALL"})
