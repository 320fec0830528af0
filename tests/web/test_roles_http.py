"""Who may do what, through HTTP: every route asks who comes, every act who may; the command works beside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import walking

from ledger.book.acts.engaging import Terms
from ledger.book.roles import MAY
from ledger.store import session

OPEN = {"/login", "/first", "/login/sso", "/login/sso/back"}
"""What a stranger may open."""
WRITES_NOTHING = {"/logout", "/accounts/sessions", "/reports/check", "/reports/{kind}/texts", "/factors/import"}
"""What goes on where the app only shows: sessions and work of the app itself, nothing of the ledger."""
POSTS = sorted({route.path for route in walking.routes() if "POST" in (route.methods or ())})
ROLES = {"preparer": "pia", "reviewer": "rob", "auditor": "eve", "admin": "ada"}
CSV = (
    b"external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis\n"
    b"x,LON,natural_gas,1,kWh,2024-05-01,2024-05-31,gross\n"
)
FORGED = {"actor": "ada", "acting_role": "admin"}
"""What a form adds to be more than its person is."""
ACTS = {
    "person": ("/accounts/people", {"name": "friend", "role": ["admin"]}),
    "person ": ("/accounts/person/{ada}/roles", {"role": ["admin", "preparer"]}),
    "person  ": ("/accounts/person/{ada}/password", {"chosen": "four other words", "chosen_again": "four other words"}),
    "person   ": ("/accounts/person/{ada}/erase", {"name": "ada"}),
    "setting": ("/accounts/settings", {"setting": "lei", "value": "", "since": "", "reason": "mine"}),
    "key": ("/accounts/keys/rotate", {"rotate_reason": "mine"}),
    "upload": ("/upload", {"file": ("gas.csv", CSV)}),
    "issue": ("/reports/ghg-protocol/issue?period=2024", {"note": "mine"}),
    "correction": ("/entry/{entry}/correct", {"reason": "error", "note": "mine", "set-quantity": "1"}),
    "reversal": ("/entry/{entry}/reverse", {"reason": "error", "note": "mine"}),
    "attach": ("/entry/{entry}/attach", {"document": ("bill.pdf", b"%PDF-1.4 bill")}),
    "period:submitted": ("/review/periods/submit", {"of": "2023", "note": "mine"}),
    "period:approved": ("/review/periods/approve", {"of": "2023", "note": "mine"}),
    "period:closed": ("/review/periods/close", {"of": "2023", "note": "mine"}),
    "restatement": ("/review/periods/restate", {"of": "2023", "reason": "error", "note": "mine"}),
    "finding": ("/review/findings/record", {"of": "2024"}),
    "engagement": ("/review/engagements", {"engagement": "E2", "level": "limited", "criteria": "c", "of": "2024"}),
    "sign_off": ("/review/sign-off", {"of": "2024", "engagement": "E1", "conclusion": "unmodified", "statement": "s"}),
    "calculation": ("/factors/recalculation", {"reason": "mine"}),
    "factor_set": ("/factors/datasets/publish", {"dataset": ["desnz-2023"]}),
}
"""Kind of an act (blanks tell apart what is one kind) → where it is done by HTTP, and with what."""


@pytest.fixture(scope="module")
def shown(make_served):
    """The same ledger where the app only shows."""
    return make_served(read_only=True)


def size(served) -> int:
    """How many batches there are."""
    return served.ledger().checkpoint().size


def test_every_route_asks_who_comes(served):
    """A page leads strangers to the login, a program is told 401; forms are read with a session's token alone."""
    stranger = served.stranger()
    for route in walking.routes():
        asked, is_read = walking.depends_on(route), "GET" in (route.methods or ())
        assert route.dependant.body_params == [], f"{route.path} reads a body before it knows whose"
        if route.path in OPEN:
            continue
        if is_read:
            answer = stranger.get(walking.some_address(route.path), follow_redirects=False)
            is_sent = answer.headers.get("location", "").startswith("/login")
            assert answer.status_code == 401 if route.path.startswith("/api/") else is_sent, route.path
        elif not route.path.startswith("/api/"):
            assert "signed" in asked, route.path
            assert "posted" in asked or route.path in WRITES_NOTHING, route.path


def test_no_form_is_taken_of_a_stranger_or_another_session(served):
    """For every address that takes one: to the login or 401; without a token, and with another's, refused."""
    before, other = size(served), served.client("rob").token()
    for path in (path for path in POSTS if path not in OPEN):
        address, stranger = walking.some_address(path), served.stranger()
        answer = stranger.post(address, data={"csrf": other}, follow_redirects=False)
        to_login = (answer.status_code, answer.headers.get("location", "")) == (303, "/login")
        assert to_login or answer.status_code == 401, (path, answer.status_code)
        for fields in ({}, {"csrf": other}):
            answer = served.client("pia").post(address, data=fields, follow_redirects=False)
            assert answer.status_code in {401, 403, 404}, (path, fields, answer.status_code)
    assert size(served) == before
    assert served.client("pia").get("/accounts").status_code == 200


def test_an_app_that_only_shows_writes_nothing(shown):
    """For every address that writes, with a right form of an admin or preparer; a login and a logout work."""
    before = size(shown)
    token = shown.ledger("pia").new_token("pia", scope="write")[0]
    forms = {name: shown.client(name).token() for name in ("pia", "ada")}
    for path in (path for path in POSTS if path not in OPEN | WRITES_NOTHING):
        for name, csrf in forms.items():
            headers = {"authorization": f"Bearer {token}", "idempotency-key": "k"} if path.startswith("/api/") else {}
            answer = shown.client(name).post(walking.some_address(path), data={"csrf": csrf}, headers=headers,
                                             follow_redirects=False)  # fmt: skip
            assert answer.status_code in {403, 404, 422}, (path, name, answer.status_code)
            assert answer.status_code == 403 or "{" in path or path.startswith("/api/"), (path, answer.status_code)
    assert size(shown) == before
    assert shown.client("eve").submit("/logout").status_code == 200
    assert shown.client("eve").get("/accounts", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("role", list(ROLES))
def test_a_role_does_no_more_than_it_may(served, role):
    """Each act that the table of roles does not give it: 403 in words, a line in the control log, nothing written."""
    name, people = ROLES[role], {row["name"]: row["person"] for row in served.ledger().people()}
    with session(served.path) as s:
        found = s.one("select batch_no, seq from activity where external_id = '1' order by 1 limit 1")
    if not served.ledger().engagements("E1"):
        terms = Terms("limited", "ISO 14064-1:2018", "2024", None, "scope_1", "100kg", "50kg")
        served.ledger("eve").record_engagement("E1", terms)
    people["entry"] = f"B{found[0]}-{found[1]}"
    client, refused = served.client(name), 0
    forged = FORGED | {"csrf": client.token()}
    for act, (path, fields) in ACTS.items():
        if role in MAY[act.strip()]:
            continue
        kind = act.strip().partition(":")[0]
        before, told = size(served), len(served.ledger().refusals())
        files = {key: value for key, value in fields.items() if isinstance(value, tuple)}
        texts = {key: value for key, value in fields.items() if key not in files} | forged
        answer = client.submit(re.sub(r"{(\w+)}", lambda found: people[found[1]], path), files=files or None, **texts)
        assert (answer.status_code, "may not" in answer.text) == (403, True), (act, walking.said(answer.text))
        (line,) = served.ledger().refusals()[told:]
        assert (line["what"], line["actor"]) == (kind, people[name])
        assert line["details"]["roles"] == role
        assert size(served) == before
        refused += 1
    assert refused >= 6


def test_a_role_taken_away_counts_at_once(served):
    """The session stays and does no more than its person may now; without any role it is over."""
    served.ledger("ada").add_person("tim", ["admin"])
    served.ledger("ada").set_password("tim", "correct horse battery")
    client = served.client("tim")
    served.ledger("ada").set_roles("tim", ["auditor"])
    assert client.submit("/accounts/people", name="friend", role=["admin"]).status_code == 403
    served.ledger("ada").set_roles("tim", [])
    assert client.get("/accounts", follow_redirects=False).status_code == 303


def test_command_line_and_web_at_once(make_served, tmp_path):
    """Programs, browsers and processes of the command on one ledger: all are served, nothing is lost or doubled."""
    served = make_served()
    token = served.ledger("pia").new_token("pia", scope="write")[0]
    files = []
    for number in range(2):
        files.append(tmp_path / f"gas-{number}.csv")
        files[-1].write_bytes(CSV.replace(b"\nx,", b"\nf%d," % number).replace(b",1,kWh", b",%d,kWh" % (number + 1)))
    env = os.environ | {"GHG_LEDGER": str(served.path), "GHG_ACTOR": "pia"}
    command = [sys.executable, "-m", "ledger.cli"]
    running = [subprocess.Popen([*command, "upload", str(file), "--json"], env=env, stdout=subprocess.PIPE)
               for file in files]  # fmt: skip
    admin, reader = served.client("ada"), served.client("eve")
    csrf = admin.token()

    def added(number: int) -> int:
        form = {"name": f"person {number}", "role": ["preparer"], "csrf": csrf}
        return int(admin.post("/accounts/people", data=form, follow_redirects=False).status_code)

    def posted(number: int) -> int:
        line = {"v": 1, "run_id": f"r{number}", "attempt": 1, "rank": 0, "line": "end", "name": "r", "stage": "tuning",
                "outcome": "completed", "start_utc": "2024-03-05T08:00:00.000000Z", "host": "h", "country": "GBR",
                "end_utc": "2024-03-05T08:05:00.000000Z", "wall_seconds": "300"}  # fmt: skip
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f"k{number}"}
        answer = served.stranger().post("/api/v1/measurements", content=json.dumps(line), headers=headers)
        return int(answer.status_code)

    def read(_: int) -> int:
        return int(reader.get("/?period=2024").status_code)

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(act, number) for number in range(3) for act in (added, posted, read)]
        done = sorted(one.result() for one in work)
    assert done == [200] * 3 + [201] * 3 + [303] * 3
    assert [json.loads(one.communicate()[0])["status"] for one in running] == ["accepted"] * 2
    with session(served.path) as s:
        assert s.one("select count(*) from ai_run where run_id like 'r_'")[0] == 3
        assert s.one("select sum(quantity) from activity where external_id like 'f_'")[0] == 3
    assert sum(row["name"].startswith("person ") for row in served.ledger().people()) == 3
    assert served.ledger().verify().ok
