"""What ghg-track wrote, in the ledger: exactly once, whatever grows, breaks or is given again."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from in_process import ghg

from ghg_track import track
from ledger import Ledger
from ledger.errors import Misuse, Refused
from ledger.store import session


@pytest.fixture(scope="module")
def _founded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp",))
    return folder


@pytest.fixture
def ledger(_founded, tmp_path) -> Ledger:
    """A ledger of one's own."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


def posted_kwh(ledger: Ledger) -> Decimal:
    """kWh of the activities that stand."""
    with session(ledger.path) as s:
        reversals = "select reverses_batch, reverses_seq from activity where reverses_batch is not null"
        return s.one("select coalesce(sum(quantity), 0) from activity where reverses_batch is null "
                     f"and (batch_no, seq) not in ({reversals})")[0]  # fmt: skip


def held(ledger: Ledger) -> tuple[list, list]:
    """Runs, and readings by part with their sums."""
    with session(ledger.path) as s:
        return (s.rows("select run_id, attempt, stage, outcome from ai_run order by all"),
                s.rows("select energy_part, reading_method, count(*), sum(energy_wh) from measurement "
                       "group by all order by all"))  # fmt: skip


def test_a_run_ends_in_the_ledger(ledger, tracker, spool):
    """One added line; the energy in the ledger is what the tracker told, by part, and the file's bytes are evidence."""
    with track("bert-ft", folder=spool, run="r1", stage="tuning", country="DEU"):
        tracker.made[-1].tick()
        tracker.made[-1].measure()
    done = ledger.connect_spool(spool)
    assert (done.counts["accepted"], done.refused) == (1, 0)
    runs, readings = held(ledger)
    assert runs == [("r1", 1, "tuning", "completed")]
    assert [(*row[:2], row[3]) for row in readings] == [("cpu", "model", Decimal(4)), ("ram", "model", Decimal(2))]
    kept = [path.read_bytes() for path in (ledger.path.parent / "ledger.evidence").iterdir() if path.is_file()]
    assert next(spool.iterdir()).read_bytes() in kept
    again = ledger.connect_spool(spool)
    assert again.counts["already recorded"] == 1
    assert held(ledger) == (runs, readings)
    assert posted_kwh(ledger) == Decimal("0.006")


def test_who_may_not_upload_takes_no_lines_in(ledger, tracker, spool):
    """A reviewer is refused as with any upload, and no run is recorded."""
    ledger.add_person("rob", "reviewer")
    with track("r", folder=spool, run="r1", stage="tuning", country="DEU"):
        tracker.made[-1].tick()
    refused = Ledger(ledger.path, actor="rob")
    with suppress(Refused):
        assert refused.connect_spool(spool).counts["accepted"] == 0
    assert held(ledger)[0] == []


def test_a_file_that_grows_brings_what_is_new(ledger, tracker, spool):
    """Taken after each line, torn in between, with an attempt that failed: everything is there once."""
    with track("r", folder=spool, run="r1", stage="tuning", country="DEU"):
        assert ledger.connect_spool(spool).begun == ("r1.r0.a1.jsonl",)
        for _ in range(2):
            tracker.made[-1].tick()
            assert ledger.connect_spool(spool).counts["accepted"] == 1
        assert held(ledger)[0] == []
    with suppress(ValueError), track("r", folder=spool, run="r1", stage="tuning", country="DEU"):
        tracker.made[-1].measure()
        int("burst")
    last = spool / "r1.r0.a2.jsonl"
    text = last.read_bytes()
    last.write_bytes(text[:-9])
    first = ledger.connect_spool(spool)
    assert {found.code for found in first.files[1].findings} >= {"line-cut-off", "track-without-end"}
    last.write_bytes(text)
    assert ledger.connect_spool(spool).counts["accepted"] == 1
    runs, readings = held(ledger)
    assert runs == [("r1", 1, "tuning", "completed"), ("r1", 2, "tuning", "failed")]
    assert [(row[0], row[3]) for row in readings] == [("cpu", Decimal(6)), ("ram", Decimal(3))]
    assert posted_kwh(ledger) == Decimal("0.009"), "of both attempts, each Wh once, however often it was taken in"
    assert [found for found in ledger.verify().findings if found.severity == "error"] == []


def test_a_file_that_is_refused_keeps_no_other_away(ledger, tracker, spool):
    """One asks for its stage, the others are taken; chosen, it is taken as well. Other logs are left alone."""
    for name, stage in (("a", None), ("b", "tuning")):
        with track(name, folder=spool, run=name, stage=stage, country="DEU"):
            tracker.made[-1].measure()
    (spool / "gateway.jsonl").write_text('{"model": "m", "tokens": 3}\n', encoding="utf-8")
    (spool / "new.jsonl").write_text("", encoding="utf-8")
    done = ghg("connect", "spool", str(spool), ledger=ledger)
    assert done.returncode == 1
    assert "run a does not say its stage" in done.stdout
    assert "--choose stage=tuning" in done.stdout
    assert "gateway.jsonl: no file of ghg-track; left" in done.stdout
    assert "1 accepted, 1 refused, 1 begun, 1 of something else." in done.stdout
    told = ghg("connect", "spool", str(spool), "--choose", "stage=evaluation", "--json", ledger=ledger)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["counts"]["accepted"] == 1
    assert [row[2] for row in held(ledger)[0]] == ["evaluation", "tuning"]


def test_a_check_writes_nothing(ledger, tracker, spool):
    """It says what would happen."""
    with track("a", folder=spool, run="a", stage="tuning", country="DEU"):
        tracker.made[-1].measure()
    assert ledger.connect_spool(spool, check=True).counts["would be accepted"] == 1
    assert held(ledger) == ([], [])


def test_a_line_that_was_changed_afterwards_is_refused(ledger, tracker, spool):
    """The same reading with another energy is told with both values; the other rows of the ledger stand."""
    with track("a", folder=spool, run="a", stage="tuning", country="DEU"):
        tracker.made[-1].measure()
    ledger.connect_spool(spool)
    file = next(spool.iterdir())
    file.write_text(file.read_text("utf-8").replace('"energy_wh": "2.000000"', '"energy_wh": "1.000000"'), "utf-8")
    done = ledger.connect_spool(spool)
    codes = {found.code for found in done.files[0].findings}
    assert (done.refused, codes >= {"record-differs", "track-gap"}) == (1, True)
    assert [row[3] for row in held(ledger)[1]] == [Decimal(2), Decimal(1)]


def test_one_tracker_told_by_table_and_by_lines_counts_once(ledger, tracker, spool, tmp_path):
    """Its emissions.csv after its lines is left but for other runs; lines after the table are refused in words."""
    for run in ("a", "b"):
        with track(run, folder=spool, run=run, stage="tuning", country="DEU"):
            tracker.made[-1].measure()
    first, second = (made.run_id for made in tracker.made[-2:])
    late = spool / "b.r0.a1.jsonl"
    late.rename(tmp_path / late.name)
    ledger.connect_spool(spool)
    table = tmp_path / "emissions.csv"
    table.write_text(
        "timestamp,run_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,tracking_mode\n"
        f"2026-03-01T12:00:00,{first},p,3600,0.1,0.003,Germany,DEU,process\n"
        f"2026-03-01T14:00:00,{second},p,3600,0.1,0.003,Germany,DEU,process\n", encoding="utf-8")  # fmt: skip
    done = ledger.upload(table, choices={"timezone": "UTC"})
    assert (done.status, done.rows) == ("accepted", 1)
    assert "reading-twin-left" in {found.code for found in done.findings}
    assert posted_kwh(ledger) == Decimal("0.006")
    (tmp_path / late.name).rename(late)
    refused = ledger.connect_spool(spool)
    assert refused.refused == 1
    told = [found for file in refused.files for found in file.findings if found.code == "reading-twin"]
    assert [found.value for found in told] == [second]
    assert posted_kwh(ledger) == Decimal("0.006")


@pytest.mark.parametrize("what", ["nothing", "file", "empty"])
def test_no_folder_of_ours(ledger, tmp_path, what):
    """A folder that is not there, a file in its place, a folder without our files: said in words."""
    place = tmp_path / what
    if what == "file":
        place.write_text("")
    if what == "empty":
        place.mkdir()
    with pytest.raises(Misuse, match=r"is no folder|holds no file of ghg-track"):
        ledger.connect_spool(place)
