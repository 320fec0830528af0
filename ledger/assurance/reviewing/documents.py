"""Documents behind entries: invoices, certificates, letters, kept by their SHA-256 and linked to what they show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.assurance.verification import Faults, tell
from ledger.store import Session
from ledger.store.evidence import evidence_folder

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document and the entry that it speaks for; ``entry`` is None for one that is only kept.

    ``link`` is the entry of the link itself, None where the row named the document when it was uploaded.
    """

    name: str
    sha256: str
    bytes: int
    media_type: str
    entry: str | None
    note: str | None
    link: str | None
    actor: str
    recorded_at: datetime
    kept_at: Path | None


_ATTACHMENTS = """
with document as (
    select * from evidence qualify row_number() over (partition by sha256 order by batch_no, seq) = 1
),
link as (
    select sha256, entry_batch, entry_seq, note, concat('B', batch_no, '-', seq) as link, batch_no from evidence_link
    union all
    select d.evidence_sha256, d.activity_batch, d.activity_seq, null, null, d.batch_no from activity_detail d
    where d.evidence_sha256 is not null
)
select e.name, e.sha256, e.bytes, e.media_type,
       case when l.sha256 is not null then concat('B', l.entry_batch, '-', l.entry_seq) end as entry,
       l.note, l.link, b.actor, b.recorded_at
from document e left join link l using (sha256) join batch b on b.batch_no = coalesce(l.batch_no, e.batch_no)
where $entry is null or (l.entry_batch = $batch and l.entry_seq = $seq)
order by l.entry_batch, l.entry_seq, e.name, l.link
"""


def attachments(s: Session, entry: tuple[int, int] | None = None) -> tuple[Attachment, ...]:
    """Every document of the ledger, or those of one entry (batch, number), with who attached it and where it lies."""
    batch_no, seq = entry or (None, None)
    folder = evidence_folder(s.path)
    given = {"entry": None if entry is None else f"B{batch_no}-{seq}", "batch": batch_no, "seq": seq}
    return tuple(
        Attachment(*(*row, folder / row[1] if (folder / row[1]).is_file() else None))
        for row in s.rows(_ATTACHMENTS, given)
    )


def check_links(s: Session, since: int, faults: Faults) -> None:
    """A link leads from a listed document to an entry that is there; what became of a finding names one."""
    tell(
        s, "link-broken",
        f"select l.batch_no, l.seq, concat('B', l.entry_batch, '-', l.entry_seq) from evidence_link l "
        f"where l.batch_no > {int(since)} and not exists (select 1 from batch b where b.batch_no = l.entry_batch "
        "and b.batch_no <= l.batch_no and l.entry_seq between 1 and b.entry_count)",
        "it links a document to {}, which is no entry of this ledger", faults,
    )  # fmt: skip
    tell(
        s, "link-broken",
        f"select l.batch_no, l.seq, l.sha256 from evidence_link l where l.batch_no > {int(since)} "
        "and not exists (select 1 from evidence e where e.sha256 = l.sha256 and e.batch_no <= l.batch_no)",
        "it links the document {}, which the ledger does not list", faults,
    )  # fmt: skip
    tell(
        s, "link-broken",
        f"select v.batch_no, v.seq, concat('B', v.finding_batch, '-', v.finding_seq) from finding_event v "
        f"where v.batch_no > {int(since)} and not exists (select 1 from finding f where f.batch_no = v.finding_batch "
        "and f.seq = v.finding_seq and f.batch_no <= v.batch_no)",
        "it settles {}, which is no finding of this ledger", faults,
    )  # fmt: skip
