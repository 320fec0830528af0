"""Files as people have them, from upload to verification: wide tables, several kinds, readings of meters."""

from __future__ import annotations

import io

import openpyxl
import pytest

from ledger.store import session

READINGS = "meter_id,facility_id,activity_type,read_on,reading,unit\n"


def put(folder, name: str, content: str | bytes):
    """A file in a folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(ledger, statement: str) -> list[tuple]:
    """Rows of a statement."""
    with session(ledger.path) as s:
        return s.rows(statement)


def test_a_pivoted_file_is_recorded_and_traced_to_its_cell(ledger, tmp_path):
    """The pivot enters the key and the control totals, and the trace of an entry names line and column."""
    file = put(tmp_path, "usage.csv", "Site,Fuel,Unit,Jan,Feb\nLON,Electricity,kWh,10,20\n")
    assert ledger.upload(file).status == "refused"
    done = ledger.upload(file, pivot="months", year=2024)
    assert (done.status, done.rows) == ("accepted", 2)
    assert ledger.upload(file, pivot="months", year=2024).status == "already_recorded"
    assert ledger.upload(file, pivot="months", year=2025).status == "accepted"
    traced = ledger.trace(f"B{done.batch}-2")
    assert traced.lines[0].source == "usage.csv, line 2, column Feb"
    assert ledger.verify().ok


def test_a_finding_of_a_cell_hangs_on_the_row_of_its_cell(ledger, tmp_path):
    """Of three activities on a line the gas alone has its calorific basis assumed; a finding of the line is of each."""
    text = "Site,Month,Electricity (kWh),Gas (kWh),Water (m3)\nLON,2024-01,100,20,3\n"
    done = ledger.upload(put(tmp_path, "wide.csv", text), pivot="activities")
    assert (done.status, done.rows) == ("accepted", 3)
    gas = rows(ledger, "select 'B' || batch_no || '-' || seq from activity where activity_type = 'natural_gas'")
    found = [one for one in ledger.findings() if one.code == "calorific-basis-assumed"]
    assert [(one.column, one.entry) for one in found] == [("Gas (kWh)", gas[0][0])]


def test_a_file_of_no_kind_proposes_nothing_and_says_so(ledger, tmp_path):
    """Nothing is said of facilities in a file that was not read; what is lacking is named."""
    from ledger import Misuse

    file = put(tmp_path, "mp.csv", "Meter,Kind,Where\n1,a,b\n")
    with pytest.raises(Misuse, match=r"mp\.csv was not read.* no kind of upload has these columns") as told:
        ledger.upload(file, propose=tmp_path / "new.csv")
    assert "--as" in told.value.fix
    assert not (tmp_path / "new.csv").exists()
    known = put(tmp_path, "known.csv", "facility_id,activity_type,quantity,unit,month\nLON,electricity,1,kWh,2024-03\n")
    with pytest.raises(Misuse, match="of the file is known"):
        ledger.upload(known, propose=tmp_path / "new.csv")


def test_a_mapping_is_kept_as_evidence(ledger, tmp_path):
    """Under its digest, which the batch names."""
    file = put(tmp_path, "usage.csv", "Ort,Medium,Monat,Wert\nLON,Strom,2024-01,5\n")
    mapping = put(tmp_path, "m.toml", '[headers]\n"Ort" = "facility_id"\n"Medium" = "activity_type"\n'
                                      '"Wert" = "quantity"\n[constants]\nunit = "kWh"\n')  # fmt: skip
    assert ledger.upload(file, mapping=mapping).status == "accepted"
    totals = rows(ledger, "select control_totals from batch order by batch_no desc limit 1")[0][0]
    kept = [path for path in (ledger.path.parent / "ledger.evidence").iterdir() if path.name in totals]
    assert [path.read_bytes() for path in kept] == [mapping.read_bytes()]


def test_a_workbook_of_several_kinds_is_one_batch(ledger, tmp_path):
    """Sites, a certificate and what happened there: one batch, verified like any other, and reversed as one."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in {
        "use": [["facility_id", "activity_type", "quantity", "unit", "month"],
                ["NEW", "electricity", 7, "MWh", "2024-05"]],
        "sites": [["facility_id", "name", "legal_entity_id", "country", "relation", "valid_from"],
                  ["NEW", "New site", "ACME", "GB", "owned", "2020-01-01"]],
    }.items():  # fmt: skip
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    done = ledger.upload(put(tmp_path, "all.xlsx", out.getvalue()))
    assert (done.status, done.kind, done.rows) == ("accepted", "facility+activity", 2)
    assert done.posted > 0
    assert rows(ledger, f"select count(*) from facility where batch_no = {done.batch}") == [(1,)]
    key = f"select k.country from activity a join choice_key k using (key_no) where a.batch_no = {done.batch}"
    assert rows(ledger, key) == [("GB",)]
    assert ledger.verify().ok


@pytest.mark.thorough
def test_readings_go_on_from_file_to_file(ledger, tmp_path):
    """The second file starts where the first one ended; what a reversal takes back counts no longer."""
    first = put(
        tmp_path, "a.csv", READINGS + "E1,LON,electricity,2024-01-01,100,kWh\nE1,LON,electricity,2024-02-01,150,kWh\n"
    )
    one = ledger.upload(first)
    second = put(tmp_path, "b.csv", READINGS + "E1,LON,electricity,2024-03-01,175,kWh\n")
    two = ledger.upload(second)
    assert (one.status, two.status) == ("accepted", "accepted")
    assert [float(row[0]) for row in rows(ledger, "select quantity from activity order by batch_no")] == [50, 25]
    start = (
        f"select value, source from activity_parameter where activity_batch = {two.batch} and name = 'reading_start'"
    )
    assert rows(ledger, start)[0][1] == f"B{one.batch}-1, 2024-02-01"
    assert ledger.verify().ok
    ledger.reverse(f"B{two.batch}", reason="error")
    third = put(tmp_path, "c.csv", READINGS + "E1,LON,electricity,2024-04-01,200,kWh\n")
    assert ledger.upload(third).status == "accepted"
    assert rows(ledger, "select quantity::integer from activity order by batch_no desc limit 1") == [(50,)]
    assert ledger.verify().ok


def shared(ledger, folder):
    """A bill of two sites, shared by their floor areas."""
    floors = "facility_id,name,legal_entity_id,country,relation,valid_from,floor_m2\n"
    floors += "ONE,First floor,ACME,GB,owned,2020-01-01,100\nTWO,Second floor,ACME,GB,owned,2020-01-01,200\n"
    ledger.upload(put(folder, "floors.csv", floors))
    bill = "facility_id,activity_type,quantity,unit,month,shared_by\nONE+TWO,electricity,100,kWh,2024-03,floor_area\n"
    return ledger.upload(put(folder, "bill.csv", bill))


def test_a_shared_bill_is_recorded_with_its_shares(ledger, tmp_path):
    """Two rows of one line that sum to the bill, each with its terms; verified, and refused where no area is known."""
    done = shared(ledger, tmp_path)
    assert (done.status, done.rows) == ("accepted", 2)
    made = rows(ledger, "select facility_id, quantity, source_line from activity order by seq")
    assert [(code, str(quantity), line) for code, quantity, line in made] == [
        ("ONE", "33.333333", 2), ("TWO", "66.666667", 2),
    ]  # fmt: skip
    assert rows(ledger, "select count(*) from activity_parameter") == [(6,)]
    assert ledger.verify().ok
    bare = put(tmp_path, "other.csv", "facility_id,activity_type,quantity,unit,month,shared_by\n"
                                      "LON+SJC,electricity,1,kWh,2024-03,floor_area\n")  # fmt: skip
    assert [found.code for found in ledger.upload(bare).findings if found.severity == "error"] == [
        "share-basis-missing", "share-basis-missing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("update activity_parameter set value = value + 1 where name = 'reading_end'", "meter-consumption"),
        pytest.param(
            "update activity_parameter set value = 2 where name = 'multiplier'",
            "meter-consumption",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            "update activity_parameter set value = 99 where name = 'shared_quantity'",
            "shared-bill",
            marks=pytest.mark.thorough,
        ),
        ("update activity_parameter set value = value + 1 where name = 'share_part'", "shared-bill"),
    ],
)
def test_a_term_that_was_changed_is_found(ledger, tmp_path, change, code):
    """Beside the entry's digest, the consumption or the share no longer follows."""
    from ledger.assurance.checks.metered import check_metered
    from ledger.assurance.verification import Faults

    file = put(
        tmp_path, "a.csv", READINGS + "E1,LON,electricity,2024-01-01,1,kWh\nE1,LON,electricity,2024-02-01,3,kWh\n"
    )
    ledger.upload(file)
    shared(ledger, tmp_path)
    faults = Faults()
    with session(ledger.path) as s:
        s.run("create temp table changed as select * from activity_parameter")
        s.run(change.replace("activity_parameter", "changed"))
        s.run("create temp view activity_parameter as select * from changed")
        check_metered(s, 0, faults)
    assert code in faults.counts


LARGE = {
    "floors.csv": "facility_id,name,legal_entity_id,country,relation,valid_from,floor_m2\n"
                  "HQ,Head office,ACME,GB,owned,2020-01-01,1200\nFAB,Factory,ACME,GB,owned,2020-01-01,8000\n"
                  "BIG,Port,ACME,GB,owned,2020-01-01,987654.321\nHUGE,Airport,ACME,GB,owned,2020-01-01,876543.21\n",
    "bills.csv": "facility_id,activity_type,quantity,unit,month,shared_by\n"
                 "HQ+FAB,Natural gas,1000,kWh,2024-03,floor_area\n"
                 "BIG+HUGE,electricity,987654321012.345678,kWh,2024-03,floor_area\n"
                 "HQ:999999.5+BIG:876543.25,electricity,999999999999,kWh,2024-04,stated\n",
    "readings.csv": "meter_id,facility_id,activity_type,read_on,reading,unit,multiplier\n"
                    "E1,LON,electricity,2024-01-01,1,kWh,1\nE1,LON,electricity,2024-02-01,999999999999,kWh,1\n"
                    "E2,LON,electricity,2024-01-01,0,kWh,600000\nE2,LON,electricity,2024-02-01,1600000,kWh,600000\n",
}  # fmt: skip
"""Bills and readings of as many digits as a quantity holds."""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (None, None),
        pytest.param(
            "update {} set value = value + 1 where name = 'share_part' and value > 800000",
            "shared-bill",
            marks=pytest.mark.thorough,
        ),
        ("update {} set value = value - 1 where name = 'share_whole' and value > 800000", "shared-bill"),
        pytest.param(
            "update {} set value = value + 0.01 where name = 'shared_quantity' and value > 900000",
            "shared-bill",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            "update {} set value = value - 1 where name = 'reading_end' and value > 2000000",
            "meter-consumption",
            marks=pytest.mark.thorough,
        ),
        ("update {} set value = value + 1 where name = 'multiplier' and value > 1", "meter-consumption"),
    ],
)
def test_bills_and_readings_of_many_digits_are_held_against_their_terms(ledger, tmp_path, change, code):
    """Products of quantities of 12 digits and areas of 6 overflow nowhere, and a changed term is told all the same."""
    from ledger.assurance.checks.metered import check_metered
    from ledger.assurance.verification import Faults

    for name, text in LARGE.items():
        done = ledger.upload(put(tmp_path, name, text))
        assert done.status == "accepted", done.findings
    faults = Faults()
    with session(ledger.path) as s:
        if change:
            s.run("create temp table changed as select * from activity_parameter")
            s.run(change.format("changed"))
            s.run("create temp view activity_parameter as select * from changed")
        check_metered(s, 0, faults)
    assert set(faults.counts) == ({code} if code else set())
    if not change:
        assert ledger.verify().findings == []


@pytest.mark.thorough
def test_how_the_rows_of_a_period_came_about_can_be_told(ledger, tmp_path):
    """Metered, shared, out of cells, stated for an earlier year: each counted; what is reversed is not."""
    from ledger.inventory import period
    from ledger.inventory.data_quality.origins import origins

    shared(ledger, tmp_path)
    readings = "E1,LON,electricity,2024-01-01,1,kWh\nE1,LON,electricity,2024-02-01,3,kWh\n"
    metered = ledger.upload(put(tmp_path, "a.csv", READINGS + readings))
    ledger.upload(
        put(tmp_path, "w.csv", "Site,Fuel,Unit,Jan,Feb\nLON,Electricity,kWh,10,20\n"), pivot="months", year=2024
    )
    past = put(tmp_path, "past.csv", "Scope,Unit,2021,2022\nScope 1,t,1.5,2\n3.6,kg,,3\n")
    assert ledger.upload(past, kind="history", pivot="years").status == "accepted"
    with session(ledger.path) as s:
        found = origins(s, period("2024", 1))
        earlier = origins(s, period("2022", 1)).stated
    assert (found.rows, found.metered, found.shared, found.from_cells, found.stated) == (5, 1, 2, 2, ())
    assert [(one.year, one.activity_type, str(one.stated_kg.normalize()), one.files) for one in earlier] == [
        (2022, "stated_scope_1", "2E+3", ("past.csv",)), (2022, "stated_scope_3_category_6", "3", ("past.csv",)),
    ]  # fmt: skip
    ledger.reverse(f"B{metered.batch}", reason="error")
    with session(ledger.path) as s:
        assert origins(s, period("2024", 1)).metered == 0
