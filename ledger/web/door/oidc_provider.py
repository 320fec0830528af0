"""Who vouches for people: a provider of OpenID Connect, asked over HTTP, and its tokens checked.

Sources: OpenID Connect Core 1.0 (3.1: code flow, 3.1.3.7: what of an id token is checked), Discovery 1.0, PKCE
(RFC 7636). A token counts with a signature by a key that the issuer publishes, by an algorithm with two keys; so one
that says "none", or is signed by what everybody can read, is nothing.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ledger.errors import LedgerError, Refused
from ledger.web.settings import LOOPBACK, Oidc

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a private key (RFC 7518, 3.1; RFC 8037; RFC 9864); never by a shared secret, never "none"."""
_LEEWAY_S = 60
"""Seconds by which two clocks may differ: our own choice."""
_KEPT_S = 3_600
_SECONDS = 10
_MOST_BYTES = 1 << 20
_WELL_KNOWN = "/.well-known/openid-configuration"


class NoProvider(LedgerError):
    """The provider of single sign-on gives no answer that can be used."""

    code = "no-provider"


class Provider:
    """A provider: where it is asked, and by which keys it signs; both kept for an hour."""

    def __init__(self, oidc: Oidc) -> None:
        self.oidc = oidc
        self._about: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def authorization_address(self, asked: Mapping[str, str]) -> str:
        """Where a browser is sent to, with what is asked for. Raises NoProvider."""
        address = str(self._described()["authorization_endpoint"])
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        return f"{address}{'&' if urlsplit(address).query else '?'}{words}"

    def id_token(self, code: str, verifier: str, back: str) -> str:
        """The id token for a code, which works once. Raises NoProvider, Refused where the code is not taken."""
        about = self._described()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers: dict[str, str] = {}
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not self.oidc.secret:
            form["client_id"] = self.oidc.client_id
        elif "client_secret_basic" in ways:
            headers["Authorization"] = _basic(self.oidc.client_id, self.oidc.secret)
        else:
            form |= {"client_id": self.oidc.client_id, "client_secret": self.oidc.secret}
        told = self._asked("POST", str(about["token_endpoint"]), refusable=True, data=form, headers=headers)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise Refused("the provider did not take the login", "begin it again", code="sso-code")
        return token

    def claims(self, token: str, nonce: str) -> dict[str, Any]:
        """What a token says of who came, once everything about it holds (Core, 3.1.3.7). Raises Refused, NoProvider."""
        try:
            claims = _signed(token, self._key_set())
        except Refused:
            claims = _signed(token, self._key_set(anew=True))  # the issuer may have new keys since
        fault = _wrong(claims, self.oidc, nonce, time.time())
        if fault:
            raise _not_taken(fault)
        return claims

    def _described(self) -> dict[str, Any]:
        """What the provider says of itself; kept. Raises NoProvider where it is another, or sends people astray."""
        if self._about is not None and time.monotonic() - self._about[0] < _KEPT_S:
            return self._about[1]
        told = self._asked("GET", self.oidc.issuer.rstrip("/") + _WELL_KNOWN)
        if told.get("issuer") != self.oidc.issuer:
            raise NoProvider("the provider calls itself by another name than the one it was given here",
                             "give --oidc-issuer exactly as it writes it")  # fmt: skip
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            parts = urlsplit(str(told.get(name, "")))
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise NoProvider(f"the provider's {name} is no safe address", "ask whoever runs the provider")
        self._about = time.monotonic(), told
        return told

    def _key_set(self, *, anew: bool = False) -> KeySet:
        from joserfc.errors import JoseError
        from joserfc.jwk import JWKRegistry, KeySet

        if not anew and self._keys is not None and time.monotonic() - self._keys[0] < _KEPT_S:
            return self._keys[1]
        told = self._asked("GET", str(self._described()["jwks_uri"]))
        keys: list[Any] = []
        for one in told.get("keys") or []:
            if isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"} and one.get("use", "sig") == "sig":
                try:
                    keys.append(JWKRegistry.import_key(one))
                except (JoseError, ValueError, KeyError, TypeError):  # one that is not known to us is not used
                    continue
        self._keys = time.monotonic(), KeySet(keys)
        return self._keys[1]

    def _asked(self, method: str, url: str, *, refusable: bool = False, **content: Any) -> dict[str, Any]:
        import httpx2

        from ledger.connectors.exchange import Unanswered, reply

        try:
            with httpx2.Client(timeout=_SECONDS, headers={"Accept": "application/json"}) as client:
                got = reply(client, method, url, "the provider of single sign-on", _MOST_BYTES, attempts=1, **content)
        except Unanswered as fault:
            raise NoProvider("the provider of single sign-on does not answer", "try again in some minutes") from fault
        if refusable and 400 <= got.status < 500:
            return {}
        try:
            told = json.loads(got.body)
        except (ValueError, RecursionError):
            told = None
        if got.status != 200 or not isinstance(told, dict):
            raise NoProvider("the provider of single sign-on gives no answer that can be read",
                             "ask whoever runs it; or log in with a password")  # fmt: skip
        return told


def _signed(token: str, keys: KeySet) -> dict[str, Any]:
    """The claims of a token with a signature by one of the keys. Raises Refused for any other."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        found = jws.deserialize_compact(token, keys, algorithms=list(ALGORITHMS))
        claims = json.loads(found.payload)
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as fault:
        raise _not_taken("it is not signed by a key of the issuer") from fault
    if not isinstance(claims, dict):
        raise _not_taken("it is no set of claims")
    return claims


def _wrong(claims: Mapping[str, Any], oidc: Oidc, nonce: str, now: float) -> str:
    """What does not hold of a token's claims, in words; "" where all does."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    expires, issued, begins = (_instant(claims, name) for name in ("exp", "iat", "nbf"))
    if claims.get("iss") != oidc.issuer:
        return "it is of another issuer"
    if oidc.client_id not in audiences or (len(audiences) > 1 and party is None):
        return "it is for another app"
    if party is not None and party != oidc.client_id:
        return "it was given to another app"
    if expires is None or issued is None or expires <= now - _LEEWAY_S:
        return "it is over"
    if issued > now + _LEEWAY_S or (begins or 0) > now + _LEEWAY_S:
        return "it is not of this time"
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        return "it is of another login"
    return "" if isinstance(claims.get("sub"), str) and claims["sub"] else "it names nobody"


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _not_taken(why: str) -> Refused:
    return Refused(f"the provider's token does not hold: {why}", "begin the login again; if it stays so, tell an admin",
                   code="sso-token")  # fmt: skip


def _basic(name: str, secret: str) -> str:
    """A client's id and secret for a header (RFC 6749, 2.3.1: each form-encoded first)."""
    import base64

    pair = f"{quote(name, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
