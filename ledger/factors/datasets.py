"""The shipped datasets: a CSV in our one column set beside its source record, read as text, typed exactly."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger import extensions
from ledger.errors import Damage
from ledger.store import Arrow, as_arrow
from ledger.store.tables import Entry

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
    """Every dataset that is shipped or that an extension adds, by name."""
    found = []
    for record in extensions.once("factors", "*.source.toml").values():
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

    Raises Damage where a cell does not fit its column, naming column and reason.
    """
    import pyarrow as pa

    schema = as_arrow(table, []).schema
    columns = [_typed_column(schema.field(name), [row.get(name) for row in rows]) for name in schema.names]
    return pa.Table.from_arrays(columns, schema=schema)


def _typed_column(field: Any, values: list[Any]) -> Any:
    """Texts as an Arrow array of the field's type, exactly: a decimal that would lose a digit does not fit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(field.type):
        values = [value.lower() in _TRUE if isinstance(value, str) else value for value in values]
    elif not pa.types.is_string(field.type) and any(isinstance(value, str) for value in values):
        try:
            return pc.cast(pa.array([None if value is None else str(value) for value in values]), field.type)
        except pa.ArrowInvalid as fault:
            raise Damage(f"column {field.name}: {fault}", "mend the file") from fault
    return pa.array(values, field.type)
