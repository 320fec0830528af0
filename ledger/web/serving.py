"""Serving the app: by which address, how protected, and what is said where it was started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ledger.book import Ledger
from ledger.errors import Misuse
from ledger.web.settings import LOOPBACK, WebSettings

Certificate = tuple[Path | None, Path | None]


def web_settings(
    ledger: Ledger, at: tuple[str, int], origin: str | None, certificate: Certificate, *, read_only: bool
) -> WebSettings:
    """What the app is started with. Raises Misuse for an address by which passwords would travel in the clear."""
    host, port = at
    if (certificate[0] is None) != (certificate[1] is None):
        raise Misuse("a certificate needs its key, and a key its certificate", "give --tls-cert and --tls-key")
    for file in certificate:
        if file is not None and not file.is_file():
            raise Misuse(f"there is no file {file}", "name a certificate and its key in PEM")
    own = f"{'https' if certificate[0] else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    told = _checked_origin(origin) if origin else own
    if not told.startswith("https://") and urlsplit(told).hostname not in LOOPBACK:
        raise Misuse(
            f"by {told} passwords would travel in the clear",
            "give a certificate (--tls-cert, --tls-key), or put a proxy with TLS before it and name its address: "
            "--origin https://carbon.example.org",
        )
    return WebSettings(ledger.path, ledger.actor, told, read_only)


def _checked_origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Misuse(f"'{text}' is not an address of a site", "write it like https://carbon.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def serve_app(settings: WebSettings, at: tuple[str, int], certificate: Certificate, say: Callable[[str], None]) -> None:
    """Serve until somebody stops it. Raises Misuse where the port is taken, or the web packages are missing."""
    try:
        import uvicorn

        from ledger.web.app import create_app
        from ledger.web.here import Site
        from ledger.web.login import needs_first_password
    except ImportError as missing:
        raise Misuse("the web app's packages are not installed", "pip install 'ghg-ledger[web,pdf]'") from missing
    _check_free(at)
    app = create_app(settings)
    say(f"Serving {settings.ledger.name} at {settings.origin}{' (read-only)' if settings.read_only else ''}")
    if needs_first_password(Site(settings)):
        first = f"{settings.origin}/first?key={settings.first_key}"
        say(f"Nobody can log in yet. Set the first password here, once: {first}")
    say("It ends with Ctrl-C.")
    uvicorn.run(
        app, host=at[0], port=at[1], log_level="warning", server_header=False, date_header=False,
        ssl_certfile=certificate[0], ssl_keyfile=certificate[1], timeout_graceful_shutdown=5,
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
