"""DuckDB in this process, in memory, over the files of one folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.calculation.engines.engine import Columns, Part, is_data
from ledger.errors import Misuse, Refused
from ledger.store import Arrow, Session
from ledger.store.parquet import over_parquet
from ledger.store.session import quoted_text


class Duck:
    """An engine (:class:`ledger.calculation.engines.Engine`)."""

    def __init__(self, s: Session) -> None:
        self._s = s
        self.title = f"DuckDB {s.one('select version()')[0]}"

    def parts(self, folder: str, wanted: Callable[[str], bool]) -> list[Part]:
        """The files below a folder. Raises Refused for one that is no whole Parquet file, or has other columns."""
        found: list[Part] = []
        shape: Any = None
        root = Path(folder).resolve()
        for file in sorted(root.rglob("*.parquet")):
            name = file.relative_to(root).as_posix()
            if not is_data(name) or not wanted(name):
                continue
            rows, own = _read(file, name)
            if shape is not None and own != shape:
                raise Refused(f"{name} has other columns or types than {found[0].name}", "write all files alike")
            shape = own
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            found.append(Part(name, str(file), file.stat().st_size, digest, rows))
        return found

    def table(self, name: str, places: Sequence[str]) -> Columns:
        """A view of the rows of some files."""
        files = ", ".join(quoted_text(place) for place in places)
        read = f"read_parquet([{files}], hive_partitioning = false)"
        self._s.run(f"create or replace temp view {name} as select * from {read}")
        return {field.name: str(field.type) for field in self.arrow(f"select * from {name} limit 0").schema}

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a SQL file."""
        self._s.run(sql, dict(params or {}))

    def arrow(self, sql: str, params: Mapping[str, Any] | None = None) -> Arrow:
        """The rows of a query."""
        return self._s.arrow(sql, dict(params or {}))


def _read(file: Path, name: str) -> tuple[int, Any]:
    """Rows and columns of a file, from its foot."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        foot = pq.read_metadata(file)
    except (OSError, pa.ArrowException) as fault:
        raise Refused(f"{name} cannot be read as Parquet: {str(fault).splitlines()[0]}", "copy it anew") from fault
    return foot.num_rows, foot.schema.to_arrow_schema().remove_metadata()


@contextmanager
def duck(folder: str) -> Iterator[Duck]:
    """DuckDB over a folder of this machine."""
    if "://" in folder:
        raise Misuse(f"DuckDB reads folders of this machine, not {folder}", "copy it here, or add --engine spark")
    if not Path(folder).is_dir():
        raise Misuse(f"there is no folder {folder}", "name the folder that holds the Parquet files")
    with over_parquet(Path(folder)) as s:
        yield Duck(s)
