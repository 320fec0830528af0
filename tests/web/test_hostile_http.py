"""The door under attack: raw bytes, false forms, guessed passwords, stolen ids; nothing is written."""

from __future__ import annotations

import json
import logging
import socket
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from ledger import Ledger
from ledger.book import credentials
from ledger.errors import Busy, Misuse
from ledger.web.door import guard
from ledger.web.door.log import begin_log
from ledger.web.door.login import own_address
from ledger.web.serving import checked_origin, oidc_of, web_settings

PASSWORD = "correct horse battery"


@pytest.fixture
def raw(served, base):
    """A function that sends bytes as they are, and gives all that comes back."""
    host, port = served.settings.host.split(":")

    def sent(*pieces: bytes, wait: float = 0.0, ends: bool = False, limit: float = 20.0) -> bytes:
        got = b""
        with socket.create_connection((host, int(port)), timeout=limit) as connection:
            with suppress(ConnectionError):  # the app need not read on
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(wait)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while piece := connection.recv(65_536):
                    got += piece
        return got

    return sent


def head(served, line: str = "GET /login HTTP/1.1", *fields: str, host: str = "") -> bytes:
    """The head of a request, which asks that the connection be closed."""
    lines = (line, f"Host: {host or served.settings.host}", "Connection: close", *fields)
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def status(answer: bytes) -> int:
    """The status of an answer, the first where there are several; 0 where there is none."""
    return int(answer.split()[1]) if answer else 0


def test_heads_that_are_none(served, raw):
    """Too long, two hosts, none, two lengths, a length that is none, lines that are none: an answer and the end."""
    own = served.settings.host
    for request, allowed in (
        (head(served, "GET /login HTTP/1.1", "X-Long: " + "x" * 100_000), {400, 431}),
        (head(served, "GET /" + "x" * 100_000 + " HTTP/1.1"), {400, 414, 431}),
        (head(served, "GET /login HTTP/1.1", *(f"X-{n}: y" for n in range(20_000))), {400, 431}),
        (head(served, "GET /login HTTP/1.1", f"Host: {own}"), {400, 421}),
        (head(served, host="evil.example"), {421}), (head(served, host=f"evil.example@{own}"), {400, 421}),
        (head(served, host=own + ".evil.example"), {421}), (b"GET / HTTP/1.0\r\n\r\n", {421}),
        (b"GET / HTTP/1.1\r\n\r\n", {400}), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
        (head(served, "GET /lo\x00gin HTTP/1.1"), {400}), (head(served, "GET /login HTTP/1.1", "X: a\rb"), {400}),
        (head(served, "POST /login HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", {400}),
        (head(served, "POST /login HTTP/1.1", "Content-Length: 5", "Content-Length: 6") + b"abcdef", {400}),
        (head(served, "POST /login HTTP/1.1", "Content-Length: -5"), {400}),
        (head(served, "POST /login HTTP/1.1", "Content-Length: 9" + "9" * 30), {400, 413}),
        (head(served, "POST /login HTTP/1.1", "Content-Length: 99999999"), {413}),
        (head(served, "POST /login HTTP/1.1", "Transfer-Encoding: gzip") + b"xx", {400, 501}),
        (head(served, "GET http://evil.example/login HTTP/1.1"), {404}),
        (head(served, "CONNECT evil:1 HTTP/1.1"), {405}),
        (head(served, "TRACE / HTTP/1.1", "Cookie: secret=1"), {405}), (head(served, "OPTIONS / HTTP/1.1"), {405}),
        (head(served, "DELETE / HTTP/1.1"), {405}), (head(served, "FOO<b> / HTTP/1.1"), {400, 405}),
    ):  # fmt: skip
        answer = raw(request)
        assert status(answer) in allowed, (request[:80], answer[:200])
        assert b"secret" not in answer
        assert b"Traceback" not in answer
    assert status(raw(head(served))) == 200


def test_bodies_that_lie(served, raw):
    """Shorter or longer than it says, cut off, chunks without end: nobody waits for them, and others are served."""
    form = b"name=pia&password=wrong"
    said = f"Content-Length: {len(form) + 50}"
    kind = "Content-Type: application/x-www-form-urlencoded"
    cut = raw(head(served, "POST /login HTTP/1.1", said, kind) + form, ends=True, limit=5)
    assert status(cut) in {0, 400, 401}
    short = head(served, "POST /login HTTP/1.1", "Content-Length: 3", kind) + b"a=b"
    assert raw(short + head(served, "GET /first HTTP/1.1")).count(b"HTTP/1.1 ") == 1
    chunks = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 40
    endless = raw(head(served, "POST /login HTTP/1.1", "Transfer-Encoding: chunked", kind), *chunks)
    assert status(endless) in {0, 413}  # 0 where the answer was lost with the connection
    huge = f"Content-Length: {3 * 2**30}"
    began = time.monotonic()
    parts = "Content-Type: multipart/form-data; boundary=b"
    stranger = raw(head(served, "POST /upload HTTP/1.1", huge, parts), b"x" * 10_000)
    assert (status(stranger), time.monotonic() - began < 5) == (303, True)
    assert b"connection: close" in stranger.lower()


def test_what_comes_drop_by_drop_is_not_waited_for(served, raw, monkeypatch):
    """A body that does not come in its time is told 408; a head that does not, is cut."""
    monkeypatch.setattr(guard, "_PATIENCE_S", 0.3)
    kind = "Content-Type: application/x-www-form-urlencoded"
    answer = raw(head(served, "POST /login HTTP/1.1", "Content-Length: 20", kind), b"n", limit=6)
    assert (status(answer), b"did not come in time" in answer) == (408, True)


def test_a_head_that_does_not_end_is_cut(make_served):
    """Also where drops of it keep coming, and on a connection that was used before."""
    import uvicorn

    from ledger.web.door.patience import impatient

    served = make_served()
    host, port = served.settings.host.split(":")
    config = uvicorn.Config(
        served.app, host=host, port=int(port), http=impatient(0.6), log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    for first in (b"", b"GET /static/icon.svg HTTP/1.1\r\nHost: %s\r\n\r\n" % served.settings.host.encode()):
        with socket.create_connection((host, int(port)), timeout=8) as connection:
            connection.sendall(first)
            if first:
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            began, got = time.monotonic(), b"x"
            with suppress(ConnectionError):
                for _ in range(20):
                    connection.sendall(b"G")
                    time.sleep(0.1)
                got = connection.recv(10)
            assert got in {b"", b"x"}
            assert 0.3 < time.monotonic() - began < 6
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(
    "path",
    [
        "/static/%2e%2e/app.py", "/static/..%2f..%2fapp.py", "/static/%00", "/static/app.css%00.png",
        "/fonts/%2e%2e/%2e%2e/x", "/static/..%5c..%5capp.py", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd", "/upload/%2e%2e", "/accounts/person/%00", "/entry/%ff%fe", "/static/" + "a" * 5_000,
        "/%F0%28%8C%28", "/upload/template/..%2F..%2Fx", "/ai/model/%2e%2e%2f", "/factors/%27%20or%201=1--",
        "/explore/figure/%3Cscript%3E",
    ],
)  # fmt: skip
def test_addresses_that_lead_out_lead_nowhere(served, path):
    """Whatever a path tries: a page of ours that says there is none, never a file of the machine and never a 500."""
    answer = served.client("pia").get(path)
    assert answer.status_code in {400, 404, 405, 422}, answer.status_code
    assert "<script>" not in answer.text.replace("<script src", "")
    for word in ("root:", "Traceback", "def ", str(served.path.parent)):
        assert word not in answer.text


@pytest.mark.parametrize(
    "query",
    ["period=%00", "period=2024%0d%0aX:1", "period=" + "9" * 5_000, "view=<b>", "page=-1", "as=exe&table=x",
     "as=csv&table=../x", "period=2024&period=x", "%ff=%fe", "from=x&to=y"],
)  # fmt: skip
def test_queries_that_ask_for_nothing_are_told(served, query):
    """In words, with 422 or as if they were not there."""
    for path in ("/", "/accounts/refused", "/accounts/people"):
        answer = served.client("pia").get(f"{path}?{query}")
        assert answer.status_code in {200, 404, 422}, (path, answer.status_code)
        assert "<b>" not in answer.text.replace("Acme <b>", "")


def test_forms_that_are_none(served):
    """Thousands of parts, a field of a megabyte, no name, no boundary, a file for a text, what nobody can see."""
    client, before = served.client("ada"), served.ledger().checkpoint().size
    token = client.token()
    part = '--b\r\nContent-Disposition: form-data; name="'
    many = "".join(f'{part}f{n}"\r\n\r\nx\r\n' for n in range(5_000)) + "--b--\r\n"
    own = f'{part}csrf"\r\n\r\n{token}\r\n'
    form = {"content-type": "multipart/form-data; boundary=b"}
    lines = {"content-type": "application/x-www-form-urlencoded"}
    text = f"csrf={token}&setting=organisation&reason=r&since=&value="
    for headers, body, allowed in (
        (form, own + many, {400}),
        (form, own + "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", {400}),
        (form, own + "--b\r\nX: y\r\n\r\nx\r\n--b--\r\n", {400}), (form, "", {400, 403, 422}),
        (form, own, {400, 403, 422}), (form, f'{own}{part}value"\r\n\r\n{"x" * 500_000}\r\n--b--\r\n', {400}),
        (form, own + "--b\r\n" + "X: y\r\n" * 5_000 + "\r\nx\r\n--b--\r\n", {400}),
        (form, f'{own}{part}value"; filename="x"\r\n\r\nx\r\n--b--\r\n', {422}),
        ({"content-type": "multipart/form-data"}, own, {400}), ({"content-type": "text/plain"}, text + "x", {403}),
        ({"content-type": "application/json"}, json.dumps({"csrf": token}), {403}),
        (lines, "&".join(f"f{n}=x" for n in range(5_000)), {400}), (lines, text + "x" * 300_000, {400, 422}),
        (lines, text + "%00", {422}), (lines, text + "%E2%80%AEevil", {422}), (lines, text + "%ff%fe", {200, 303, 422}),
        (lines, text + "a" * 20_001, {422}), (lines, f"csrf={token}&csrf=x&setting=none", {403, 422}),
    ):  # fmt: skip
        answer = client.post("/accounts/settings", content=body, headers=headers, follow_redirects=False)
        assert answer.status_code in allowed, (headers, body[:80], body[-60:], answer.status_code)
        assert "Traceback" not in answer.text
    assert served.ledger().checkpoint().size <= before + 1  # bytes that are no text were taken for what they are


def test_a_form_comes_from_our_own_pages_alone(make_served):
    """Not from another site, also not to log somebody in, nor from this site without TLS; a program is no way round."""
    served = make_served(origin="https://carbon.example.org")
    form = {"name": "pia", "password": PASSWORD}
    for headers in (
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://carbon.example.org"},
        {"origin": "https://carbon.example.org.evil.example"}, {"origin": "https://carbon.example.org:444"},
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example", "authorization": "Bearer x"},
    ):  # fmt: skip
        answer = served.stranger().post("/login", data=form, headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.cookies) == (403, {}), headers
    answer = served.stranger().post("/login", data=form, headers={"origin": "https://carbon.example.org"},
                                    follow_redirects=False)  # fmt: skip
    assert answer.status_code == 303
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-ghg_session=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_session_is_new_at_each_login_and_over_after_a_logout(served):
    """An id that somebody planted is not taken over, the one before is over, and a logout cannot be played again."""
    client = served.stranger()
    name = served.app._app.state.site.cookie
    form = {"name": "rob", "password": PASSWORD, "next": "/accounts"}
    client.post("/login", data=form, headers={"cookie": f"{name}=planted"})
    first = client.cookies[name]
    assert first != "planted"
    client.submit("/login", name="rob", password=PASSWORD, next="/accounts")
    second = client.cookies[name]
    old = {"cookie": f"{name}={first}"}
    assert served.stranger().get("/accounts", headers=old, follow_redirects=False).status_code == 303
    token = client.token()
    client.post("/logout", data={"csrf": token})
    for path in ("/logout", "/accounts/sessions", "/accounts/token"):
        form = {"csrf": token, "scope": "write"}
        answer = client.post(path, data=form, headers={"cookie": f"{name}={second}"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for junk in ("x" * 8_000, "a; b", '"', "../../x"):
        assert client.get("/accounts", headers={"cookie": f"{name}={junk}"}, follow_redirects=False).status_code == 303


def test_guessing_is_slowed_name_by_name(served):
    """After five wrong ones the right one has to wait too; unknown names are answered alike; others are let in."""
    served.ledger("ada").add_person("guessed", "preparer")
    served.ledger("ada").set_password("guessed", PASSWORD)
    told = set()
    for name in ("guessed", "nobody", "GUESSED"):
        for _ in range(3):
            answer = served.stranger().submit("/login", name=name, password="wrong wrong wrong")
            told.add((answer.status_code, "not known here" in answer.text))
    assert (401, True) in told
    answer = served.stranger().submit("/login", name="guessed", password=PASSWORD)
    assert (answer.status_code, "try again in" in answer.text) == (429, True)
    assert served.stranger().submit("/login", name="pia", password=PASSWORD).status_code == 200
    by_id = next(row["person"] for row in served.ledger().people() if row["name"] == "pia")
    for name, password in (("", ""), ("pia", ""), ("p\0ia", "x"), ("pia", "x\0y"), ("x" * 5_000, "x"),
                           ("pia", "x" * 9_000), (by_id, PASSWORD)):  # fmt: skip
        answer = served.stranger().submit("/login", name=name, password=password)
        assert answer.status_code in {401, 422}, (name[:20], answer.status_code)


def test_many_logins_at_a_time_leave_room_for_the_rest(served, monkeypatch):
    """Two passwords are hashed at a time; who comes while twelve wait is told to come again, at once."""
    running, most, lock = 0, 0, threading.Lock()
    quick = credentials._hasher()

    class Slow:
        """A hasher that takes its time."""

        def verify(self, kept: str, given: str) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.2)
            with lock:
                running -= 1
            return quick.verify(kept, given)

        def __getattr__(self, name: str) -> object:
            return getattr(quick, name)

    monkeypatch.setattr(credentials, "_hasher", Slow)
    with ThreadPoolExecutor(30) as pool:

        def tried(number: int) -> int:
            answer = served.stranger().submit("/login", name=f"n{number}", password="wrong wrong wrong")
            return int(answer.status_code)

        answers = list(pool.map(tried, range(30)))
    assert most <= credentials.HASHED_AT_ONCE
    assert set(answers) <= {401, 503}
    assert {401, 503} <= set(answers)
    assert served.client("eve").get("/accounts").status_code == 200


def test_a_name_of_a_file_leads_nowhere_else(served):
    """The address after a login is one of ours, whatever it is written like."""
    for text in ("//evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil", "https:evil.example", "/\x00",
                 "javascript:x", " //evil.example", "/%0d%0aX:1\r\n", "http://evil.example", "//", "",
                 "x"):  # fmt: skip
        location = own_address(text)
        assert location.startswith("/"), text
        assert not location.startswith(("//", "/\\", "/\t")), text
        assert "\r" not in location
    assert own_address("/entry/B1-2?period=2024") == "/entry/B1-2?period=2024"


def test_reading_heads_alone(served):
    """HEAD answers as GET does, without a body (RFC 9110, 9.3.2)."""
    client = served.client("pia")
    for path in ("/accounts", "/static/app.css", "/nothing", "/accounts/people?as=csv&table=people"):
        whole, bare = client.get(path), client.head(path)
        assert (bare.status_code, bare.content) == (whole.status_code, b"")
        for name in ("content-type", "content-security-policy", "cache-control"):
            assert bare.headers[name] == whole.headers[name]


def test_a_download_is_kept_by_nobody(served):
    """Figures come as attachments that no cache keeps; files of the app itself may be kept."""
    answer = served.client("pia").get("/accounts/people?as=csv&table=people")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert served.stranger().get("/static/app.css").headers["cache-control"] == "public, max-age=3600"


def test_faults_of_ours_are_told_without_what_was_typed(make_served, tmp_path, monkeypatch):
    """The page has an id and no words of the fault; the log the id and the places in the code, no names, no secrets."""
    log = tmp_path / "web.log"
    logger = logging.getLogger("ledger.web")
    kept = (logger.handlers, logger.propagate, logger.level)
    begin_log(log)
    served = make_served()
    token = served.ledger("pia").new_token("pia")[0]
    client = served.client("pia")
    try:
        with monkeypatch.context() as broken:
            broken.setattr(Ledger, "refusals", _raises(ValueError(f"pia typed {PASSWORD} at /secret/place")))
            fault = client.get("/accounts/refused")
            broken.setattr(Ledger, "refusals", _raises(Busy("held by process 7", "wait")))
            busy = client.get("/accounts/refused")
        served.stranger().submit("/login", name="mallory", password="a password of mine")
        served.stranger().get("/api/v1/inventory?period=2024", headers={"authorization": f"Bearer {token}"})
        client.get("/nothing/at/all?q=mallory")
    finally:
        logger.handlers[0].close()
        logger.handlers, logger.propagate, logger.level = kept
    assert (fault.status_code, busy.status_code, busy.headers["retry-after"]) == (500, 503, "5")
    assert fault.headers["x-request-id"] in fault.text
    for word in (PASSWORD, "ValueError", "/secret", "Traceback", ".py"):
        assert word not in fault.text
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    (told,) = [line for line in lines if line.get("fault") == "ValueError"]
    assert told["id"] == fault.headers["x-request-id"]
    assert any(place.startswith("accounts/grounds.py:") for place in told["places"])
    hidden = ("pia", "mallory", PASSWORD, "a password of mine", token, "/secret", "nothing/at", client.token())
    for word in hidden:
        assert word not in text, word
    requests = [line for line in lines if "ms" in line]
    assert {"at", "level", "id", "status", "ms"} <= set(requests[0])
    assert any(line.get("person", "").startswith("p-") for line in requests)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def _raises(fault: Exception):
    def raising(*_: object, **__: object) -> None:
        raise fault

    return raising


def test_how_an_app_is_not_served(tmp_path, served, monkeypatch):
    """Addresses that are none, passwords in the clear, half a provider, a secret that others can read: refused."""
    ledger = served.ledger("ada")
    monkeypatch.delenv("GHG_OIDC_CLIENT_SECRET", raising=False)
    for origin in ("carbon.example.org", "https://u:p@x.example", "https://x.example/path", "https://x.example?q",
                   "ftp://x", "https://x.example:0", "https://x.example:99999", "https://ünï.example",
                   "http://carbon.example.org"):  # fmt: skip
        with pytest.raises(Misuse):
            web_settings(ledger, ("127.0.0.1", 1), origin, (None, None), read_only=False)
    for host in ("0.0.0.0", "::", "192.0.2.1"):  # noqa: S104 — what is refused
        with pytest.raises(Misuse):
            web_settings(ledger, (host, 1), None, (None, None), read_only=False)
    assert checked_origin("HTTPS://Carbon.Example.org:443/") == "https://carbon.example.org"
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o644)
    for asked in (("https://i.example", None, None, "email"), (None, "c", None, "email"),
                  ("http://i.example", "c", None, "email"), ("https://i.example", "c", secret, "email"),
                  ("https://i.example", "c", tmp_path / "none", "email"),
                  ("https://i.example", "c", None, " "), ("https://i.example?x", "c", None, "email")):  # fmt: skip
        with pytest.raises(Misuse):
            oidc_of(*asked)
    secret.chmod(0o600)
    found = oidc_of("https://i.example", "c", secret, "email")
    assert found is not None
    assert "'s'" not in repr(found)
    with pytest.raises(Misuse):
        begin_log(tmp_path / "no" / "folder" / "log")
