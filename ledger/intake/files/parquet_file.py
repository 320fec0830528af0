"""A Parquet file, as clouds deliver their exports: read as a CSV with the same columns, by a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from ledger.intake.ai_files.forms import form_of_headers
from ledger.intake.faults import Faults
from ledger.intake.files.layout import Bytes
from ledger.intake.files.limits import Limits

_MAGIC = b"PAR1"


def parquet_as_csv(path: Path, found: Bytes, stage: Path, limits: Limits, faults: Faults) -> Path | None:
    """The rows of a Parquet file of a known program as a CSV of the stage, under the name of the file.

    None for any other file, and where a finding says why it is not read. A part of a table that was written in several
    is a file like any other.
    """
    if not found.head.startswith(_MAGIC):
        return None
    if found.size > limits.json_bytes:
        faults.add("file-too-large", size=found.size, limit=limits.json_bytes)
        return None
    target = stage / "rows" / path.name
    target.parent.mkdir(exist_ok=True)
    question = {"path": str(path.resolve()), "target": str(target.resolve()), "limits": asdict(limits)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ledger.intake.files.parquet_process"],
            input=json.dumps(question), capture_output=True, check=False, text=True, encoding="utf-8",
            timeout=limits.workbook_seconds,
            env={name: value for name, value in os.environ.items() if not name.startswith("GHG_")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        faults.add("file-not-read", reason=f"reading it takes more than {limits.workbook_seconds} seconds")
        return None
    if not done.stdout.endswith("\n"):
        faults.add("file-not-read", reason=f"its reader broke off ({done.returncode})")
        return None
    told = json.loads(done.stdout.splitlines()[-1])
    if "columns" not in told:
        faults.add(told.pop("code"), **told)
        return None
    if form_of_headers(told["columns"]) is None:
        faults.add("file-not-supported", found="a Parquet file whose columns are of no known program")
        return None
    return target
