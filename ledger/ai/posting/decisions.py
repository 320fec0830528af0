"""What became of each record: posted, kept as evidence, a breakdown of what the book holds, or not quantified.

A decision is a row; only those that are new or change are written.
"""

from __future__ import annotations

from ledger.ai.posting.sql_text import sql
from ledger.store import Session, Writing
from ledger.store.tables import AiDecision

_NAMES = tuple(name for name in AiDecision.model_fields if name not in ("batch_no", "seq"))


def record_decisions(writing: Writing, first_seqs: dict[str, int], after: int) -> int:
    """Write the decisions that are new or changed.

    Args:
        after: how many activities of the batch stand before those of the upload.
        writing: the batch, with the records and activities of the upload in it; temp table `posted_unit` names for each
            unit the activity that stands for it.
        first_seqs: by table, the number before that of the first record of the upload.
    """
    s = writing.s
    s.run(
        "update unit_cover set held = struct_pack(batch_no := held.batch_no, seq := held.seq + "
        f"{after}, kind := held.kind, period_start := held.period_start, period_end := held.period_end) "
        f"where held.batch_no = {writing.batch_no}"
    )
    s.run(sql("unit_fate"))
    s.run(sql("decided"))
    for table, before in first_seqs.items():
        for prefix in ("record", "by"):
            s.run(
                f"update decided set {prefix}_seq = {prefix}_seq + {before} where {prefix}_batch = {writing.batch_no} "
                f"and {prefix}_table = '{table}'"
            )
    return writing.insert(AiDecision, _changed(), "record_table, record_batch, record_seq")


def _changed() -> str:
    names = ", ".join(f'd."{name}"' for name in _NAMES)
    same = " and ".join(f'h."{name}" is not distinct from d."{name}"' for name in _NAMES)
    return (
        f"select {names} from decided d anti join (select * from ai_decision qualify row_number() over "
        f"(partition by record_table, record_batch, record_seq order by batch_no desc, seq desc) = 1) h on {same}"
    )


def make_posted_units(s: Session, batch_no: int, after: int) -> None:
    """Temp table `posted_unit`: for each unit the activity that stands for it, of this batch or of an earlier one.

    Those of this batch come after its first ``after`` activities.
    """
    s.run(
        "create or replace temp table posted_unit as select unit_key, batch_no, seq from kept_unit union all "
        f"select external_id, batch_no, seq from activity where batch_no = {batch_no} and seq > {after} "
        "and reverses_batch is null"
    )
