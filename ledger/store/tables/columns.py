"""The column types of the ledger: exact decimals at the fixed scales, instants in UTC, plain integers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Numeric
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Exact(TypeDecorator[Decimal]):
    """DECIMAL(precision, scale) handed to DuckDB as it is; the dialect's own way goes through float."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def bind_processor(self, dialect: Any) -> None:  # noqa: ARG002 — the signature is SQLAlchemy's
        """No conversion on the way in."""
        return

    def result_processor(self, dialect: Any, coltype: Any) -> None:  # noqa: ARG002 — as above
        """No conversion on the way out."""
        return


def as_quantity(default: Any = ...) -> Any:
    """Q: an amount in the unit given, DECIMAL(18,6)."""
    return Field(default, sa_type=Exact(18, 6))


def as_published(default: Any = None) -> Any:
    """F: a factor as its publisher prints it, DECIMAL(28,15)."""
    return Field(default, sa_type=Exact(28, 15))


def as_per_unit(default: Any = None) -> Any:
    """P: kg (or kWh) per unit given, DECIMAL(38,12)."""
    return Field(default, sa_type=Exact(38, 12))


def as_mass(default: Any = None) -> Any:
    """K: a mass in kg, DECIMAL(38,18)."""
    return Field(default, sa_type=Exact(38, 18))


def as_count(default: Any = None) -> Any:
    """A whole number of up to 38 digits: operations, parameters, tokens."""
    return Field(default, sa_type=Exact(38, 0))


def as_big(default: Any = ...) -> Any:
    """A 64-bit whole number."""
    return Field(default, sa_type=BigInteger)


def as_instant(default: Any = ...) -> Any:
    """A point in time, UTC, to the microsecond."""
    return Field(default, sa_type=TIMESTAMP(timezone=True))


def as_own_text(default: Any = ...) -> Any:
    """A text that hardly any two rows share: packed as such, since looking for a dictionary takes twice the time."""
    return Field(default, sa_column_kwargs={"info": {_COMPRESSION: "zstd"}})


@compiles(CreateColumn)
def _column_sql(element: CreateColumn, compiler: Any, **options: Any) -> str:
    """The definition of a column, with how it is packed where that is given; it is no part of the column's type."""
    made = str(compiler.visit_create_column(element, **options))
    packed = element.element.info.get(_COMPRESSION)
    return made if packed is None else f"{made} using compression {packed}"


_COMPRESSION = "compression"


class Entry(SQLModel):
    """What every entry of the ledger has: the batch it came in and its place there, from 1 without gaps."""

    __mapper_args__ = {"primary_key": ["batch_no", "seq"]}  # for the mapper alone: the DDL has no key

    batch_no: int = as_big()
    seq: int
