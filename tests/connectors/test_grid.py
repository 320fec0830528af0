"""Services for grids on a server of our own: pages, refusals, other zones than asked, gaps, forecasts, revisions."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import stamina
from in_process import ghg
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ledger import Ledger
from ledger.connectors import exchange
from ledger.connectors.grid import Wish, answers_of, span, zones_of
from ledger.connectors.grid.questions import pieces, questions_of
from ledger.connectors.grid.wish import SOURCES, checked
from ledger.errors import LedgerError, Misuse, Refused
from ledger.store import session

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
from pages import ROOT, blocks, calls, differs, steps

TOKEN = "wRfq-3021-secret"
VARIABLE = "GHG_ELECTRICITY_MAPS_TOKEN"
JAN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = itertools.count()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A ledger in which every test has zones of its own."""
    folder = tmp_path_factory.mktemp("grid")
    return Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp",))


@pytest.fixture(autouse=True)
def _token(monkeypatch) -> Iterator[None]:
    """A token of the environment, and attempts without waiting."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def zone() -> str:
    """A zone that no other test has."""
    return f"XX-Z{next(ZONES)}"


@pytest.fixture
def url(httpserver: HTTPServer) -> str:
    """The address of the service."""
    return httpserver.url_for("/v3")


class ElectricityMaps:
    """The API as it answers: ``value`` gives g/kWh of an hour as JSON text, ``changed`` other fields of a value."""

    def __init__(self, server: HTTPServer) -> None:
        self.value = lambda at: f"{300 + at.hour}.10"
        self.changed: dict[str, Any] = {}
        self.left_out: set[datetime] = set()
        self.issued = "2026-01-01T00:00:00.000Z"
        self.place = ZoneInfo("UTC")
        server.expect_request("/v3/carbon-intensity/past-range").respond_with_handler(self.range)
        server.expect_request("/v3/power-breakdown/past-range").respond_with_handler(self.shares)
        server.expect_request("/v3/carbon-intensity/latest").respond_with_handler(self.latest)
        server.expect_request("/v3/carbon-intensity/history").respond_with_handler(self.latest)
        server.expect_request("/v3/carbon-intensity/forecast").respond_with_handler(self.forecast)

    def row(self, asked: Any, at: datetime) -> str:
        """One value, its number as it is written."""
        told = {"zone": asked["zone"], "datetime": at.astimezone(self.place).isoformat(), "updatedAt": self.issued,
                "emissionFactorType": asked["emissionFactorType"], "isEstimated": False, "estimationMethod": None,
                "temporalGranularity": asked["temporalGranularity"], **self.changed}  # fmt: skip
        return f'{json.dumps(told)[:-1]}, "carbonIntensity": {self.value(at)}}}'

    def hours(self, asked: Any) -> list[datetime]:
        """Every hour from start to end, the end inside, as the service has it."""
        start, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
        first = start + (JAN - start) % HOUR
        return [at for n in range(int((end - first) / HOUR) + 1) if (at := first + n * HOUR) not in self.left_out]

    def range(self, request: Request) -> Response:
        """The hours of a span, for whoever has the token."""
        if request.headers.get("auth-token") != TOKEN:
            return Response(json.dumps({"error": f"no such token {request.headers.get('auth-token')}"}), 401)
        asked = request.args
        return Response('{"data": [' + ", ".join(self.row(asked, at) for at in self.hours(asked)) + "]}")

    def shares(self, request: Request) -> Response:
        """What of each hour is carbon-free, and what renewable."""
        rows = [{"zone": request.args["zone"], "datetime": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "fossilFreePercentage": 61,
                 "renewablePercentage": 50} for at in self.hours(request.args)]  # fmt: skip
        return Response(json.dumps({"zone": request.args["zone"], "data": rows}))

    def latest(self, request: Request) -> Response:
        """One value."""
        return Response(self.row(request.args, JAN))

    def forecast(self, request: Request) -> Response:
        """A day ahead, from 100 g on."""
        rows = [{"datetime": f"{JAN + n * HOUR:%Y-%m-%dT%H:%M:%SZ}", "carbonIntensity": 100 + n} for n in range(24)]
        return Response(json.dumps({"zone": request.args["zone"], "forecast": rows, "updatedAt": self.issued}))


@pytest.fixture
def maps(httpserver: HTTPServer) -> ElectricityMaps:
    """The service on our own server."""
    return ElectricityMaps(httpserver)


def codes(done) -> list[str]:
    """Codes of what was told, but for what it was known as."""
    return [found.code for found in done.upload.findings if found.code != "foreign-file"]


def held(ledger: Ledger, zone: str, columns: str) -> list[tuple]:
    """Columns of what the ledger has of a zone, in order of time and batch."""
    with session(ledger.path) as s:
        return s.rows(f"select {columns} from grid_intensity where zone = ? order by start_utc, batch_no, seq", [zone])


def test_a_span_is_asked_in_pieces_and_recorded_once(ledger, maps, httpserver, url, zone):
    """25 days are three questions of at most ten; every hour is there once, exactly as it was written."""
    done = ledger.connect_grid(zone, first=JAN, after=JAN + 25 * 24 * HOUR, shares=True, url=url)
    asked = [request.args for request, _ in httpserver.log if request.path.startswith("/v3/carbon")]
    spans = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in asked]
    assert [(end - start).days for start, end in spans] == [10, 10, 5]
    terms = {(one["zone"], one["emissionFactorType"], one["disableEstimations"]) for one in asked}
    assert terms == {(zone, "direct", "false")}
    assert (done.answers, done.recorded, codes(done)) == (6, 600, [])
    rows = held(ledger, zone, "start_utc, intensity_g_per_kwh, seconds, signal_kind, signal_basis, carbon_free_share, "
                "renewable_share, estimated, source, revision, retrieved_at")  # fmt: skip
    assert [row[0] for row in rows] == [JAN + n * HOUR for n in range(600)]
    assert rows[5][1:10] == (Decimal("305.10"), 3600, "actual", "direct", Decimal("0.61"), Decimal("0.5"), False,
                             "Electricity Maps, API", 0)  # fmt: skip
    assert abs(rows[5][10] - done.retrieved_at) < timedelta(minutes=2)
    again = ledger.connect_grid(zone, first=JAN, after=JAN + 25 * 24 * HOUR, shares=True, url=url)
    assert (again.upload.status, again.recorded) == ("already_recorded", 0)
    assert set(codes(again)) <= {"intensity-held"}  # nothing to tell where the second answer is the same bytes


def test_what_was_answered_is_evidence(ledger, maps, url, zone, tmp_path):
    """The bytes of every answer lie in evidence, numbers as they came; the same file uploaded by hand adds nothing."""
    kept = tmp_path / "answers.json"
    done = ledger.connect_grid(zone, first=JAN, after=JAN + HOUR, url=url, keep=kept)
    content = kept.read_bytes()
    evidence = (ledger.path.parent / "ledger.evidence").iterdir()
    assert content in [file.read_bytes() for file in evidence if file.is_file()]
    assert b'"carbonIntensity": 300.10}' in content
    assert f'"zone": "{zone}"'.encode() in content
    assert (done.recorded, ledger.upload(kept).status) == (1, "already_recorded")
    with pytest.raises(Misuse, match="there already"):
        ledger.connect_grid(zone, first=JAN, after=JAN + HOUR, url=url, keep=kept)


def test_a_revised_value_is_a_new_revision(ledger, maps, url, zone):
    """An estimate that is measured later stays, and the new value counts; --check tells it and writes nothing."""
    maps.changed = {"isEstimated": True, "estimationMethod": "TIME_SLICER_AVERAGE"}
    span_of = {"first": JAN, "after": JAN + 2 * HOUR, "url": url}
    ledger.connect_grid(zone, **span_of)
    maps.changed, maps.value = {}, lambda at: "290" if at.hour else "300.10"
    assert codes(ledger.connect_grid(zone, **span_of, check=True)) == ["intensity-revised"]
    done = ledger.connect_grid(zone, **span_of)
    assert (done.recorded, codes(done)) == (2, ["intensity-revised"])
    assert held(ledger, zone, "intensity_g_per_kwh, revision, estimated") == [
        (Decimal("300.10"), 0, True), (Decimal("300.10"), 1, False), (Decimal("301.10"), 0, True), (290, 1, False)
    ]  # fmt: skip
    assert [value for _, value in ledger.grid_actual(zone, JAN, JAN + 2 * HOUR).values] == [Decimal("300.10"), 290]


def test_a_forecast_stands_beside_what_was_measured(ledger, maps, url, zone):
    """Each issue is kept with when it was issued; the newest before an instant is given; the old one is told as old."""
    done = ledger.connect_grid(zone, forecast=True, url=url)
    assert codes(done) == ["forecast-stale"]
    assert "2026-01-01T00:00:00.000Z" in done.upload.findings[0].message
    maps.issued = "2026-01-01T02:00:00Z"
    assert ledger.connect_grid(zone, forecast=True, latest=True, url=url).recorded == 25
    found = ledger.grid_forecast(zone, JAN + 3 * HOUR)
    assert (found.issued_at, len(found.values), found.values[5]) == (JAN + 2 * HOUR, 24, (JAN + 5 * HOUR, Decimal(105)))
    assert ledger.grid_forecast(zone, JAN + HOUR).issued_at == JAN
    assert ledger.grid_actual(zone, JAN, JAN + 24 * HOUR).values == ((JAN, Decimal("300.10")),)
    maps.issued = format(datetime.now(UTC), "%Y-%m-%dT%H:%M:%SZ")
    assert codes(ledger.connect_grid(zone, forecast=True, url=url)) == []


def test_a_forecast_names_the_command_that_uses_it(ledger, maps, url, zone, tmp_path):
    """After a forecast it is asked when to run a job, there; after what was measured it is not."""
    assert maps
    after = f"Next: ghg ai schedule --policy FILE --job RUN_ID --region {zone} --hours HOURS"
    assert after in ghg("connect", "grid", "--zone", zone, "--forecast", "--url", url, ledger=ledger).stdout
    assert "Next" not in ghg("connect", "grid", "--zone", zone, "--latest", "--url", url, ledger=ledger).stdout
    head = "zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,source"
    for name, kind, issued, told in (
        ("forecast", "forecast", "2026-11-09T15:30:00Z", after), ("measured", "actual", "", "Next: ghg ai footprint"),
    ):  # fmt: skip
        file = tmp_path / f"{name}.csv"
        file.write_text(f"{head}\n{zone},2026-11-09T16:00:00Z,3600,{kind},{issued},average,direct,412,own model\n")
        assert told in ghg("upload", file, ledger=ledger).stdout
    several = tmp_path / "several.csv"
    row = "2026-11-09T16:00:00Z,3600,forecast,2026-11-09T15:30:00Z,average,direct,412,own model"
    rows = [f"{zone}-{part},{row}" for part in "AB"]
    several.write_text("\n".join([head, *rows, ""]))
    assert "ghg ai schedule --policy FILE --job RUN_ID --region ZONE" in ghg("upload", several, ledger=ledger).stdout


def test_blanks_and_gaps_stay_open(ledger, maps, url, zone):
    """A null makes no value and is no zero; an hour that the answer leaves out is told apart from it."""
    maps.value = lambda at: "null" if at.hour == 1 else "0"
    maps.left_out = {JAN + 2 * HOUR}
    done = ledger.connect_grid(zone, first=JAN, after=JAN + 4 * HOUR, url=url)
    assert sorted(codes(done)) == ["intensity-blank", "intensity-missing"]
    assert "one of 4 values" in next(one.message for one in done.upload.findings if one.code == "intensity-missing")
    assert held(ledger, zone, "start_utc, intensity_g_per_kwh") == [(JAN, 0), (JAN + 3 * HOUR, 0)]
    assert ledger.grid_actual(zone, JAN, JAN + 4 * HOUR).holes == ((JAN + HOUR, JAN + 3 * HOUR),)


@pytest.mark.parametrize(
    ("changed", "options", "code", "words"),
    [({"zone": "FR"}, {}, "answer-other-zone", "asked for zone {zone}, and the answer says FR"),
     ({"zone": None}, {}, "answer-other-zone", "and the answer says none"),
     ({"emissionFactorType": "lifecycle"}, {}, "answer-other-terms", "emissionFactorType is life_cycle"),
     ({"temporalGranularity": "daily"}, {}, "answer-other-terms", "asked for hourly"),
     ({"temporalGranularity": None}, {"granularity": "daily"}, "answer-other-terms", "3600 seconds after"),
     ({"isEstimated": True}, {"estimates": False}, "answer-estimated", "none were asked for")],
)  # fmt: skip
def test_an_answer_of_something_else_is_refused(ledger, maps, url, zone, changed, options, code, words):
    """Another zone (the caller's own place), basis, length, or an estimate that was not wanted: nothing of it stays."""
    maps.changed = changed
    done = ledger.connect_grid(zone, first=JAN, after=JAN + 3 * HOUR, url=url, **options)
    assert (done.upload.status, codes(done)) == ("refused", [code])
    assert words.format(zone=zone) in done.upload.findings[0].message
    assert held(ledger, zone, "1") == []
    assert held(ledger, "FR", "1") == []


def test_a_day_on_which_clocks_change(ledger, maps, url, zone):
    """The last Sunday of October in Berlin has 25 hours, that of March 23; in local time none is lost or doubled."""
    maps.place = ZoneInfo("Europe/Berlin")
    first, after = span("2025-10-26", "2025-10-26", "Europe/Berlin")
    done = ledger.connect_grid(zone, first=first, after=after, shares=True, url=url)
    assert (done.recorded, codes(done)) == (25, [])
    rows = held(ledger, zone, "start_utc, renewable_share")
    assert rows == [(first + n * HOUR, Decimal("0.5")) for n in range(25)]
    spring = span("2025-03-30", "2025-03-30", "Europe/Berlin")
    assert spring[1] - spring[0] == 23 * HOUR
    assert span("2025-03-30T02:00+02:00", "2025-03-31")[0] == datetime(2025, 3, 30, tzinfo=UTC)


def test_what_a_terminal_would_act_on_is_not_taken_as_text(ledger, maps, httpserver, url, zone):
    """Marks of control in a method, a zone or an error are shown as escapes, and none reaches the ledger's texts."""
    maps.changed = {"estimationMethod": "\x1b[31mRED"}
    ledger.connect_grid(zone, first=JAN, after=JAN + HOUR, url=url)
    assert not any("\x1b" in source for (source,) in held(ledger, zone, "source"))
    httpserver.expect_request("/bad/carbon-intensity/latest").respond_with_json({"error": "\x1b[2J"}, status=400)
    told = ghg("connect", "grid", "--zone", zone, "--latest", "--url", httpserver.url_for("/bad"), ledger=ledger)
    assert (told.returncode, "\x1b" in told.stderr) == (2, False)


def test_without_a_token_nothing_is_asked(ledger, maps, httpserver, url, zone, monkeypatch):
    """No token, one that cannot be sent, or an address in the clear: said before any question."""
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(Misuse, match="without a token") as told:
        ledger.connect_grid(zone, latest=True, url=url)
    assert VARIABLE in told.value.fix
    monkeypatch.setenv(VARIABLE, "two words")
    with pytest.raises(Misuse, match="holds a blank"):
        ledger.connect_grid(zone, latest=True, url=url)
    monkeypatch.setenv(VARIABLE, TOKEN)
    for address, words in (("http://maps.example/v3", "without encryption"), ("ftp://maps.example", "no address"),
                           ("https://anna:pw@maps.example", "a name, a password"),
                           (f"https://maps.example/?token={TOKEN}", "a name, a password")):  # fmt: skip
        with pytest.raises(Misuse, match=words) as told:
            ledger.connect_grid(zone, latest=True, url=address)
        assert TOKEN not in str(told.value)
    assert httpserver.log == []


def test_who_may_not_upload_asks_nothing(ledger, httpserver, url, zone):
    """An auditor is refused before a question is spent."""
    ledger.add_person("rob", "auditor")
    with pytest.raises(Refused):
        Ledger(ledger.path, actor="rob").connect_grid(zone, latest=True, url=url)
    assert httpserver.log == []


def test_the_token_is_told_nobody(ledger, maps, httpserver, url, zone, caplog, monkeypatch):
    """Not in ledger, evidence, messages or logs: after an answer, a refusal, retries, and answers that repeat it."""
    caplog.set_level("DEBUG")
    assert ledger.connect_grid(zone, first=JAN, after=JAN + HOUR, url=url).recorded == 1
    httpserver.expect_request("/echo/carbon-intensity/latest").respond_with_json({"zone": zone, "you": TOKEN})
    httpserver.expect_request("/busy/carbon-intensity/latest").respond_with_data(f"no {TOKEN}", status=503)
    httpserver.expect_request("/text/carbon-intensity/latest").respond_with_data(f"<p>{TOKEN}</p>")
    httpserver.expect_request("/no/carbon-intensity/latest").respond_with_data(f"no {TOKEN}", status=403)
    told = []
    for path in ("/echo", "/busy", "/text", "/no"):
        with pytest.raises(LedgerError) as fault:
            ledger.connect_grid(zone, latest=True, url=httpserver.url_for(path))
        told.append(f"{fault.value} {fault.value.fix} {fault.value.__cause__!r}")
    assert "repeats the token" in told[0]
    files = [file.read_bytes() for file in ledger.path.parent.rglob("*") if file.is_file()]
    assert not any(TOKEN.encode() in content for content in files)
    assert TOKEN not in " ".join(told) + caplog.text
    with session(ledger.path) as s:
        kept = s.rows("select * from batch") + s.rows("select * from finding")
    assert TOKEN not in repr(kept)


def test_a_busy_service_is_asked_again(ledger, maps, httpserver, url, zone):
    """Too many questions, then a fault, then the answer: one value, three questions, each with the token."""
    for status in (429, 500):
        busy = httpserver.expect_oneshot_request("/v3/carbon-intensity/latest")
        busy.respond_with_data("busy", status=status, headers={"Retry-After": "7"})
    assert ledger.connect_grid(zone, latest=True, url=url).recorded == 1
    assert [request.headers["auth-token"] for request, _ in httpserver.log] == [TOKEN] * 3


@pytest.mark.parametrize(
    ("status", "body", "words", "exit_code"),
    [(503, "down", "answers 503", 75), (401, '{"message": "bad"}', r"does not know the token \(401\): bad", 2),
     (403, "", "has no access to", 2), (404, '{"error": "no data"}', r"has nothing for .* \(404\): no data", 2),
     (400, '{"error": {"message": "range too long"}}', r"refuses the question \(400\): range too long", 2),
     (302, "", "leads elsewhere", 1), (200, "<html>", "no JSON object: <html>", 1), (200, "[1]", "no JSON object", 1)],
)  # fmt: skip
def test_a_service_that_does_not_answer(ledger, httpserver, url, zone, status, body, words, exit_code):
    """Each is an error in words with its exit code: 75 where asking later may help; nothing is recorded."""
    httpserver.expect_request("/v3/carbon-intensity/latest").respond_with_data(body, status=status)
    size = ledger.checkpoint().size
    with pytest.raises(LedgerError, match=words) as told:
        ledger.connect_grid(zone, latest=True, url=url)
    assert (told.value.exit_code, bool(told.value.fix)) == (exit_code, True)
    assert ledger.checkpoint().size == size


def test_as_long_as_it_asks_to_wait():
    """`Retry-After` in seconds or as a date is waited; a longer wait than two minutes is left to the person."""
    def wait(told: str) -> bool | float:
        from httpx2 import Response as Answer

        return exchange._waits(exchange._Again("busy", exchange._wait_of(Answer(429, headers={"Retry-After": told}))))

    assert wait("7") == 7.0
    assert 20 < wait(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)) <= 30
    assert wait("3600") is False
    assert wait("soon") is True
    assert exchange._waits(ValueError()) is False


class CarbonIntensity:
    """The British API: half hours, the one that ends at the beginning of the span inside."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[tuple[str, str]] = []
        self.actual: int | None = 263
        server.expect_request("/uk/intensity").respond_with_handler(
            lambda _: self.rows(datetime(2026, 1, 1, 12, tzinfo=UTC), 1))
        server.expect_request(re.compile(r"/uk/intensity/.+/.+")).respond_with_handler(self.range)

    def rows(self, first: datetime, count: int) -> Response:
        """Half hours from an instant on, forecast from 200 g on."""
        shown = [f"{first + n * HOUR / 2:%Y-%m-%dT%H:%MZ}" for n in range(count + 1)]
        return Response(json.dumps({"data": [
            {"from": start, "to": end, "intensity": {"forecast": 200 + n, "actual": self.actual, "index": "low"}}
            for n, (start, end) in enumerate(itertools.pairwise(shown))]}))  # fmt: skip

    def range(self, request: Request) -> Response:
        """The half hours of a span, or of the two days to come."""
        begin, end = request.path.split("/")[-2:]
        self.asked.append((begin, end))
        first = datetime.fromisoformat(begin)
        first -= (first - JAN) % (HOUR / 2)
        if end == "fw48h":
            return self.rows(first - HOUR / 2, 97)
        return self.rows(first - HOUR / 2, int((datetime.fromisoformat(end) - first) / (HOUR / 2)) + 1)


def test_half_hours_of_great_britain(ledger, httpserver):
    """Twenty days are two questions; the half hour before the span is left out; no token is sent."""
    uk = CarbonIntensity(httpserver)
    done = ledger.connect_grid("GB", source="uk-carbon-intensity", first=JAN, after=JAN + 20 * 24 * HOUR,
                               url=httpserver.url_for("/uk"))  # fmt: skip
    assert uk.asked == [("2026-01-01T00:00Z", "2026-01-15T00:00Z"), ("2026-01-15T00:00Z", "2026-01-21T00:00Z")]
    assert (done.recorded, codes(done)) == (960, [])
    assert not any("auth-token" in request.headers for request, _ in httpserver.log)
    found = ledger.grid_actual("GB", JAN, JAN + 24 * HOUR)
    assert (found.step_seconds, found.basis, len(found.values), found.holes) == (1800, "direct", 48, ())
    assert (found.values[0], found.source) == ((JAN, Decimal(263)), "Carbon Intensity API (NESO), estimated actual")


def test_a_british_forecast_is_as_old_as_its_fetching(ledger, httpserver):
    """Half hours that are over are no forecast; the rest was issued when it was fetched, which is told."""
    CarbonIntensity(httpserver).actual = None
    done = ledger.connect_grid("GB", source="uk-carbon-intensity", forecast=True, url=httpserver.url_for("/uk"))
    assert codes(done) == ["forecast-undated"]
    found = ledger.grid_forecast("GB", datetime.now(UTC))
    assert abs(found.issued_at - done.retrieved_at) < timedelta(minutes=1)
    assert (len(found.values), found.values[0][1]) == (96, Decimal(201))
    assert found.values[0][0] <= found.issued_at < found.values[1][0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [({}, "nothing is asked for"), ({"first": JAN}, "a first and a last day"),
     ({"first": JAN + HOUR, "after": JAN}, "before it begins"),
     ({"first": datetime(2026, 1, 1), "after": JAN + HOUR}, "no offset"),  # noqa: DTZ001
     ({"first": datetime(2999, 1, 1, tzinfo=UTC), "after": datetime(2999, 1, 2, tzinfo=UTC)}, "not come yet"),
     ({"latest": True, "zone": "../zones"}, "no key of a zone"), ({"latest": True, "basis": "lifecycle"}, "no basis"),
     ({"latest": True, "source": "watttime"}, "no source"), ({"latest": True, "granularity": "monthly"}, "no length"),
     ({"latest": True, "source": "uk-carbon-intensity"}, "GB alone"),
     ({"latest": True, "hours": 24}, "none is asked for"), ({"forecast": True, "hours": 25}, "no forecast of 25 hours"),
     ({"latest": True, "source": "uk-carbon-intensity", "zone": "GB", "shares": True}, "has no shares")],
)  # fmt: skip
def test_what_cannot_be_asked(asked, words):
    """Every wish that no service can meet is told before any question."""
    with pytest.raises(Misuse, match=words) as told:
        answers_of(Wish(**{"zone": "DE", **asked}), "http://127.0.0.1:1")
    assert told.value.fix


@pytest.mark.parametrize(
    ("asked", "days"), [({}, 10), ({"granularity": "5_minutes"}, 1), ({"granularity": "daily"}, 100),
                        ({"source": "uk-carbon-intensity", "zone": "GB"}, 14)],
)  # fmt: skip
def test_no_question_is_longer_than_the_service_answers(asked, days):
    """Whatever the length of values, pieces meet without a gap, none is longer than allowed, none is of tomorrow."""
    now = JAN + 210 * 24 * HOUR + HOUR / 3
    wish = checked(Wish(**{"zone": "DE", "first": JAN, "after": JAN + 300 * 24 * HOUR, **asked}), now)
    spans = list(pieces(wish))
    assert (spans[0][0], spans[-1][1]) == (JAN, now)
    assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(spans))
    assert {end - begin for begin, end in spans[:-1]} == {timedelta(days=days)}
    assert len(questions_of(wish, now)) == len(spans) == -(-211 // days)


def test_how_far_a_forecast_reaches():
    """The hours asked for are asked of the service; where none are, Britain is asked for two days."""
    for hours, german, british in ((None, None, 48), (24, "24", 24)):
        asked = [Wish("DE", forecast=True, hours=hours), Wish("GB", "uk-carbon-intensity", forecast=True, hours=hours)]
        here, there = (questions_of(wish, JAN)[0] for wish in asked)
        assert here.terms.get("horizonHours") == german
        assert there.path == f"/intensity/2026-01-01T00:00Z/fw{british}h"


@pytest.mark.parametrize(("first", "timezone"), [("yesterday", "UTC"), ("2026-02-30", "UTC"), ("2026-01-01", "Berlin"),
                                                 ("2026-01-01T00:00", "UTC")])  # fmt: skip
def test_days_that_are_none(first, timezone):
    """Words, days that are in no calendar, instants without an offset and places that are none are told."""
    with pytest.raises(Misuse):
        span(first, "2026-03-01", timezone)


def test_the_command(ledger, maps, httpserver, url, zone):
    """Lines for a person, JSON for a program, zones without a token, exit codes as of every command."""
    words = ("connect", "grid", "--zone", zone, "--from", "2026-01-01", "--to", "2026-01-01", "--url", url)
    told = ghg(*words, ledger=ledger)
    assert (told.returncode, told.stderr) == (0, "")
    assert "24 values recorded" in told.stdout
    again = json.loads(ghg(*words, "--json", ledger=ledger).stdout)
    assert (again["status"], again["zone"], again["recorded"]) == ("already_recorded", zone, 0)
    maps.changed = {"zone": "FR"}
    refused = ghg(*words[:-2], "--url", url, "--check", ledger=ledger)
    assert refused.returncode == 1
    assert "falls back to the place" in " ".join(refused.stdout.split())
    assert ghg("connect", "grid", "--latest", ledger=ledger).returncode == 2
    httpserver.expect_request("/v3/zones").respond_with_json({
        "SE-SE3": {"countryName": "Sweden", "zoneName": "South"},
        "DE": {"countryName": "Germany", "zoneName": "Germany"},
    })  # fmt: skip
    assert ghg("connect", "grid", "--zones", "--url", url, **{VARIABLE: ""}).stdout.splitlines() == [
        "DE      Germany", "SE-SE3  Sweden, South"
    ]  # fmt: skip
    assert zones_of(url)["DE"] == "Germany"


def test_a_bare_answer_of_great_britain_is_read(ledger, tmp_path: Path):
    """What a person saved from the British service: actuals are taken, a forecast without its issue is not."""
    file = tmp_path / "uk.json"
    file.write_text(json.dumps({"data": [
        {"from": "2019-01-01T00:00Z", "to": "2019-01-01T00:30Z", "intensity": {"forecast": 1, "actual": 2}},
        {"from": "2019-01-01T00:30Z", "to": "2019-01-01T01:00Z", "intensity": {"forecast": 1, "actual": None}},
    ]}))  # fmt: skip
    done = ledger.upload(file)
    assert [found.code for found in done.findings if found.severity != "info"] == ["intensity-blank"]
    year = datetime(2019, 1, 1, tzinfo=UTC)
    assert ledger.grid_actual("GB", year, year + HOUR).values == ((year, Decimal(2)),)


def test_the_python_of_the_page_runs(ledger, maps, url, tmp_path, monkeypatch):
    """The block of docs/grid.md as it stands there: the forecast issued last, that of a moment, what came of it."""
    shutil.copytree(ledger.path.parent, tmp_path / "book")
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.setitem(SOURCES, "electricity-maps", url)
    Ledger("ledger.duckdb", actor="anna").connect_grid("DE", first=JAN, after=JAN + 24 * HOUR)
    (block,) = (block for block in blocks(ROOT / "docs" / "grid.md") if block.language == "python")
    made: dict[str, Any] = {}
    exec(compile(block.text, "grid.md", "exec"), made)  # noqa: S102 — our own page
    assert made["forecast"].issued_at == JAN
    assert made["forecast"].values[0] == (JAN, Decimal(100))
    assert made["then"] == made["forecast"], "no newer one was issued until that moment"
    assert [kg for _, kg in made["came"].values][:2] == [Decimal("300.10"), Decimal("301.10")]
    assert made["came"].holes == ()


def test_the_commands_of_the_page_answer_as_it_shows(ledger, maps, url, tmp_path, monkeypatch):
    """Refused without a token, then 22 days with their shares, then a CSV; what serves pages has a test of its own."""
    shutil.copytree(ledger.path.parent, tmp_path / "book")
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.setitem(SOURCES, "electricity-maps", url)
    monkeypatch.delenv(VARIABLE)
    page = list(blocks(ROOT / "docs" / "grid.md"))
    for block in (block for block in page if block.file):
        Path(block.file).write_text(block.text, encoding="utf-8")
    followed = []
    for step in (step for block in page if block.text.startswith("$ ghg") for step in steps(block)):
        (words,) = calls(step.command)
        answer = ghg(*words)
        texts = "\n".join(step.answer), answer.stdout + answer.stderr
        shown, said = (re.sub(r"batch \d+", "batch", text) for text in texts)
        assert differs((shown,), said) is None, said
        followed.append(" ".join(words[:2]))
        monkeypatch.setenv(VARIABLE, TOKEN)
    assert followed == ["connect grid", "connect grid", "upload hours.csv"]
