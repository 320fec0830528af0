"""What our own connection to the ledger cannot do, what the ledger's object does not offer, and what never leaves."""

from __future__ import annotations

import base64
import inspect
import os
import re
import subprocess
import sys
import zipfile

import pytest

from ledger import Ledger
from ledger.store import session
from ledger.store.checkpoint import signing_key_path
from ledger.store.session import side_folder

ENERGY = """facility_id,activity_type,quantity,unit,period_start,period_end,data_basis
LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured
"""
REFUSED = (
    "select * from read_csv('{outside}/secret.csv')",
    "select * from read_text('{outside}/secret.csv')",
    "select * from read_blob('{outside}/secret.csv')",
    "select * from read_parquet('{outside}/x.parquet')",
    "select * from read_json('{outside}/secret.csv')",
    "select * from '{outside}/secret.csv'",
    "select * from glob('{outside}/*')",
    "select * from glob('/etc/*')",
    "select * from read_text('{inside}/../secret.csv')",
    "select * from read_text('{inside}/../../../../../../etc/passwd')",
    "copy (select 1) to '{outside}/out.csv'",
    "copy setting to '{inside}/../out.csv'",
    "copy (select 1) to '{outside}/out.parquet' (format parquet)",
    "export database '{outside}/all'",
    "attach '{outside}/other.duckdb'",
    "attach '{outside}/other.duckdb' as o (read_only)",
    "attach ':memory:' as m",
    "install httpfs",
    "load httpfs",
    "install spatial from community",
    "load '{outside}/evil.duckdb_extension'",
    "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "set lock_configuration = false",
    "set autoinstall_known_extensions = true",
    "set allow_community_extensions = true",
    "set python_enable_replacements = true",
    "set memory_limit = '100GB'",
    "set TimeZone = 'Europe/Paris'",
    "reset memory_limit",
    "pragma enable_profiling",
    "create secret s (type s3, key_id 'x', secret 'y')",
    "select * from frame_of_ours",
)
EXTRA_ALLOWED = (
    "attach ':memory:' as m", "create secret s (type s3, key_id 'x', secret 'y')", "pragma enable_profiling",
)  # fmt: skip
"""Harmless where they work: they reach no file and no network; they must then leave nothing behind."""


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_session_reaches_no_file_network_or_setting(ledger, mode):
    """Each way out of the database is refused, in a session that reads and in one that writes."""
    frame_of_ours = [1]
    outside = ledger.path.parent
    (outside / "secret.csv").write_text("a\nSECRET\n")
    inside = side_folder(ledger.path, "evidence").resolve()
    before = sorted(outside.iterdir())
    with session(ledger.path, mode) as s:
        reached = [one for one in sorted({*REFUSED} - {*EXTRA_ALLOWED})
                   if s.attempted(one.format(outside=outside, inside=inside)) is None]  # fmt: skip
        assert s.rows("select 1") == [(1,)]
    assert reached == []
    assert frame_of_ours == [1]
    assert sorted(outside.iterdir()) == before


def test_inside_the_folders_of_the_ledger_files_are_read(ledger):
    """The stage and the evidence are what a session may read."""
    folder = side_folder(ledger.path, "evidence").resolve()
    (folder / "x.csv").write_text("a\n7\n")
    with session(ledger.path) as s:
        assert s.rows(f"select * from read_csv('{folder / 'x.csv'}')") == [(7,)]


def test_every_line_of_the_lock_down_holds(ledger):
    """The settings that a session runs under, one by one."""
    with session(ledger.path) as s:
        for name, value in (
            ("lock_configuration", True), ("enable_external_access", False), ("autoinstall_known_extensions", False),
            ("autoload_known_extensions", False), ("allow_community_extensions", False),
            ("python_enable_replacements", False), ("TimeZone", "UTC"),
        ):  # fmt: skip
            assert s.one(f"select current_setting('{name}')") == (value,), name
        assert s.one("select current_setting('memory_limit')")[0]


def test_the_ledger_offers_nothing_that_changes_or_deletes():
    """No public method updates, deletes or runs SQL; corrections are additions."""
    offered = {name for name, _ in inspect.getmembers(Ledger, callable) if not name.startswith("_")}
    assert len(offered) > 40
    forbidden = re.compile(r"^(?:update|delete|remove|drop|truncate|overwrite|replace|execute|sql|query|purge)")
    assert [name for name in offered if forbidden.match(name)] == []
    for name, method in inspect.getmembers(Ledger, inspect.isfunction):
        if not name.startswith("_"):
            assert not {"sql", "statement", "query"} & set(inspect.signature(method).parameters), name


NO_NETWORK = """
import socket, sys
def refuse(*words, **named):
    raise AssertionError("the network was asked")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
from ledger.cli import main
main()
"""


def run_without_network(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process in which every connection fails loudly."""
    return subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *map(str, words)], capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | {"GHG_ACTOR": "anna"} | environment,
    )  # fmt: skip


@pytest.mark.thorough
def test_a_whole_job_asks_no_network_and_tells_no_secret(tmp_path):
    """Founding, upload, figures, report and pack with sockets refused; the key and the environment stand nowhere."""
    secret = "SECRET-OF-THE-ENVIRONMENT-4711"
    book = tmp_path / "ledger.duckdb"
    (tmp_path / "energy.csv").write_text(ENERGY.replace("LON,", ",").replace("data_basis", "data_basis,country")
                                         .replace("measured", "measured,GB"))  # fmt: skip
    given = {"GHG_LEDGER": str(book), "API_TOKEN": secret, "AWS_SECRET_ACCESS_KEY": secret}
    said = ""
    for words in (
        ["init", "--organisation", "Acme"], ["upload", tmp_path / "energy.csv"], ["calculate"],
        ["inventory", "--period", "2026-Q3", "--json"],
        ["report", "--period", "2026-Q3", "--format", "xlsx,html,json", "-o", tmp_path / "out"],
        ["pack", "--period", "2026-Q3", "-o", tmp_path / "pack.zip", "--format", "json"], ["verify"], ["doctor"],
        ["trace", "B1-1"], ["upload", tmp_path / "missing.csv"], ["report", "--period", "nonsense"],
    ):  # fmt: skip
        made = run_without_network(*words, **given)
        assert made.returncode in (0, 1, 2), made.stderr
        assert "network was asked" not in made.stderr, made.stderr
        said += made.stdout + made.stderr
    assert (tmp_path / "pack.zip").exists()
    raw = base64.b64decode(signing_key_path().read_bytes())
    key = signing_key_path().read_bytes().strip()
    for place in [tmp_path / "pack.zip", *tmp_path.rglob("*")]:
        if place.is_file():
            held = place.read_bytes()
            if zipfile.is_zipfile(place):
                with zipfile.ZipFile(place) as archive:
                    held += b"".join(archive.read(name) for name in archive.namelist())
            for found in (secret.encode(), key, raw, raw.hex().encode()):
                assert found not in held, place
    assert secret not in said
    assert key.decode() not in said
    assert signing_key_path().stat().st_mode & 0o077 == 0


def test_sockets_are_refused_in_that_process():
    """The refusal above is one: a connection in it fails."""
    code = NO_NETWORK.partition("from ledger.cli")[0] + "socket.create_connection(('127.0.0.1', 9))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "the network was asked" in made.stderr
