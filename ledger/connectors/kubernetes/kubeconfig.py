"""Which cluster is spoken to, and as whom: a context of a kubeconfig file, or the pod's own service account.

The form of the file is that of `kubectl` (Kubernetes documentation, "Organizing Cluster
Access Using kubeconfig Files").
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.errors import Misuse, known_word

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
IN_CLUSTER = "in-cluster"
_BOUND = 1 << 20
"""Bytes beyond which a file is no kubeconfig."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a cluster is reached.

    Attributes:
        context: its name, as people call it.
        server: address of its API.
        namespace: the one that the context works in.
        ca: the authority that signs the server's certificate, as PEM; None: those that the machine trusts.
        token: what is shown to the server; kept out of every text.
        token_file: where the token is read from, again and again: a service account's is renewed.
        client_certificate, client_key: as PEM.
        credential: the program that gives the token, as the file describes it.
        proxy: through which the server is reached.
    """

    context: str
    server: str
    namespace: str = "default"
    ca: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    client_certificate: str | None = field(default=None, repr=False)
    client_key: str | None = field(default=None, repr=False)
    credential: Mapping[str, Any] | None = field(default=None, repr=False)
    proxy: str | None = None


def access_of(context: str | None = None, kubeconfig: Path | None = None) -> Access:
    """The cluster of a context; without any name the pod's own cluster, or the current context of the file.

    Raises Misuse where there is neither, where a file cannot be read, and for a context that is not in it.
    """
    if context in (None, IN_CLUSTER) and kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _in_cluster()
    held = _merged(_files(kubeconfig))
    contexts = held["contexts"]
    name = context or held["current-context"]
    if not name:
        listed = ", ".join(contexts) or "none"
        raise Misuse("the kubeconfig has no current context", f"give --context, one of: {listed}")
    known_word("context", name, contexts)
    chosen = contexts[name]
    return _access(name, chosen, _named(held, "clusters", chosen, "cluster"), _named(held, "users", chosen, "user"))


def _in_cluster() -> Access:
    """The cluster that this process runs in, as its pod's service account."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    token, authority = SERVICE_ACCOUNT / "token", SERVICE_ACCOUNT / "ca.crt"
    if not token.is_file() or not authority.is_file():
        raise Misuse(
            "this pod has no service account token", "set automountServiceAccountToken: true and a serviceAccountName"
        )
    space = SERVICE_ACCOUNT / "namespace"
    return Access(
        IN_CLUSTER,
        f"https://{f'[{host}]' if ':' in host else host}:{port}",
        space.read_text(encoding="utf-8").strip() if space.is_file() else "default",
        ca=authority.read_text(encoding="utf-8"),
        token_file=token,
    )


def _files(kubeconfig: Path | None) -> list[Path]:
    """The files to be read, in the order in which they win. Raises Misuse where there is none."""
    listed = os.environ.get("KUBECONFIG", "")
    if kubeconfig is not None:
        asked = [kubeconfig]
    elif listed:
        asked = [Path(name) for name in listed.split(os.pathsep) if name]
    else:
        asked = [Path.home() / ".kube" / "config"]
    found = [path for path in asked if path.is_file()]
    if not found:
        raise Misuse(
            f"there is no kubeconfig at {', '.join(map(str, asked))}",
            "give --kubeconfig FILE, set KUBECONFIG, or run it in the cluster with a service account",
        )
    return found


def _merged(files: list[Path]) -> dict[str, Any]:
    """Contexts, clusters and users by name; of a name that stands twice the first counts, as kubectl has it."""
    held: dict[str, Any] = {"contexts": {}, "clusters": {}, "users": {}, "current-context": ""}
    for path in files:
        document = _document(path)
        held["current-context"] = held["current-context"] or str(document.get("current-context") or "")
        for group, one in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            for entry in document.get(group) or ():
                if not isinstance(entry, dict) or not isinstance(entry.get(one) or {}, dict):
                    raise Misuse(f"{path}: {group} holds an entry without {one}", "look at it: kubectl config view")
                told = {**(entry.get(one) or {}), "folder": path.parent}
                held[group].setdefault(str(entry.get("name")), told)
    return held


def _document(path: Path) -> dict[str, Any]:
    import yaml

    if path.stat().st_size > _BOUND:
        raise Misuse(f"{path} is larger than any kubeconfig", "name the file that kubectl uses")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as fault:
        line = getattr(getattr(fault, "problem_mark", None), "line", None)
        at = "" if line is None else f", line {line + 1}"
        raise Misuse(f"{path}{at}: this is no YAML", "look at it: kubectl config view") from fault
    lists = ("contexts", "clusters", "users")
    if not isinstance(document, dict) or any(not isinstance(document.get(name) or [], list) for name in lists):
        raise Misuse(f"{path} is no kubeconfig", "it holds contexts, clusters and users: kubectl config view")
    return document


def _named(held: dict[str, Any], group: str, context: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The cluster or user that a context names. Raises Misuse where the file has none of that name."""
    name = str(context.get(key) or "")
    if not name and group == "users":
        return {}
    if name not in held[group]:
        raise Misuse(f"the context names the {key} '{name}', which is not in the kubeconfig", "kubectl config view")
    found: Mapping[str, Any] = held[group][name]
    return found


def _access(name: str, context: Mapping[str, Any], cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Access:
    """The access of a context. Raises Misuse for what would not be safe, and for what is not known."""
    if cluster.get("insecure-skip-tls-verify"):
        raise Misuse(
            f"the context {name} does not check who the server is (insecure-skip-tls-verify)",
            "a token would go to anybody: give certificate-authority or certificate-authority-data instead",
        )
    if "auth-provider" in user:
        gone = "which Kubernetes took out in 1.26"
        raise Misuse(f"the context {name} uses an auth-provider, {gone}", "use exec, or a token")
    server = str(cluster.get("server") or "")
    if not server.startswith(("https://", "http://")):
        raise Misuse(f"the context {name} has no address of a server", "kubectl config view shows what it has")
    token_file = user.get("tokenFile")
    if server.startswith("http://") and (user.get("token") or token_file or user.get("exec")):
        raise Misuse(
            f"the context {name} would show a token to {server} in the open", "give the server's https:// address"
        )
    return Access(
        name,
        server.rstrip("/"),
        str(context.get("namespace") or "default"),
        ca=_pem(cluster, "certificate-authority"),
        token=user.get("token"),
        token_file=Path(user["folder"]) / str(token_file) if token_file else None,
        client_certificate=_pem(user, "client-certificate"),
        client_key=_pem(user, "client-key"),
        credential={**user["exec"], "folder": user["folder"]} if user.get("exec") else None,
        proxy=cluster.get("proxy-url"),
    )


def _pem(told: Mapping[str, Any], name: str) -> str | None:
    """A certificate or key that stands in the file, or in another that it names from its own folder."""
    if data := told.get(f"{name}-data"):
        try:
            return base64.b64decode(str(data), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError, ValueError) as fault:
            raise Misuse(f"{name}-data in the kubeconfig is no base64 of a PEM", "kubectl config view --raw") from fault
    if not (path := told.get(name)):
        return None
    try:
        return (Path(told["folder"]) / str(path)).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as fault:
        raise Misuse(f"{name} of the kubeconfig, {path}, cannot be read", "give the path of a PEM file") from fault
