"""The evidence pack, verified by the program in it alone; whatever is changed in it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.assurance import verify_pack
from ledger.errors import Misuse
from ledger.store.canonical import hashed_columns
from ledger.store.tables import TABLES

PERIOD = "2024-Q1"


@pytest.fixture(scope="module")
def packed(_founded, tmp_path_factory, energy_text):
    """A ledger, and the pack of a quarter with a certificate in it; the report as JSON alone, which is quick."""
    tmp_path = tmp_path_factory.mktemp("packed")
    shutil.copytree(_founded, tmp_path / "book")
    ledger, energy = Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna"), tmp_path / "energy.csv"
    rows = energy_text + "4,LON,electricity_purchased,7.5,MWh,2024-02-01,2024-03-31,,measured\n"
    energy.write_text(rows)
    uploaded = ledger.upload(energy)
    assert uploaded.status == "accepted"
    header = "instrument_id,type,kwh,technology,energy_source,country,vintage_start,vintage_end,co2_kg_per_kwh,"
    header += "retired_on," + ",".join(f"criterion_{n}" for n in range(1, 9))
    instrument = tmp_path / "instrument.csv"
    answers = "met,met,met,met,met,na,na,met"
    instrument.write_text(f"{header}\nGO-1,certificate,40000,wind,renewable,GB,2024-01-01,2024-12-31,0,2025-02-01,{answers}\n")
    assert ledger.upload(instrument).status == "accepted"
    ledger.calculate()
    ledger.reverse(f"B{uploaded.batch}-2", reason="error")
    file = tmp_path / "pack.zip"
    ledger.pack(PERIOD, file, formats=("json",))
    return ledger, file


@pytest.fixture
def ledger(packed):
    return packed[0]


@pytest.fixture
def pack(packed, tmp_path):
    return Path(shutil.copy(packed[1], tmp_path / "pack.zip"))


def forged(pack, changes, *, sealed=True):
    """A copy of the pack with some files changed, and the manifest made anew where the forger is thorough."""
    with zipfile.ZipFile(pack) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= changes(members)
    manifest = json.loads(members["manifest.json"])
    if sealed:
        manifest["files"] = {
            name: hashlib.sha256(content).hexdigest() for name, content in members.items() if name != "manifest.json"
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    bad = pack.with_name("bad.zip")
    with zipfile.ZipFile(bad, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return bad


def test_a_stranger_verifies_it(pack, tmp_path):
    """With Python alone, outside of this package: everything is recomputed and holds."""
    with zipfile.ZipFile(pack) as archive:
        (tmp_path / "v.py").write_bytes(archive.read("verify_pack.py"))
    command = [sys.executable, "-I", str(tmp_path / "v.py"), str(pack)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("ok")
    assert "signed by ghg-ledger" in done.stdout


def test_it_holds_what_it_says(pack):
    """Postings of the certificate and of a row over two months are among those recomputed; most figures are sums."""
    found = verify_pack.verify(str(pack))
    assert found.faults == []
    with zipfile.ZipFile(pack) as archive:
        postings = archive.read("postings.csv").decode()
        assert {"report/quarterly.json", "factors.csv", "sql/calculation/winner.sql"} <= set(archive.namelist())
    assert postings.count("GO-1") > 1


def test_the_same_bytes_again(ledger, pack):
    """Made again from the same checkpoint, it is the same file."""
    again = pack.with_name("again.zip")
    ledger.pack(PERIOD, again, formats=("json",))
    assert again.read_bytes() == pack.read_bytes()
    with pytest.raises(Misuse, match="is there already"):
        ledger.pack(PERIOD, pack)


@pytest.mark.parametrize(
    "name", ["postings.csv", "figures.json", "entries.jsonl", "headers.jsonl", "checkpoint.txt", "boundary.json",
             "report/quarterly.json", "factors.csv", "verify_pack.py", "sql/calculation/winner.sql"],
)  # fmt: skip
def test_a_file_changed(pack, name):
    """One byte of any file is told by the manifest, with the file's name."""

    def changed(held):
        content = held[name]
        return {name: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]}

    bad = forged(pack, changed, sealed=False)
    assert any(fault.startswith(f"{name}: ") for fault in verify_pack.verify(str(bad)).faults)


def replaced(name, old, new):
    """A change of the first place of a text in a file."""

    def change(held):
        assert old in held[name], old
        return {name: held[name].replace(old, new, 1)}

    return change


def first_line_with(held, name, what):
    return next(line for line in held[name].decode().splitlines() if what in line)


def test_a_thorough_forger(pack):
    """A changed quantity, amount, entry, header, figure or root is told although the manifest was made anew."""
    with zipfile.ZipFile(pack) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    figures = json.loads(held["figures.json"])
    scope_2 = next(amount for figure, amount in figures.items() if "/scope_2_location@" in figure)
    entry = first_line_with(held, "entries.jsonl", "activity")
    leaf = next(name for name in held if name.startswith("leaves/"))
    changes = {
        "figure": replaced("figures.json", scope_2.encode(), b"1" + scope_2.encode()),
        "quantity": replaced("postings.csv", b"100000.000000", b"100001.000000"),
        "entry": replaced("entries.jsonl", b"100000.000000", b"100001.000000"),
        "line left out": lambda held: {"entries.jsonl": held["entries.jsonl"].replace(entry.encode() + b"\n", b"", 1)},
        "header": replaced("headers.jsonl", b"upload", b"uploae"),
        "leaf": lambda held: {leaf: bytes([held[leaf][0] ^ 1]) + held[leaf][1:]},
        "root": lambda held: {"checkpoint.txt": _other_root(held["checkpoint.txt"])},
        "postings left out": lambda held: {"postings.csv": b"".join(held["postings.csv"].splitlines(True)[:-9])},
    }
    for what, change in changes.items():
        assert verify_pack.verify(str(forged(pack, change))).faults, what


def _other_root(note: bytes) -> bytes:
    lines = note.split(b"\n")
    lines[2] = base64.b64encode(b"x" * 32)
    return b"\n".join(lines)


def test_a_kept_checkpoint(ledger, pack, tmp_path):
    """The pack is a continuation of an earlier checkpoint of the ledger, and of no other ledger's."""
    notes = (ledger.path.with_suffix(".checkpoints")).read_text().strip().split("\n\n")
    early = tmp_path / "early.txt"
    early.write_text("\n\n".join(notes[:2]) + "\n")
    assert verify_pack.verify(str(pack), str(early)).faults == []
    early.write_bytes(_other_root(early.read_bytes()))
    assert any("no continuation" in fault for fault in verify_pack.verify(str(pack), str(early)).faults)


def test_a_period_without_postings(ledger, tmp_path):
    """There is nothing to prove of it: refused in words, and no file is written."""
    with pytest.raises(Misuse, match="2019 has no postings"):
        ledger.pack("2019", tmp_path / "none.zip", formats=("json",))
    assert not (tmp_path / "none.zip").exists()


def test_the_columns_are_those_of_the_tables():
    """The places in the canonical form that the standalone program knows are the table classes' own."""
    tables = {table.__tablename__: hashed_columns(table) for table in TABLES if table.__tablename__ != "period_total"}
    for table, names in verify_pack.COLUMNS.items():
        for place, name in enumerate(names):
            assert name in ("_", tables[table][place], tables[table][place].removesuffix("_per_unit")), (table, name)
