"""Spark against DuckDB, digit for digit: odd decimals, telemetry, Spark Connect, and an end in the middle.

One Java process serves the whole file: a session of it stands for Spark on this machine, and the Spark Connect server
in it is a real one, spoken to over its port.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from in_process import ghg

from ledger import Ledger
from ledger.assurance import recomputed
from ledger.calculation.engines import engine
from ledger.calculation.engines.spark import REQUIRED, check_settings, make_findable
from ledger.errors import Misuse, Refused
from ledger.intake.telemetry import manifest_of, telemetry
from ledger.store.schema import product_sql

pytestmark = [pytest.mark.needs("spark"), pytest.mark.slow, pytest.mark.filterwarnings("ignore:PySpark does not yet")]

SPARK = Path(__file__).parents[2] / ".venv" / "spark"
QUICK = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""Java starts in a third of the time where it does not make fast code of what runs for seconds."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def server():
    """The address of a Spark Connect server in this process's own Spark."""
    import ledger.intake.checks.validate  # noqa: F401 — Pandera looks for Spark when it is imported, and need not find it

    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHG_SPARK_PACKAGES", str(SPARK))
        make_findable()
        for name, value in QUICK.items():
            patch.setenv(name, value)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]")
        for name, value in {
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.connect.grpc.binding.port": str(port), "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR", "spark.sql.shuffle.partitions": "2",
        }.items():  # fmt: skip
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield f"sc://127.0.0.1:{port}"
        session.stop()
        sys.path.remove(str(SPARK))


@pytest.fixture(scope="module")
def power(tmp_path_factory) -> Path:
    """Two days of power by the minute in odd doubles, with a gap, blanks and marks of no value; 3 hosts, 5 GPUs."""
    folder = tmp_path_factory.mktemp("power") / "of day s"  # a blank is written otherwise in an address
    start = datetime(2026, 7, 1, 20, tzinfo=UTC)
    for day in range(2):
        rows = []
        for minute in range(240 * day, 240 * (day + 1)):
            for gpu in range(5):
                watts = ((minute * 7919 + gpu * 104729) % 700_000) / 999.7
                odd = {11: None, 12: -1.0, 13: 1.4e14, 14: float("nan")}.get(minute % 97, watts)
                if (gpu, minute) not in {(1, 100), (1, 101), (4, 300)}:
                    rows.append({"time": start + timedelta(minutes=minute), "host": f"n{gpu // 2}", "gpu": f"GPU-{gpu}",
                                 "power_w": odd, "run_id": "r1" if minute < 200 else None})  # fmt: skip
        shape = pa.schema([("time", pa.timestamp("ms", "UTC")), ("host", pa.string()), ("gpu", pa.string()),
                           ("power_w", pa.float64()), ("run_id", pa.string())])  # fmt: skip
        own = folder / f"day=2026-07-0{day + 1}"
        own.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, shape), own / "part.parquet")
    return folder


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Ledger:
    """A ledger that takes in telemetry."""
    path = tmp_path_factory.mktemp("book") / "ledger.duckdb"
    return Ledger.init(path, organisation="Acme", actor="anna", datasets=("ipcc-gwp", "ember-2026"))


def document(name: str, folder: Path, connect: str | None = None) -> tuple[bytes, bytes]:
    """What an engine makes of a folder, and its manifest."""
    with engine(name, str(folder), connect) as on:
        made = telemetry(on, str(folder), 60)
        return made.document, made.manifest


def test_telemetry_has_the_same_bytes_on_every_engine(server, power):
    """DuckDB, Spark on this machine and Spark over its Connect server make one document and one manifest."""
    ours = document("duckdb", power)
    assert len(json.loads(ours[0])["gaps"]) > 0
    assert document("spark", power) == ours
    assert document("spark", power, server) == ours
    with engine("spark", f"file://{power}/") as on:
        assert manifest_of(on.parts(f"file://{power}/", lambda _: True)) == ours[1]


def test_a_folder_is_recorded_once_whichever_engine_read_it(server, power, founded):
    """One command each: recorded from Spark Connect, it is already recorded from DuckDB, and Spark finds it sealed."""
    asked = ["ai", "telemetry", str(power), "--every", "60", "--choose", "country=DEU", "--json"]
    first = ghg(*asked, "--engine", "spark", "--connect", server, ledger=founded)
    assert first.returncode == 0, first.stdout + first.stderr
    told = [json.loads(first.stdout)]
    told.append(json.loads(ghg(*asked, ledger=founded).stdout))
    assert [one["status"] for one in told] == ["accepted", "already_recorded"]
    assert len({(one["kwh"], one["manifest_sha256"], one["batch"]) for one in told}) == 1
    assert ghg("ai", "telemetry", str(power), "--engine", "spark", "--verify", ledger=founded).returncode == 0


# Quantities (18,6), kg per unit (20,12), masses (38,18): small, huge, negative, and halves in front of a rounded place.
QUANTITY = st.one_of(
    st.integers(-(10**18) + 1, 10**18 - 1), st.integers(-20, 20), st.just(10**18 - 1), st.just(-(10**18) + 1)
).map(lambda n: Decimal(n).scaleb(-6))
PER_UNIT = st.one_of(
    st.integers(-(10**18), 10**18), st.integers(-20, 20), st.just(5 * 10**11), st.just(123456789)
).map(lambda n: Decimal(n).scaleb(-12))
HALF = st.builds(
    lambda whole, tail: Decimal(whole).scaleb(-6) + Decimal(tail).scaleb(-18),
    st.integers(-(10**15), 10**15), st.sampled_from([0, 5 * 10**11, -5 * 10**11, 5 * 10**11 - 1, 1, -1]),
)  # fmt: skip
ODD = pa.schema([("n", pa.int32()), ("key", pa.int32()), ("q", pa.decimal128(18, 6)), ("f", pa.decimal128(38, 12)),
                 ("half", pa.decimal128(38, 18)), ("sign", pa.int32())])  # fmt: skip
PRODUCTS = f"""
select n, {product_sql("q", "f", "sign")} as product, half::decimal(38,6) as rounded, half::decimal(18,3) as shorter,
       (2 * abs((q::decimal(30,6) * 1000000)::bigint) + 3600) // 7200 as whole
from odd order by n
"""
SUMS = f"""
select key, sum({product_sql("q", "f", "sign")}) as product, sum(q)::decimal(38,6) as quantity, sum(half) as half,
       count(*) as rows from odd group by key order by key
"""


@settings(max_examples=3, phases=[Phase.generate])  # each takes a second of Spark: none is made smaller
@given(rows=st.lists(st.tuples(QUANTITY, PER_UNIT, HALF, st.sampled_from([1, -1])), min_size=40, max_size=200))
def test_decimals_are_the_same_text(server, tmp_path_factory, rows):
    """The product of a posting, its sums, roundings of halves and whole division: DuckDB's text is Spark's text."""
    folder = tmp_path_factory.mktemp("odd")
    table = [dict(zip(ODD.names, (n, n % 7, *row), strict=True)) for n, row in enumerate(rows)]
    pq.write_table(pa.Table.from_pylist(table, ODD), folder / "odd.parquet")
    texts = []
    for name in ("duckdb", "spark"):
        with engine(name, str(folder)) as on:
            on.table("odd", [str(folder / "odd.parquet")])
            found = [on.arrow(sql) for sql in (PRODUCTS, SUMS)]
            texts.append([[str(value) for value in column.to_pylist()] for one in found for column in one.columns])
    assert texts[0] == texts[1]


def test_a_product_that_spark_would_round_is_whole(server, tmp_path):
    """Without the setting Spark cuts 0.000001 x 0.000000000001 to zero: the engine's own session keeps it."""
    pq.write_table(pa.table({"q": pa.array([Decimal("0.000001")], pa.decimal128(38, 18))}), tmp_path / "q.parquet")
    sql = "select (q * 0.000000000001::decimal(20,12))::decimal(38,18) as p from one"
    with engine("spark", str(tmp_path)) as on:
        on.table("one", [str(tmp_path / "q.parquet")])
        assert on.arrow(sql)["p"].to_pylist() == [Decimal("0.000000000000000001")]


def test_an_overflow_is_refused_not_a_null(server, tmp_path):
    """A sum past 38 digits ends the run in words, on both engines."""
    pq.write_table(pa.table({"q": pa.array([Decimal(9) * 10**37] * 2, pa.decimal128(38, 0))}), tmp_path / "q.parquet")

    def summed(name: str) -> None:
        with engine(name, str(tmp_path)) as on:
            on.table("one", [str(tmp_path / "q.parquet")])
            on.arrow("select sum(q)::decimal(38,0) as q from one")

    for name in ("duckdb", "spark"):
        with pytest.raises(Refused):
            summed(name)


ROWS = """activity_type,quantity,unit,period_start,period_end,country
natural_gas,123456.789012,kWh,2024-01-17,2024-03-05,GBR
diesel,0.000001,l,2024-02-01,2024-02-29,GBR
electricity_purchased,999999999.999999,kWh,2024-01-01,2024-01-31,DEU
electricity_purchased,1234.5,kWh,2024-02-10,2024-04-09,DEU
"""
"""Rows within a month and over several, cut by days; the smallest and a very large quantity."""


@pytest.fixture(scope="module")
def posted(founded) -> Ledger:
    """The ledger with activities of which one is reversed."""
    file = founded.path.parent / "rows.csv"
    file.write_text(ROWS, encoding="utf-8")
    done = founded.upload(file, choices={})
    assert done.status == "accepted", done.findings
    founded.reverse(f"B{done.batch}-3", reason="typo")
    return founded


def test_a_period_recomputed_has_the_same_digits(server, posted):
    """Each posting multiplied by itself on Spark comes to the folded figures of DuckDB, every gas, every digit."""
    before = posted.path.read_bytes()
    made = [ghg("recompute", "--period", "2024", "--json", "--engine", *words, ledger=posted)
            for words in (("duckdb",), ("spark",), ("spark", "--connect", server))]  # fmt: skip
    told = [json.loads(one.stdout) for one in made]
    assert [one.returncode for one in made] == [0, 0, 0]
    assert told[0]["lines"] == told[1]["lines"] == told[2]["lines"]
    assert sum(line["postings"] for line in told[0]["lines"]) > 20
    figures = posted.inventory("2024")
    by_line = {(line["line"], line["method"]): line["recomputed_kg"] for line in told[1]["lines"]}
    assert Decimal(by_line["energy", "location"]) == figures.scope_2_location
    assert posted.path.read_bytes() == before


def test_a_digit_that_differs_ends_with_1(server, posted, monkeypatch):
    """Where the rows give another sum than the figures, the line and its amounts are named."""
    monkeypatch.setattr(recomputed, "QUANTITY_ROW", recomputed.QUANTITY_ROW.replace("s.quantity,", "-s.quantity,"))
    found = ghg("recompute", "--period", "2024", "--engine", "spark", ledger=posted)
    assert found.returncode == 1
    assert "NOT the same digits" in found.stdout
    assert "total_co2e_kg" in found.stdout


def test_settings_are_read_back(server):
    """A server that keeps one setting otherwise is refused by its name; nothing runs there."""
    for name, value in {"spark.sql.ansi.enabled": "false", "spark.sql.session.timeZone": "Europe/Berlin",
                        "spark.sql.decimalOperations.allowPrecisionLoss": "true"}.items():  # fmt: skip
        with pytest.raises(Refused, match=f"{name} = {value}"):
            check_settings(REQUIRED | {name: value})
    check_settings(REQUIRED | {"spark.sql.ansi.enabled": "TRUE"})


def test_a_server_that_is_not_there_is_said(server, tmp_path):
    """An address that is none, or at which nobody listens, is a misuse in words, at once."""
    for address in ("postgres://127.0.0.1:1", f"sc://127.0.0.1:{free_port()}"):
        with pytest.raises(Misuse, match=f"no Spark Connect server answers at {address}"), engine(
            "spark", str(tmp_path), address
        ):
            pass


def test_killed_in_the_middle_the_ledger_is_as_it_was(server, power, tmp_path):
    """SIGKILL while Spark works: the ledger's bytes and checkpoint are those of before, and the next run records."""
    path = tmp_path / "ledger.duckdb"
    book = Ledger.init(path, organisation="Acme", actor="anna", datasets=("ipcc-gwp", "ember-2026"))
    before = path.read_bytes(), book.checkpoint()
    told = tmp_path / "tmp"
    told.mkdir()
    words = ["ai", "telemetry", str(power), "--every", "60", "--choose", "country=DEU", "--engine", "spark"]
    run = subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", *words, "--ledger", str(path), "--actor", "anna"],
        env=os.environ | QUICK | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(told)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    ends = time.monotonic() + 60
    while not list(told.glob("ghg-spark-*/blockmgr-*")) and run.poll() is None and time.monotonic() < ends:
        time.sleep(0.05)
    assert run.poll() is None, run.communicate()[0]
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert (path.read_bytes(), book.checkpoint()) == before
    done = book.telemetry(power, every=60, engine="spark", choices={"country": "DEU"})
    assert done.upload.status == "accepted"
    assert book.verify().ok
