"""An independent witness: the real kubectl reads and changes the same cluster, and says what it sees."""

from __future__ import annotations

import json
import subprocess

import pytest
from in_process import ghg

pytestmark = pytest.mark.needs("kubectl")


def kubectl(*words: str) -> subprocess.CompletedProcess[str]:
    """What kubectl answers, with the kubeconfig that the tests set."""
    return subprocess.run(["kubectl", *words], capture_output=True, text=True, check=False, timeout=60)


def test_kubectl_sees_what_was_done(cluster, config):
    """kubectl makes a Job, the command lets it go, kubectl reads suspend and note, and has the last word then."""
    head = {"name": "a", "labels": {"ghg-ledger/shift": "yes"},
            "annotations": {"ghg-ledger/deadline": "2020-01-01T00:00:00Z"}}  # fmt: skip
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "train:1"}]}
    spec = {"suspend": True, "template": {"spec": pod}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": head, "spec": spec}
    (config.parent / "job.json").write_text(json.dumps(job))
    made = kubectl("create", "--validate=false", "-f", str(config.parent / "job.json"))
    assert made.stdout == "job.batch/a created\n", made.stderr
    assert ghg("ai", "release-overdue", "--apply").returncode == 0
    seen = json.loads(kubectl("get", "job", "a", "-o", "json").stdout)
    assert seen["spec"]["suspend"] is False
    assert seen["metadata"]["annotations"]["ghg-ledger/released"].endswith(seen["metadata"]["uid"])
    assert kubectl("patch", "job", "a", "--type=merge", "-p", '{"spec":{"suspend":true}}').returncode == 0
    assert "left: it had begun and was suspended by somebody else" in ghg("ai", "release-overdue", "--apply").stdout
