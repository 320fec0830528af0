"""Whether rows that were worked out follow from the terms kept with them: meter readings, and shared bills."""

from __future__ import annotations

from ledger.assurance.verification import Faults, tell
from ledger.store import Session

_TERMS = """
    select activity_batch, activity_seq,
           max(value) filter (where name = 'reading_start')::decimal(38,6) as reading_start,
           max(value) filter (where name = 'reading_end')::decimal(38,6) as reading_end,
           max(value) filter (where name = 'rollover')::decimal(38,6) as rollover,
           max(value) filter (where name = 'multiplier')::decimal(19,6) as multiplier,
           max(value) filter (where name = 'shared_quantity')::decimal(38,6) as shared_quantity,
           max(value) filter (where name = 'share_part')::decimal(19,6) as share_part,
           max(value) filter (where name = 'share_whole')::decimal(19,6) as share_whole
    from activity_parameter where activity_batch > {since} group by all
"""
"""Terms of 18 digits each are one digit wider here: a product of two decimals of at most 18 digits is kept in 64 bits,
where it overflows; with 19 digits on one side it has 38, which holds every product of two terms."""


def check_metered(s: Session, since: int, faults: Faults) -> None:
    """Consumption is the difference of its readings times the multiplier; shares of a bill add up to the bill."""
    if not s.one(f"select count(*) from activity_parameter where activity_batch > {since}")[0]:
        return
    terms = _TERMS.format(since=since)
    tell(
        s, "meter-consumption",
        f"""
        with term as ({terms})
        select a.batch_no, a.seq, a.quantity, t.reading_end, t.reading_start, t.rollover, t.multiplier
        from term t join activity a on a.batch_no = t.activity_batch and a.seq = t.activity_seq
        where (t.reading_end is not null or t.reading_start is not null) and coalesce(
            a.quantity::decimal(38,12)
                <> (t.reading_end - t.reading_start + t.rollover)::decimal(19,6) * t.multiplier, true)
        """,
        "the row has {0}, which readings {1} and {2}, rollover {3} and multiplier {4} do not give", faults,
    )  # fmt: skip
    tell(
        s, "meter-consumption",
        f"""
        with term as ({terms}),
        metered as (
            select a.batch_no, a.seq, d.meter_id, a.period_start, a.period_end from term t
            join activity a on a.batch_no = t.activity_batch and a.seq = t.activity_seq
            join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
            where t.reading_end is not null and not exists (
                select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
        )
        select batch_no, seq, meter_id, period_start, before from (
            select *, lag(period_end) over (partition by meter_id order by period_start, batch_no, seq) as before
            from metered
        ) where before >= period_start
        """,
        "the consumption of meter {0} from {1} on begins before the one that ends on {2} has ended", faults,
    )  # fmt: skip
    _check_shares(s, terms, faults)


def _check_shares(s: Session, terms: str, faults: Faults) -> None:
    """Each share is the facility's part of its bill but for the last decimals, and the shares are the bill."""
    tell(
        s, "shared-bill",
        f"""
        with term as ({terms}),
        part as (
            select a.batch_no, a.seq, a.quantity, t.shared_quantity, t.share_part, t.share_whole,
                   count(*) over (partition by a.batch_no, a.sheet, a.source_line, a.activity_type, a.unit_given,
                                  a.period_start, a.period_end)::decimal(6,0) as n,
                   sum(a.quantity) over (partition by a.batch_no, a.sheet, a.source_line, a.activity_type, a.unit_given,
                                         a.period_start, a.period_end)::decimal(38,6) as total
            from term t join activity a on a.batch_no = t.activity_batch and a.seq = t.activity_seq
            where t.shared_quantity is not null
        )
        select batch_no, seq, quantity, shared_quantity, share_part, share_whole, total from part
        where coalesce(total <> shared_quantity
            or abs(quantity::decimal(19,6) * share_whole - shared_quantity::decimal(19,6) * share_part)
               > share_whole * 0.000001::decimal(7,6) * n, true)
        """,
        "the row has {0} of a bill of {1}, of which its share is {2} of {3}; the shares come to {4}", faults,
    )  # fmt: skip
