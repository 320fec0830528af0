"""Exact numbers: every digit that goes in comes out, by the mapper and in bulk, on any number of threads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import made_rows as made
import pytest
from sqlmodel import Session as Mapper
from sqlmodel import select

from ledger.store import Act, append, as_arrow, session
from ledger.store.tables import Batch, Choice, Facility

NINES = Decimal("99999999999999999999.999999999999999999")  # 38 digits
LONG = Decimal("12345678901234.123456789012")  # 26 digits


def test_38_and_26_digits_through_the_mapper():
    """DECIMAL(38,18) and (38,12) come back from the mapper as they went in; a float would lose half of the digits."""
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    tables = [cls.__table__ for cls in (Facility, Choice)]
    engine = create_engine("duckdb://")
    SQLModel.metadata.create_all(engine, tables)
    with Mapper(engine) as mapper:
        mapper.add(Facility(**facility(exclusion_kg=NINES)))
        mapper.add(Choice(**choice(total_co2e_kg_per_unit=LONG, energy_kwh_per_unit=-LONG)))
        mapper.commit()
        held = mapper.exec(select(Facility)).one()
        assert held.exclusion_kg == NINES
        assert str(held.exclusion_kg) == str(NINES)
        chosen = mapper.exec(select(Choice)).one()
        assert (chosen.total_co2e_kg_per_unit, chosen.energy_kwh_per_unit) == (LONG, -LONG)
        found = mapper.exec(select(Choice).where(Choice.total_co2e_kg_per_unit == LONG)).all()
        assert len(found) == 1
    engine.dispose()


def test_38_digits_in_bulk_and_back(path):
    """The same digits through Arrow into the file, and out as rows, as Arrow and as text."""
    with session(path, "write") as s:
        rows = as_arrow(Facility, [facility(exclusion_kg=NINES), facility(exclusion_kg=NINES.copy_negate())])
        append(s, Act("upload", "tester", "admin", "k1"), lambda w: w.insert_rows(Facility, rows) and None)
    with session(path) as s:
        sql = "select exclusion_kg from facility order by seq"
        assert [row[0] for row in s.rows(sql)] == [NINES, NINES.copy_negate()]
        assert s.arrow(sql)["exclusion_kg"].to_pylist() == [NINES, NINES.copy_negate()]
        assert s.one("select max(exclusion_kg)::varchar from facility") == (str(NINES),)


def test_the_header_comes_back_as_it_was(path):
    """The header of a batch is written by the mapper and read by it, its instant in UTC to the microsecond."""
    with session(path, "write") as s:
        made.upload(s, "k1")
        with Mapper(s.engine) as mapper:
            header = mapper.exec(select(Batch).where(Batch.batch_no == 2)).one()
            assert (header.idempotency_key, header.entry_count, header.source_bytes) == ("k1", 3, None)
            assert header.recorded_at.astimezone(UTC) <= datetime.now(UTC)
        printed = s.one("select strftime(recorded_at, '%Y-%m-%dT%H:%M:%S.%fZ') from batch where batch_no = 2")[0]
        assert printed == header.recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_one_and_eight_threads_give_the_same_digits(tmp_path, monkeypatch):
    """Roots and sums over 150,000 rows are the same on one thread and on eight."""
    answers = []
    for threads in ("1", "8"):
        monkeypatch.setenv("GHG_THREADS", threads)
        folder = tmp_path / threads
        folder.mkdir()
        with session(made.ledger(folder), "write", create=True) as s:
            made.found(s)
            assert s.one("select current_setting('threads')")[0] == int(threads)
            rows = as_arrow(Facility, [facility(exclusion_kg=NINES)])
            append(s, Act("upload", "tester", "admin", "k0"), lambda w, r=rows: w.insert_rows(Facility, r) and None)
            made.upload(s, "k1", 150_000)
            sums = s.one("select sum(quantity)::varchar, sum(quantity * 0.123456789012) ::varchar from activity")
            answers.append((sums, s.one("select entries_root from batch where batch_no = 3")))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("value", ["0.1234567", "1000000000000"])
def test_a_quantity_that_does_not_fit_is_refused(value):
    """More than 6 decimals or 12 integer digits never become another number on the way in."""
    with pytest.raises(Exception, match=r"(?i)decimal|precision|rescal"):
        as_arrow(Facility, [facility(floor_m2=Decimal(value))])


def facility(**given):
    return {
        "batch_no": 1, "seq": 1, "facility_id": "F1", "name": "F1", "legal_entity_id": "L1", "country": "GB",
        "market_boundary": "GB", "timezone": "UTC", "relation": "owned", "valid_from": date(2020, 1, 1),
        "withdrawn": False, **given,
    }  # fmt: skip


def choice(**given):
    return {
        "batch_no": 1, "seq": 2, "calculation_no": 1, "key_no": 1, "book": "inventory", "method": "single",
        "line": "direct", "scope": "1", "iso_category": "1.1", "reason_code": "named", "flags": "", "gwp_set": "AR6",
        "sign": 1, **given,
    }  # fmt: skip
