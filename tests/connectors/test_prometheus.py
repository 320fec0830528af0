"""Histories out of Prometheus: pages that meet, counters that begin anew, slices, zones; a real server where it is."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.request import urlopen

import pytest
from in_process import ghg
from werkzeug import Request, Response

from ledger import Ledger
from ledger.connectors.prometheus import span_of
from ledger.errors import LedgerError, Misuse
from ledger.store import session

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOURS = 30
ENERGY, POWER = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_POWER_USAGE"
CPU = "kepler_node_cpu_joules_total"
NODE = {"Hostname": "n1", "gpu": "0"}


def counter(name: str, labels: dict, per_minute: int, reset_at: int | None = None) -> tuple[str, dict, list[int]]:
    """A counter by the minute over all hours, which begins anew at some minute."""
    values = [per_minute * (minute if reset_at is None or minute < reset_at else minute - reset_at)
              for minute in range(60 * HOURS + 1)]  # fmt: skip
    return name, labels, values


SERIES = [
    # 600 000 mJ a minute are 10 W: 0.3 kWh in 30 h. It falls at minute 700, and what was counted since 699 is lost.
    counter(ENERGY, {**NODE, "UUID": "GPU-a"}, 600_000, 700),
    *(counter(ENERGY, {**NODE, "UUID": "GPU-b", "GPU_I_ID": part, "pod": f"p{part}"}, 1_200_000) for part in "12"),
    (POWER, {**NODE, "UUID": "GPU-a"}, [10] * (60 * HOURS + 1)),
    counter(CPU, {"node_name": "n1", "zone": "package-0", "path": "/a"}, 3_000),
    counter(CPU, {"node_name": "n1", "zone": "package-1", "path": "/b"}, 3_000),
    counter(CPU, {"node_name": "n1", "zone": "core", "path": "/c"}, 1_000),
]
GPU_A = (Decimal(10) * HOURS - Decimal(10) / 60).quantize(Decimal("0.000001"))
DCGM = {"n1/GPU-a": GPU_A, "n1/GPU-b": Decimal(20) * HOURS}
KEPLER = {"n1": Decimal(100) * HOURS}
"""Wh: 3 000 J a minute in each of two packages are 100 W; the core is in its package."""
CHOSEN = {"cluster": "c1", "country": "DEU"}


@pytest.fixture(scope="module")
def _founded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp", "ember-2026"))
    return folder


@pytest.fixture
def ledger(_founded, tmp_path) -> Ledger:
    """A ledger of one's own."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


@pytest.fixture
def server(httpserver):
    """A double that answers range queries out of the series, refuses what Prometheus refuses, and is busy at first."""
    asked: list[dict] = []

    def answer(request: Request) -> Response:
        told = {key: request.form[key] for key in ("query", "start", "end", "step")}
        asked.append(told)
        if len(asked) == 1:
            return Response("busy", status=503, headers={"Retry-After": "0"})
        start, end, step = (int(told[key]) for key in ("start", "end", "step"))
        if (end - start) // step > 11_000:
            error = "exceeded maximum resolution of 11,000 points per timeseries"
            return Response(json.dumps({"status": "error", "errorType": "bad_data", "error": error}), status=400)
        zero = int(START.timestamp())
        result = [
            {"metric": {"__name__": name, **labels}, "values": [
                [at, str(values[(at - zero) // 60])]
                for at in range(start, end + 1, step) if 0 <= at - zero <= 3600 * HOURS
            ]}
            for name, labels, values in SERIES if name == told["query"].partition("{")[0]
        ]  # fmt: skip
        data = {"resultType": "matrix", "result": [series for series in result if series["values"]]}
        return Response(json.dumps({"status": "success", "data": data, **httpserver.more}))

    httpserver.expect_request("/prom/api/v1/query_range", method="POST").respond_with_handler(answer)
    httpserver.asked, httpserver.more = asked, {}
    return httpserver


def wh(ledger: Ledger) -> dict[str, Decimal]:
    """Watt hours of all readings by subject."""
    with session(ledger.path) as s:
        return dict(s.rows("select subject, sum(energy_wh) from measurement group by all"))


def test_a_range_comes_in_pages_that_meet_and_is_taken_once(ledger, server):
    """Pages of a day and six hours hold every step once; asked again, or from where the ledger ends, nothing new."""
    url, end = server.url_for("/prom/"), START + timedelta(hours=HOURS)
    done = ledger.connect_prometheus(url, ["dcgm"], start=START, end=end, choices=CHOSEN)
    assert not done.refused, [file.findings for file in done.files]
    assert wh(ledger) == DCGM
    assert (done.asked, done.empty) == ((ENERGY,), ()), "power is the same energy"
    assert {found.code for file in done.files for found in file.findings} >= {"counter-reset", "metrics-slices"}
    spans = [(int(told["end"]) - int(told["start"])) // 3600 for told in server.asked[1:3]]
    assert spans == [24, 6]
    with session(ledger.path) as s:
        assert s.one("select count(*) from measurement")[0] == 2 * HOURS, "a reading an hour and subject"
        assert s.rows("select distinct cluster from measurement") == [("c1",)]
    again = ledger.connect_prometheus(url, ["dcgm"], start=START + timedelta(hours=24), end=end, choices=CHOSEN)
    assert {file.status for file in again.files} == {"already_recorded"}
    with session(ledger.path) as s:
        posted = s.one("select sum(quantity) from activity")[0]
    assert posted == (sum(DCGM.values()) / 1000).quantize(Decimal("0.000001"))
    rest = ledger.connect_prometheus(url, ["dcgm"], end=end + timedelta(hours=1), choices=CHOSEN)
    assert (rest.start, rest.files) == (end, ())


@pytest.mark.thorough
def test_zones_of_a_node_overlap(ledger, server):
    """Two packages of a node add up, the core inside of them does not; GPUs that Kepler does not see are named."""
    done = ledger.connect_prometheus(server.url_for("/prom"), ["kepler"], start=START,
                                     end=START + timedelta(hours=2), choices=CHOSEN)  # fmt: skip
    assert wh(ledger) == {"n1": Decimal(200)}
    assert (done.asked, done.empty) == ((CPU,), ("kepler_node_gpu_joules_total",))


def test_the_command_says_what_came_and_what_did_not(ledger, server):
    """A selector goes into the query, an hour of another step adds up alike, and an empty range says where to look."""
    words = ("connect", "prometheus", "--url", server.url_for("/prom"), "--query", "dcgm", "--choose", "country=DEU")
    done = ghg(*words, "--from", "2026-03-01T08:00", "--to", "2026-03-01T09", "--step", "5m", "--match", 'gpu="0"',
               ledger=ledger)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert ENERGY in done.stdout
    assert "2 readings" in done.stdout
    assert server.asked[-1]["query"] == f'{ENERGY}{{gpu="0"}}'
    assert wh(ledger) == {"n1/GPU-a": 10, "n1/GPU-b": 20}
    empty = ghg(*words, "--from", "2026-01-01", "--to", "2026-01-02", ledger=ledger)
    assert f"{POWER}: no samples" in empty.stdout
    assert "Nothing was taken in." in empty.stdout


def test_an_answer_that_may_not_be_whole_is_no_answer(ledger, server):
    """A server of several stores that lost one says so in its warnings: nothing of that is taken."""
    server.more["warnings"] = ["store 10.0.0.7 unreachable"]
    with pytest.raises(LedgerError, match=r"may not be whole: store 10\.0\.0\.7 unreachable"):
        ledger.connect_prometheus(server.url_for("/prom"), ["dcgm"], start=START, end=START + timedelta(hours=1))
    assert wh(ledger) == {}


@pytest.mark.parametrize(("start", "end", "step", "told"), [
    (START + timedelta(minutes=1), START + timedelta(hours=1), "60s", "no whole hour"),
    (START, START, "60s", "where it begins"),
    (START, datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=2), "60s", "not over yet"),
    (START, START + timedelta(hours=1), "7s", "divides an hour"),
    (START, START + timedelta(hours=1), "soon", "divides an hour"),
])  # fmt: skip
def test_a_range_that_is_none_is_told(start, end, step, told):
    """Whole hours that are over, and a step that divides one."""
    with pytest.raises(Misuse, match=told):
        span_of(start, end, step)


@pytest.mark.parametrize(("hours", "step", "pages"), [(48, "60s", [24, 24]), (24, "1s", [3] * 8), (5, "15s", [5])])
def test_no_page_asks_for_more_points_than_an_answer_has(hours, step, pages):
    """At most 11,000 points a series, the first and the last included."""
    made = list(span_of(START, START + timedelta(hours=hours), step).pages())
    assert [(page.end - page.start) // timedelta(hours=1) for page in made] == pages
    assert all((page.end - page.start) // page.step + 1 <= 11_000 for page in made)
    assert [page.end for page in made[:-1]] == [page.start for page in made[1:]]


@pytest.fixture
def real(tmp_path):
    """A Prometheus with the series as its history; gives its address."""
    zero = int(START.timestamp())
    lines = []
    for name in dict.fromkeys(name for name, _, _ in SERIES):
        kind = "gauge" if name == POWER else "counter"
        lines.append(f"# TYPE {name.removesuffix('_total')} {'unknown' if name == ENERGY else kind}")
        for own, labels, values in SERIES:
            text = ",".join(f'{key}="{value}"' for key, value in labels.items())
            lines += [f"{name}{{{text}}} {value} {zero + 60 * n}" for n, value in enumerate(values) if own == name]
    history = tmp_path / "history.txt"
    history.write_text("\n".join([*lines, "# EOF", ""]))
    data = tmp_path / "tsdb"
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", history, data], check=True,
                   capture_output=True)  # fmt: skip
    (tmp_path / "prometheus.yml").write_text("global: {}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={data}",
               "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as ran:
        try:
            yield _ready(f"http://127.0.0.1:{port}", tmp_path / "log")
        finally:
            ran.terminate()


def _ready(url: str, log: Path) -> str:
    for _ in range(150):
        try:
            with urlopen(f"{url}/-/ready", timeout=1) as answer:  # noqa: S310 — our own process
                if answer.status == 200:
                    return url
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.needs("prometheus")
def test_a_real_prometheus_gives_the_same(ledger, real):
    """Against the server itself, with history that was filled in afterwards: the same watt hours to the last digit."""
    end = START + timedelta(hours=HOURS)
    done = ledger.connect_prometheus(real, ["dcgm", "kepler"], start=START, end=end, choices=CHOSEN)
    assert not done.refused, [file.findings for file in done.files]
    assert wh(ledger) == DCGM | KEPLER
    power = ledger.connect_prometheus(real, [f"{POWER} > 0"], start=START, end=end, check=True, choices=CHOSEN)
    codes = {found.code for file in power.files for found in file.findings}
    assert "record-differs" in codes, "power of the same GPUs and hours is the same energy"
    with pytest.raises(LedgerError, match="parse error"):
        ledger.connect_prometheus(real, ["sum(("], start=START, end=end, check=True)
