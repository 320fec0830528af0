"""Tables in memory with the columns of a ledger's: for asking the shipped factors where there is no ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ledger.store.session import Session

if TYPE_CHECKING:
    from ledger.store.append import Arrow
    from ledger.store.tables import Entry


@contextmanager
def scratch(tables: Sequence[type[Entry]], rows: Mapping[type[Entry], Sequence[Arrow]]) -> Iterator[Session]:
    """A session over these tables with these rows, as one batch; it holds no acts, and nothing of it is kept."""
    from sqlalchemy.schema import CreateTable

    con = duckdb.connect(":memory:", config={"threads": "1", "autoinstall_known_extensions": "false"})
    try:
        s = Session(Path(":memory:"), con)
        dialect = s.engine.dialect
        for table in tables:
            shape: Any = table
            s.run(str(CreateTable(shape.__table__).compile(dialect=dialect)))
            for part in rows.get(table, ()):
                with s.given(incoming=part):
                    s.run(
                        f"insert into {table.__tablename__} by name "
                        "select 1 as batch_no, row_number() over () as seq, * from incoming"
                    )
        yield s
    finally:
        con.close()
