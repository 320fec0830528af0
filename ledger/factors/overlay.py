"""Factors laid over those of the ledger for one session, to see what would follow: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.store import Arrow, Session
from ledger.store.schema import table_name
from ledger.store.session import quoted_name
from ledger.store.tables import Entry


def lay_over(s: Session, rows: Mapping[type[Entry], Arrow]) -> None:
    """Rows stand in this session as if the next batch had brought them.

    A temporary table of the same name comes before the ledger's own wherever a statement names it; it goes with the
    session, and a session that only reads can hold one.
    """
    database, next_batch = s.one("select current_database(), coalesce(max(batch_no), 0) + 1 from batch")
    for table, held in rows.items():
        name = table_name(table)
        numbered = held.append_column("seq", [list(range(1, held.num_rows + 1))])
        with s.given(laid=numbered):
            s.run(
                f"create or replace temp table {name} as select * from {quoted_name(database)}.main.{name} "
                f"union all by name select {next_batch}::bigint as batch_no, seq::integer as seq, * exclude (seq) "
                "from laid"
            )
