"""The batch: one committed transaction, one act of one person, one link of the chain."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from ledger.store.tables.columns import as_big, as_instant


class Batch(SQLModel, table=True):
    """Header of a batch; its canonical form is the leaf of the log tree."""

    __tablename__ = "batch"

    batch_no: int = Field(sa_column_kwargs={"autoincrement": False}, primary_key=True)
    kind: str
    actor: str
    role: str
    recorded_at: datetime = as_instant()
    source_name: str | None = None
    source_sha256: str | None = None
    source_bytes: int | None = as_big(None)
    parser: str | None = None
    parser_version: str | None = None
    locale: str | None = None
    idempotency_key: str = Field(unique=True)
    reason: str | None = None
    control_totals: str
    first_seq: int = as_big()
    entry_count: int = as_big()
    entries_root: str
    previous_head: str = Field(unique=True)
    control_log_head: str | None = None
    software_version: str
    schema_version: int
    canonical_version: int
