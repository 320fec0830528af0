"""Serving the app: by which address, how protected, and what is said where it was started."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ledger.book import Ledger
from ledger.errors import Misuse
from ledger.store.people_file import is_private
from ledger.web.settings import HEAD_BYTES, LOOPBACK, GridPlan, Oidc, WebSettings

if TYPE_CHECKING:
    import uvicorn

Certificate = tuple[Path | None, Path | None]
_PORTS = {"http": 80, "https": 443}
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 — what is refused
_HEAD_SECONDS = 15.0
_CONNECTIONS = 500


def web_settings(
    ledger: Ledger, at: tuple[str, int], origin: str | None, certificate: Certificate, *, read_only: bool,
    oidc: Oidc | None = None, grid: GridPlan | None = None,
) -> WebSettings:  # fmt: skip
    """What the app is started with. Raises Misuse for an address by which passwords would travel in the clear."""
    if read_only and grid is not None:
        raise Misuse("an app that only shows records no intensities", "leave --grid or --read-only out")
    host, port = at
    if (certificate[0] is None) != (certificate[1] is None):
        raise Misuse("a certificate needs its key, and a key its certificate", "give --tls-cert and --tls-key")
    for file in certificate:
        if file is not None and not file.is_file():
            raise Misuse(f"there is no file {file}", "name a certificate and its key in PEM")
    own = f"{'https' if certificate[0] else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    if origin is None and host in _EVERYWHERE:
        raise Misuse(f"{host} is no address that people type", "name it: --origin https://carbon.example.org")
    told = checked_origin(origin or own)
    if not told.startswith("https://") and urlsplit(told).hostname not in LOOPBACK:
        raise Misuse(
            f"by {told} passwords would travel in the clear",
            "give a certificate (--tls-cert, --tls-key), or put a proxy with TLS before it and name its address: "
            "--origin https://carbon.example.org",
        )
    return WebSettings(ledger.path, ledger.actor, told, read_only, oidc=oidc, grid=grid)


def checked_origin(text: str) -> str:
    """An address of a site as browsers write it: lower case, without the port that goes without saying."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in _PORTS or not parts.hostname or not text.isascii() or not bare or port == 0:
        raise Misuse(f"'{text}' is not an address of a site", "write it like https://carbon.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def oidc_of(issuer: str | None, client_id: str | None, secret_file: Path | None, claim: str) -> Oidc | None:
    """Who vouches for people, where somebody does. Raises Misuse for half of it, or an address that is not safe."""
    if issuer is None and client_id is None:
        return None
    if not issuer or not client_id:
        raise Misuse("single sign-on needs the issuer and the client's id", "give --oidc-issuer and --oidc-client-id")
    parts = urlsplit(issuer)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Misuse(f"'{issuer}' is no issuer's address", "give it as the provider writes it, with https://")
    secret = os.environ.get("GHG_OIDC_CLIENT_SECRET", "")
    if secret_file is not None:
        if not is_private(secret_file) if secret_file.is_file() else True:
            raise Misuse(f"{secret_file} is not there, or others can read it", f"chmod 600 {secret_file}")
        secret = secret_file.read_text(encoding="utf-8").strip()
    if find_spec("joserfc") is None:
        raise Misuse("the package for single sign-on is not installed", "pip install 'ghg-ledger[web,pdf,sso]'")
    if not claim.strip():
        raise Misuse("the claim has no name", "give one that the provider's tokens have: email, preferred_username")
    return Oidc(issuer, client_id, secret, claim.strip())


def serve_app(
    settings: WebSettings, at: tuple[str, int], certificate: Certificate, say: Callable[[str], None],
    log: Path | None = None,
) -> None:
    """Serve until somebody stops it. Raises Misuse where the port is taken, or the web packages are missing."""
    try:
        import uvicorn

        from ledger.web.app import create_app
        from ledger.web.door.log import begin_log
        from ledger.web.door.login import needs_first_password
        from ledger.web.frame.here import Site
    except ImportError as missing:
        raise Misuse("the web app's packages are not installed", "pip install 'ghg-ledger[web,pdf]'") from missing
    _check_free(at)
    begin_log(log)
    app = create_app(settings)
    say(f"Serving {settings.ledger.name} at {settings.origin}{' (read-only)' if settings.read_only else ''}")
    if needs_first_password(Site(settings)):
        first = f"{settings.origin}/first?key={settings.first_key}"
        say(f"Nobody can log in yet. Set the first password here, once: {first}")
    if settings.grid is not None:
        plan = settings.grid
        zones = ", ".join(plan.zones)
        say(f"Every {plan.minutes} minutes {plan.source} is asked after {zones}, as {settings.founder}.")
    say("It ends with Ctrl-C.")
    with suppress(KeyboardInterrupt):
        uvicorn.Server(server_config(app, at, certificate)).run()


def server_config(app: Any, at: tuple[str, int], certificate: Certificate = (None, None)) -> uvicorn.Config:
    """How the app is served: by HTTP/1.1 alone, with short heads that come in time, and so many connections."""
    import uvicorn

    from ledger.web.door.patience import impatient

    return uvicorn.Config(
        app, host=at[0], port=at[1], http=impatient(_HEAD_SECONDS), ws="none", limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=HEAD_BYTES, proxy_headers=False, log_config=None, access_log=False,
        server_header=False, date_header=False, ssl_certfile=certificate[0], ssl_keyfile=certificate[1],
        timeout_graceful_shutdown=5,
    )  # fmt: skip


def _check_free(at: tuple[str, int]) -> None:
    import socket

    family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(at)
        except OSError as fault:
            raise Misuse(f"{at[0]}, port {at[1]}, cannot be had: {(fault.strerror or str(fault)).lower()}",
                         "stop what is there, or take another with --port") from fault  # fmt: skip
