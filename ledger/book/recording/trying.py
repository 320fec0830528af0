"""What a checked file would bring if it were recorded now."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.book.results import Added
from ledger.calculation.trial import try_rows
from ledger.errors import Finding
from ledger.inventory.compile import EXPLAINED, MEASURE_FILTER
from ledger.inventory.periods.settled_rows import settled_if_recorded
from ledger.store import Session


@dataclass(frozen=True, slots=True)
class Tried:
    """Postings with a result and without, what they would add by year, and what they mean for settled periods."""

    posted: int
    not_quantified: int
    added: tuple[Added, ...]
    settled: tuple[Finding, ...] = ()


def tried(s: Session) -> Tried:
    """What the activities in view `stage` would bring; nothing is written."""
    try_rows(s)
    posted, gaps = s.one(
        "select coalesce(sum(n) filter (where not is_null), 0)::bigint, "
        "coalesce(sum(n) filter (where is_null and not list_contains($explained, reason_code)), 0)::bigint "
        "from trial_row",
        {"explained": list(EXPLAINED)},
    )
    sums = ", ".join(f"sum(kg) filter (where {condition}) as {name}" for name, condition in MEASURE_FILTER.items())
    rows = s.rows(f"select year, {sums} from trial_row where book = 'inventory' group by 1 order by 1")
    added = tuple(Added(year, dict(zip(MEASURE_FILTER, figures, strict=True))) for year, *figures in rows)
    return Tried(int(posted), int(gaps), added, settled_if_recorded(s))
