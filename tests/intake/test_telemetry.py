"""Telemetry by the second: the rule that makes energy of power, gaps, marks of no value, and the same folder twice."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from in_process import ghg

from ledger import Ledger
from ledger.calculation.engines import engine
from ledger.errors import Misuse, Refused
from ledger.intake.telemetry import telemetry
from ledger.intake.telemetry.hours import canonical
from ledger.store import session

START = datetime(2026, 7, 1, 22, 58, tzinfo=UTC)
SHAPE = pa.schema([("time", pa.timestamp("us", "UTC")), ("host", pa.string()), ("gpu", pa.string()),
                   ("power_w", pa.decimal128(12, 6))])  # fmt: skip


def written(folder: Path, rows: list[dict], shape: pa.Schema = SHAPE) -> Path:
    """The rows as Parquet by day."""
    days = defaultdict(list)
    for row in rows:
        days[row["time"].date()].append(row)
    for day, own in days.items():
        (folder / f"day={day}").mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(own, shape), folder / f"day={day}" / "part.parquet")
    return folder


def sample(second: int, watts: str | float | None, gpu: str = "GPU-a", host: str = "n1", **more) -> dict:
    """What a GPU showed at a second after the start."""
    power = Decimal(watts) if isinstance(watts, str) else watts
    return {"time": START + timedelta(seconds=second), "host": host, "gpu": gpu, "power_w": power, **more}


def made_of(folder: Path, seconds: int = 60, **days) -> dict:
    """The document that DuckDB makes of a folder."""
    with engine("duckdb", str(folder)) as on:
        return json.loads(telemetry(on, str(folder), seconds, **days).document)


def by_hand(rows: list[dict], seconds: int) -> dict[tuple[str, str], str]:
    """Wh by host and hour: whole microwatts in Python's integers, slot by slot, rounded half up once."""
    slots = defaultdict(list)
    for row in rows:
        second = int(row["time"].timestamp())
        slots[row["host"], row["gpu"], second // seconds].append(int(row["power_w"] * 1_000_000))
    hours: dict[tuple[str, int], int] = defaultdict(int)
    for (host, _, slot), powers in slots.items():
        hours[host, slot * seconds // 3600] += sum(powers) // len(powers) * seconds
    shown = {}
    for (host, hour), micro in hours.items():
        scaled = (2 * micro + 3600) // 7200
        shown[host, f"{hour * 3600}"] = f"{scaled // 10**6}.{scaled % 10**6:06d}"
    return shown


def hour_of(text: str) -> str:
    """The hour of an instant as seconds."""
    return str(int(datetime.fromisoformat(text).timestamp()) // 3600 * 3600)


@pytest.mark.parametrize("seconds", [1, 60])
def test_energy_is_power_times_the_interval_of_each_sample(tmp_path, seconds):
    """Each sample stands for its interval; hosts, hours and days add up to the last millionth of a Wh."""
    rows = [sample(n * seconds, f"{100 + n * 7 % 50}.{n % 1000:03d}{g}17", f"GPU-{g}", f"n{g % 2}")
            for n in range(180) for g in range(4)]  # fmt: skip
    rows.append(sample(0, "999999.999999", "GPU-most", "n2"))  # a microwatt below what is no power any more
    made = made_of(written(tmp_path, rows), seconds)
    told = {(row["host"], hour_of(row["start_utc"])): row["energy_wh"] for row in made["hours"]}
    assert told == by_hand(rows, seconds)
    assert made["gaps"] == []
    assert made["samples"] == 721


def test_a_gap_is_told_and_makes_no_energy(tmp_path):
    """Ten minutes without a sample are 600 s of nothing: neither zero power nor the power before is put there."""
    rows = [sample(60 * n, "300") for n in range(20) if not 5 <= n < 15]
    made = made_of(written(tmp_path, rows))
    assert made["gaps"] == [{"host": "n1", "gpu": "GPU-a", "first_utc": "2026-07-01T22:58:00Z",
                             "last_utc": "2026-07-01T23:18:00Z", "missing_seconds": 600}]  # fmt: skip
    assert sum(Decimal(row["energy_wh"]) for row in made["hours"]) == Decimal(300) * 10 / 60


def test_blank_and_impossible_power_is_no_sample(tmp_path):
    """Blank, NaN, negative and DCGM's marks of no value are counted, and their slots are gaps, not zeros."""
    shape = SHAPE.set(3, pa.field("power_w", pa.float64()))
    odd = [None, math.nan, -1.0, 140737488355328.0, math.inf]
    rows = [sample(60 * n, watts) for n, watts in enumerate([300.0, *odd, *[300.0] * 9])]
    made = made_of(written(tmp_path, rows, shape))
    assert made["without_value"] == len(odd)
    assert [gap["missing_seconds"] for gap in made["gaps"]] == [60 * len(odd)]
    assert sum(Decimal(row["energy_wh"]) for row in made["hours"]) == Decimal(50)


def test_machine_floats_are_rounded_once_to_a_microwatt(tmp_path):
    """A double becomes the nearest microwatt before anything is added: 0.1 three times is 0.3, whatever the machine."""
    shape = SHAPE.set(3, pa.field("power_w", pa.float64()))
    rows = [sample(60 * n, watts) for n, watts in enumerate([0.1, 0.2, *[0.0000009] * 58, 71.324, 0.0000004])]
    made = made_of(written(tmp_path, rows, shape))
    micro = [300_000, 58 + 71_324_000 + 0]  # before and after the hour: 0.9 and 0.4 microwatts are 1 and 0
    assert [row["energy_wh"] for row in made["hours"]] == [f"{(2 * 60 * n + 3600) // 7200 / 10**6:.6f}" for n in micro]


def test_several_samples_of_one_slot_are_their_mean(tmp_path):
    """A slice of a device that repeats it, or a scrape that came early, makes no more energy."""
    rows = [sample(60 * n + jitter, "200") for n in range(10) for jitter in (0, 0, 20)]
    rows.append(sample(0, "500"))  # with the three of 200 W in slot 0: 275 W
    made = made_of(written(tmp_path, rows))
    assert [row["energy_wh"] for row in made["hours"]] == ["7.916667", "26.666667"]  # 475 and 1600 W minutes


def test_days_can_be_chosen(tmp_path):
    """Only the files of the days asked for are read, hashed and counted."""
    folder = written(tmp_path, [sample(60 * n, "300") for n in range(120)])
    whole, second = made_of(folder), made_of(folder, first=datetime(2026, 7, 2, tzinfo=UTC).date())
    assert (whole["samples"], second["samples"]) == (120, 58)
    assert second["hours"][0]["start_utc"] == "2026-07-02T00:00:00Z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda shape: shape.set(3, pa.field("watts", pa.float64())), "no column power_w"),
        (lambda shape: shape.set(3, pa.field("power_w", pa.decimal128(20, 9))), "power_w is of type decimal128"),
        (lambda shape: shape.set(0, pa.field("time", pa.timestamp("us"))), "time is of type timestamp"),
        (lambda shape: shape.set(1, pa.field("host", pa.int64())), "host is of type int64"),
    ],
)
def test_columns_that_do_not_fit_are_refused_by_name(tmp_path, change, words):
    """A missing column, a clock time without a zone, more than six decimals: said before anything is added up."""
    shape = change(SHAPE)
    folder = tmp_path / "day=2026-07-01"
    folder.mkdir()
    pq.write_table(shape.empty_table(), folder / "part.parquet")
    with pytest.raises(Refused, match=words):
        made_of(tmp_path)


def test_an_interval_that_does_not_fit_is_refused(tmp_path):
    """Samples by the minute read as by the second would lose 59 parts of 60; 7 s cut no hour."""
    folder = written(tmp_path, [sample(60 * n, "300") for n in range(30)])
    with pytest.raises(Refused, match="1711 have none"):
        made_of(folder, 1)
    with pytest.raises(Misuse, match="7 s is no interval"):
        made_of(folder, 7)
    with pytest.raises(Misuse, match="no file day="):
        made_of(folder / "day=2026-07-01")


def test_a_sample_in_the_folder_of_another_day_is_refused(tmp_path):
    """The first second of the next day under this one would be taken with both days: the folder is named."""
    folder = written(tmp_path, [sample(60 * n, "300") for n in range(3)])
    late = pa.Table.from_pylist([sample(3720 + 60 * n, "300") for n in range(2)], SHAPE)
    pq.write_table(late, folder / "day=2026-07-01" / "late.parquet")
    with pytest.raises(Refused, match="a sample of 2026-07-02"):
        made_of(folder)


def test_files_unlike_each_other_and_broken_ones_are_refused(tmp_path):
    """Decimals in one file and doubles in another, or half a file: named, and nothing is added up."""
    folder = written(tmp_path, [sample(60 * n, "300") for n in range(3)])
    other = SHAPE.set(3, pa.field("power_w", pa.float64()))
    pq.write_table(pa.Table.from_pylist([sample(0, 300.0)], other), folder / "day=2026-07-01" / "zz.parquet")
    with pytest.raises(Refused, match=r"zz\.parquet has other columns"):
        made_of(folder)
    (folder / "day=2026-07-01" / "zz.parquet").write_bytes(b"PAR1 and no end")
    with pytest.raises(Refused, match=r"zz\.parquet cannot be read"):
        made_of(folder)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Ledger:
    """A ledger that takes in one folder."""
    folder = tmp_path_factory.mktemp("book")
    rows = [sample(60 * n, "300", f"GPU-{g}") for n in range(30) for g in "ab" if (n, g) != (7, "b")]
    written(folder / "power", rows)
    return Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp", "ember-2026"))


PLACE = {"country": "DEU", "cluster": "c1"}


@pytest.fixture(scope="module")
def first(book):
    """What became of the folder when it was taken in."""
    return book.telemetry(book.path.parent / "power", every=60, choices=PLACE)


def test_a_folder_without_a_place_asks_for_it(book):
    """No grid is taken for granted: nothing is recorded until somebody says where the machines stand."""
    refused = book.telemetry(book.path.parent / "power", every=60, check=True).upload
    assert [found.code for found in refused.findings if found.severity == "error"] == ["choice-needed"]


def test_a_folder_is_recorded_once_with_its_manifest(book, first):
    """The readings name the manifest, which is kept; the gap is on record; the same folder again adds nothing."""
    folder = book.path.parent / "power"
    again = book.telemetry(folder, every=60, choices=PLACE)
    assert (first.upload.status, again.upload.status) == ("accepted", "already_recorded")
    kept = book.path.with_suffix(".evidence") / first.made.manifest_sha256
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == first.made.manifest_sha256
    (file,) = json.loads(kept.read_bytes())["files"]
    part = folder / file["name"]
    assert (file["bytes"], file["rows"]) == (part.stat().st_size, 59)
    assert file["sha256"] == hashlib.sha256(part.read_bytes()).hexdigest()
    with session(book.path) as s:
        queries = s.rows("select distinct query from measurement")
        assert queries == [(f"manifest {first.made.manifest_sha256}, every 60 s",)]
        assert s.rows("select code, value from finding where code = 'telemetry-gap'") == [("telemetry-gap", "60")]
        assert s.one("select sum(quantity) from activity")[0] == Decimal("0.295")  # 59 x 300 W x 1 min
    assert book.verify().ok


def test_a_changed_file_is_told_by_name(book, first, tmp_path):
    """`--verify` holds files against the manifests in the ledger: exit 0 as sealed, 1 with the file that is not."""
    folder = shutil.copytree(book.path.parent / "power", tmp_path / "power")
    asked = ["ai", "telemetry", str(folder), "--verify"]
    sealed = ghg(*asked, ledger=book)
    assert (sealed.returncode, "1 file, as sealed" in sealed.stdout) == (0, True)
    written(folder, [sample(60 * n, "300") for n in range(30)])
    changed = ghg(*asked, ledger=book)
    assert changed.returncode == 1
    assert "changed: day=2026-07-01/part.parquet" in changed.stdout
    (folder / "day=2026-07-01" / "part.parquet").rename(folder / "day=2026-07-01" / "other.parquet")
    foreign = ghg(*asked, ledger=book)
    assert (foreign.returncode, foreign.stdout) == (1, "no manifest in the ledger names a file of this folder\n")


def test_a_manifest_that_is_gone_is_found_by_verify(book, first):
    """Readings that rest on a manifest which is not kept are told by `ghg verify`."""
    digest = first.made.manifest_sha256
    kept = book.path.with_suffix(".evidence") / digest
    aside = kept.with_suffix(".aside")
    kept.rename(aside)
    try:
        found = book.verify().findings
    finally:
        aside.rename(kept)
    assert [(one.code, one.file) for one in found if one.severity == "error"] == [("evidence-missing", digest)]


def test_a_document_has_the_bytes_that_it_had_before(tmp_path):
    """RFC 8785 gives what sorted JSON without blanks gave: a folder recorded by an earlier version is known again."""

    def sorted_json(value: dict) -> bytes:
        return (json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    odd = 'Köln "rack 7" \\ \t\n\x1f\x7f/ \u2028 \U0001f321'
    shape = SHAPE.append(pa.field("run_id", pa.string()))
    rows = [sample(60 * n, "300", host=odd, run_id=odd if n < 25 else None) for n in range(50) if n not in (7, 8)]
    with engine("duckdb", str(tmp_path)) as on:
        made = telemetry(on, str(written(tmp_path, rows, shape)), 60).document
    document = json.loads(made)
    assert {hour["host"] for hour in document["hours"]} == {odd}
    assert made == sorted_json(document)
    fixed = document | {"manifest_sha256": "0" * 64}
    assert canonical(fixed) == sorted_json(fixed)
    digest = hashlib.sha256(canonical(fixed)).hexdigest()
    assert digest == "6deabc880c25f9e99013e1ca8501cc18e051951ede1b9f6bb7365e9285d930a6"
