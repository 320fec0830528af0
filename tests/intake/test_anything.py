"""Whatever is handed in, the answer is an upload with findings: never a traceback."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger.intake import Limits
from ledger.intake.handed_back.mark import write_marked

HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,note,Scope,extra,month"
ODD = (
    "LON|electricity|natural_gas|kWh|mWh|EUR|100|1,5|-3|| |2026-07-01|03/04/2026|2026-07|measured|total|=1|\"|'|\n|\r|"
    "\u200b|\0|1e5|Scope 2|NaN|it_services_spend"
)
CELLS = st.one_of(st.sampled_from(ODD.split("|")), st.text(max_size=8))
SETTINGS = {"max_examples": 150, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


def quoted(cell: str) -> str:
    """A cell as CSV writes it."""
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n\r') else cell


@settings(**SETTINGS)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=12), max_size=8),
    quote=st.booleans(),
    locale=st.sampled_from([None, "de", "en-US", "fr"]),
    kind=st.sampled_from([None, "activity", "metric"]),
    chunk=st.integers(1, 4),
)
def test_any_cells_make_an_answer(read, tmp_path, rows, quote, locale, kind, chunk):
    """Any cells under a good header: rows or findings, and where refused a marked workbook."""
    lines = [",".join(quoted(cell) if quote else cell for cell in row) for row in rows]
    content = "\n".join([HEADER, *lines]).encode("utf-8", errors="replace")
    upload = read(content, locale=locale, kind=kind, limits=Limits(chunk_rows=chunk))
    assert upload.has_errors or upload.rows
    assert all(found.message and found.fix for found in upload.findings)
    if upload.has_errors:
        write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx")


@settings(**SETTINGS)
@given(content=st.binary(max_size=400))
@example(content=b"\xff\xfe")
@example(content=b"\xef\xbb\xbf")
@example(content=b"\xff\xfea\x00")
@example(content=b'"')
@example(content=b"\n\n\n")
@example(content=b"\r\r\r")
@example(content=b"a,b\r\rc")
@example(content=b"PK\x03\x04")
def test_any_bytes_make_an_answer(read, tmp_path, content):
    """Any bytes at all."""
    upload = read(content)
    assert upload.has_errors
    write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx")


@settings(**SETTINGS)
@given(headers=st.lists(st.one_of(st.sampled_from(HEADER.split(",")), st.text(max_size=6)), min_size=1, max_size=12))
def test_any_headers_make_an_answer(read, headers):
    """Any headers over one row of as many cells."""
    read("\n".join([",".join(map(quoted, headers)), ",".join("1" for _ in headers)]).encode("utf-8", errors="replace"))
