"""The page docs/canonical.md: the bytes that are hashed, table by table, with test vectors, made from the classes.

``python -m ledger.assurance.canonical_page > docs/canonical.md`` writes it anew; a test compares the two.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Integer
from sqlmodel import SQLModel

from ledger.store.canonical import CANONICAL_VERSION, canonical_text, hashed_columns, leaf_hash, tree_root
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES, Batch
from ledger.store.tables.columns import Exact

_TABLES: tuple[type[SQLModel], ...] = (Batch, *ENTRIES)
_TEXTS = ("a|b", "é", "", "東京", "1:a~", "b\nc")

_INTRODUCTION = f"""# Canonical form, version {CANONICAL_VERSION}

This page is made from the table classes by `python -m ledger.assurance.canonical_page`; a test holds the two
together. Whoever can read the ledger can make every hash again from it, in any language.

## An entry

Every row of a table below is an entry. Its canonical text is a row of netstrings: `<length>:<bytes>`, the length in
bytes of UTF-8, nothing between them; null is `~`. First the canonical version, then the name of the table, then the
columns in the order of this page. `batch_no` is left out of every table but `batch`, whose header binds it.

| type | text |
|---|---|
| text | as it is stored, byte for byte; the empty text is `0:` |
| integer | decimal digits, `-` before a negative one |
| DECIMAL(p,s) | every digit of the scale, no exponent: `-1234.500000` for s = 6 |
| boolean | `true` or `false` |
| date | `YYYY-MM-DD` |
| instant | UTC to the microsecond: `YYYY-MM-DDTHH:MM:SS.ffffffZ` |

The leaf of an entry is `SHA-256(0x00 || text)`, that of an inner node `SHA-256(0x01 || left || right)` (RFC 6962,
section 2.1).

## A batch, and the log

The leaves of a batch stand in the order of `seq`, 1 to `entry_count`, over all tables together. Their root is
`entries_root` in the batch's header, as lower-case hex. The header is an entry itself, of table `batch`; the headers
in the order of `batch_no` are the leaves of the log. `previous_head` is the leaf of the header before, as hex; 64
zeros in the first. `period_total` is derived and has no leaves.

A tree is made by joining neighbours level by level; an odd last one moves up as it is. The root over no leaves is the
SHA-256 of nothing.

## A checkpoint

A signed note: the ledger's name, the number of batches, the root of the log in base64, an empty line, then lines of
`— <name> <base64>`. The base64 is four bytes of `SHA-256(name || 0x0A || 0x01 || public key)` and the Ed25519
signature over the three first lines, each with its line feed. The ledger's name is `ghg-ledger/` and the setting
`origin`. Which keys may sign, and what a key signs of another, is told in [keys.md](keys.md).
"""


def canonical_page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_INTRODUCTION, _trees(), "## Tables\n", *map(_section, _TABLES)])


def example_row(table: type[SQLModel]) -> dict[str, Any]:
    """The row of a table's test vector: every type, nulls where null may be, text of one to three bytes a letter."""
    columns = {column.name: column for column in table.__table__.columns}  # type: ignore[attr-defined]
    row: dict[str, Any] = {}
    for place, name in enumerate(hashed_columns(table), 1):
        empty = columns[name].nullable and place % 3 == 0
        row[name] = None if empty else _example(columns[name].type, place)
    return row


def _example(kind: Any, place: int) -> Any:
    if isinstance(kind, Exact):
        return Decimal(f"{'-' if place % 2 else ''}{place}.{place}").quantize(Decimal(1).scaleb(-kind.scale))
    if isinstance(kind, TIMESTAMP):
        return datetime(2026, 11, 24, 8, 0, place, 5, UTC)
    if isinstance(kind, Boolean):
        return place % 2 == 0
    if isinstance(kind, Date):
        return date(2024, 2, 29)
    if isinstance(kind, BigInteger):
        return 2**40 + place
    if isinstance(kind, Integer):
        return -place if place % 5 == 0 else place
    return _TEXTS[place % len(_TEXTS)]


def _section(table: type[SQLModel]) -> str:
    columns = {column.name: column for column in table.__table__.columns}  # type: ignore[attr-defined]
    listed = [
        f"`{name}` {_type(columns[name].type)}{'?' if columns[name].nullable else ''}" for name in hashed_columns(table)
    ]
    row = example_row(table)
    text = canonical_text(table, row)
    given = json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False)
    return (
        f"### {table_name(table)}\n\n{', '.join(listed)}\n\n"
        f"```json\n{given}\n{json.dumps(text, ensure_ascii=False)}\n{json.dumps(leaf_hash(text).hex())}\n```\n"
    )


def _trees() -> str:
    leaves = [leaf_hash(str(number)) for number in range(9)]
    rows = [f"| {count} | `{tree_root(leaves[:count]).hex()}` |" for count in range(10)]
    return (
        "## Test vectors\n\n"
        "Roots over the first n of the leaves of the texts `0`, `1`, `2` … `8`:\n\n| n | root |\n|---|---|\n"
        + "\n".join(rows)
        + "\n\nUnder each table below: its columns in order with their types (`?`: null may be), then three lines of "
        "JSON: a row, its canonical text, its leaf. Amounts and dates are written as text.\n"
    )


def _type(kind: Any) -> str:
    if isinstance(kind, Exact):
        return f"DECIMAL({kind.precision},{kind.scale})"
    named = ((TIMESTAMP, "instant"), (Boolean, "boolean"), (Date, "date"), (Integer, "integer"))
    return next((name for cls, name in named if isinstance(kind, cls)), "text")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return format(value, "f") if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value


def main() -> None:
    """Print the page."""
    sys.stdout.write(canonical_page())


if __name__ == "__main__":
    main()
