"""What a web app is started with."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ledger.errors import Misuse

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Oidc:
    """Who vouches for people by OpenID Connect: the issuer, what the app is to it, and which claim names a person.

    The claim is looked for among the names of people of the ledger; a provider says nothing of roles. ``secret`` is ""
    where the app is known to the provider without one.
    """

    issuer: str
    client_id: str
    secret: str = field(default="", repr=False)
    claim: str = "email"


@dataclass(frozen=True, slots=True)
class GridPlan:
    """Which grids are asked after while the app runs, of which service, and how often.

    ``url`` is the address of the service, where it is another than its own.
    """

    zones: tuple[str, ...]
    source: str
    minutes: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Which ledger is served, to whom, and by which address.

    ``founder`` acts where nobody can log in yet (:mod:`ledger.web.door.login`). ``origin`` is the address that people
    type, like `https://carbon.example.org`; it decides which requests are taken as the app's own, and whether cookies
    need TLS. ``grid`` is what is fetched on a timer, by the founder; nothing where None. ``first_key`` opens the page
    on which the first password is set, once.
    """

    ledger: Path
    founder: str
    origin: str = "http://127.0.0.1:8550"
    read_only: bool = False
    first_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    oidc: Oidc | None = None
    grid: GridPlan | None = None

    @property
    def secure(self) -> bool:
        """Whether people come by TLS."""
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """The host and port that a request must name."""
        return self.origin.split("://", 1)[1].rstrip("/")

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that a request may name: the one that people type, and on this machine its other names."""
        parts = urlsplit(self.origin)
        if parts.hostname not in LOOPBACK:
            return frozenset({self.host})
        port = "" if parts.port is None else f":{parts.port}"
        return frozenset({f"{f'[{name}]' if ':' in name else name}{port}" for name in LOOPBACK})

    @property
    def origins(self) -> frozenset[str]:
        """The sites whose pages may send forms: this one alone, by the same scheme."""
        return frozenset(f"{urlsplit(self.origin).scheme}://{host}" for host in self.hosts)


def limit_of(name: str, default: int) -> int:
    """A limit that an environment variable may set, to a whole number above zero."""
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise Misuse(f"{name} is '{text}'", "give a whole number above zero")
    return int(text)


FORM_BYTES = 1_048_576
"""Bytes of a form without files: our own choice; the longest field is a note of some thousand characters."""
HEAD_BYTES = 32_768
"""Bytes that the head of a request may have: our own choice; the longest address of ours has some hundreds."""
IDLE_MINUTES = 60
"""Minutes after which a session that does nothing ends (GHG_SESSION_IDLE_MINUTES): our own choice."""
LONGEST_HOURS = 12
"""Hours after which every session ends (GHG_SESSION_HOURS): a working day, our own choice."""
