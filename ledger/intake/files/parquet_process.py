"""The process in which a Parquet file is read: whatever its bytes do to a reader, they do it here, under limits.

Started by :mod:`ledger.intake.files.parquet_file` with a line of JSON, it answers with one and leaves the table as a
CSV.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ledger.intake.files.limits import Limits
from ledger.intake.files.workbook_process import keep_within

_ROWS = 20_000


class TooMuch(Exception):
    """The file holds more than is read: the code of the finding, and its words."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.told = {"code": code, **words}


def columns_of(path: Path, limits: Limits) -> list[str]:
    """The names of the columns, those within others with a dot between.

    Raises TooMuch for more rows or columns than are read.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if file.metadata.num_rows > limits.foreign_rows:
            raise TooMuch("rows-too-many", limit=limits.foreign_rows)
        if file.metadata.num_columns > limits.columns:
            raise TooMuch("columns-too-many", found=file.metadata.num_columns, limit=limits.columns)
        return [name for name, _ in _flat(file.schema_arrow.empty_table())]


def write_csv(path: Path, target: Path, limits: Limits) -> None:
    """The rows as a CSV, every value as its shortest text; lists and maps are left out.

    Raises TooMuch for more text than is read, however small the file is that holds it.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file, target.open("wb") as out:
        schema = pa.schema([(name, pa.string()) for name, _ in _flat(file.schema_arrow.empty_table())])
        with pa.csv.CSVWriter(out, schema) as writer:
            for batch in file.iter_batches(batch_size=_ROWS):
                columns = [_text(column) for _, column in _flat(pa.Table.from_batches([batch]))]
                writer.write_table(pa.table(columns, schema=schema))
                if out.tell() > limits.workbook_expanded_bytes:
                    raise TooMuch("file-too-large", size=out.tell(), limit=limits.workbook_expanded_bytes)


def _flat(table: Any) -> Iterator[tuple[str, Any]]:
    """Name and values of each column that is one value a row; those of records within are columns of their own."""
    import pyarrow as pa

    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    for name, column in zip(table.column_names, table.columns, strict=True):
        if not pa.types.is_nested(column.type):
            yield name, column


def _text(column: Any) -> Any:
    """Values as text. A time that is known to be of UTC says so, another is a clock time as it stands."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_timestamp(column.type):
        return column.cast(pa.string())
    mark = "Z" if column.type.tz else ""
    moment = column.cast(pa.timestamp(column.type.unit))  # of one with a zone the instant in UTC
    seconds = moment.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.all(pc.equal(seconds.cast(moment.type), moment)).as_py() in (True, None)
    return pc.strftime(seconds if is_whole else moment, format="%Y-%m-%d %H:%M:%S" + mark)


def answer_of(question: dict[str, Any]) -> dict[str, Any]:
    """The columns of a file, its rows left as a CSV; or why it is not read."""
    limits = Limits(**question["limits"])
    path = Path(question["path"])
    try:
        columns = columns_of(path, limits)
        write_csv(path, Path(question["target"]), limits)
    except TooMuch as fault:
        return fault.told
    except MemoryError:
        return {"code": "file-not-read", "reason": "it takes more memory than is given to it"}
    except Exception as fault:  # noqa: BLE001 — a reader of others raises what it likes, and the file is at fault
        return {"code": "file-not-read", "reason": (str(fault) or type(fault).__name__).partition("\n")[0]}
    return {"columns": columns}


def main() -> None:
    """Answer the one question that this process was started for."""
    question = json.loads(sys.stdin.readline())
    keep_within(Limits(**question["limits"]))
    sys.stdout.write(json.dumps(answer_of(question)) + "\n")


if __name__ == "__main__":
    main()
