"""Every other file that is read, mutilated: an answer in words and exit 1 or 2, never a traceback, never a hang."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from pathlib import Path

import hostile_books as books
import pytest
from typer.testing import CliRunner

from ledger.cli import app
from ledger.intake.publishers import read_publishers_file

MAPPING = """[headers]
"Site" = "facility_id"
[values.activity_type]
"Strom" = "electricity"
[constants]
unit = "kWh"
"""
MUTANTS = 12


def mutants(content: bytes, seed: int, count: int = MUTANTS) -> list[bytes]:
    """Variants of some bytes: cut, doubled, flipped, with bytes put in and taken out, and absurd ones."""
    chance = random.Random(seed)  # noqa: S311  no secret
    made = [b"", b"\0" * 64, content[: len(content) // 2], content * 2, b"\xff\xfe" + content, content[::-1]]
    while len(made) < count:
        raw = bytearray(content)
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(max(1, len(raw)))
            raw = raw or bytearray(b"x")
            kind = chance.randrange(4)
            if kind == 0:
                raw[place] ^= 1 << chance.randrange(8)
            elif kind == 1:
                raw[place:place] = chance.choice((b"\n", b"\0", b"[" * 300, b"9" * 400, "\u2014 ".encode(), b"=", b'"'))
            elif kind == 2:
                del raw[place : place + chance.randint(1, 40)]
            else:
                raw[place] = chance.randrange(256)
        made.append(bytes(raw))
    return made


@pytest.fixture
def call(ledger, monkeypatch):
    """The command in this process on a ledger of its own; gives how it ended, and fails where that is not in words."""
    monkeypatch.setenv("GHG_LEDGER", str(ledger.path))
    monkeypatch.setenv("GHG_ACTOR", "anna")
    monkeypatch.chdir(ledger.path.parent)

    def calling(*words: object) -> int:
        made = CliRunner().invoke(app, [str(word) for word in words])
        assert made.exception is None or isinstance(made.exception, SystemExit), (words, made.exception)
        assert made.exit_code in (0, 1, 2), made.output
        assert made.exit_code == 0 or len(made.output.strip()) > 20, words
        return int(made.exit_code)

    return calling


@pytest.fixture
def checkpoint(ledger, call) -> bytes:
    """A signed checkpoint of the ledger."""
    assert call("checkpoint", "export", "kept.txt") == 0
    return (ledger.path.parent / "kept.txt").read_bytes()


@pytest.mark.thorough
def test_mapping_files(call, tmp_path):
    """TOML that is none, of the wrong shape, or nested without end."""
    data = tmp_path / "data.csv"
    data.write_text("Site,Fuel,Unit,2026-01,2026-02\nLON,Strom,kWh,1,2\n")
    deep = b"[headers]\na = " + b"[" * 2_000 + b"]" * 2_000
    odd = [b"headers = 3", b"[values]\nunit = 3", b"[sheets]\nx = 1", b"[headers]\na = 1979-05-27",
           b"[constants]\nunit = 1.5"]  # fmt: skip
    for number, raw in enumerate([*mutants(MAPPING.encode(), 1, 20), deep, b"a.b.c." * 5_000 + b"=1", *odd]):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(raw)
        call("upload", data, "--mapping", path, "--check")


@pytest.mark.thorough
def test_checkpoints_and_cosigned_notes(call, checkpoint, tmp_path):
    """Notes that are cut, changed, doubled or none, wherever a note is read."""
    key = "A" * 43 + "="
    for number, raw in enumerate(mutants(checkpoint, 2)):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(raw)
        call("verify", "--checkpoint", path)
        call("checkpoint", "compare", path, tmp_path / "0.txt")
        if raw != checkpoint:
            assert call("checkpoint", "cosign", path, "--name", "x.example", "-o", tmp_path / f"c{number}") in (0, 1, 2)
        call("checkpoint", "import", path, "--public-key", key)
    for odd in ("", "not base64!", "A" * 10_000, "\u2014"):
        assert call("checkpoint", "import", tmp_path / "3.txt", "--public-key", odd) == 2


@pytest.mark.thorough
def test_the_side_files_of_a_ledger(call, ledger, checkpoint):
    """Its own checkpoints, log of refusals and people, mutilated: commands say so and none falls."""
    for name in ("checkpoints", "control.jsonl", "people"):
        side = ledger.path.with_suffix(f".{name}")
        before = side.read_bytes() if side.exists() else b""
        for raw in mutants(before or b'{"people":{"p-0123456789ab":{"name":"anna"}},"failures":{}}', 3, 9):
            side.write_bytes(raw)
            call("verify")
            call("doctor")
            call("person", "list")
            call("checkpoint", "export", "again.txt")
        side.write_bytes(before)


def test_snapshots(call, ledger, tmp_path):
    """Archives that are cut, changed, lead out of their folder, expand without end, or hold what is no ledger."""
    good = tmp_path / "good.zip"
    assert call("snapshot", good) == 0
    content = good.read_bytes()
    with zipfile.ZipFile(good) as archive:
        sums = archive.read("SHA256SUMS").decode()
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    made = {
        "none.zip": books.zip_of({"SHA256SUMS": b"", "ledger.duckdb": b""}),
        "outside.zip": books.zip_of({
            "SHA256SUMS": f"{empty}  ledger.duckdb\n{empty}  ledger.evidence/../../../x\n".encode(),
            "ledger.duckdb": b"", "ledger.evidence/../../../x": b"",
        }),
        "list.zip": books.zip_of({"SHA256SUMS": b"\xff" * 1_000, "ledger.duckdb": b"x"}),
        "strange.zip": books.zip_of({"SHA256SUMS": f"{empty}  ledger.duckdb\n".encode(), "ledger.duckdb": b""}),
        "bomb.zip": books.zip_of({"SHA256SUMS": sums.encode(), "ledger.duckdb": b"\0" * (300 * 2**20)}),
    }  # fmt: skip
    for number, raw in enumerate(mutants(content, 4, 9)):
        made[f"{number}.zip"] = raw
    for name, raw in made.items():
        (tmp_path / name).write_bytes(raw)
        if raw != content:
            target = tmp_path / f"{name}.duckdb"
            ended = call("restore", tmp_path / name, "--ledger", target)
            assert ended in (1, 2) or raw.endswith(content[-200:]), name
    assert not (tmp_path.parent / "x").exists()
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_factor_files(call, tmp_path):
    """Workbooks and tables of publishers: bombs, cut files, and text of any kind."""
    harmful = books.harmful()
    chosen = ("ratio", "overlapping members", "entities", "corner cell", "only cell in the corner", "cells without end")
    cases = [harmful[name] for name in chosen] + list(books.other_kinds().values())
    text = b"Country;Year;gCO2e/kWh\nGB;2025;1.234\nFR;2025;0,05\n"
    for number, raw in enumerate([*cases, *mutants(text, 5), b'"' * 300_000, b"a" * 1_000_000]):
        path = tmp_path / f"{number}{'.xlsx' if raw[:2] == b'PK' else '.csv'}"
        path.write_bytes(raw)
        assert call("factors", "import", path, "--check") in (1, 2), number


def test_a_factor_file_takes_no_more_than_its_limits(tmp_path, monkeypatch):
    """A file of more bytes than a workbook may have is told, not read."""
    monkeypatch.setenv("GHG_MAX_WORKBOOK_BYTES", "100")
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" * 1_000)
    read = read_publishers_file(path, kind="spend_table", edition=None)
    assert read.findings[0].code == "file-too-large"


@pytest.mark.thorough
def test_packs(call, ledger, tmp_path):
    """The standalone verifier on a pack that is cut or changed: words and exit 1 or 2."""
    import subprocess
    import sys

    file = tmp_path / "power.csv"
    columns = "activity_type,quantity,unit,period_start,period_end,facility_id"
    file.write_text(f"{columns}\nelectricity_purchased,1000,kWh,2026-07-01,2026-07-31,LON\n")
    assert ledger.upload(file).status == "accepted"
    pack = tmp_path / "pack.zip"
    assert call("pack", "--period", "2026-Q3", "-o", pack, "--format", "json") == 0
    content = pack.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        program = tmp_path / "v.py"
        program.write_bytes(archive.read("verify_pack.py"))
    for number, raw in enumerate([*mutants(content, 6, 9), books.zip_of({"manifest.json": b"[" * 100_000})]):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(raw)
        said = subprocess.run([sys.executable, program, path], capture_output=True, text=True, check=False, timeout=60)
        assert said.returncode in ((0,) if raw == content else (0, 1, 2)), said.stderr
        assert "Traceback" not in said.stderr + said.stdout, (number, said.stderr[-500:])


@pytest.mark.thorough
def test_filled_in_workbooks(call, ledger, tmp_path):
    """Our own templates, filled in and mutilated."""
    template = ledger.template("activity", tmp_path / "t.xlsx")
    for number, raw in enumerate(mutants(Path(template).read_bytes(), 7, 8)):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(raw)
        assert call("upload", path, "--check") in (1, 2)
