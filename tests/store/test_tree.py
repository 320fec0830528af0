"""The trees: RFC 6962 roots, made in windows, equal to an independent reading of the RFC."""

from __future__ import annotations

import hashlib

import made_rows as made
import pytest

from ledger.errors import Damage
from ledger.store import Act, append, as_arrow, digests, latest_checkpoint, session, tree
from ledger.store.canonical import canonical_text, leaf_hash, tree_root
from ledger.store.tables import Activity, Setting

# The roots over the first 1 … 8 of these leaves, as published with the Certificate Transparency code base.
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def rfc_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it is written there: split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + rfc_root(leaves[:split]) + rfc_root(leaves[split:])).digest()


def test_published_roots():
    """The published test vectors come out."""
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in LEAVES]
    assert [tree_root(leaves[:n]).hex() for n in range(1, 9)] == list(ROOTS)


def test_level_by_level_is_the_recursion_of_the_rfc():
    """For 0 to 70 leaves, joining pairs level by level gives the root that the RFC defines by recursion."""
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(70)]
    assert all(tree_root(leaves[:n]) == rfc_root(leaves[:n]) for n in range(71))


@pytest.fixture(scope="module")
def s(tmp_path_factory):
    with session(made.ledger(tmp_path_factory.mktemp("tree")), "write", create=True) as opened:
        made.found(opened)
        yield opened


def python_root(s, batch_no: int) -> str:
    """The root of a batch from its rows, in plain Python."""
    leaves: dict[int, bytes] = {}
    for table in (Activity, Setting):
        names = table.__table__.columns.keys()
        for row in s.rows(f"select * from {table.__tablename__} where batch_no = ?", [batch_no]):
            value = dict(zip(names, row, strict=True))
            leaves[value["seq"]] = leaf_hash(canonical_text(table, value))
    return rfc_root([leaves[seq] for seq in sorted(leaves)]).hex()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 64, 65, 1000])
def test_sql_root_is_the_rfc_root(s, count):
    """The root in the header is that of the rows, for counts around powers of two, over two tables."""

    def fill(writing):
        writing.insert_rows(Activity, as_arrow(Activity, made.activities(count)))
        writing.insert_rows(Setting, as_arrow(Setting, [{"name": "é", "value": "|", "valid_from": made.EPOCH}]))

    done = append(s, Act("upload", "tester", "admin", f"k{count}"), fill)
    header = s.one("select entries_root, entry_count from batch where batch_no = ?", [done.batch_no])
    assert header == (python_root(s, done.batch_no), count + 1)


def test_windows_combine_to_the_same_root(s, monkeypatch):
    """Hashed in windows of 16, 64 or 1024 leaves, a batch has the root that it has as a whole."""
    batch = made.upload(s, "windows", 1777)
    whole = python_root(s, batch.batch_no)
    for window in (16, 64, 1024, 2048):
        monkeypatch.setattr(tree, "WINDOW", window)
        assert tree.entries_root(s, batch.batch_no, batch.entries) == whole


@pytest.mark.parametrize("many", [0, 10**9])
def test_what_is_in_place_is_hashed_ahead(s, monkeypatch, many):
    """Whole windows hashed while the rest is made, and rows of other columns after them, give the root of all."""
    monkeypatch.setattr(tree, "WINDOW", 64)
    monkeypatch.setattr(tree, "_MANY_ROWS", many)
    ahead = []

    def fill(writing):
        writing.hash_ahead()
        for more in ({}, {"supplier": "é", "team": "t", "invoice_id": "i"}):
            rows = [row | more for row in made.activities(200)]
            writing.insert_rows(Activity, as_arrow(Activity, rows))
            writing.hash_ahead()
            ahead.append(len(writing.tree._roots))
        writing.insert_rows(Setting, as_arrow(Setting, [{"name": "é", "value": "|", "valid_from": made.EPOCH}]))

    done = append(s, Act("upload", "tester", "admin", f"ahead{many}"), fill)
    assert ahead == [3, 6]
    header = s.one("select entries_root, entry_count from batch where batch_no = ?", [done.batch_no])
    assert header == (python_root(s, done.batch_no), 401)


def test_levels_by_columns_give_the_same_root(s, monkeypatch):
    """Leaves and every level hashed as columns, as those of a large batch are, give the root of the RFC."""
    monkeypatch.setattr(tree, "MANY", 2)
    monkeypatch.setattr(digests, "MANY", 2)
    for count in (2, 3, 5, 63, 64, 777):
        batch = made.upload(s, f"levels{count}", count)
        for window in (64, 1 << 17):
            monkeypatch.setattr(tree, "WINDOW", window)
            assert tree.entries_root(s, batch.batch_no, batch.entries) == python_root(s, batch.batch_no)


@pytest.mark.parametrize("many", [2, 10**9])
@pytest.mark.parametrize("numbers", [[1, 2, 2], [1, 2, 4], [0, 1, 2], [1, 2, 3, 4]])
def test_what_is_not_numbered_without_gap_is_not_appended(s, monkeypatch, many, numbers):
    """A number twice, left out or too many: the batch is refused before it is one, by either way of hashing."""
    monkeypatch.setattr(tree, "MANY", many)
    before = latest_checkpoint(s)

    def fill(writing):
        rows = as_arrow(Activity, made.activities(len(numbers))).append_column("seq", [numbers])
        absent = ", ".join(
            f'null as "{name}"' for name in Activity.model_fields if name not in {*rows.column_names, "batch_no"}
        )
        with writing.s.given(incoming=rows):
            writing.insert_numbered(Activity, f"select *{absent and ', ' + absent} from incoming")
        writing.reserve(3)

    with pytest.raises(Damage, match="without gap or repeat"):
        append(s, Act("upload", "tester", "admin", f"gap{many}{numbers}"), fill)
    assert latest_checkpoint(s) == before


def test_fragments_do_not_change_the_root(s, monkeypatch):
    """Joining repeating columns once per combination gives the same bytes as hashing each row by itself."""
    batch = made.upload(s, "fragments", 1500)
    for threshold in (10, 10**9):
        monkeypatch.setattr(tree, "_MANY_ROWS", threshold)
        assert tree.entries_root(s, batch.batch_no, batch.entries) == python_root(s, batch.batch_no)


def test_the_log_tree_is_over_the_headers(s):
    """The checkpoint's root is the RFC root over the header leaves, and each header names the leaf before it."""
    leaves = tree.header_leaves(s)
    assert latest_checkpoint(s).root == rfc_root(leaves).hex()
    assert latest_checkpoint(s, 3).root == rfc_root(leaves[:3]).hex()
    heads = [row[0] for row in s.rows("select previous_head from batch order by batch_no")]
    assert heads == ["0" * 64, *(leaf.hex() for leaf in leaves[:-1])]
