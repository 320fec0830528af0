"""The published canonical form: the page is what the classes say, and enough to make every hash from."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal

import pyarrow as pa
import pytest

from ledger.assurance.canonical_page import canonical_page, example_row
from ledger.assurance.checks.leaves import ENTRY_TABLES, field_sql
from ledger.assurance.verification import FIXES
from ledger.store import as_arrow, session
from ledger.store.canonical import entry_leaf_sql, hashed_columns
from ledger.store.tables import Batch

SECTION = re.compile(r"### (\w+)\n\n(.*)\n\n```json\n(.*)\n(.*)\n(.*)\n```")


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "canonical.md").read_text(encoding="utf-8")


def test_the_page_is_that_of_the_classes(page):
    """`docs/canonical.md` is what `python -m ledger.assurance.canonical_page` prints."""
    assert page == canonical_page()


def netstring(value, kind: str) -> bytes:
    """One field, made from the page's words alone."""
    if value is None:
        return b"~"
    text = str(value)
    if kind.startswith("DECIMAL"):
        scale = int(kind.rstrip("?)").split(",")[1])
        text = f"{Decimal(value):.{scale}f}"
    elif kind.startswith("boolean"):
        text = "true" if value else "false"
    raw = text.encode()
    return str(len(raw)).encode() + b":" + raw


def test_the_page_is_enough(page):
    """From columns and rows on the page alone, in a few lines that import nothing of ours, come texts and leaves."""
    sections = SECTION.findall(page)
    assert len(sections) == len(ENTRY_TABLES) + 1
    for table, listed, row, text, leaf in sections:
        columns = [part.split(" ", 1) for part in re.split(r", (?=`)", listed)]
        values = json.loads(row)
        assert [name.strip("`") for name, _ in columns] == list(values)
        made = netstring(1, "") + netstring(table, "")
        made += b"".join(netstring(values[name.strip("`")], kind) for name, kind in columns)
        assert made.decode() == json.loads(text)
        assert hashlib.sha256(b"\x00" + made).hexdigest() == json.loads(leaf)


def test_the_roots_of_the_page(page):
    """The published roots follow from the RFC's recursion."""

    def mth(leaves: list[bytes]) -> bytes:
        if len(leaves) < 2:
            return leaves[0] if leaves else hashlib.sha256(b"").digest()
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()

    leaves = [hashlib.sha256(b"\x00" + str(n).encode()).digest() for n in range(9)]
    roots = re.findall(r"^\| (\d+) \| `([0-9a-f]{64})` \|$", page, re.MULTILINE)
    assert [(int(n), root) for n, root in roots] == [(n, mth(leaves[:n]).hex()) for n in range(10)]


def test_writer_and_verifier_hash_the_vectors_alike(page, tmp_path):
    """The SQL that writes and the SQL that verifies, which share nothing, both give the leaves of the page."""
    published = {table: json.loads(leaf) for table, *_, leaf in SECTION.findall(page)}
    with session(tmp_path / "x.duckdb", "write", create=True) as s:
        for name, table in {**ENTRY_TABLES, "batch": Batch}.items():
            row = example_row(table)
            rows = as_arrow(table, [{**row, "batch_no": 1}])
            for place, number in enumerate(("batch_no", "seq")):
                if number in row:
                    rows = rows.add_column(place, pa.field(number, pa.int64()), [[row[number]]])
            fields = ", ".join(field_sql(table, column) for column in hashed_columns(table))
            own = f"sha256(concat(chr(0), '1:1{len(name)}:{name}', {fields}))"
            with s.given(incoming=rows):
                assert s.one(f"select hex({entry_leaf_sql(table)}), {own} from incoming") == (
                    published[name].upper(), published[name])  # fmt: skip


def test_every_code_is_explained(root):
    """`docs/auditors.md` explains exactly the codes that a verification can tell."""
    page = (root / "docs" / "auditors.md").read_text(encoding="utf-8")
    listed = page.partition("## What is found")[2]
    rows = [line.split("|")[1] for line in listed.splitlines() if line.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} == set(FIXES)
