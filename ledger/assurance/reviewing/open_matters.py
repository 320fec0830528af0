"""What of an engagement a sign-off must tell beside open findings: misstatements left, unfinished samples."""

from __future__ import annotations

from ledger.assurance.reviewing.engagements import EngagementTold
from ledger.assurance.sampling.misstatements import measure_totals, misstatements_in_force
from ledger.inventory.period import Period
from ledger.plain import plain_amount
from ledger.store import Session

_SAMPLES = """
select r.sample_id, r.item_count - (
    select count(distinct x.item) from sample_result x
    where x.sample_id = r.sample_id and x.audited_kg is not null and x.batch_no <= $size)
from review_sample r
where r.engagement_id = $engagement and r.batch_no <= $size and r.period_start <= $end and r.period_end >= $start
order by r.batch_no, r.seq
"""


def open_matters(s: Session, told: EngagementTold, of: Period, size: int) -> tuple[str, ...]:
    """Uncorrected misstatements above performance materiality and samples with items that have no result, in words."""
    totals = measure_totals(misstatements_in_force(s, told.engagement_id, size), told)
    made = [
        f"uncorrected misstatements of {one.measure} {plain_amount(one.uncorrected_kg)} kg, {one.verdict}"
        for one in totals if one.measure == told.measure and one.verdict.startswith("above")
    ]  # fmt: skip
    made += [f"sample {name}: {left} items without a result" for name, left in samples_left(s, told, of, size) if left]
    return tuple(made)


def samples_left(s: Session, told: EngagementTold, of: Period, size: int) -> list[tuple[str, int]]:
    """The samples of an engagement in a period, and how many items of each have no result."""
    given = {"engagement": told.engagement_id, "size": size, "start": of.start, "end": of.end}
    return [(str(name), int(left)) for name, left in s.rows(_SAMPLES, given)]
