"""Every page stands in one frame: who it is for, what it carries, and what it refuses."""

from __future__ import annotations

from threading import Event

import pytest

from ledger.store import session
from ledger.store.kept_open import kept_open
from ledger.store.lock import locked
from ledger.web.frame.workshop import Work, Workshop, waited_for

POLICY = "default-src 'self'"


def test_a_page_is_for_people_who_are_logged_in(served):
    """Whoever is not goes to the login, and from there to what was asked; a program is told so."""
    stranger = served.stranger()
    answer = stranger.get("/?period=2024", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F%3Fperiod%3D2024")
    assert 'name="next" value="/?period=2024"' in stranger.page("/login?next=%2F%3Fperiod%3D2024")
    assert stranger.get("/api/nothing").status_code in {401, 404}


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/?period=abc", "/static/app.css", "/static/../app.py"])
def test_no_answer_without_its_headers(served, path):
    """Pages, faults and files alike carry the policy that nothing from elsewhere is loaded, and are framed nowhere."""
    headers = served.client().get(path).headers
    assert headers["content-security-policy"].startswith(POLICY)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_text_of_people_is_escaped(served):
    """The company's name holds markup; the page shows it and is not changed by it."""
    page = served.client().page("/")
    assert "Acme &lt;b&gt;&amp;" in page
    assert "Acme <b>" not in page


def test_home_has_both_methods_beside_each_other(served):
    """The figures of the page are those of the ledger, each with its id, and the change against the year before."""
    page = served.client().page("/?period=2024")
    held = served.ledger().inventory("2024")
    for measure in ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market"):
        assert f"/explore/figure/2024/operational_control/{measure}%40" in page or f"/{measure}@" in page
        assert f'title="{format(getattr(held, measure).normalize(), "f")} kg CO2e"' in page
    assert "against Jan–Apr 2023" in page  # 2024 has data until April: a part is not held against a whole


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_every_table_can_be_taken_along(served, form):
    """The table of a page comes as a file, never as a page of ours, with exact amounts in kg."""
    answer = served.client().get(f"/?period=2024&as={form}&table=quarters")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith(POLICY)
    if form == "json":
        (quarter, *_) = [row for row in answer.json()["rows"] if row["quarter"] == "2024-Q1"]
        of = {row["month"].month: row for row in served.ledger().breakdown("2024", "month")}
        assert quarter["scope_1"] == format(of[3]["scope_1"].normalize(), "f")


def test_a_form_of_another_session_is_refused(served):
    """Neither without a token, nor with somebody else's, nor from another site is anything done."""
    client, other = served.client("pia"), served.client("rob")
    assert client.post("/logout", data={}).status_code == 403
    assert client.post("/logout", data={"csrf": other.token()}).status_code == 403
    refused = client.post("/logout", data={"csrf": client.token()}, headers={"origin": "https://elsewhere.example"})
    assert refused.status_code == 403
    assert client.get("/").status_code == 200


def test_a_request_for_another_host_is_refused(served):
    """A name that was led to this machine from outside gets nothing (DNS rebinding)."""
    assert served.client().get("/", headers={"host": "elsewhere.example"}).status_code == 421


def test_a_body_beyond_its_limit_is_refused_unread(served):
    """A form is short; by what it says of itself, and by what comes."""
    client = served.client()
    assert client.post("/logout", content=b"x" * 2_000_000).status_code == 413
    endless = (b"x" * 100_000 for _ in range(30))
    assert client.post("/logout", content=endless, headers={"content-length": ""}).status_code in {400, 413}


def test_login_leads_nowhere_else(served):
    """After a login the browser stays here, whatever the address says."""
    for after in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        answer = served.stranger().post(
            "/login", data={"name": "pia", "password": "correct horse battery", "next": after}, follow_redirects=False
        )
        assert answer.headers["location"] == "/"


def test_the_first_password_is_set_once(served):
    """Where an admin has a password, the key of the start opens nothing, and no other key ever does."""
    assert served.stranger().get(f"/first?key={served.settings.first_key}").status_code == 403
    assert served.stranger().get("/first?key=guess").status_code == 403


def test_health_is_told_to_whoever_watches(served):
    """Without a login it says that the app answers, and nothing of the ledger."""
    answer = served.stranger().get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_page_keeps_nobody_from_writing_once_it_is_there(served):
    """The ledger stays open from one question of a page to the next, and is given back with the answer."""
    page = served.client("pia").get("/explore")
    assert page.status_code == 200
    with locked(served.path, "write", 0):
        pass


def test_a_page_that_waits_for_work_keeps_nobody_from_writing(served):
    """Work reads behind whoever waits to write: the request that waits for it has given back what it left open."""
    made = Workshop()

    def reading(_: Work) -> int:
        with locked(served.path, "write", 5):
            pass
        with session(served.path, timeout_s=5) as s:
            return s.one("select count(*) from batch")[0]

    with kept_open():
        with session(served.path):
            pass
        assert waited_for(made.begin("p-1", reading), 10).answer > 0
    made.close()


def test_work_that_ends_between_two_askings_is_still_one_thing():
    """A page that read "running" must not read "finished" further down: it would show neither progress nor outcome."""
    shop, go = Workshop(), Event()
    try:
        begun = shop.begin("ada", lambda _: go.wait(10) and "the answer", key="k")
        seen = shop.under("k")
        assert seen is not None
        go.set()
        assert waited_for(begun).answer == "the answer"
        assert seen.running
        assert seen.answer is None
        after = shop.under("k")
        assert after is not None
        assert (after.running, after.answer) == (False, "the answer")
        assert begun.seen(1).id == seen.id
    finally:
        shop.close()
