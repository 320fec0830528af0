"""DuckDB in memory over Parquet files that are no ledger's: it reads one folder, and can do nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ledger.errors import Refused
from ledger.store.bounds import memory_set, threads_set
from ledger.store.session import Session


@contextmanager
def over_parquet(folder: Path) -> Iterator[Session]:
    """A session over the files below a folder; what does not fit into memory goes to a temporary folder.

    Raises Refused where DuckDB cannot read a file, or a sum would pass its bounds.
    """
    with tempfile.TemporaryDirectory(prefix="ghg-spill-") as spill:
        con = duckdb.connect(":memory:", config={"threads": threads_set(), "memory_limit": memory_set()})
        try:
            allowed = str(folder.resolve()).replace("'", "''")
            for statement in (
                "set global TimeZone = 'UTC'",
                "set preserve_insertion_order = false",
                f"set temp_directory = '{spill}'",
                "set autoinstall_known_extensions = false",
                "set autoload_known_extensions = false",
                "set python_enable_replacements = false",
                f"set allowed_directories = ['{allowed}']",
                "set enable_external_access = false",
                "set lock_configuration = true",
            ):
                con.execute(statement)
            yield Session(Path(":memory:"), con)
        except duckdb.Error as fault:
            raise Refused(
                f"the files of {folder} cannot be worked on: {str(fault).splitlines()[0]}",
                "see that all files are whole and written alike; nothing was recorded",
            ) from fault
        finally:
            con.close()
