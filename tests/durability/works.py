"""A works with two sites whose ledger is put through what machines do to files, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.store import session

HERE = Path(__file__).parent
ACTOR = "anna"
DATASETS = ("desnz-2024",)
ENTITIES = "legal_entity_id,name,country,in_consolidated_accounts,valid_from\nACME,Acme plc,GB,yes,2010-01-01\n"
FACILITIES = """facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,Europe/London,owned,2018-01-01,2018-01-01
LEE,Leeds works,ACME,GB,Europe/London,owned,2015-01-01,2015-01-01
"""
_HEADER = "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis\n"
_KINDS = (("electricity_purchased", "kWh", ""), ("natural_gas", "kWh", "gross"), ("diesel", "L", ""))


def founded(folder: Path, name: str = "ledger.duckdb") -> Ledger:
    """A new ledger with one edition of factors and two sites."""
    ledger = Ledger.init(folder / name, organisation="Acme", base_year=2024, actor=ACTOR, datasets=DATASETS)
    for file, text in (("entity.csv", ENTITIES), ("facility.csv", FACILITIES)):
        (folder / file).write_text(text, encoding="utf-8")
        assert ledger.upload(folder / file).status == "accepted"
    return ledger


def activity_file(file: Path, rows: int, seed: int) -> Path:
    """A file of activities of 2024 whose identifiers begin with its name; seeded."""
    rng = random.Random(seed)  # noqa: S311 — to be repeated
    lines = [_HEADER]
    for number in range(rows):
        kind, unit, basis = rng.choice(_KINDS)
        month = rng.randrange(1, 13)
        days = f"2024-{month:02}-01,2024-{month:02}-{rng.randrange(2, 29):02}"
        amount = f"{rng.randrange(1, 90_000)}.{rng.randrange(10**6):06}"
        site = rng.choice(("LON", "LEE"))
        lines.append(f"{file.stem}-{number},{site},{kind},{amount},{unit},{days},{basis},measured\n")
    file.write_text("".join(lines), encoding="utf-8")
    return file


def ghg(ledger: Path, *words: str | Path) -> list[str]:
    """The command `ghg` as its own process is started with it."""
    return [sys.executable, "-m", "ledger.cli", *map(str, words), "--ledger", str(ledger)]


def environment(**more: str) -> dict[str, str]:
    """Variables for a process of ours: this checkout and this person, two threads at most."""
    return {**os.environ, "GHG_ACTOR": ACTOR, "GHG_THREADS": "2", "PYTHONPATH": str(HERE.parent.parent), **more}


def run(ledger: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it said."""
    return subprocess.run(
        ghg(ledger, *words), capture_output=True, text=True, check=False, env=environment(**more), timeout=300
    )


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON that a command printed."""
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def held(ledger: Path) -> list[tuple[int, str, int]]:
    """Batch, source and number of activities of each upload, every batch whole; numbers and heads without a gap."""
    with session(ledger) as s:
        numbers = s.rows("select batch_no, count(*) over (), count(*) over (partition by previous_head) from batch")
        assert sorted(number for number, *_ in numbers) == list(range(1, len(numbers) + 1))
        assert all(same == 1 for *_, same in numbers)
        tables = s.rows(
            "select table_name from duckdb_columns() where column_name = 'seq' and table_name in "
            "(select table_name from duckdb_tables() where not internal)"
        )
        every = " union all ".join(f"select batch_no, seq from {name}" for (name,) in tables)
        ragged = s.rows(
            f"select coalesce(b.batch_no, e.batch_no), b.entry_count, e.n from batch b full join (select batch_no, "
            f"count(*) as n, max(seq) as last from ({every}) group by 1) e on e.batch_no = b.batch_no "
            "where b.entry_count is distinct from coalesce(e.n, 0) or e.last <> e.n"
        )
        assert ragged == [], "half a batch"
        return s.rows(
            "select batch_no, source_name, count(a.seq) from batch b left join activity a using (batch_no) "
            "where b.kind = 'upload' group by all order by 1"
        )


def holds(ledger: Ledger, since: int | None = None, allowed: Sequence[str] = ()) -> None:
    """`verify` finds nothing but what is allowed, and notes that are no fault."""
    found = ledger.verify(since=since)
    told = [(f.code, f.message) for f in found.findings if f.severity != "info" and f.code not in allowed]
    assert told == [], told
    assert found.ok


def taken_once(ledger: Ledger, file: Path, rows: int) -> str:
    """Give a file again, twice: it is there once and whole. Gives what was said the first time."""
    first = ledger.upload(file)
    assert first.status in ("accepted", "already_recorded"), [f.message for f in first.findings]
    second = ledger.upload(file)
    assert (second.status, second.batch) == ("already_recorded", first.batch)
    with session(ledger.path) as s:
        ids = s.rows(
            "select count(*), count(distinct external_id), count(distinct batch_no) from activity "
            "where external_id like ?", [f"{file.stem}-%"],
        )  # fmt: skip
    assert ids == [(rows, rows, 1)]
    return first.status
