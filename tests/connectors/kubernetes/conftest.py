"""A cluster of our own, and a kubeconfig that leads to it."""

from __future__ import annotations

import os

import pytest
import stamina
from cluster_double import kubeconfig, served


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    """Calls are made again without waiting, and no proxy of this machine stands between."""
    for name in [name for name in os.environ if name.casefold().endswith("_proxy")] + ["KUBERNETES_SERVICE_HOST"]:
        monkeypatch.delenv(name, raising=False)
    stamina.set_testing(True, attempts=5)
    yield
    stamina.set_testing(False)


@pytest.fixture
def cluster():
    """A cluster without Jobs."""
    with served() as double:
        yield double


@pytest.fixture
def config(cluster, tmp_path, monkeypatch):
    """The kubeconfig of the cluster, which KUBECONFIG names."""
    path = tmp_path / "kubeconfig"
    path.write_text(kubeconfig(home=cluster))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path
