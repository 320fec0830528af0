"""A small company served on the web: a client for each role without a network, and a real browser."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger import Ledger
from ledger.web.app import create_app
from ledger.web.settings import WebSettings

sys.path.insert(0, str(Path(__file__).parent))  # the tests find `walking`

PASSWORD = "correct horse battery"
PEOPLE = {"pia": "preparer", "rob": "reviewer", "eve": "auditor", "ada": "admin"}
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""
FACILITIES = """facility_id,name,legal_entity_id,country,grid_region,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,,Europe/London,lease_in_operating,2018-01-01,2018-01-01
SJC,San Jose laboratory,ACME,US,CAMX,America/Los_Angeles,owned,2015-01-01,2015-01-01
"""
ENERGY = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
1,LON,electricity_purchased,100000,kWh,2024-03-01,2024-03-31,,measured
2,LON,natural_gas,5000,kWh,2024-03-01,2024-03-31,gross,measured
3,SJC,electricity_purchased,20,MWh,2024-03-15,2024-04-14,,measured
4,LON,electricity_purchased,90000,kWh,2023-03-01,2023-03-31,,measured
"""
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip


@dataclass
class Served:
    """A ledger served: its app, clients who are logged in, and the address for a browser once one asks."""

    path: Path
    settings: WebSettings
    app: Any
    clients: dict[str, Client] = field(default_factory=dict)

    def ledger(self, name: str = "pia") -> Ledger:
        """The ledger, as someone at the command line."""
        return Ledger(self.path, actor=name)

    def client(self, name: str = "pia") -> Client:
        """Somebody who is logged in; made once."""
        if name not in self.clients:
            self.clients[name] = self.stranger()
            assert self.clients[name].submit("/login", name=name, password=PASSWORD).status_code == 200
        return self.clients[name]

    def stranger(self) -> Client:
        """Somebody who is not logged in."""
        return Client(self.app, base_url=self.settings.origin, follow_redirects=True, raise_server_exceptions=False)


class Client(TestClient):
    """A browser without scripts: it sends forms with the token that its pages hold."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.known: dict[Any, str] = {}

    def page(self, path: str, status: int = 200) -> str:
        """The text of a page, which must answer so."""
        answer = self.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
        return answer.text

    def token(self, path: str = "/accounts") -> str:
        """The token of this session, as a page has it; looked up once for a session."""
        session = tuple(sorted(self.cookies.items()))
        if self.known.get(session) is None:
            found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
            assert found, path
            self.known[session] = found[1]
        return self.known[session]

    def submit(self, path: str, files: Any = None, **fields: Any) -> Any:
        """Send a form to an address, with the session's token where there is one."""
        if path not in {"/login", "/first"}:
            fields["csrf"] = fields["csrf"] if "csrf" in fields else self.token()
        return self.post(path, data=fields, files=files)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed by the same function with little work: what it costs is of no interest here."""
    from argon2 import PasswordHasher

    from ledger.book import credentials

    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_hasher", lambda: quick)
        yield


@pytest.fixture(scope="session")
def company(made_for_all) -> Path:
    """The folder of that company."""
    return made_for_all("company", founded)


def founded(folder: Path) -> None:
    """A founded ledger with two sites, some energy, and a person of each role with a password."""
    ledger = Ledger.init(folder / "ledger.duckdb", organisation="Acme <b>&", base_year=2023, actor="ada")
    for name, text in (("entity.csv", ENTITIES), ("facility.csv", FACILITIES), ("energy.csv", ENERGY)):
        (folder / name).write_text(text, encoding="utf-8")
        assert ledger.upload(folder / name).status == "accepted"
    for name, role in PEOPLE.items():
        if name != "ada":
            ledger.add_person(name, role)
        ledger.set_password(name, PASSWORD)
    ledger.set_roles("ada", "admin")


@pytest.fixture(scope="session")
def make_served(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Served]:
    """A function that serves a ledger of its own; settings of the app may be given."""

    def made(**settings: Any) -> Served:
        folder = tmp_path_factory.mktemp("served")
        shutil.copytree(company, folder / "book")
        path = folder / "book" / "ledger.duckdb"
        port = _free_port()
        asked = WebSettings(path, "ada", **{"origin": f"http://127.0.0.1:{port}"} | settings)
        return Served(path, asked, create_app(asked))

    return made


@pytest.fixture(scope="module")
def served(make_served: Callable[..., Served]) -> Served:
    """A ledger served to all tests of a module; they do not rely on one another."""
    return make_served()


@pytest.fixture(scope="module")
def base(served: Served) -> Iterator[str]:
    """The address by which a browser finds the served ledger."""
    import uvicorn

    from ledger.web.serving import server_config

    host, port = served.settings.host.split(":")
    server = uvicorn.Server(server_config(served.app, (host, int(port))))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield served.settings.origin
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium; the test must be marked ``needs("chromium")``."""
    from playwright.sync_api import sync_playwright

    found = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any, base: str) -> Iterator[Callable[..., Any]]:
    """A function that logs somebody in with a browser of their own and gives its page."""
    contexts = []

    def visited(name: str | None = "pia", **how: Any) -> Any:
        context = browser.new_context(base_url=base, **how)
        contexts.append(context)
        page = context.new_page()
        if name is not None:
            page.goto("/login")
            page.fill("#f-name", name)
            page.fill("#f-password", PASSWORD)
            page.click("button.primary")
            page.wait_for_url(f"{base}/")
        return page

    yield visited
    for context in contexts:
        context.close()


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port
