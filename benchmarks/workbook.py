"""Upload of a workbook: the same checks and the same book as for a CSV, from XLSX."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.ours import founded
from benchmarks.timing import accepted, peak_mb, seconds_of

if __name__ == "__main__":
    workbook = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=workbook.parent) as place:
        book = founded(Path(place))
        seconds, result = seconds_of(lambda: accepted(book.upload(workbook)))
    print(json.dumps({"workbook": seconds, "rows": result.rows, "peak_mb": peak_mb()}))
