"""The door for programs: lines of the tracker are recorded once, figures and traces read, by tokens alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.store import session
from ledger.terminal import inventory_json

POST = "/api/v1/measurements"
ROOT = Path(__file__).parents[2]
JOB = """
import codecarbon
from ghg_track import track
with track("job", folder={folder!r}, run="job-1", stage="tuning", facility_id="LON"):
    codecarbon.OfflineEmissionsTracker.made[0].measure()
"""


@pytest.fixture(scope="module")
def token(served):
    """A function that makes a token of somebody."""
    made: dict[tuple[str, str], str] = {}

    def of(name: str = "pia", scope: str = "write") -> str:
        if (name, scope) not in made:
            made[name, scope] = served.ledger(name).new_token(name, scope=scope)[0]
        return made[name, scope]

    return of


@pytest.fixture(scope="module")
def call(served, token):
    """A function that asks as a program does: no cookies, a token in a header."""
    program = served.stranger()

    def asked(method: str, path: str, name: str = "pia", scope: str = "write", key: str | None = None, **how):
        headers = how.pop("headers", {}) | {"authorization": f"Bearer {token(name, scope)}"}
        if key is not None:
            headers["idempotency-key"] = key
        return program.request(method, path, headers=headers, **how)

    return asked


def lines(run: str, wh: str = "10.000000", *, ended: bool = True, place: str = "LON") -> str:
    """What ghg-track writes of a run."""
    head = {"v": 1, "run_id": run, "attempt": 1, "rank": 0}
    when = {"start_utc": "2024-03-05T08:00:00.000000Z", "end_utc": "2024-03-05T08:05:00.000000Z"}
    about = {"name": run, "stage": "tuning", "facility_id": place}
    made = [
        {**head, "line": "start", "start_utc": when["start_utc"], "host": run, **about},
        {**head, "line": "reading", "source": "codecarbon", "subject": run, "part": "gpu", **when, "energy_wh": wh,
         "total_wh": wh, "tracker": "t", "method": "counter", "level": "chip", "pue_inside": None,
         "intensity_g_per_kwh": None, "program": "ghg-track 0.1.0", "facility_id": place},
        {**head, "line": "end", "outcome": "completed", "wall_seconds": "300", "host": run, **when, **about},
    ]  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in (made if ended else made[:1]))


def readings(served, run: str) -> int:
    """How many readings of a run the ledger holds."""
    with session(served.path) as s:
        return int(s.one("select count(*) from measurement where run_id = ?", [run])[0])


def test_lines_are_recorded_once(served, call):
    """201 with the batch, then 200 for the same under any key; another content under a key that was used is refused."""
    first = call("POST", POST, key="a", content=lines("once"))
    assert (first.status_code, first.json()["status"], first.json()["rows"]) == (201, "accepted", 2)
    assert first.json()["batch"] == served.ledger().checkpoint().size
    for key in ("a", "b"):
        again = call("POST", POST, key=key, content=lines("once"))
        assert (again.status_code, again.json()["status"]) == (200, "already_recorded")
    other = call("POST", POST, key="a", content=lines("other"))
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency-key-reused")
    assert call("POST", POST, "rob", key="a", content=lines("other")).status_code == 403  # a key is of a person
    assert (readings(served, "once"), readings(served, "other")) == (1, 0)


def test_lines_that_come_twice_at_a_time_are_recorded_once(served, call):
    """Eight posts side by side: one is told 201, the others that the ledger has it; or to come again."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call("POST", POST, key="side", content=lines("side")), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert readings(served, "side") == 1


def test_a_file_that_grows_is_posted_again(served, call):
    """Begun with nothing to record; then whole; the lines that came before are passed over."""
    begun = call("POST", POST, key="g1", content=lines("grows", ended=False))
    assert (begun.status_code, begun.json()["status"]) == (200, "nothing_yet")
    assert call("POST", POST, key="g2", content=lines("grows")).status_code == 201
    later = lines("grows").splitlines()[1].replace("08:05:00", "08:09:00").replace("08:00:00", "08:05:00")
    later = later.replace('"total_wh": "10', '"total_wh": "20')
    grown = call("POST", POST, key="g3", content=f"{lines('grows')}{later}\n")
    assert grown.status_code == 201
    assert readings(served, "grows") == 2


def test_what_cannot_be_taken_is_told_as_json(served, call):
    """Each with a code, words and what to do; nothing of it is recorded, and no path of the machine is told."""
    size = served.ledger().checkpoint().size
    for status, code, how in (
        (422, "idempotency-key", {"content": lines("x")}), (422, "idempotency-key", {"content": "x", "key": "k" * 151}),
        (422, "no-lines", {"content": "external_id,quantity\n1,2\n", "key": "c"}),
        (422, "no-lines", {"content": b"\x00\xff\n", "key": "n"}), (422, "no-lines", {"content": "[[[[", "key": "j"}),
        (422, "facility-unknown", {"content": lines("y", place="MOON"), "key": "f"}),
        (422, "choice-needed", {"content": lines("z", place=""), "key": "p"}),
    ):  # fmt: skip
        answer = call("POST", POST, **how)
        error = answer.json()["error"]
        assert (answer.status_code, bool(error["message"]), bool(error["fix"])) == (status, True, True), answer.text
        assert error["code"] == code, answer.text
        assert "/tmp" not in answer.text.replace("/tmp/pytest", "/tmp")  # noqa: S108
    assert served.ledger().checkpoint().size == size


def test_who_may_not_post(served, call, token):
    """No token, half of one, one that only reads, one whose person may not, a login's cookie: refused, on record."""
    program, size = served.stranger(), served.ledger().checkpoint().size
    false = ("Bearer nothing", f"Basic {token()}", f"Bearer {token()}x", "Bearer " + "x" * 9000)
    for shown in (None, "", "Bearer", *false):
        headers = {"idempotency-key": "k"} | ({} if shown is None else {"authorization": shown})
        answer = program.post(POST, content=lines("no"), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not-authenticated"), shown
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert served.client("pia").post(POST, content=lines("no"), headers={"idempotency-key": "k"}).status_code == 401
    for name, scope, code in (("pia", "read", "token-reads"), ("eve", "write", "role-not-allowed")):
        answer = call("POST", POST, name, scope, key="k", content=lines("no"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)
        assert served.ledger().refusals()[-1]["details"]["code"] == code
    assert served.ledger().checkpoint().size == size


def test_a_revoked_token_opens_nothing(served):
    """From the moment it is revoked."""
    text, made = served.ledger("pia").new_token("pia")
    program = served.stranger()
    headers = {"authorization": f"Bearer {text}"}
    assert program.get("/api/v1/inventory?period=2024", headers=headers).status_code == 200
    served.ledger("pia").revoke_token(made.token)
    assert program.get("/api/v1/inventory?period=2024", headers=headers).status_code == 401


def test_figures_and_traces_are_those_of_the_command(served, call):
    """The same JSON, and what is asked wrongly is told."""
    figures = served.ledger().inventory("2024")
    answer = call("GET", "/api/v1/inventory?period=2024", scope="read")
    assert answer.json() == json.loads(json.dumps(
        inventory_json(figures) | {"uncertainty": served.ledger().uncertainty("2024").as_json()}))  # fmt: skip
    by = call("GET", "/api/v1/inventory?period=2024&by=facility", scope="read").json()
    assert {row["facility"] for row in by} >= {"LON", "SJC"}
    figure = f"2024/operational_control/scope_1@{figures.checkpoint.size}"
    traced = call("GET", "/api/v1/trace", scope="read", params={"id": figure})
    assert traced.json() == json.loads(json.dumps(served.ledger().trace(figure).as_json()))
    for path in (
        "inventory", "inventory?period=abc", "inventory?period=2024&view=mine", "inventory?period=2024&at=-1",
        "inventory?periode=2024", "inventory?period=2024%00", "trace", "trace?id=B99999-1", "trace?id=x&limit=0",
    ):  # fmt: skip
        wrong = call("GET", f"/api/v1/{path}", scope="read")
        assert (wrong.status_code, bool(wrong.json()["error"]["message"])) == (422, True), (path, wrong.text)


def test_a_tracked_run_arrives_by_itself(served, base, token, tmp_path):
    """A run in a process of its own, with the address and a token, is in the ledger when it ends; and only once."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("track", "tests/track/standing_in"))
    env = {"PYTHONPATH": paths, "TMPDIR": str(tmp_path), "GHG_TRACK_URL": base, "GHG_TRACK_HOST": "node-17",
           "GHG_TRACK_TOKEN_FILE": str(tmp_path / "token")}  # fmt: skip
    (tmp_path / "token").write_text(token() + "\n")
    done = subprocess.run([sys.executable, "-S", "-c", JOB.format(folder=str(tmp_path / "spool"))], env=env,
                          capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert "recorded in batch" in done.stderr, done.stderr
    assert readings(served, "job-1") == 2
    assert token() not in done.stderr + done.stdout
    assert served.ledger().connect_spool(tmp_path / "spool").counts["already recorded"] == 1
    revoked = subprocess.run([sys.executable, "-S", "-c", JOB.format(folder=str(tmp_path / "other"))],
                             env=env | {"GHG_TRACK_TOKEN_FILE": str(tmp_path / "none"), "GHG_TRACK_TOKEN": "x"},
                             capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert "not posted: there is no token" in revoked.stderr
    assert list((tmp_path / "other").glob("*.jsonl"))
