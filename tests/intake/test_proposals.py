"""Facilities, entities and contracts that a file names and the registers lack, proposed as files to fill in."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from ledger.errors import Misuse
from ledger.intake.handed_back.proposals import write_proposal
from ledger.intake.upload import Unknown

TEXT = (
    "facility_id,legal_entity_id,country,contract_id,activity_type,quantity,unit,month\n"
    "Leeds,NEW Ltd,GB,PPA-7,electricity,1,kWh,2026-01\n"
    "Leeds,NEW Ltd,GBR,,electricity,2,kWh,2026-02\n"
    "Lyon,ACME,FR,,electricity,3,kWh,2026-01\nLyon,ACME,DE,,electricity,3,kWh,2026-02\n"
    "LON,ACME,GB,,electricity,3,kWh,2026-01\n"
)


def test_unknown_names_are_gathered_with_the_country_that_all_their_rows_tell(read):
    """One country where all rows agree, none where they do not."""
    assert read(TEXT).unknown == (
        Unknown("legal_entity", "NEW Ltd", "GB"), Unknown("facility", "Leeds", "GB"), Unknown("facility", "Lyon"),
        Unknown("instrument", "PPA-7", "GB"),
    )  # fmt: skip


def test_all_of_them_are_gathered_whatever_is_listed(read):
    """The cap on findings is no cap on the proposal."""
    rows = "".join(f"Site {number},,,,electricity,1,kWh,2026-01\n" for number in range(1_200))
    upload = read(TEXT.splitlines(keepends=True)[0] + rows)
    assert upload.more_findings["facility-unknown"] == 200
    assert len(upload.unknown) == 1_200


def test_a_csv_is_written_for_each_register(read, tmp_path):
    """The needed columns, a row for each name; the file for facilities has the name that was asked for."""
    written = write_proposal(read(TEXT).unknown, tmp_path / "new.csv")
    assert [path.name for path in written] == ["new.legal_entity.csv", "new.csv", "new.instrument.csv"]
    with (tmp_path / "new.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["facility_id"], row["country"], row["relation"]) for row in rows] == [
        ("Leeds", "GB", ""), ("Lyon", "", ""),
    ]  # fmt: skip


def test_a_workbook_has_a_sheet_for_each_register(read, tmp_path):
    """In the order in which they are taken."""
    write_proposal(read(TEXT).unknown, tmp_path / "new.xlsx")
    book = openpyxl.load_workbook(tmp_path / "new.xlsx")
    assert book.sheetnames == ["legal_entity", "facility", "instrument"]
    assert book["facility"]["A2"].value == "Leeds"


def test_nothing_is_overwritten_and_nothing_to_propose_is_said(read, tmp_path):
    """Both are misuse with what to do."""
    (tmp_path / "new.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(Misuse, match="is there already"):
        write_proposal(read(TEXT).unknown, tmp_path / "new.csv")
    with pytest.raises(Misuse, match="is known"):
        write_proposal((), tmp_path / "other.csv")


def test_a_proposal_once_filled_is_accepted(read, tmp_path):
    """The proposed facilities, their blanks filled in, make an upload of facilities."""
    write_proposal(read(TEXT).unknown, tmp_path / "new.csv")
    text = (tmp_path / "new.csv").read_text(encoding="utf-8-sig")
    filled = text.replace("Leeds,Leeds,,GB,,", "Leeds,Leeds,ACME,GB,owned,2026-01-01")
    filled = filled.replace("Lyon,Lyon,,,,", "Lyon,Lyon,ACME,FR,owned,2026-01-01")
    upload = read(filled)
    assert (upload.kind, upload.rows, upload.has_errors) == ("facility", 2, False)
