"""Lines of ghg-track: runs and readings, a log that grows, and what a lost or changed line shows as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

HEADING = {"v": 1, "run_id": "r1", "attempt": 1, "rank": 0}
START = {**HEADING, "line": "start", "name": "bert-ft", "start_utc": "2026-03-01T08:00:00.000000Z", "host": "node-17",
         "stage": "tuning", "country": "DEU"}  # fmt: skip
END = {**START, "line": "end", "outcome": "failed", "end_utc": "2026-03-01T10:00:00.500000Z",
       "wall_seconds": "7200.500000", "tokens_in": "1000000000", "flops": "314000000000000000000000", "unread": [],
       "total_wh": {"gpu": "30.000000", "cpu": "3.000000"}, "co2e_kg_stated": "0.01"}  # fmt: skip


def reading(hour: int, wh: str, total: str, part: str = "gpu", **more) -> dict:
    """The energy of a part in the hour from 8 o'clock on, or the next."""
    made = {
        **HEADING, "line": "reading", "source": "codecarbon", "subject": "node-17", "part": part,
        "start_utc": f"2026-03-01T{7 + hour:02}:00:01.000000Z", "end_utc": f"2026-03-01T{8 + hour:02}:00:01.000000Z",
        "energy_wh": wh, "total_wh": total, "tracker": "t", "method": "counter" if part == "gpu" else "model",
        "level": "chip", "pue_inside": None, "intensity_g_per_kwh": "400.000", "country": "DEU",
        "program": "ghg-track 0.1.0, codecarbon 3.3.2",
    }  # fmt: skip
    return made | more


LINES = (START, reading(1, "10.000000", "10.000000"), reading(1, "3.000000", "3.000000", "cpu"),
         reading(2, "20.000000", "30.000000"), END)  # fmt: skip


def log(*lines: dict | str) -> str:
    """Lines of a file."""
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)


@pytest.fixture
def taken(read_with, codes):
    """The runs, the readings and the codes of a file."""

    def listed(text: str, **choices):
        upload = read_with(text, name="r1.jsonl", **choices)
        frames = [upload.frames.get(kind) for kind in ("ai_run", "measurement")]
        return *(None if frame is None else frame.to_dicts() for frame in frames), codes(upload)

    return listed


def test_a_run_and_its_readings(taken):
    """A run with its outcome, counts and place, without energy of its own; and the energy of each part and hour."""
    runs, readings, told = taken(log(*LINES))
    assert told == []
    run = runs[0]
    assert (run["run_id"], run["attempt"], run["stage"], run["outcome"], run["model"]) == (
        "r1", 1, "tuning", "failed", "bert-ft")  # fmt: skip
    assert (run["tokens_in"], run["flops"]) == (Decimal(10**9), Decimal("314E21"))
    assert run["end_utc"] == datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC)
    assert run.get("energy_kwh") is None, "its energy is in the readings, once"
    assert [(row["energy_wh"], row["energy_part"], row["reading_method"], row["energy_level"]) for row in readings] == [
        (Decimal(10), "gpu", "counter", "chip"), (Decimal(3), "cpu", "model", "chip"),
        (Decimal(20), "gpu", "counter", "chip")]  # fmt: skip
    first = readings[0]
    assert (first["source"], first["subject"], first["run_id"], first["country"]) == (
        "codecarbon", "node-17", "r1", "DE")  # fmt: skip
    assert first["start_utc"] == datetime(2026, 3, 1, 8, 0, 1, tzinfo=UTC)
    assert first["intensity_g_per_kwh_stated"] == Decimal(400)
    assert first["query"] == "ghg-track 0.1.0, codecarbon 3.3.2, tracker t"


def test_overhead_inside_is_that_of_the_facility(taken):
    """A PUE that the tracker applied is kept with the reading."""
    _, readings, _ = taken(log(START, reading(1, "15", "15", level="facility", pue_inside="1.5"), END))
    assert (readings[0]["energy_level"], readings[0]["pue_inside"]) == ("facility", Decimal("1.5"))


def test_a_last_line_that_is_cut_off_is_told_and_no_other_is_lost(taken):
    """Torn anywhere, the whole lines before it are taken; whole again, it is taken as well."""
    whole = log(*LINES[:-1])
    last = json.dumps(END)
    for length in (1, 40, len(last) - 1):
        runs, readings, told = taken(whole + last[:length])
        assert (runs, len(readings)) == (None, 3)
        assert sorted(told) == ["line-cut-off", "track-without-end"]
    runs, _, told = taken(whole + last)
    assert (len(runs), "line-cut-off" in told) == (1, False)


def test_a_damaged_line_in_the_middle_shows_what_is_missing(taken, read_with):
    """After a full disk the next line has the energy of both; where it has not, the gap is told in Wh."""
    whole = (START, LINES[1], '{"v": 1, "line": "rea', reading(2, "20.000000", "30.000000"), END)
    assert "track-gap" not in taken(log(*whole))[2]
    upload = read_with(log(START, LINES[1], "{", reading(2, "5.000000", "30.000000"), END), name="r1.jsonl")
    found = {finding.code: finding for finding in upload.findings}
    assert (found["line-damaged"].line, found["track-gap"].line) == (3, 4)
    assert "15.000000 Wh of gpu" in found["track-gap"].message


def test_a_line_that_was_changed_shows(taken):
    """A Wh more in one line, without its sum, is told at that line and at no other; each tracker counts from zero."""
    assert taken(log(START, reading(1, "11", "10"), reading(2, "20", "30"), END))[2].count("track-gap") == 1
    again = reading(2, "4", "4", tracker="u")
    assert "track-gap" not in taken(log(START, reading(1, "10", "10"), again, END))[2]


def test_a_run_without_a_last_line(taken):
    """Its readings are taken and the run is not, unless it is chosen that it was killed: then it ends at the last."""
    killed = log(*LINES[:-1])
    runs, readings, told = taken(killed)
    assert (runs, len(readings), told) == (None, 3, ["track-without-end"])
    runs, _, told = taken(killed, unfinished="interrupted")
    assert (runs[0]["outcome"], runs[0]["end_utc"].hour, "track-without-end" in told) == ("interrupted", 10, False)
    assert taken(killed, unfinished="yes")[2] == ["choice-not-read"]
    _, _, told = taken(log(START), unfinished="interrupted")
    assert told == ["track-nothing-yet", "track-without-end"], "of what was not measured no end is made up"


def test_only_rank_0_records_the_run(taken):
    """The file of another machine of the run brings its readings, and no second run."""
    other = [line | {"rank": 8} for line in LINES]
    runs, readings, told = taken(log(*other))
    assert (runs, len(readings), told) == (None, 3, [])


def test_what_a_run_does_not_say_is_asked_for(taken):
    """Stage and place are never guessed; chosen, they stand in every row that is blank."""
    bare = [{name: value for name, value in line.items() if name not in ("stage", "country")} for line in LINES]
    assert taken(log(*bare))[2] == ["choice-needed", "choice-needed"]
    runs, readings, _ = taken(log(*bare), stage="tuning", facility_id="LON")
    assert (runs[0]["stage"], runs[0]["facility_id"]) == ("tuning", "LON")
    assert {row["facility_id"] for row in readings} == {"LON"}
    runs, _, _ = taken(log(*LINES), stage="evaluation")
    assert runs[0]["stage"] == "tuning", "what a line says counts"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (log(START), "track-nothing-yet"),
        (log(START | {"v": 2}, END), "track-format"),
        (log(START, {"some": "log"}), "records-mixed"),
        (log(START, reading(1, "many", "10"), END), "number-not-read"),
        (log(START, reading(1, "-10", "-10"), END), "number-negative"),
        (log(START, reading(1, "10", "10", end_utc="yesterday"), END), "reading-time"),
        (log(START, reading(1, "10", "10", start_utc="2026-03-01T10:00:00Z"), END), "period-end-before-start"),
        (log(START, END | {"outcome": "fine"}), "value-not-allowed"),
        (log(START, '{"v": 1, "v": 1}', END), "records-not-read"),
    ],
)
def test_bad_lines_are_refused_in_words(taken, text, code):
    """Nothing half-read: a finding says what, and nothing is taken."""
    told = taken(text)[2]
    assert code in told, told


def test_another_log_is_no_log_of_ours(taken):
    """Lines of another program that are cut off are refused as before."""
    assert taken('{"a": 1}\n{"a": 2}\n{"a"')[2] == ["records-not-read"]
