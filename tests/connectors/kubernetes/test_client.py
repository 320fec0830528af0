"""How a cluster is reached: whom we believe, as whom we come, what we do when it does not answer."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest
from cluster_double import TOKEN, certificate, kubeconfig

from ledger.connectors.kubernetes import kubeconfig as held
from ledger.connectors.kubernetes.client import ATTEMPTS, cluster_of
from ledger.connectors.kubernetes.faults import ClusterFault, Conflict
from ledger.connectors.kubernetes.kubeconfig import Access, access_of
from ledger.errors import Misuse


@pytest.fixture
def client(config):
    """The cluster as the kubeconfig leads to it."""
    with cluster_of(access_of()) as made:
        yield made


def changed(config: Path, group: str, **told) -> Path:
    """The kubeconfig with another word in its first cluster, user or context."""
    document = json.loads(config.read_text())
    document[group][0][group.removesuffix("s")].update(told)
    config.write_text(json.dumps(document))
    return config


def test_lists_come_whole_whatever_their_pages(cluster, client):
    """Every Job of several pages is listed, each once, and only those with the label."""
    cluster.page = 3
    for number in range(7):
        cluster.job(f"j{number}")
    cluster.job("other", head={"labels": {"app": "web"}})
    names = [item["metadata"]["name"] for item in client.jobs("ml", "ghg-ledger/shift in (yes, true)")]
    assert names == [f"j{number}" for number in range(7)]
    assert len([path for verb, path in cluster.asked if path.endswith("/jobs")]) == 3


def test_a_list_that_grew_too_old_is_begun_again(cluster, client):
    """410 in the middle of a list: the whole of it is asked for anew, and nothing stands in it twice."""
    cluster.page = 2
    for number in range(5):
        cluster.job(f"j{number}")
    asked = []
    kept = cluster.answer

    def expiring(verb, target, body, headers):
        asked.append(target)
        if len(asked) == 2:
            return 410, {"kind": "Status", "message": "continue token expired"}, {}
        cluster.page = 500
        return kept(verb, target, body, headers)

    cluster.answer = expiring
    assert [item["metadata"]["name"] for item in client.jobs(None, "")] == [f"j{number}" for number in range(5)]


def test_a_failing_server_is_asked_again_and_then_told(cluster, client):
    """Four faults of the server are outlived; a fifth is told with its status, and a Job that is not there is none."""
    cluster.job("a")
    cluster.fail("GET", 500, 503, 429, 502)
    assert client.job("ml", "a")["metadata"]["name"] == "a"
    assert len(cluster.asked) == ATTEMPTS
    cluster.fail("GET", *[500] * ATTEMPTS)
    with pytest.raises(ClusterFault, match="500 told to fail"):
        client.job("ml", "a")
    assert client.job("ml", "b") is None


def test_a_server_that_is_not_there_is_told(cluster, config):
    """No connection is a fault in words, not a traceback."""
    changed(config, "clusters", server="https://127.0.0.1:1")
    with cluster_of(access_of()) as made, pytest.raises(ClusterFault, match=r"https://127.0.0.1:1 does not answer"):
        made.nodes()


def test_a_patch_of_an_older_version_is_a_conflict(cluster, client):
    """What another changed meanwhile is not written over."""
    before = cluster.job("a")["metadata"]["resourceVersion"]
    cluster.change("a", lambda job: job["metadata"]["labels"].update(x="y"))
    with pytest.raises(Conflict):
        client.patched_job("ml", "a", {"metadata": {"resourceVersion": before}, "spec": {"suspend": False}})
    assert cluster.suspended("a")


def test_a_token_that_does_not_count_is_told(cluster, config):
    """401 is told with what to do, and the token stands in no message."""
    changed(config, "users", token="a-wrong-token")
    with cluster_of(access_of()) as made, pytest.raises(ClusterFault, match="401 Unauthorized") as told:
        made.nodes()
    assert "a-wrong-token" not in str(told.value) + told.value.fix + repr(access_of())


def test_a_right_that_is_missing_is_told(cluster, client):
    """403 names the call and where the rights stand."""
    cluster.fail("GET /api/v1/nodes", 403)
    with pytest.raises(ClusterFault, match="GET /api/v1/nodes: 403") as told:
        client.nodes()
    assert "rbac.yaml" in told.value.fix


def test_a_stranger_is_not_spoken_to(cluster, config):
    """A server whose certificate the kubeconfig's authority did not sign gets no token."""
    changed(config, "clusters", **{"certificate-authority-data": None})
    with cluster_of(access_of()) as made, pytest.raises(ClusterFault, match="does not answer"):
        made.nodes()
    assert cluster.asked == []


def test_a_token_from_a_program(cluster, config, tmp_path):
    """A kubeconfig of a cloud names a program; its token is used, and fetched anew when it is turned down."""
    script = tmp_path / "token.py"
    script.write_text(
        "import json, os, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "count.write_text(count.read_text() + 'x' if count.exists() else 'x')\n"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind'] == 'ExecCredential' and os.environ['A'] == 'b'\n"
        f"token = 'old' if count.read_text() == 'x' else {TOKEN!r}\n"
        "print(json.dumps({'kind': 'ExecCredential', 'status': {'token': token}}))\n"
    )
    told = {"command": sys.executable, "args": [str(script)], "env": [{"name": "A", "value": "b"}]}
    changed(config, "users", token=None, exec=told)
    with cluster_of(access_of()) as made:
        assert made.nodes() == []
        assert made.nodes() == []
    assert (tmp_path / "count").read_text() == "xx"
    changed(config, "users", exec={"command": "no-such-program", "installHint": "get it there"})
    with cluster_of(access_of()) as made, pytest.raises(ClusterFault, match=r"'no-such-program'.*not installed"):
        made.nodes()


def test_in_the_cluster_the_service_account_counts_and_its_token_is_read_anew(cluster, tmp_path, monkeypatch):
    """In a pod there is no kubeconfig: the mounted token is used as it stands at each call."""
    monkeypatch.setattr(held, "SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", cluster.url.rpartition(":")[2])
    with pytest.raises(Misuse, match="no service account token"):
        access_of()
    (tmp_path / "ca.crt").write_bytes(certificate()[0])
    (tmp_path / "token").write_text("old")
    (tmp_path / "namespace").write_text("carbon\n")
    with cluster_of(access_of()) as made:
        assert (made.context, made.namespace) == ("in-cluster", "carbon")
        with pytest.raises(ClusterFault, match="401"):
            made.nodes()
        (tmp_path / "token").write_text(TOKEN)
        assert made.nodes() == []


def test_client_certificates_and_files_beside_the_kubeconfig(cluster, config, tmp_path):
    """Certificates may stand in the file or in files that it names from its own folder."""
    (tmp_path / "ca.pem").write_bytes(certificate()[0])
    (tmp_path / "key.pem").write_bytes(certificate()[1])
    named = {"certificate-authority": "ca.pem", "certificate-authority-data": None}
    pair = {"client-certificate-data": base64.b64encode(certificate()[0]).decode(), "client-key": "key.pem"}
    changed(changed(config, "clusters", **named), "users", **pair)
    with cluster_of(access_of()) as made:
        assert made.nodes() == []
    changed(config, "users", **{"client-key": "other.pem"})
    with pytest.raises(Misuse, match=r"client-key .*other.pem, cannot be read"):
        access_of()


@pytest.mark.parametrize(
    ("group", "told", "words"),
    [
        ("clusters", {"insecure-skip-tls-verify": True}, "does not check who the server is"),
        ("clusters", {"server": "http://10.0.0.1"}, "in the open"),
        ("clusters", {"server": ""}, "no address"),
        ("clusters", {"certificate-authority-data": "%%"}, "no base64"),
        ("users", {"auth-provider": {"name": "gcp"}}, "auth-provider"),
        ("contexts", {"user": "nobody"}, "names the user 'nobody'"),
    ],
)
def test_a_kubeconfig_that_is_not_safe_or_not_whole_is_refused(config, group, told, words):
    """Each is told before anything is sent."""
    with pytest.raises(Misuse, match=words):
        access_of(None, changed(config, group, **told))


def test_a_kubeconfig_that_cannot_be_read_is_told(config, tmp_path, monkeypatch):
    """A missing file, a context that is not there, YAML that is none, and a file of something else."""
    with pytest.raises(Misuse, match="no context 'hom'") as told:
        access_of("hom")
    assert "did you mean home" in told.value.fix
    with pytest.raises(Misuse, match="no kubeconfig at"):
        access_of(None, tmp_path / "none")
    for text, words in (
        ("a: [", "line 1: this is no YAML"), ("- 1", "is no kubeconfig"), ("contexts: 3", "no kubeconfig"),
    ):  # fmt: skip
        config.write_text(text)
        with pytest.raises(Misuse, match=words):
            access_of()
    config.write_text("contexts: [{name: a}]\n")
    with pytest.raises(Misuse, match="no current context"):
        access_of()


def test_of_several_kubeconfigs_the_first_word_counts(cluster, config, tmp_path, monkeypatch):
    """KUBECONFIG may list files: contexts of all are there, and a name that stands twice is the first file's."""
    other = tmp_path / "other"
    document = json.loads(kubeconfig(home=cluster, away=cluster))
    document["contexts"][0]["context"]["namespace"] = "second"
    other.write_text(json.dumps(document))
    monkeypatch.setenv("KUBECONFIG", f"{config}:{tmp_path / 'none'}:{other}")
    assert access_of("home").namespace == "ml"
    assert access_of("away").server == cluster.url


def test_no_secret_is_shown(config):
    """A printed access holds no token and no key."""
    shown = repr(Access("c", "https://x", token="secret-1", client_key="secret-2", credential={"a": "secret-3"}))
    assert "secret" not in shown
