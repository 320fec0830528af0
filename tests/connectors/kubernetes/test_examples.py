"""The manifests that people copy: they can be read, ask for the least rights, and call commands that there are."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from in_process import ghg

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.client import cluster_of
from ledger.connectors.kubernetes.controller import Rules, controlled
from ledger.connectors.kubernetes.kubeconfig import access_of
from ledger.schedule.decide import advise
from ledger.schedule.forecast import Forecast
from ledger.schedule.policy import policy_of

FOLDER = Path(__file__).parents[3] / "examples" / "kubernetes"
DOCUMENTS = [
    (path.name, document)
    for path in sorted(FOLDER.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]


def role(name: str) -> set[tuple[str, str, str]]:
    """Group, resource and verb of every right of a role."""
    [found] = [d for _, d in DOCUMENTS if d["kind"] == "ClusterRole" and d["metadata"]["name"] == name]
    return {(g, r, v) for rule in found["rules"] for g in rule["apiGroups"] for r in rule["resources"]
            for v in rule["verbs"]}  # fmt: skip


def asked_for(asked: list[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """The rights that calls need."""
    found = set()
    for verb, path in asked:
        match = re.match(r"^/(?:api|apis/([^/]+))/v1(?:/namespaces/[^/]+)?/([a-z]+)(/.+)?$", path)
        right = {"GET": "get" if match[3] else "list", "PATCH": "patch"}[verb]
        found.add((match[1] or "", match[2], right))
    return found


def pods() -> list[tuple[str, dict]]:
    """The pod of every manifest that has one."""
    found = []
    for name, document in DOCUMENTS:
        spec = document.get("spec") or {}
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found.append((name, spec["template"]["spec"]))
    return found


def test_every_manifest_has_a_kind_and_a_name():
    """Each document is one that kubectl can apply."""
    assert {name for name, _ in DOCUMENTS} >= {"cronjob.yaml", "job.yaml", "rbac.yaml", "release-overdue.yaml"}
    for name, document in DOCUMENTS:
        assert document["apiVersion"], name
        assert document["kind"], name
        assert document["metadata"]["name"], name


def test_the_overdue_command_has_the_rights_it_needs_and_no_other(cluster, config):
    """Every call of a pass is allowed by its role, and every right of the role is used by one."""
    notes = {"ghg-ledger/deadline": "2020-01-01T00:00:00Z"}
    cluster.job("a", notes=notes)
    cluster.before_patch = lambda: cluster.change("a", lambda job: job["metadata"]["labels"].update(x="y"))
    assert ghg("ai", "release-overdue", "--apply").returncode == 0
    assert asked_for(cluster.asked) == role("ghg-release-overdue")


def test_the_commands_of_the_manifests_are_commands():
    """What a container starts, with --help behind it, is known with all its options."""
    started = [pod["containers"][0]["command"] for _, pod in pods() if pod["containers"][0]["command"][0] == "ghg"]
    assert started
    for command in started:
        told = ghg(*command[1:], "--help")
        assert told.returncode == 0, told.stderr
        for word in command[1:]:
            assert not word.startswith("--") or word.partition("=")[0] in told.stdout, word


def test_our_own_pods_have_no_rights_on_their_node():
    """No root, no writable root file system, no capability."""
    ours = [pod for _, pod in pods() if pod["containers"][0]["command"][0] == "ghg"]
    for pod in ours:
        assert pod["securityContext"]["runAsNonRoot"] is True
        held = pod["containers"][0]["securityContext"]
        assert held["readOnlyRootFilesystem"] is True
        assert held["allowPrivilegeEscalation"] is False
        assert held["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", ["job.yaml", "cronjob.yaml"])
def test_the_labels_of_the_examples_are_ours(name):
    """Each label and annotation with our prefix is one that is read; none is one that only we write."""
    [document] = [document for held, document in DOCUMENTS if held == name]
    job = document["spec"].get("jobTemplate", document)
    said = {**job["metadata"]["labels"], **job["metadata"].get("annotations", {})}
    read = {value for key, value in vars(words).items() if key.isupper() and isinstance(value, str)} - words.OURS
    assert set(said) <= read
    assert job["spec"]["suspend"] is True
    assert said[words.SHIFT] == words.YES


def test_the_controller_needs_no_right_beyond_its_role(cluster, config):
    """A pass that meets a CronJob, a conflict and a Job to hold calls for nothing that its role does not give."""
    cluster.node("n1", "eu-central-1")
    cluster.put("cronjobs", {"metadata": {"name": "c", "namespace": "ml"}, "spec": {"concurrencyPolicy": "Forbid"}})
    owner = {"kind": "CronJob", "name": "c", "apiVersion": "batch/v1", "uid": "x"}
    hours = {"ghg-ledger/hours": "1"}
    cluster.job("a", notes=hours, head={"ownerReferences": [owner]})
    cluster.before_patch = lambda: cluster.change("a", lambda job: job["metadata"]["labels"].update(x="y"))
    values = tuple((cluster.now + timedelta(hours=n), Decimal(500 - n)) for n in range(24))
    held = Forecast("DE", cluster.now, "average", "direct", 3600, values, estimated=False, source="a test")

    class Desk:
        def advise(self, job, policy, now):
            return advise(job, policy, {"DE": held}, now)

        def record(self, advice):
            pass

    with cluster_of(access_of()) as client:
        rules = Rules(policy_of("[policy]\nmax_delay_hours = 6\n"), apply=True)
        [act] = controlled([client], rules, Desk(), cluster.now)
        assert act.done
        client.pods(None, "")  # for the runs
    assert asked_for(cluster.asked) == role("ghg-controller")


def test_the_policy_of_the_manifest_is_one():
    """The policy in the ConfigMap is taken as it stands."""
    [text] = [document["data"]["policy.toml"] for _, document in DOCUMENTS if document["kind"] == "ConfigMap"]
    assert policy_of(text).max_delay_hours == 12


def test_volumes_and_secrets_of_the_manifests_fit():
    """What a container mounts is a volume of its pod, and the claim of the ledger is there."""
    for name, pod in pods():
        volumes = {volume["name"] for volume in pod.get("volumes", ())}
        mounted = {mount["name"] for one in pod["containers"] for mount in one.get("volumeMounts", ())}
        assert mounted == volumes, name
        accounts = [d["metadata"]["name"] for _, d in DOCUMENTS if d["kind"] == "ServiceAccount"]
        assert pod.get("serviceAccountName") in [None, *accounts], name
