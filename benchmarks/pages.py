"""The web app's pages over a ledger: served by the command as people start it, and asked for by a browser's means."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx2

from benchmarks.timing import Measured
from ledger.book import Ledger

PASSWORD = secrets.token_urlsafe()
AGAIN = 5


def page_seconds(ledger: Ledger, figure: str) -> Measured:
    """Seconds until each page has come: the first time, and at the median of some more."""
    pages = {"home": "/", "explore": "/explore?period=2025", "figure": f"/explore/figure/{quote(figure, safe='')}"}
    ledger.set_password(ledger.actor, PASSWORD)
    answer: Measured = {}
    with _served(ledger) as client:
        _log_in(client, ledger.actor)
        for name, address in pages.items():
            first, *again = (_seconds(client, address) for _ in range(1 + AGAIN))
            answer |= {f"{name}_first": first, f"{name}_again": median(again)}
    return answer


def _seconds(client: httpx2.Client, address: str) -> float:
    start = time.perf_counter()
    answer = client.get(address)
    seconds = time.perf_counter() - start
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    return seconds


def _log_in(client: httpx2.Client, name: str) -> None:
    """A session; the answer is the way to Home, which is not followed."""
    answer = client.post("/login", data={"name": name, "password": PASSWORD})
    if answer.status_code not in {200, 302, 303}:
        raise SystemExit(f"the login answered {answer.status_code}: {answer.text[:300]}")


@contextmanager
def _served(ledger: Ledger) -> Iterator[httpx2.Client]:
    """The app in a process of its own, and a client once it answers."""
    port = _free_port()
    command = [sys.executable, "-m", "ledger.cli", "serve", "--port", str(port), "--ledger", str(ledger.path)]
    with tempfile.TemporaryDirectory() as place:
        said = Path(place) / "said"
        with said.open("w") as out:
            server = subprocess.Popen([*command, "--actor", ledger.actor], stdout=out, stderr=out)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                _wait_for(client, server, said)
                yield client
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(client: httpx2.Client, server: subprocess.Popen[bytes], said: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            client.get("/login")
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the web app did not start: {said.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
    return port
