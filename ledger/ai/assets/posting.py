"""The manufacture of machines as postings: machines × kg CO2e of one, in full on the day of purchase, once a machine.

Scope 3 Standard, category 2: all cradle-to-gate emissions of capital goods count in the year of acquisition; they are
not depreciated. What counts already as money spent, is another's machine, or has no source is not posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ledger.ai.assets.purchases import make_purchases, tell_purchases
from ledger.ai.posting.plan import table_of
from ledger.store import Session, Writing, as_arrow
from ledger.store.in_force import newest_sql
from ledger.store.tables import AiDecision
from schemas.ai_vocabulary import CountedBy, HeldAs

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

TYPE = "hardware_manufacture"
"""The activity type of what is posted."""
PREFIX = "asset:"
"""Before the asset's number in the external id of its activity."""
_COMPARED = (
    "hardware_count", "machine_share", "embodied_kg_each", "embodied_source", "acquired_on", "legal_entity_id",
    "facility_id", "project", "model", "cluster", "invoice_id", "hardware_id",
)  # fmt: skip
"""What a posting says of its machine: where none of it differs the earlier posting stays."""

STANDING = """
select h.* exclude (batch_no, seq), a.batch_no, a.seq from activity a
join (
    select * from ai_decision where record_table = 'hardware_asset' and decision = 'posted'
    qualify row_number() over (partition by activity_batch, activity_seq order by batch_no desc, seq desc) = 1
) d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
join hardware_asset h on h.batch_no = d.record_batch and h.seq = d.record_seq
where a.reverses_batch is null and not exists (
    select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
"""
"""The machines whose manufacture stands in the book, with batch and number of the activity."""

_FATED = f"""
create or replace temp table asset_fate as
select n.*, n.row_no as record_seq, s.batch_no as standing_batch, s.seq as standing_seq,
       p.batch_no as spend_batch, p.seq as spend_seq,
       case when n.withdrawn then 'withdrawn'
            when n.held_as = '{HeldAs.RENTED.value}' then 'rented'
            when n.embodied_kg_each is null or n.embodied_source is null then 'no_source'
            when n.counted_by = '{CountedBy.SPEND.value}' then 'spend' else 'counts' end as fate,
       coalesce(fate = 'counts' and %(same)s, false) as is_kept
from asset_now n
left join ({STANDING}) s using (asset_id)
left join asset_purchase p on p.asset_id = n.asset_id
"""


@dataclass(frozen=True, slots=True)
class AssetPlan:
    """What an upload's machines ask of the batch: rows of activities to make, and how many are taken back.

    The latter are in temp table `asset_taken_back`.
    """

    rows: pl.DataFrame
    reversed: int


def plan_assets(
    s: Session, frame: pl.DataFrame, batch_no: int, faults: Faults, *, has_stage: bool
) -> AssetPlan | None:
    """What to post of the machines of an upload; None where a fault refuses it.

    Args:
        s: a session in which temporary tables may be made.
        frame: the rows of kind `hardware_asset` that are new or differ, with their figures.
        batch_no: of the batch that is to hold them.
        faults: where findings go.
        has_stage: whether view `stage` holds activities of the upload.
    """
    columns = [name for name in _columns(s) if name not in ("batch_no", "seq")]
    with s.given(given_asset=frame.with_row_index("row_no", 1).to_arrow()):
        own = ", ".join(f'"{name}"' if name in frame.columns else f'null as "{name}"' for name in columns)
        s.run(
            f"create or replace temp table asset_now as select row_no::integer as row_no, {own} from given_asset "
            f"union all by name select null, {', '.join(columns)} from hardware_asset where false"
        )
    make_purchases(s, batch_no, has_stage=has_stage)
    tell_purchases(s, faults)
    if faults.has_errors:
        return None
    same = " and ".join(f"n.{name} is not distinct from s.{name}" for name in _COMPARED)
    s.run(_FATED % {"same": same})
    s.run(
        "create or replace temp table asset_taken_back as select distinct standing_batch as batch_no, standing_seq as "
        "seq from asset_fate where standing_batch is not null and not is_kept"
    )
    rows = table_of(s, "select * from asset_fate where fate = 'counts' and not is_kept order by record_seq")
    return AssetPlan(rows, int(s.one("select count(*) from asset_taken_back")[0]))


def uploaded_assets(rows: pl.DataFrame) -> pl.DataFrame:
    """The machines to post as texts under the columns of an activity upload, with `source_line` and `sheet`."""

    def text(name: str) -> pl.Expr:
        plain = pl.col(name).cast(pl.String)
        return pl.when(plain.str.contains(".", literal=True)).then(
            plain.str.strip_chars_end("0").str.strip_suffix(".")
        ).otherwise(plain)  # fmt: skip

    note = pl.concat_str(
        pl.lit("manufacture of "), text("hardware_count"), pl.lit(" × "), pl.coalesce("hardware_id", "asset_id"),
        pl.lit(", in full in the year of purchase (Scope 3 category 2); kilograms by "), "embodied_source",
    )  # fmt: skip
    return rows.select(
        "source_line", "sheet",
        pl.concat_str(pl.lit(PREFIX), "asset_id").alias("external_id"),
        pl.lit(TYPE).alias("activity_type"),
        pl.lit("hardware_manufacture").alias("formula"),
        text("hardware_count").alias("hardware_units"),
        text("embodied_kg_each").alias("embodied_kg_each"),
        text("machine_share").alias("machine_share"),
        pl.lit("stated").alias("term_basis"),
        pl.col("embodied_source").alias("term_source"),
        pl.col("acquired_on").cast(pl.String).alias("period_start"),
        pl.col("acquired_on").cast(pl.String).alias("period_end"),
        "facility_id", "legal_entity_id", "project", "model", "invoice_id",
        pl.lit("calculated").alias("data_basis"),
        note.alias("note"),
    )  # fmt: skip


def record_asset_decisions(writing: Writing, before: int, after: int) -> None:
    """Write what became of each machine of the batch.

    Args:
        writing: the batch, with its machines and activities in it.
        before: the number before that of the first machine of the batch.
        after: how many activities of the batch stand before those of the upload.
    """
    found = writing.s.rows(
        "select f.record_seq, f.fate, f.is_kept, f.standing_batch, f.standing_seq, f.spend_batch, f.spend_seq, a.seq "
        f"from asset_fate f left join activity a on a.batch_no = {writing.batch_no} and a.reverses_batch is null "
        f"and a.activity_type = '{TYPE}' and a.external_id = concat('{PREFIX}', f.asset_id) order by f.record_seq"
    )
    rows = []
    for number, fate, is_kept, batch_no, seq, spend_batch, spend_seq, made in found:
        spend = (spend_batch, spend_seq + after) if spend_batch == writing.batch_no else (spend_batch, spend_seq)
        of = (batch_no, seq) if is_kept else (writing.batch_no, made) if fate == "counts" else spend
        rows.append(_decision(fate, of) | {"record_batch": writing.batch_no, "record_seq": before + number})
    writing.insert_rows(AiDecision, as_arrow(AiDecision, rows))


_WORDS = {
    "counts": ("posted", "counts", "its manufacture counts in full in the year of purchase, Scope 3 category 2"),
    "spend": ("breakdown", "spend_in_book", "its purchase is in the book as spend: the manufacture is a memo"),
    "spend_missing": ("evidence", "spend_missing", "to be counted by its spend, of which none is in the book"),
    "rented": ("evidence", "rented", "another's machine: its manufacture is in the service (category 1 or 8)"),
    "no_source": ("not_quantified", "no_source", "no source gives the kilograms of its manufacture"),
    "withdrawn": ("withdrawn", "withdrawn", "the record was withdrawn"),
}


def _decision(fate: str, of: tuple[int | None, int | None]) -> dict[str, Any]:
    fate = "spend_missing" if fate == "spend" and of[0] is None else fate
    decision, code, reason = _WORDS[fate]
    linked = of if fate in ("counts", "spend") else (None, None)
    return {
        "record_table": "hardware_asset", "decision": decision, "reason_code": code, "reason": reason,
        "activity_batch": linked[0], "activity_seq": linked[1],
    }  # fmt: skip


def _columns(s: Session) -> list[str]:
    return [str(row[0]) for row in s.rows("describe hardware_asset")]


def in_force_sql(size: str) -> str:
    """SQL: the machines in force as the ledger stood at a size, a SQL expression of a number."""
    return f"select * from ({newest_sql('hardware_asset', size)}) where not withdrawn"
