"""Lines posted where a ledger is served: only where somebody said so, and whatever answers, the job goes on."""

from __future__ import annotations

import time

import pytest
from werkzeug import Response

from ghg_track import track
from ghg_track.posting import PATH

TOKEN = "ghg_0123_secret"


@pytest.fixture
def told(httpserver, monkeypatch):
    """Where lines go, and with what."""
    monkeypatch.setenv("GHG_TRACK_URL", httpserver.url_for("/"))
    monkeypatch.setenv("GHG_TRACK_TOKEN", TOKEN)


def tracked(tracker, spool) -> None:
    with track("bert-ft", folder=spool, run="r 1", stage="tuning", country="DEU"):
        tracker.made[-1].measure()


def test_nothing_is_sent_where_nobody_said_where_to(tracker, spool, httpserver):
    """Without the address not even a name is looked up."""
    tracked(tracker, spool)
    assert httpserver.log == []


def test_the_whole_file_is_posted_once_with_its_token_and_a_key(told, tracker, spool, httpserver, capsys):
    """A busy ledger is asked again with the same; what it answers is said."""
    answers = iter([Response(status=503, headers={"Retry-After": "0"}), Response('{"batch": 7}', 201)])
    httpserver.expect_request(PATH, method="POST").respond_with_handler(lambda _: next(answers))
    tracked(tracker, spool)
    first, second = [request for request, _ in httpserver.log]
    (file,) = spool.glob("*.jsonl")
    assert first.get_data() == second.get_data() == file.read_bytes()
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.headers["Authorization"] == f"Bearer {TOKEN}"
    out = capsys.readouterr().err
    assert "recorded in batch 7" in out
    assert TOKEN not in out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response('{"error": {"message": "the token may only read", "fix": "come with one\\u001b[31m"}}', 403),
         "403 the token may only read; come with one[31m"),
        (Response("<html>", 502), "502"), (Response("[" * 9_000, 200), "has it already"),
        (Response(status=302, headers={"Location": "/elsewhere"}), "302"),
    ],
)  # fmt: skip
def test_what_the_ledger_says_is_passed_on(told, tracker, spool, httpserver, capsys, answer, words):
    """A refusal in its words without what moves a terminal; a redirect is not followed, as the token would go along."""
    httpserver.expect_request(PATH, method="POST").respond_with_response(answer)
    tracked(tracker, spool)
    assert words in capsys.readouterr().err
    assert [request.path for request, _ in httpserver.log] == [PATH]


@pytest.mark.parametrize("url", ["http://carbon.example.org", "ftp://x", "carbon.example.org", "file:///etc/passwd"])
def test_a_token_goes_by_tls_alone(told, tracker, spool, capsys, monkeypatch, url):
    """To another machine without it nothing is sent."""
    monkeypatch.setenv("GHG_TRACK_URL", url)
    tracked(tracker, spool)
    assert "a token goes by https:// alone" in capsys.readouterr().err


def test_an_app_that_never_answers_is_not_waited_for(told, tracker, spool, httpserver, capsys, monkeypatch):
    """The job goes on after the time that was set, with its lines on disk."""
    monkeypatch.setattr("ghg_track.output.PATIENCE", 0.2)
    httpserver.expect_request(PATH).respond_with_handler(lambda _: time.sleep(1.5) or Response(status=201))
    begun = time.monotonic()
    tracked(tracker, spool)
    assert time.monotonic() - begun < 1.4
    assert "does not wait longer" in capsys.readouterr().err
    assert list(spool.glob("*.jsonl"))
