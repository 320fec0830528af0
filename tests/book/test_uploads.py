"""What a check foretells, what was uploaded before, and the mappings that a person confirmed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.book.recording import uploading
from ledger.errors import Refused
from ledger.store import session

MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market")
LATE = (
    "external_id,facility_id,activity_type,quantity,unit,month,calorific_basis,data_basis\n"
    "9,LON,natural_gas,70,kWh,2024-02,gross,measured\n"
)


def test_a_check_counts_like_rows_each(ledger: Ledger, energy: Path):
    """Rows that differ in their identifier alone are foretold as they will be posted: each counts."""
    text = energy.read_text(encoding="utf-8")
    like = [f"{number}{line[1:]}" for number, line in enumerate(text.splitlines()[1:], 4)]
    energy.write_text(text + "\n".join(like) + "\n", encoding="utf-8")
    (foretold,) = ledger.upload(energy, check=True).added
    assert ledger.upload(energy).status == "accepted"
    held = ledger.inventory("2024")
    assert foretold.figures == {measure: getattr(held, measure) for measure in MEASURES}


@pytest.mark.parametrize(("begins", "country"), [("2024-03-31", "FR"), ("2024-04-01", "GB")])
def test_a_site_is_where_it_stands_on_the_last_day_of_the_month(ledger: Ledger, tmp_path: Path, begins, country):
    """A version of a facility that begins on the last day of a month decides its month; one a day later does not."""
    moved = tmp_path / "moved.csv"
    moved.write_text(
        "facility_id,name,legal_entity_id,country,grid_region,timezone,relation,exists_from,valid_from\n"
        f"LON,London office,ACME,FR,,Europe/Paris,lease_in_operating,2018-01-01,{begins}\n",
        encoding="utf-8",
    )
    assert ledger.upload(moved).status == "accepted"
    (tmp_path / "march.csv").write_text(LATE.replace("2024-02", "2024-03"), encoding="utf-8")
    assert ledger.upload(tmp_path / "march.csv").status == "accepted"
    with session(ledger.path) as s:
        assert s.rows("select distinct country from choice_key") == [(country,)]


def test_a_check_foretells_what_recording_adds(ledger: Ledger, energy: Path):
    """Postings and figures are those that the upload then makes, to the last digit, also of rows cut by months."""
    foretold = ledger.upload(energy, check=True)
    assert ledger.uploads()[0].source_name == "facility.csv"  # nothing was written
    done = ledger.upload(energy)
    assert (foretold.posted, foretold.not_quantified) == (done.posted, done.not_quantified)
    (added,) = foretold.added
    held = ledger.inventory("2024")
    assert added.year == 2024
    assert added.figures == {measure: getattr(held, measure) for measure in MEASURES}
    assert added.figures["scope_1"] > Decimal(0)
    assert (ledger.upload(energy, check=True).status, done.batch) == ("already_recorded", done.batch)


def test_a_check_tells_of_closed_periods(ledger: Ledger, batch: int, tmp_path: Path):
    """Before anything is recorded it says what the upload says after it."""
    ledger.add_person("ben", "reviewer")
    ledger.submit("2024-Q1")
    (tmp_path / "late.csv").write_text(LATE, encoding="utf-8")
    (open_again,) = ledger.upload(tmp_path / "late.csv", check=True).settled
    assert open_again.code == "period-open-again"
    ben = Ledger(ledger.path, actor="ben")
    ben.approve("2024-Q1")
    ben.close("2024-Q1")
    foretold = ledger.upload(tmp_path / "late.csv", check=True).settled
    assert [one.code for one in foretold] == ["closed-period"]
    assert ledger.upload(tmp_path / "late.csv").settled == foretold


def test_no_batch_without_its_file(ledger: Ledger, energy: Path, monkeypatch: pytest.MonkeyPatch):
    """The file is copied beside the rows; where it was changed meanwhile nothing is committed, and the next try is."""
    whole = uploading.keep_file

    def changed(book: Path, source: Path, sha256: str) -> Path:
        return whole(book, source, sha256.replace(sha256[0], "x"))

    monkeypatch.setattr(uploading, "keep_file", changed)
    with pytest.raises(Refused, match="was changed while it was read"):
        ledger.upload(energy)
    assert ledger.uploads()[0].source_name == "facility.csv"
    monkeypatch.undo()
    assert ledger.upload(energy).status == "accepted"
    assert ledger.verify().ok


def test_uploads_are_listed_with_what_they_held(ledger: Ledger, energy: Path, batch: int):
    """The last one first, each with its kind, its rows and who it was."""
    listed = [(one.source_name, one.kinds, one.rows, one.person) for one in ledger.uploads()]
    assert listed == [
        ("energy.csv", ("activity",), 3, "anna"), ("facility.csv", ("facility",), 2, "anna"),
        ("entity.csv", ("legal_entity",), 1, "anna"),
    ]  # fmt: skip


def test_a_mapping_is_remembered_for_who_confirmed_it(ledger: Ledger, tmp_path: Path):
    """By the file it came with, where a file has every header that it names; nobody else's is taken."""
    text = "Ort,Was,Menge,Mass,Monat\nLON,diesel,5,L,2024-03\n"
    (tmp_path / "theirs.csv").write_text(text, encoding="utf-8")
    headers = ("Ort", "Was", "Menge", "Mass", "Monat")
    assert ledger.remembered_mapping(headers) is None
    said = {"Ort": "facility_id", "Was": "activity_type", "Mass": "unit"}
    mapping = ledger.write_mapping(tmp_path / "m.toml", said, {}, {"data_basis": "measured"})
    done = ledger.upload(tmp_path / "theirs.csv", mapping=mapping)
    found = ledger.remembered_mapping(("Extra", *headers))
    assert found is not None
    assert (found.batch, dict(found.mapping.constants)) == (done.batch, {"data_basis": "measured"})
    assert found.mapping.headers["ort"] == "facility_id"
    assert ledger.remembered_mapping(("Ort", "Was")) is None
    ledger.add_person("ben", "preparer")
    assert Ledger(ledger.path, actor="ben").remembered_mapping(headers) is None


def test_the_calorific_basis_of_a_row(ledger: Ledger, tmp_path: Path):
    """A key says it, so a row of one month has no detail for it alone; every place that tells of the row has it."""
    file = tmp_path / "gas.csv"
    file.write_text(
        "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,meter_id\n"
        "1,LON,natural_gas,70,kWh,2024-02-01,2024-02-29,gross,\n"
        "2,LON,natural_gas,30.5,kWh,2024-02-01,2024-02-29,net,\n"
        "3,LON,natural_gas,9,kWh,2024-02-15,2024-03-14,gross,\n"
        "4,LON,natural_gas,1,kWh,2024-03-01,2024-03-31,gross,M1\n"
        "5,LON,electricity_purchased,5,kWh,2024-03-01,2024-03-31,,\n",
        encoding="utf-8",
    )
    batch = ledger.upload(file).batch
    with session(ledger.path) as s:
        held = s.rows("select activity_seq, calorific_basis from activity_detail order by 1")
        totals = s.one("select control_totals::json from batch where batch_no = ?", [batch])[0]
    assert held == [(3, "gross"), (4, "gross")]
    assert json.loads(totals)["calorific"] == {"kWh gross": "80", "kWh net": "30.5"}
    told = [ledger.trace(f"B{batch}-{seq}").facts.get("calorific_basis") for seq in range(1, 6)]
    assert told == ["gross", "net", "gross", "gross", None]
    assert [ledger.given(f"B{batch}-{seq}")["calorific_basis"] for seq in range(1, 6)] == [*told[:4], ""]
    again = ledger.correct(f"B{batch}-1", {"calorific_basis": "net"}, reason="bill")
    (revised,) = ledger.changes(batch, again.batch).revised
    assert revised.columns == (("calorific_basis", "gross", "net"),)
    assert ledger.verify().ok
