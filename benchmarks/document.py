"""The quarterly report as a PDF, of the demo's company: a year of its teams' data, with certificates and AI."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.timing import accepted, peak_mb, seconds_of
from ledger.book import Ledger
from ledger.demo.company import BASE_YEAR, NAME
from ledger.demo.files import write_company

QUARTER = "2026-Q3"


def company(folder: Path) -> Ledger:
    """The demo's ledger as it stands before its report."""
    ledger = Ledger.init(folder / "company.duckdb", organisation=NAME, base_year=BASE_YEAR, actor="bench")
    for file in write_company(folder / "files"):
        if not file.faulty and not file.late:
            accepted(ledger.upload(file.path, file.kind, locale=file.locale))
    ledger.calculate(reason="bench")
    return ledger


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ghg-bench-") as place:
        book = company(Path(place))
        seconds, made = seconds_of(
            lambda: book.report("quarterly", period=QUARTER, formats=("pdf",), folder=Path(place) / "reports")
        )
        size = made["pdf"].stat().st_size / 1e6
    print(json.dumps({"document": seconds, "document_mb": size, "peak_mb": peak_mb()}))
