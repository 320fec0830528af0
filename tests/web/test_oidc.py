"""Single sign-on: who the provider vouches for and the ledger knows comes in; what does not hold is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk, jws
from pytest_httpserver import HTTPServer
from werkzeug import Response

from ledger.web.settings import Oidc

CLIENT, SECRET = "ghg/ledger", "s3cret:with+signs"
EMAIL = "pia@acme.example"


@dataclass
class Double:
    """A provider on this machine: it answers as one does, with the token that a test gives it."""

    issuer: str
    keys: list[Any]
    token: Callable[[dict[str, Any]], str] | None = None
    asked: dict[str, str] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What an id token says; a claim that is changed to None is left out."""
        now = int(time.time())
        made = {"iss": self.issuer, "aud": CLIENT, "sub": "42", "exp": now + 300, "iat": now, "email": EMAIL,
                "email_verified": True, "nonce": self.asked.get("nonce", "")} | changed  # fmt: skip
        return {name: value for name, value in made.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: Any = None, alg: str = "RS256", **header: Any) -> str:
        """A token."""
        key = key or self.keys[0]
        return jws.serialize_compact({"alg": alg, "kid": key.kid} | header, json.dumps(claims), key, algorithms=[alg])

    def published(self, _: Any) -> Response:
        """The keys."""
        return Response(json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}))

    def give(self, request: Any) -> Response:
        """The token for a code, to who knows the secret and PKCE's verifier, once."""
        form = dict(request.form)
        self.forms.append(form)
        pair = base64.b64decode(request.headers["Authorization"].split()[1]).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        right = (pair, challenge.decode(), form["redirect_uri"], form["grant_type"])
        if right != ("ghg%2Fledger:s3cret%3Awith%2Bsigns", self.asked["code_challenge"], self.asked["redirect_uri"],
                     "authorization_code"):  # fmt: skip
            return Response('{"error": "invalid_grant"}', 400)
        token = self.token or self.signed
        return Response(json.dumps({"id_token": token(self.claims()), "access_token": "x", "token_type": "Bearer"}))


@pytest.fixture(scope="module")
def keys() -> list[Any]:
    """Two keys of the issuer's."""
    return [jwk.RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"}), jwk.ECKey.generate_key("P-256", {"kid": "e1"})]


@pytest.fixture(scope="module")
def server():
    with HTTPServer() as started:
        yield started


@pytest.fixture(scope="module")
def double(server, keys) -> Double:
    made = Double(server.url_for("/realm"), list(keys))
    about = {"issuer": made.issuer, "authorization_endpoint": f"{made.issuer}/auth?x=1",
             "token_endpoint": f"{made.issuer}/token", "jwks_uri": f"{made.issuer}/keys"}  # fmt: skip
    server.expect_request("/realm/.well-known/openid-configuration").respond_with_json(about)
    server.expect_request("/realm/keys").respond_with_handler(made.published)
    server.expect_request("/realm/token", method="POST").respond_with_handler(made.give)
    return made


@pytest.fixture(scope="module")
def sso(make_served, double):
    """The app with single sign-on; pia's name there is her address."""
    served = make_served(oidc=Oidc(double.issuer, CLIENT, SECRET))
    for name in (EMAIL, "gone@acme.example"):
        served.ledger("ada").add_person(name, "auditor")
    served.ledger("ada").set_roles("gone@acme.example", ())
    return served


@pytest.fixture
def come(sso, double):
    """A function that goes to the provider and comes back, and gives the answer with the browser."""

    def came(token: Callable[[dict[str, Any]], str] | None = None, after: str = "", **changed: str):
        browser = sso.stranger()
        sent = browser.get(f"/login/sso{after}", follow_redirects=False)
        assert sent.status_code == 303
        query = parse_qs(urlsplit(sent.headers["location"]).query)
        double.asked, double.token = {name: values[0] for name, values in query.items()}, token
        asked = {"code": "c0de", "state": double.asked["state"]} | changed
        return browser.get("/login/sso/back", params=asked, follow_redirects=False), browser

    yield came
    double.token = None


def test_who_is_vouched_for_comes_in_with_the_roles_of_the_ledger(sso, double, come):
    """The right login: code, PKCE, secret; the session is rotated, the page is theirs, and no claim gives a role."""
    after = "?next=%2Faccounts%3Fperiod%3D2024"
    answer, browser = come(lambda claims: double.signed(claims | {"roles": ["admin"], "role": "admin"}), after)
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts?period=2024")
    assert double.asked["scope"].split()[0] == "openid"
    assert double.asked["code_challenge_method"] == "S256"
    cookies = answer.headers.get_list("set-cookie")
    assert any("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies if "ghg_session" in cookie)
    page = browser.page("/accounts")
    assert f"<h1>{EMAIL}" in page
    assert "auditor" in page
    assert "You have none here" in page or "you come by single sign-on" in page
    assert browser.submit("/accounts/people", name="x", role=["admin"]).status_code == 403


def test_a_second_key_of_the_issuer_counts_and_new_keys_are_fetched(double, come, keys):
    """By another algorithm; and by a key that was published after the first login."""
    assert come(lambda claims: double.signed(claims, keys[1], "ES256"))[0].status_code == 303
    new = jwk.RSAKey.generate_key(2048, {"kid": "r2"})
    double.keys.append(new)
    assert come(lambda claims: double.signed(claims, new, "PS256"))[0].status_code == 303


OTHER = jwk.RSAKey.generate_key(2048, {"kid": "r1"})
NOW = int(time.time())


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (lambda d, c: d.signed(c, OTHER), "not signed by a key of the issuer"),
        (lambda _, c: _bare(c, "none"), "not signed"), (lambda _, c: _bare(c, "None"), "not signed"),
        (lambda d, c: _by_secret(d.keys[0].as_pem(private=False), c), "not signed"),
        (lambda d, c: _changed(d.signed(c), c | {"email": "ada"}), "not signed"),
        (lambda d, c: d.signed(c, kid="other", jwk=OTHER.as_dict(private=False)), "not signed"),
        (lambda d, c: d.signed(c) + "x", "not signed"), (lambda _, __: "", "not signed"),
        (lambda _, __: "a.b.c.d.e", "not signed"), (lambda d, _: d.signed(["list"]), "no set of claims"),
        (lambda d, c: d.signed(c | {"iss": "https://evil.example"}), "another issuer"),
        (lambda d, c: d.signed(c | {"iss": d.issuer + "/"}), "another issuer"),
        (lambda d, c: d.signed(c | {"aud": "other"}), "another app"),
        (lambda d, c: d.signed(c | {"aud": ["other", CLIENT]}), "another app"),
        (lambda d, c: d.signed(c | {"aud": [CLIENT, "x"], "azp": "x"}), "another app"),
        (lambda d, c: d.signed(c | {"exp": NOW - 3600}), "it is over"),
        (lambda d, c: d.signed({k: v for k, v in c.items() if k != "exp"}), "it is over"),
        (lambda d, c: d.signed(c | {"exp": "9999999999"}), "it is over"),
        (lambda d, c: d.signed(c | {"exp": True}), "it is over"),
        (lambda d, c: d.signed(c | {"iat": NOW + 9999}), "not of this time"),
        (lambda d, c: d.signed(c | {"nonce": "other"}), "another login"),
        (lambda d, c: d.signed({k: v for k, v in c.items() if k != "nonce"}), "another login"),
        (lambda d, c: d.signed(c | {"sub": ""}), "names nobody"),
        (lambda d, c: d.signed(c | {"email_verified": False}), "has not verified"),
        (lambda d, c: d.signed(c | {"email_verified": "true"}), "has not verified"),
        (lambda d, c: d.signed(c | {"email": ["pia"]}), "does not say your"),
        (lambda d, c: d.signed(c | {"email": "eva@<b>x</b>"}), "is not a person of this ledger"),
        (lambda d, c: d.signed(c | {"email": "gone@acme.example"}), "no role"),
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_opens_nothing(double, come, token, words):
    """Forged, over, for another, of another login, unsigned, of a stranger: refused in words, without a session."""
    answer, browser = come(lambda claims: token(double, claims))
    assert (answer.status_code, words in answer.text.replace("&#39;", "'")) == (403, True), answer.text[-900:]
    assert "<b>x</b>" not in answer.text
    assert browser.get("/accounts", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"state": "other"}, "not begun here"), ({"state": ""}, "not begun here"), ({"code": ""}, "does not let you in"),
     ({"error": "access_denied"}, "did not agree"), ({"iss": "https://evil.example"}, "another provider")],
)  # fmt: skip
def test_an_answer_that_is_not_to_this_login_is_refused(double, come, changed, words):
    """Another state, none, no code, a refusal, another issuer (RFC 9207): no code is exchanged for it."""
    before = len(double.forms)
    answer, _ = come(None, "", **changed)
    assert (answer.status_code, words in answer.text.casefold().replace("&#39;", "'")) == (403, True), answer.text
    assert len(double.forms) == before


def test_a_login_of_another_browser_ends_nowhere(sso, double, come):
    """Who is led to somebody else's way back (login CSRF) is not logged in as them; nor is a forged cookie believed."""
    for cookie in ("", "eyJzdGF0ZSI6ICJ4In0.AAAA", "x" * 3_000):
        victim = sso.stranger()
        begun = sso.stranger().get("/login/sso", follow_redirects=False)
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        if cookie:
            victim.cookies.set(begun.headers["set-cookie"].partition("=")[0], cookie)
        answer = victim.get("/login/sso/back", params={"code": "c", "state": state}, follow_redirects=False)
        assert (answer.status_code, "not begun here" in answer.text) == (403, True)


def test_a_provider_that_does_not_answer_is_told(make_served, server):
    """Down, another issuer than the one that was given, no JSON: words, and the password still opens."""
    server.expect_request("/text/.well-known/openid-configuration").respond_with_data("<html>")
    server.expect_request("/evil/.well-known/openid-configuration").respond_with_json({"issuer": "https://x.example"})
    served = make_served(oidc=Oidc(server.url_for("/text"), CLIENT))
    for issuer, words in (("/text", "no answer that can be read"), ("/evil", "another name"), ("", "does not answer")):
        address = server.url_for(issuer) if issuer else "http://127.0.0.1:9"
        served.app._app.state.site.provider.oidc = Oidc(address, CLIENT)
        answer = served.stranger().get("/login/sso", follow_redirects=False)
        assert (answer.status_code, words in answer.text) == (503, True), answer.text
    assert served.client("pia").get("/accounts").status_code == 200


def test_without_it_there_is_no_such_page(served):
    """Where nobody vouches for people, its addresses are none, and the login offers nothing."""
    assert served.stranger().get("/login/sso").status_code == 404
    assert served.stranger().get("/login/sso/back?code=1").status_code == 404
    assert "single sign-on" not in served.stranger().page("/login")


def _bare(claims: dict[str, Any], alg: str) -> str:
    """A token that says it needs no signature."""
    return f"{_part({'alg': alg})}.{_part(claims)}."


def _by_secret(secret: bytes, claims: dict[str, Any]) -> str:
    """Signed by HMAC with what everybody can read (RFC 8725, 2.1)."""
    signed = f"{_part({'alg': 'HS256', 'kid': 'r1'})}.{_part(claims)}"
    return f"{signed}.{_plain(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _changed(token: str, claims: dict[str, Any]) -> str:
    """Other claims under a right signature."""
    head, _, signature = token.split(".")
    return f"{head}.{_part(claims)}.{signature}"


def _part(value: Any) -> str:
    return _plain(json.dumps(value).encode())


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
