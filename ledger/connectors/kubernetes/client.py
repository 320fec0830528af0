"""The few calls of a cluster's API that are made: list, get, and patch of a Job, each with patience and a plain fault.

Kubernetes API concepts: lists in pages (`limit`, `continue`), optimistic locking by `metadata.resourceVersion` (409
where it moved on), JSON merge patch (RFC 7386).
"""

from __future__ import annotations

import json
import logging
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ledger.connectors.kubernetes.credential import credential_token
from ledger.connectors.kubernetes.faults import ClusterFault, Conflict, Later
from ledger.connectors.kubernetes.kubeconfig import Access
from ledger.errors import Misuse

if TYPE_CHECKING:
    import httpx2

PAGE = 500
ATTEMPTS = 5
"""How often a call is made before the cluster counts as out of reach; a pass later begins anew."""
_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, _TIMEOUT_SECONDS = 0.2, 5.0, 10.0
_SAYS_LATER = {429, 500, 502, 503, 504}
_CHARACTERS = 300
logging.getLogger("stamina").addHandler(logging.NullHandler())  # what is tried again is told when it stays in vain
_IS_ONE = "is this the API of a Kubernetes cluster?"


class Cluster:
    """A cluster within a `with` block of :func:`cluster_of`."""

    def __init__(self, access: Access, client: httpx2.Client) -> None:
        self.context = access.context
        self.namespace = access.namespace
        self._access = access
        self._client = client
        self._token = access.token

    def jobs(self, namespace: str | None, labels: str) -> list[dict[str, Any]]:
        """The Jobs of a namespace (None: of all) with labels, as the API has them."""
        return self._listed(f"/apis/batch/v1{_space(namespace)}/jobs", labels)

    def pods(self, namespace: str | None, labels: str) -> list[dict[str, Any]]:
        """The pods of a namespace (None: of all) with labels."""
        return self._listed(f"/api/v1{_space(namespace)}/pods", labels)

    def nodes(self) -> list[dict[str, Any]]:
        """The nodes."""
        return self._listed("/api/v1/nodes", "")

    def job(self, namespace: str, name: str) -> dict[str, Any] | None:
        """One Job; None where there is none of that name, or none any more."""
        return self._called("GET", f"/apis/batch/v1{_space(namespace)}/jobs/{quote(name, safe='')}")

    def cron_job(self, namespace: str, name: str) -> dict[str, Any] | None:
        """One CronJob; None where there is none."""
        return self._called("GET", f"/apis/batch/v1{_space(namespace)}/cronjobs/{quote(name, safe='')}")

    def patched_job(self, namespace: str, name: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """One Job after a merge patch; None where there is none any more. Raises Conflict where it has moved on."""
        return self._called("PATCH", f"/apis/batch/v1{_space(namespace)}/jobs/{quote(name, safe='')}", body=body)

    def _listed(self, path: str, labels: str) -> list[dict[str, Any]]:
        """Every item of a list, page by page; one that grew too old between pages is begun again in one go."""
        found: list[dict[str, Any]] = []
        asked: dict[str, str] = {"limit": str(PAGE)} | ({"labelSelector": labels} if labels else {})
        while True:
            page = self._called("GET", path, asked, none_of=(404, 410))
            if page is None and "continue" in asked:
                del asked["continue"], asked["limit"]
                found = []
                continue
            if page is None:
                raise ClusterFault(f"{self.context}: there is no {path}", _IS_ONE)
            items = page.get("items") or []
            found += [item for item in items if isinstance(item, dict)]
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return found
            asked["continue"] = str(more)

    def _called(
        self,
        verb: str,
        path: str,
        asked: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        none_of: tuple[int, ...] = (404,),
    ) -> dict[str, Any] | None:
        """The answer of a call, made again with growing waits where the server says so or does not answer."""
        import stamina

        for attempt in stamina.retry_context(
            on=_seconds_until, attempts=ATTEMPTS, timeout=None, wait_initial=_WAIT_SECONDS,
            wait_max=_LONGEST_WAIT_SECONDS, wait_jitter=_WAIT_SECONDS,
        ):  # fmt: skip
            with attempt:
                return self._once(verb, path, asked or {}, body, none_of)
        raise AssertionError  # pragma: no cover — the last attempt returns or raises

    def _once(
        self, verb: str, path: str, asked: Mapping[str, str], body: Mapping[str, Any] | None, none_of: tuple[int, ...]
    ) -> dict[str, Any] | None:
        """One call. A token that was turned down is fetched anew, and the call made once more."""
        answer = self._sent(verb, path, asked, body)
        if answer.status_code == 401 and self._renewed():
            answer = self._sent(verb, path, asked, body)
        if answer.status_code in none_of:
            return None
        if answer.status_code >= 300:
            raise self._fault(verb, path, answer)
        try:
            document = answer.json()
        except ValueError as fault:
            raise ClusterFault(f"{self.context}: {path} answers with no JSON", _IS_ONE) from fault
        if not isinstance(document, dict):
            raise ClusterFault(f"{self.context}: {path} answers with no object", _IS_ONE)
        return document

    def _sent(
        self, verb: str, path: str, asked: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> httpx2.Response:
        import httpx2

        headers = {"Accept": "application/json"}
        if token := self._shown():
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
            asked = {**asked, "fieldManager": "ghg-ledger"}
        content = None if body is None else json.dumps(body).encode()
        try:
            return self._client.request(verb, path, params=dict(asked), headers=headers, content=content)
        except httpx2.TransportError as fault:
            told = str(fault) or type(fault).__name__
            raise Later(
                f"{self.context}: {self._access.server} does not answer: {told}", "look at it: kubectl cluster-info"
            ) from fault

    def _shown(self) -> str | None:
        """The token that is shown: as given, as its file has it now, or as its program gives it."""
        if self._access.token_file is not None:
            try:
                return self._access.token_file.read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError) as fault:
                raise ClusterFault(
                    f"{self.context}: the token in {self._access.token_file} cannot be read", "look at the file"
                ) from fault
        if self._token is None and self._access.credential is not None:
            self._token = credential_token(self._access.credential)
        return self._token

    def _renewed(self) -> bool:
        """Whether another token may be had than the one that was turned down."""
        if self._access.token_file is None and self._access.credential is not None:
            self._token = None
            return True
        return False

    def _fault(self, verb: str, path: str, answer: httpx2.Response) -> ClusterFault:
        """The fault of an answer, with the server's own words."""
        status, told = answer.status_code, _message(answer)
        told = f"{self.context}: {verb} {path}: {status} {told}"
        if status == 409:
            return Conflict(told, "it is read again")
        if status in _SAYS_LATER:
            return Later(told, "the next pass tries again", _seconds(answer.headers.get("Retry-After")))
        if status == 401:
            return ClusterFault(told, "the token or certificate does not count, or not any more: log in as for kubectl")
        if status == 403:
            return ClusterFault(told, "give the account the rights of examples/kubernetes/rbac.yaml")
        return ClusterFault(told, "nothing was changed by this call")


@contextmanager
def cluster_of(access: Access) -> Iterator[Cluster]:
    """A cluster for the time of the block. Raises Misuse for a certificate or key that cannot be used."""
    import httpx2

    with httpx2.Client(
        base_url=access.server, verify=_trust(access), timeout=_TIMEOUT_SECONDS, proxy=access.proxy
    ) as client:
        yield Cluster(access, client)


def _trust(access: Access) -> ssl.SSLContext:
    """Whom the connection believes, and as whom it shows itself."""
    try:
        context = ssl.create_default_context(cadata=access.ca)
        if access.client_certificate and access.client_key:
            with tempfile.TemporaryDirectory() as folder:  # the library takes files alone; the folder is ours alone
                pair = Path(folder) / "pair.pem"
                pair.touch(mode=0o600)
                pair.write_text(f"{access.client_certificate}\n{access.client_key}\n", encoding="ascii")
                context.load_cert_chain(pair)
    except (ssl.SSLError, ValueError) as fault:
        raise Misuse(
            f"{access.context}: the certificate or key in the kubeconfig cannot be used", "log in as for kubectl"
        ) from fault
    return context


def _seconds_until(fault: Exception) -> bool | float:
    """Whether to call again, and after how many seconds where the server says so; never longer than our own limit."""
    if not isinstance(fault, Later):
        return False
    return True if fault.seconds is None else min(fault.seconds, _LONGEST_WAIT_SECONDS)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None


def _message(answer: httpx2.Response) -> str:
    """The words of a Status object, or the first of what stands there."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    words = told.get("message") if isinstance(told, dict) else None
    return str(words or answer.text or answer.reason_phrase)[:_CHARACTERS]


def _space(namespace: str | None) -> str:
    return "" if namespace is None else f"/namespaces/{quote(namespace, safe='')}"
