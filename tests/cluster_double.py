"""A server that speaks as much of a cluster's API as the controller, and kubectl, ask of one; with a state of its own.

It holds what the real one holds to: versions that a patch must name as they are, node selectors that stand fast once a
Job has begun, tokens, pages, label selectors. It can be told to fail. What it was sent is kept.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import functools
import ipaddress
import json
import re
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOKEN = "a-token-of-the-double"
KINDS = {
    ("", "v1"): {"pods": ("Pod", True), "nodes": ("Node", False), "namespaces": ("Namespace", False),
                 "serviceaccounts": ("ServiceAccount", True),
                 "persistentvolumeclaims": ("PersistentVolumeClaim", True)},
    ("batch", "v1"): {"jobs": ("Job", True), "cronjobs": ("CronJob", True)},
    ("apps", "v1"): {"deployments": ("Deployment", True)},
    ("rbac.authorization.k8s.io", "v1"): {"clusterroles": ("ClusterRole", False),
                                          "clusterrolebindings": ("ClusterRoleBinding", False)},
}  # fmt: skip
PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>v1)(?:/namespaces/(?P<space>[^/]+))?"
    r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?$"
)


class Double:
    """The cluster: its objects by kind, namespace and name, its time, and what it was asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 12, tzinfo=UTC)
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.patches: list[tuple[str, str, dict[str, Any]]] = []
        self.asked: list[tuple[str, str]] = []
        self.faults: list[tuple[str, int, dict[str, str]]] = []
        self.before_patch: Callable[[], None] | None = None
        self.token = TOKEN
        self.page = 500
        self.url = ""
        self.authority = ""
        self._version = 100
        self._lock = threading.RLock()

    # what tests do to it

    def put(self, plural: str, item: dict[str, Any]) -> dict[str, Any]:
        """Create an object, with what the server adds."""
        with self._lock:
            item = copy.deepcopy(item)
            head = item.setdefault("metadata", {})
            head.setdefault("uid", f"uid-{self._version + 1}")
            head.setdefault("creationTimestamp", stamp(self.now))
            self._touch(item)
            self.objects[plural, head.get("namespace", ""), head["name"]] = item
            return item

    def job(self, name: str, *labels: str, notes: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """A suspended Job with labels (`portable`, `checkpointable`, or NAME=VALUE in full), as people write it."""
        said = {"ghg-ledger/shift": "yes"}
        for label in labels:
            key, mark, value = label.partition("=")
            said |= {key: value} if mark else {f"ghg-ledger/{key}": "yes"}
        pod = {"nodeSelector": more.pop("selector", {}), "containers": [{"name": "main", "image": "train:1"}]}
        spec = {"suspend": more.pop("suspend", True), "template": {"spec": pod}, **more.pop("spec", {})}
        head = {"name": name, "namespace": "ml", "labels": said, "annotations": notes or {}, **more.pop("head", {})}
        return self.put("jobs", {"apiVersion": "batch/v1", "kind": "Job", "metadata": head, "spec": spec, "status": {}})

    def node(self, name: str, region: str | None, *, provider: str = "aws", gpu: str = "", **labels: str) -> None:
        """A node of a region."""
        said = {"kubernetes.io/hostname": name, **labels}
        said |= {"topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": f"{region}a"} if region else {}
        said |= {"nvidia.com/gpu.product": gpu} if gpu else {}
        spec = {"providerID": f"{provider}:///{region}a/{name}"} if provider else {}
        self.put("nodes", {"metadata": {"name": name, "labels": said}, "spec": spec})

    def get(self, name: str, plural: str = "jobs", space: str = "ml") -> dict[str, Any]:
        """An object as it stands."""
        return self.objects[plural, space, name]

    def notes(self, name: str) -> dict[str, str]:
        """The annotations of ours on a Job, without the prefix."""
        held = self.get(name)["metadata"].get("annotations") or {}
        return {key.removeprefix("ghg-ledger/"): value for key, value in held.items()}

    def suspended(self, name: str) -> bool:
        """Whether a Job is held."""
        return self.get(name)["spec"]["suspend"]

    def change(
        self, name: str, change: Callable[[dict[str, Any]], None], plural: str = "jobs", space: str = "ml"
    ) -> None:
        """Change an object as another person would."""
        with self._lock:
            item = self.objects[plural, space, name]
            change(item)
            self._touch(item)

    def delete(self, name: str, plural: str = "jobs", space: str = "ml") -> None:
        """Take an object away."""
        del self.objects[plural, space, name]

    def fail(self, path: str, *statuses: int, **headers: str) -> None:
        """Answer the next calls whose verb and path hold a text with these statuses."""
        self.faults += [(path, status, headers) for status in statuses]

    def pass_hours(self, hours: float) -> None:
        """Let time pass, and the cluster's own controller start the Jobs that are not held."""
        self.now += timedelta(hours=hours)
        with self._lock:
            for (plural, _, _), item in self.objects.items():
                status = item.get("status")
                if plural == "jobs" and not item["spec"].get("suspend") and "startTime" not in status:
                    status["startTime"] = stamp(self.now)
                    self._touch(item)

    # what it answers

    def answer(self, verb: str, target: str, body: Any, headers: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, document and headers."""
        url = urlsplit(target)
        self.asked.append((verb, url.path))
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, failure(401, "Unauthorized"), {}
        for fault in self.faults:
            if fault[0] in f"{verb} {url.path}":
                self.faults.remove(fault)
                return fault[1], failure(fault[1], "told to fail"), fault[2]
        if found := discovery(url.path):
            return 200, found, {}
        match = PATH.match(url.path)
        if not match or match["plural"] not in KINDS.get((match["group"] or "", match["version"]), {}):
            return 404, failure(404, "the server could not find the requested resource"), {}
        if verb == "PATCH" and self.before_patch:
            act, self.before_patch = self.before_patch, None
            act()
        with self._lock:
            return (*self._done(verb, match, parse_qs(url.query), body, headers), {})

    def _done(self, verb: str, match: re.Match[str], asked: Any, body: Any, headers: Any) -> tuple[int, dict[str, Any]]:
        plural, space, name = match["plural"], match["space"], match["name"]
        kind, is_spaced = KINDS[match["group"] or "", match["version"]][plural]
        version = f"{match['group']}/v1" if match["group"] else "v1"
        head = {"apiVersion": version, "kind": kind}
        if verb == "POST":
            if is_spaced:
                body["metadata"]["namespace"] = space
            return 201, head | self.put(plural, {"status": {}, **body})
        if name is None:
            return self._page(plural, space, asked, {"apiVersion": version, "kind": f"{kind}List"})
        key = (plural, space or "", name)
        if key not in self.objects:
            return 404, failure(404, f'{plural} "{name}" not found')
        if verb == "GET":
            return 200, head | self.objects[key]
        if verb == "DELETE":
            return 200, head | self.objects.pop(key)
        kept = headers.get("User-Agent", "")
        if not kept.startswith("kubectl"):
            self.patches.append((f"{plural}/{name}", headers.get("Content-Type", ""), copy.deepcopy(body)))
        status, answer = self._patched(plural, self.objects[key], body, headers.get("Content-Type"))
        return status, answer if status >= 300 else head | answer

    def _page(self, plural: str, space: str | None, asked: Any, head: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        wanted = asked.get("labelSelector", [""])[0]
        found = [
            item for (kind, own, _), item in sorted(self.objects.items())
            if kind == plural and space in (None, own) and selected(item, wanted)
        ]  # fmt: skip
        begin = int(asked.get("continue", ["0"])[0])
        size = min(int(asked.get("limit", [self.page])[0]), self.page) if "limit" in asked else len(found)
        more = {"continue": str(begin + size)} if begin + size < len(found) else {}
        meta = {"resourceVersion": str(self._version), **more}
        return 200, {**head, "metadata": meta, "items": found[begin : begin + size] if size else found}

    def _patched(self, plural: str, item: dict[str, Any], body: Any, form: str) -> tuple[int, dict[str, Any]]:
        if form not in ("application/merge-patch+json", "application/strategic-merge-patch+json"):
            return 415, failure(415, "the body of the request was in an unknown format")
        asked = body.get("metadata", {}).get("resourceVersion")
        if asked is not None and asked != item["metadata"]["resourceVersion"]:
            return 409, failure(409, "the object has been modified; please apply your changes to the latest version")
        made = merged(item, {**body, "metadata": {k: v for k, v in body.get("metadata", {}).items() if k != "uid"}})
        if plural == "jobs" and (wrong := immutable(item, made)):
            return 422, failure(422, f'Job.batch "{item["metadata"]["name"]}" is invalid: {wrong}')
        item.clear()
        item.update(made)
        self._touch(item)
        return 200, item

    def _touch(self, item: dict[str, Any]) -> None:
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)


def immutable(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What a patch of a Job may not change: its pods, once it has begun or while it is not suspended."""
    old, new = before["spec"], after["spec"]
    pods = [{**one["template"]["spec"], "nodeSelector": None} for one in (old, new)]
    selectors = [one["template"]["spec"].get("nodeSelector") or {} for one in (old, new)]
    may_schedule = old.get("suspend") and "startTime" not in before.get("status", {})
    if pods[0] != pods[1] or (selectors[0] != selectors[1] and not may_schedule):
        return "spec.template: field is immutable"
    return ""


def merged(target: Any, change: Any) -> Any:
    """A JSON merge patch (RFC 7386)."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in change.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), value)
    return made


def selected(item: dict[str, Any], selector: str) -> bool:
    """Whether labels are as `a=b,c in (d, e),f` asks."""
    labels = item["metadata"].get("labels") or {}
    for one in filter(None, re.split(r",(?![^(]*\))", selector)):
        if among := re.fullmatch(r"\s*(\S+) in \((.*)\)\s*", one):
            if labels.get(among[1]) not in [word.strip() for word in among[2].split(",")]:
                return False
        elif "=" in one:
            key, _, value = one.partition("=")
            if labels.get(key.strip()) != value.strip("= "):
                return False
        elif one.strip() not in labels:
            return False
    return True


def failure(code: int, message: str) -> dict[str, Any]:
    """A Status, as the API tells of faults."""
    reasons = {401: "Unauthorized", 404: "NotFound", 409: "Conflict", 422: "Invalid", 500: "InternalError"}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
            "reason": reasons.get(code, ""), "code": code}  # fmt: skip


def discovery(path: str) -> dict[str, Any] | None:
    """What kubectl asks before it asks for anything."""
    groups = [group for group, _ in KINDS if group]
    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        versions = {group: {"groupVersion": f"{group}/v1", "version": "v1"} for group in groups}
        listed = [{"name": g, "versions": [v], "preferredVersion": v} for g, v in versions.items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    group = path.removeprefix("/apis/").removesuffix("/v1") if path.startswith("/apis/") else ""
    if path != "/api/v1" and group not in groups:
        return None
    listed = [
        {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": is_spaced,
         "verbs": ["get", "list", "patch", "create", "delete"]}
        for plural, (kind, is_spaced) in KINDS[group, "v1"].items()
    ]  # fmt: skip
    return {"kind": "APIResourceList", "groupVersion": f"{group}/v1" if group else "v1", "resources": listed}


def stamp(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def kubeconfig(**doubles: Double) -> str:
    """A kubeconfig with a context for each double; the first is the current one."""
    listed = [
        {"clusters": [{"name": name, "cluster": {"server": one.url, "certificate-authority-data": one.authority}}],
         "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "ml"}}],
         "users": [{"name": name, "user": {"token": one.token}}]}
        for name, one in doubles.items()
    ]  # fmt: skip
    groups = {group: [entry for one in listed for entry in one[group]] for group in ("clusters", "contexts", "users")}
    return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": next(iter(doubles)), **groups})


@functools.cache
def certificate() -> tuple[bytes, bytes]:
    """A certificate for this machine, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "double")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2080, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8
    bare = serialization.NoEncryption()
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(serialization.Encoding.PEM, form, bare)


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of clients which turn away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A handshake that the client broke off is what some tests are about."""


@contextlib.contextmanager
def served() -> Iterator[Double]:
    """A double that listens on a port of this machine for the time of the block."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, document, headers = double.answer(self.command, self.path, body, self.headers)
            text = json.dumps(document).encode()
            self.send_response(status)
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(text))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = Quiet(("127.0.0.1", 0), Handler)
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "pair.pem"
        pair.write_bytes(b"".join(certificate()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    double.url = f"https://127.0.0.1:{server.server_address[1]}"
    double.authority = base64.b64encode(certificate()[0]).decode()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
