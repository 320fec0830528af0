"""Canonical form, version 1: the bytes of an entry that are hashed, once in SQL and once in Python.

An entry is 0x00 followed by netstrings ``<UTF-8 length>:<bytes>`` (no comma), null as ``~``: the canonical
version, the table's name, then the columns in declared order without ``batch_no``. Decimals carry every
digit of their scale, dates are ISO, instants UTC to the microsecond with ``Z``. Anyone can make the same
bytes; ``docs/canonical.md`` has test vectors. Leaf and node hashes are those of RFC 6962.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

from sqlalchemy import TIMESTAMP, Boolean, Date
from sqlmodel import SQLModel

from ledger.store.tables.columns import Exact

CANONICAL_VERSION = 1
_WIDE = Context(prec=80)  # the default of 28 digits is less than a column holds


def hashed_columns(table: type[SQLModel]) -> tuple[str, ...]:
    """The columns in the canonical form of a table, in order."""
    names = [column.name for column in table.__table__.columns]  # type: ignore[attr-defined]
    return tuple(name for name in names if name != "batch_no" or table.__tablename__ == "batch")


def prefix_text(table: type[SQLModel]) -> str:
    """The netstrings every entry of a table begins with."""
    return _netstring(str(CANONICAL_VERSION)) + _netstring(str(table.__tablename__))


def netstring_sql(table: type[SQLModel], column: str, *, filled: bool = False) -> str:
    """SQL arguments of ``concat`` that give the netstring of one column, null as ``~``.

    ``filled`` says that no row to be read has a null there. They stay separate arguments: one flat concat over all
    columns takes a third of the time of nested ones.
    """
    definition = table.__table__.columns[column]  # type: ignore[attr-defined]
    may_be_null = definition.nullable and not filled
    quoted = f'"{column}"'
    text = quoted
    if isinstance(definition.type, TIMESTAMP):
        text = f"strftime({quoted}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    elif isinstance(definition.type, Date) and not may_be_null:
        return f"'10:', {quoted}"
    if may_be_null:
        return f"coalesce(strlen({text}::varchar)::varchar, '~'), case when {quoted} is not null then ':' end, {text}"
    return f"strlen({text}::varchar), ':', {text}"


def columns_sql(table: type[SQLModel], columns: Iterable[str], filled: Container[str] = ()) -> str:
    """SQL arguments of ``concat`` that give the joined netstrings of several columns; ``filled`` ones have no null."""
    return ", ".join(netstring_sql(table, column, filled=column in filled) for column in columns)


def leaf_text_sql(table: type[SQLModel], arguments: str | None = None) -> str:
    """SQL for the text that is hashed of a row of a table; ``arguments`` of ``concat`` may give its fields."""
    fields = columns_sql(table, hashed_columns(table)) if arguments is None else arguments
    return f"concat(chr(0), '{prefix_text(table)}', {fields})"


def entry_leaf_sql(table: type[SQLModel]) -> str:
    """SQL for the leaf hash (32 bytes) of a row of a table."""
    return f"unhex(sha256({leaf_text_sql(table)}))"


def canonical_text(table: type[SQLModel], row: Mapping[str, Any]) -> str:
    """The canonical text of a row, in plain Python: the reference that the SQL must equal."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    parts = [_netstring(_value_text(columns[name].type, row[name])) for name in hashed_columns(table)]
    return prefix_text(table) + "".join(parts)


def leaf_hash(text: str) -> bytes:
    """RFC 6962 leaf hash of a canonical text."""
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 root: pairs are joined level by level, an odd last one moves up as it is."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def _netstring(text: str | None) -> str:
    return "~" if text is None else f"{len(text.encode())}:{text}"


def _value_text(kind: Any, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(kind, Exact):
        return format(Decimal(value).quantize(Decimal(1).scaleb(-kind.scale), context=_WIDE), "f")
    if isinstance(kind, Boolean):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
