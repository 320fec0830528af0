"""The trees that verification builds by itself: in whatever windows and by whatever joins, those of the rows."""

from __future__ import annotations

import made_rows as made
import pytest

from ledger.assurance.checks import leaves
from ledger.store import Act, append, as_arrow, session
from ledger.store.canonical import canonical_text, leaf_hash, tree_root
from ledger.store.tables import Activity

MANY = 777


@pytest.fixture(scope="module")
def s(tmp_path_factory):
    """Batches of one row, of a power of two, of many: with nulls among the columns that many rows share."""
    with session(made.ledger(tmp_path_factory.mktemp("trees")), "write", create=True) as opened:
        made.found(opened)
        for count in (1, 2, 64, MANY):
            given = made.activities(count)
            for place, row in enumerate(given):
                row |= {"supplier": None if place % 3 else "é", "team": "", "month": row["period_start"]}
            rows = as_arrow(Activity, given)
            append(opened, Act("upload", "tester", "admin", f"k{count}"),
                   lambda w, rows=rows: w.insert_rows(Activity, rows) and None)  # fmt: skip
        yield opened


def headers(s) -> list[dict]:
    """Number, count and root of each batch of activities."""
    names = ("batch_no", "entry_count", "entries_root")
    rows = s.rows(f"select {', '.join(names)} from batch where kind = 'upload' order by batch_no")
    return [dict(zip(names, row, strict=True)) for row in rows]


def python_leaves(s, number: int) -> list[bytes]:
    """The leaves of a batch of activities from its rows, in plain Python."""
    names = Activity.__table__.columns.keys()
    rows = s.rows("select * from activity where batch_no = ? order by seq", [number])
    return [leaf_hash(canonical_text(Activity, dict(zip(names, row, strict=True)))) for row in rows]


@pytest.mark.parametrize("window", [16, 64, 1024])
@pytest.mark.parametrize("few", [1, 3, 1000])
@pytest.mark.parametrize("rows_a_text", [2, 10**9])
@pytest.mark.parametrize("many", [0, 50, 2000])
def test_roots(s, monkeypatch, window, few, rows_a_text, many):
    """The roots in the headers come out, by joins of columns or one by one, with shared texts or without."""
    monkeypatch.setattr(leaves, "WINDOW", window)
    monkeypatch.setattr(leaves, "_FEW", few)
    monkeypatch.setattr(leaves, "MANY", many)
    monkeypatch.setattr(leaves, "_ROWS_A_TEXT", rows_a_text)
    held, given = leaves.held_entries(s), headers(s)
    trees = leaves.batch_trees(s, given, held)
    told = {header["batch_no"]: (tree_root(python_leaves(s, header["batch_no"])).hex(), header["entry_count"])
            for header in given}  # fmt: skip
    assert {header["batch_no"]: (header["entries_root"], header["entry_count"]) for header in given} == told
    assert {number: (tree.root(), tree.leaves) for number, tree in trees.items()} == told
    assert all(tree.distinct for tree in trees.values())
    for header in given:
        sources = {"activity": "activity"}
        assert leaves.leaves_root(s, sources, header["batch_no"], header["entry_count"]) == header["entries_root"]


def test_leaves_of_a_window(s, monkeypatch):
    """Each window's leaves are those rows, in their order."""
    monkeypatch.setattr(leaves, "WINDOW", 100)
    header, held = headers(s)[-1], leaves.held_entries(s)
    own = held[header["batch_no"]]
    found = [leaf for window in range(8) for leaf in leaves.leaf_hashes(s, header, own, window)]
    assert found == python_leaves(s, header["batch_no"])


@pytest.mark.parametrize("many", [0, 2000])
def test_a_header_that_counts_less_and_a_number_twice(s, monkeypatch, many):
    """Rows beyond the count have no place in the tree, in a group of batches too; a number twice is told."""
    monkeypatch.setattr(leaves, "MANY", many)
    held, given = leaves.held_entries(s), headers(s)
    short = [header | {"entry_count": max(1, header["entry_count"] - 1)} for header in given]
    trees = leaves.batch_trees(s, short, held)
    for header in short:
        number, count = header["batch_no"], header["entry_count"]
        assert trees[number].root() == tree_root(python_leaves(s, number)[:count]).hex()
        assert trees[number].leaves == count
    s.run("begin")
    s.run("insert into activity select * from activity where seq = 2 and batch_no = ?", [given[-1]["batch_no"]])
    trees = leaves.batch_trees(s, given, held)
    s.run("rollback")
    assert [trees[header["batch_no"]].distinct for header in given] == [True, True, True, False]
