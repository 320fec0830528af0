"""Exports in Parquet: the same rows as their CSV, in several parts, and nothing that a small file can blow up."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledger import Ledger
from ledger.intake import Limits
from ledger.intake.files.parquet_process import answer_of

UNIT = "MTCO2e"


def table(*products: tuple[str, float, float]) -> pa.Table:
    """The carbon table of AWS as it types it: product, tons by location and by market; account 42 in Ohio."""
    rows = [
        {
            "last_refresh_timestamp": datetime(2026, 6, 18, tzinfo=UTC), "location": "US East (Ohio)",
            "model_version": "v3.0.0", "payer_account_id": "000000000001", "product_code": product,
            "region_code": "us-east-2", "total_lbm_emissions_unit": UNIT, "total_lbm_emissions_value": lbm,
            "total_mbm_emissions_unit": UNIT, "total_mbm_emissions_value": mbm, "usage_account_id": "000000000042",
            "usage_period_end": datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC),
            "usage_period_start": datetime(2026, 5, 1, tzinfo=UTC),
        }
        for product, lbm, mbm in products
    ]  # fmt: skip
    text, number, instant = pa.string(), pa.float64(), pa.timestamp("ms", tz="UTC")
    kinds = {"value": number, "timestamp": instant, "start": instant, "end": instant}
    schema = pa.schema([(name, kinds.get(name.rpartition("_")[2], text)) for name in rows[0]])
    return pa.Table.from_pylist(rows, schema=schema)


def parquet(rows: pa.Table, **how) -> bytes:
    """A Parquet file of the rows."""
    out = io.BytesIO()
    pq.write_table(rows, out, **how)
    return out.getvalue()


def as_csv(rows: pa.Table) -> str:
    """The same as the CSV that AWS writes."""
    made = [",".join(rows.column_names)]
    for row in rows.to_pylist():
        cells = [f"{cell:%Y-%m-%d %H:%M:%SZ}" if isinstance(cell, datetime) else cell for cell in row.values()]
        made.append(",".join(f"{Decimal(str(cell)):f}" if isinstance(cell, float) else cell for cell in cells))
    return "\n".join(made) + "\n"


THREE = table(("AmazonEC2", 0.5, 0.2), ("AmazonS3", 1.2e-05, 1e-05), ("AmazonVPC", 0.004, 0.001))


def test_the_same_rows_as_the_csv(read, activities, codes):
    """Known by its columns; every column, line and digit is that of the CSV, whatever the groups of rows inside."""
    from_csv = activities(read(as_csv(THREE), name="carbon-00001.parquet"))
    upload = read(parquet(THREE, row_group_size=2, use_dictionary=["product_code"]), name="carbon-00001.parquet")
    assert activities(upload).to_dicts() == from_csv.to_dicts()
    assert sum(from_csv.filter(pl.col("activity_type") == "cloud_services_stated")["quantity"]) == Decimal("504.012")
    assert (codes(upload), upload.source_name) == ([], "carbon-00001.parquet")
    assert "an AWS Data Exports table of carbon emissions" in upload.findings[0].message


def test_a_table_in_several_parts_is_whole_in_the_ledger(tmp_path):
    """Each part is uploaded as a file; together they are the table, a part again is nothing, and all verifies."""
    ledger = Ledger.init(tmp_path / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp",))
    for place in range(2):
        part = tmp_path / f"carbon-0000{place}.snappy.parquet"
        part.write_bytes(parquet(THREE.slice(2 * place, 2), compression="snappy"))
        assert ledger.upload(part).status == "accepted"
    assert ledger.inventory("2026-05").scope_3 == Decimal("504.012")
    assert ledger.upload(part).status == "already_recorded"
    assert ledger.verify().ok


@pytest.fixture
def answered(tmp_path):
    """What the reading process answers to a file, asked in this process."""

    def asking(content: bytes, **limits) -> dict:
        path = tmp_path / "x.parquet"
        path.write_bytes(content)
        within = asdict(replace(Limits(), **limits))
        return answer_of({"path": str(path), "target": str(tmp_path / "rows.csv"), "limits": within})

    return asking


def test_what_is_within_and_what_a_time_is(answered, tmp_path):
    """Records within become columns with a dot, lists are left; a time without a zone stays one; no digit is lost."""
    rows = pa.table({
        "project": [{"id": "apollo", "number": 7}, None], "labels": [["a"], []], "kwh": [0.1, 1e-07],
        "at": pa.array([1_777_636_800, None], pa.timestamp("s")).cast(pa.timestamp("us")),
        "on": pa.array([1_777_636_800_250_000, None], pa.timestamp("us", tz="Europe/Paris")),
        "free": [True, None], "amount": pa.array([Decimal("1.20"), None], pa.decimal128(9, 2)),
    })  # fmt: skip
    told = answered(parquet(rows))
    assert told == {"columns": ["project.id", "project.number", "kwh", "at", "on", "free", "amount"]}
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines[1] == '"apollo","7","0.1","2026-05-01 12:00:00","2026-05-01 12:00:00.250000Z","true","1.20"'
    assert lines[2] == ',,"1e-7",,,,'


def test_what_is_too_much_or_damaged_is_refused(answered):
    """More rows, columns or text than are read, a file cut off, and one of other bytes: each with its finding."""
    whole = parquet(THREE)
    assert answered(whole, foreign_rows=2) == {"code": "rows-too-many", "limit": 2}
    assert answered(whole, columns=3) == {"code": "columns-too-many", "found": 13, "limit": 3}
    bomb = parquet(pa.table({"text": pa.array(["x" * 100_000] * 2_000)}))
    assert len(bomb) < 120_000, "two hundred megabytes of text in a hundred kilobytes"
    assert answered(bomb, workbook_expanded_bytes=10**6)["code"] == "file-too-large"
    for damaged in (whole[:-20], whole[:40] + b"\xff" * 60 + whole[100:], b"PAR1" + b"\0" * 50 + b"PAR1"):
        assert answered(damaged)["code"] == "file-not-read"


def test_other_tables_are_refused_for_what_they_are(read, codes):
    """Of no known program, damaged, or as a kind of ours: told once, and nothing is read."""
    other = read(parquet(pa.table({"activity_type": ["diesel"], "quantity": [1.0]})), name="x.parquet")
    assert codes(other) == ["file-not-supported"]
    assert "a Parquet file whose columns are of no known program" in other.findings[0].message
    assert codes(read(parquet(THREE)[:-20], name="x.parquet")) == ["file-not-read"]
