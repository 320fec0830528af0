"""The shipped datasets: a CSV in our one column set beside its source record, read as text, typed exactly."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger import shipped
from ledger.errors import Damage
from ledger.store import Arrow, as_arrow
from ledger.store.tables import Entry
from ledger.store.tables.columns import Exact

if TYPE_CHECKING:
    from collections.abc import Callable

_TRUE = {"yes", "true", "1"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A shipped dataset: its source record and the files beside it."""

    name: str
    source: dict[str, Any]
    csv_path: Path

    @property
    def sha256(self) -> str:
        """Digest (hex) over the source record and the files: what makes a publication the same or another."""
        digest = hashlib.sha256()
        for path in (self.csv_path.with_suffix(".source.toml"), self.csv_path, self.gases_path):
            if path.exists():
                digest.update(path.read_bytes())
        return digest.hexdigest()

    @property
    def gases_path(self) -> Path:
        """The species rows beside the factors, where the dataset has any."""
        return self.csv_path.with_suffix(".gases.csv")


def shipped_datasets() -> list[Dataset]:
    """Every dataset in the shipped folder, by name."""
    folder = shipped.path("data") / "factors"
    found = []
    for record in sorted(folder.glob("*.source.toml")):
        source = tomllib.loads(record.read_text(encoding="utf-8"))
        csv_path = record.with_name(record.name.removesuffix(".source.toml") + ".csv")
        if not csv_path.exists():
            raise Damage(f"the dataset {record.name} has no {csv_path.name} beside it", "install ghg-ledger again")
        found.append(Dataset(str(source["dataset"]), source, csv_path))
    return found


def text_rows(path: Path) -> list[dict[str, str | None]]:
    """The rows of a CSV as text, blank cells as None."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]


def typed_rows(table: type[Entry], rows: list[dict[str, Any]]) -> Arrow:
    """Text rows as an Arrow table typed by the table's class; columns it does not have are left out.

    Raises Damage where a cell does not fit its column, naming the cell.
    """
    from sqlalchemy import Boolean, Date, Integer

    columns = {c.name: c.type for c in table.__table__.columns if c.name not in ("batch_no", "seq")}  # type: ignore[attr-defined]
    readers: dict[str, Callable[[str], Any]] = {}
    for name, kind in columns.items():
        if isinstance(kind, Exact):
            readers[name] = _exact_reader(kind.scale)
        elif isinstance(kind, Boolean):
            readers[name] = lambda text: text.lower() in _TRUE
        elif isinstance(kind, Date):
            readers[name] = _date
        elif isinstance(kind, Integer):
            readers[name] = int
    made = []
    for row in rows:
        out: dict[str, Any] = {}
        for name in columns:
            value = row.get(name)
            try:
                out[name] = readers[name](value) if isinstance(value, str) and name in readers else value
            except (ValueError, ArithmeticError) as fault:
                where = f"{table.__tablename__}.{name}"
                raise Damage(f"{where}: {value!r} does not fit ({fault})", "mend the file") from fault
        made.append(out)
    return as_arrow(table, made)


def _date(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


def _exact_reader(scale: int) -> Callable[[str], Any]:
    from decimal import Decimal

    step = Decimal(1).scaleb(-scale)

    def exact(text: str) -> Decimal:
        value = Decimal(text)
        fitted = value.quantize(step)
        if fitted != value:
            raise ValueError(f"more than {scale} decimals")
        return fitted

    return exact
