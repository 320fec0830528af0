"""Single sign-on: to the provider and back, and who that is in the ledger; what they may do the ledger alone says.

What a login began with (state, nonce, PKCE's verifier) lies in a cookie of the browser that began it, sealed by a key
of this process: a login that another browser began ends nowhere, and nothing is kept here for logins that never end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from ledger.errors import LedgerError, Refused
from ledger.plain import visible
from ledger.web.door.login import begun, login_form, own_address
from ledger.web.door.oidc_provider import NoProvider, Provider
from ledger.web.frame.here import Site, site_of
from ledger.web.settings import Oidc

router = APIRouter()
COOKIE = "ghg_sso"
BACK = "/login/sso/back"
_MINUTES = 10
_LONGEST_ADDRESS = 1_000
_SEAL = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login on its way: what the provider must send back, and where it leads."""

    state: str
    nonce: str
    verifier: str
    after: str
    began: int


@router.get("/login/sso")
def to_provider(request: Request) -> Response:
    """Send the browser to the provider."""
    site, provider = _provider(request)
    after = own_address(request.query_params.get("next", "/"))
    attempt = Attempt(
        secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48),
        after if len(after) <= _LONGEST_ADDRESS else "/", int(time.time()),
    )  # fmt: skip
    asked = {
        "response_type": "code", "client_id": provider.oidc.client_id, "redirect_uri": site.settings.origin + BACK,
        "scope": "openid email profile", "state": attempt.state, "nonce": attempt.nonce,
        "code_challenge": _challenge(attempt.verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    try:
        answer: Response = RedirectResponse(provider.authorization_address(asked), 303)
    except NoProvider as fault:
        return _refused(request, fault, 503)
    answer.set_cookie(
        site.cookie_called(COOKIE), _sealed(attempt), max_age=_MINUTES * 60, httponly=True,
        secure=site.settings.secure, samesite="lax", path="/",
    )  # fmt: skip
    return answer


@router.get(BACK)
def from_provider(request: Request) -> Response:
    """Take a person in whom the provider vouches for and the ledger knows."""
    site, provider = _provider(request)
    cookie = site.cookie_called(COOKIE)
    try:
        attempt = _attempt(request.cookies.get(cookie, ""), request.query_params.get("state", ""))
        claims = _vouched(provider, request.query_params, attempt, site.settings.origin + BACK)
        name = _name(site, claims, provider.oidc)
        answer = begun(site, name, attempt.after, ended=request.cookies.get(site.cookie))
    except NoProvider as fault:
        answer = _refused(request, fault, 503)
    except Refused as fault:
        answer = _refused(request, fault, 403)
    answer.delete_cookie(cookie, path="/", secure=site.settings.secure, httponly=True)
    return answer


def _provider(request: Request) -> tuple[Site, Provider]:
    site = site_of(request)
    if site.provider is None:
        raise HTTPException(404)
    return site, site.provider


def _attempt(cookie: str, state: str) -> Attempt:
    """The login that this browser began. Raises Refused where it began none, another, or long ago."""
    attempt = _opened(cookie)
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise Refused("this login was not begun here", "begin it from this page", code="sso-state")
    if not 0 <= time.time() - attempt.began <= _MINUTES * 60:
        raise Refused("this login took too long", "begin it again", code="sso-late")
    return attempt


def _vouched(provider: Provider, told: Mapping[str, str], attempt: Attempt, back: str) -> dict[str, Any]:
    """What the provider says of who came. Raises Refused where it does not vouch for anybody, or another answers."""
    if told.get("iss", provider.oidc.issuer) != provider.oidc.issuer:  # RFC 9207
        raise Refused("another provider answered", "begin the login again", code="sso-issuer")
    code = told.get("code", "")
    if "error" in told or not code:
        why = "you did not agree, or may not" if told.get("error") == "access_denied" else "it gives no login"
        raise Refused(f"the provider does not let you in: {why}", "begin it again, or ask an admin", code="sso-error")
    return provider.claims(provider.id_token(code, attempt.verifier, back), attempt.nonce)


def _name(site: Site, claims: Mapping[str, Any], oidc: Oidc) -> str:
    """The name of a person of the ledger by the claim. Raises Refused for a stranger."""
    said = claims.get(oidc.claim)
    if not isinstance(said, str) or not said.strip():
        raise Refused(f"the provider does not say your '{oidc.claim}'", "have an admin look at --oidc-claim",
                      code="sso-claim")  # fmt: skip
    if oidc.claim == "email" and claims.get("email_verified") is not True:
        raise Refused("the provider has not verified that this address is yours", "verify it there first",
                      code="sso-unverified")  # fmt: skip
    person = site.person(said)
    if person is None:
        raise Refused(f"'{visible(said)[:200]}' is not a person of this ledger",
                      "have an admin take you in under exactly this name", code="sso-stranger")  # fmt: skip
    if person["role"] in {"", "none"}:
        raise Refused("you have no role in this ledger any more", "ask an admin", code="sso-no-role")
    return said


def _refused(request: Request, fault: LedgerError, status: int) -> Response:
    text = str(fault)
    return login_form(request, wrong=f"{text[:1].upper()}{text[1:]}; {fault.fix}.", status=status)


def _challenge(verifier: str) -> str:
    return _plain(hashlib.sha256(verifier.encode()).digest())


def _sealed(attempt: Attempt) -> str:
    body = _plain(json.dumps(asdict(attempt)).encode())
    return f"{body}.{_plain(hmac.digest(_SEAL, body.encode(), 'sha256'))}"


def _opened(cookie: str) -> Attempt | None:
    """What was sealed here; None for anything else."""
    body, _, seal = cookie.partition(".")
    if not hmac.compare_digest(_plain(hmac.digest(_SEAL, body.encode(), "sha256")).encode(), seal.encode()):
        return None
    return Attempt(**json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
