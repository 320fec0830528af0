"""Completeness: what ought to have come in a period against what came, by facility or meter, type and month.

GHG Protocol Corporate Standard, chapter 1: every source within the boundary has data, an estimate, or an exclusion;
ISO 14064-3 asks for the matrix of months and meters. A day is covered where at least one standing row lies on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ledger.ai.accruals.standing import STATED
from ledger.errors import Finding
from ledger.intake.checks.thresholds import continuous_types, thresholds
from ledger.inventory.codes import told
from ledger.inventory.compile import checked_size
from ledger.inventory.coverage.estimates import Superseded, superseded_estimates
from ledger.inventory.coverage.implied import ImpliedFactor, implied_factors
from ledger.inventory.coverage.outliers import Outlier, outliers
from ledger.inventory.coverage.statements import make_standing_sum, run_statement
from ledger.inventory.period import Period
from ledger.store import Checkpoint, Session
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from decimal import Decimal

ENTRIES_SHOWN = 4
OVERLAPS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What is expected: of which facility or meter, what, how often, on which days of the period.

    ``entry`` is the expectation's own (`B5-2`); None where it was derived from what came before.
    """

    number: int
    facility_id: str | None
    meter_id: str | None
    activity_type: str
    frequency: str
    first_day: date
    last_day: date
    entry: str | None

    def __str__(self) -> str:
        place = self.facility_id or "the whole company"
        meter = f", meter {self.meter_id}" if self.meter_id else ""
        return f"{place}, {self.activity_type}{meter}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of a subject: days expected, covered, and of these covered by estimates alone."""

    subject: int
    month: date
    days_expected: int
    days_covered: int
    days_estimated: int

    @property
    def days_missing(self) -> int:
        """Days without any row."""
        return self.days_expected - self.days_covered

    @property
    def state(self) -> str:
        """covered, estimated (in whole or part), partial, or missing."""
        if not self.days_covered:
            return "missing"
        if self.days_missing:
            return "partial"
        return "estimated" if self.days_estimated else "covered"


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on end without data; ``due`` where data ought to have come by the day of the checkpoint."""

    subject: int
    first_day: date
    last_day: date
    days: int
    due: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """Days covered more than once by one meter, or by one facility, type and supplier; its first entries."""

    facility_id: str | None
    meter_id: str | None
    activity_type: str
    supplier: str | None
    first_day: date
    last_day: date
    days: int
    rows: int
    entries: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completeness(Tabular):
    """Everything that a report says of completeness and plausibility of a period.

    ``derived`` is true where no expectation is on record and the subjects follow from what came regularly. ``as_of``
    is the day of the last batch: what was not yet due by then is no finding.
    """

    ROWS = "findings"

    period: Period
    checkpoint: Checkpoint
    as_of: date
    derived: bool
    subjects: tuple[Subject, ...]
    cells: tuple[Cell, ...]
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    superseded: tuple[Superseded, ...]
    outliers: tuple[Outlier, ...]
    implied_factors: tuple[ImpliedFactor, ...]
    findings: tuple[Finding, ...]

    @property
    def told_cells(self) -> tuple[Cell, ...]:
        """The cells with data, and those of months that were over: of a later month nothing is missing yet."""
        running = self.as_of.replace(day=1)
        return tuple(cell for cell in self.cells if cell.state != "missing" or cell.month < running)

    @property
    def days(self) -> tuple[int, int, int]:
        """Days expected, covered, and of these estimated, over all subjects."""
        return (
            sum(cell.days_expected for cell in self.cells),
            sum(cell.days_covered for cell in self.cells),
            sum(cell.days_estimated for cell in self.cells),
        )


def compile_completeness(s: Session, of: Period, at: int | None = None) -> Completeness:
    """The completeness of a period as the ledger stood at a size (now when None). Days, not emissions, are counted.

    Raises Misuse for a size that the ledger has not reached.
    """
    checkpoint = checked_size(s, "operational_control", at)
    as_of = make_coverage(s, of, checkpoint.size)
    derived = not s.one("select count(*) from expectation where batch_no <= ? and not withdrawn", [checkpoint.size])[0]
    subjects = _subjects(s)
    limits = thresholds(s)
    gaps, overlaps = _gaps(s, as_of), _overlaps(s, of)
    late = superseded_estimates(s, of, checkpoint.size)
    unusual = outliers(s, of, checkpoint.size, limits)
    implied = implied_factors(s, of, checkpoint.size, limits)
    findings = (
        *_gap_findings(subjects, gaps),
        *_overlap_findings(overlaps, limits["overlap_tolerated_days"]),
        *(one.finding() for one in late),
        *(one.finding() for one in unusual),
        *(one.finding() for one in implied),
    )
    if derived:
        findings = (told("expectation-missing"), *findings)
    return Completeness(of, checkpoint, as_of, derived, subjects, _cells(s), gaps, overlaps, late, unusual, implied,
                        findings)  # fmt: skip


def data_gaps(s: Session, of: Period, size: int) -> tuple[tuple[Subject, ...], tuple[Gap, ...]]:
    """What is expected in a period, and the days of it that no row covers, as the ledger stood at a size."""
    as_of = _make_covered(s, of, size)
    return _subjects(s), _gaps(s, as_of)


def make_coverage(s: Session, of: Period, size: int) -> date:
    """Make temp tables standing_sum, expected, covered and overlap for a period; gives the day of the last batch."""
    day = _make_covered(s, of, size)
    s.run("create or replace temp table continuous (activity_type varchar)")
    s.con.executemany("insert into continuous values (?)", [[name] for name in continuous_types()])
    run_statement(s, "overlap", first=of.start, last=of.end)
    return day


def _make_covered(s: Session, of: Period, size: int) -> date:
    make_standing_sum(s, size)
    run_statement(s, "expected", first=of.start, last=of.end, size=size)
    if not s.one("select count(*) from expectation where batch_no <= ? and not withdrawn", [size])[0]:
        _expect_what_is_regular(s, of, size)
    run_statement(s, "matched", {"rows": "standing_sum"})
    run_statement(s, "covered")
    day: date = s.one("select max(recorded_at)::date from batch where batch_no <= ?", [size])[0]
    return day


def _expect_what_is_regular(s: Session, of: Period, size: int) -> None:
    """Fill `expected` from what came regularly, from its first row on, where nobody has said what is expected."""
    run_statement(s, "regular", size=size)
    s.run(
        "create or replace temp table expected as select row_number() over (order by facility_id nulls last, "
        "activity_type, meter_id nulls first)::integer as subject_no, facility_id, meter_id, activity_type, frequency, "
        "null::varchar as entry, greatest(first_day, $first::date) as first_day, "
        "least(last_expected, $last::date) as last_day "
        "from regular where first_day <= $last and coalesce(last_expected >= $first, true)",
        {"first": of.start, "last": of.end},
    )


def _subjects(s: Session) -> tuple[Subject, ...]:
    return tuple(
        Subject(*row)
        for row in s.rows(
            "select subject_no, facility_id, meter_id, activity_type, frequency, first_day, last_day, entry "
            "from expected order by subject_no"
        )
    )


def _cells(s: Session) -> tuple[Cell, ...]:
    rows = s.rows(
        "select subject_no, month, sum(days)::integer, coalesce(sum(days) filter (where is_own or is_estimated), 0)"
        "::integer, coalesce(sum(days) filter (where is_estimated), 0)::integer "
        "from covered group by all order by 1, 2"
    )
    return tuple(Cell(*row) for row in rows)


def _gaps(s: Session, as_of: date) -> tuple[Gap, ...]:
    """Open days joined to spans; a span is cut where what is due ends."""
    rows = s.rows(
        "with dated as (select c.*, (case e.frequency "
        "  when 'monthly' then c.month + interval 1 month "
        "  when 'quarterly' then date_trunc('quarter', c.month) + interval 3 month "
        "  else date_trunc('year', c.month) + interval 1 year end)::date <= $as_of as due "
        "  from covered c join expected e using (subject_no)), "
        "numbered as (select *, not (is_own or is_estimated) as open, "
        "  count(*) filter (where is_own or is_estimated) over (partition by subject_no order by first_day) as block "
        "  from dated) "
        "select subject_no, min(first_day), max(last_day), sum(days)::integer, due from numbered where open "
        "group by subject_no, block, due order by 1, 2",
        {"as_of": as_of},
    )
    return tuple(Gap(*row) for row in rows)


def _overlaps(s: Session, of: Period) -> tuple[Overlap, ...]:
    """The overlaps within the period, the longest first where there are very many, each with its rows."""
    rows = s.rows(
        "with told as (select * from overlap order by last_day - first_day desc, overlap_no limit $most), "
        "spanned as (select o.overlap_no, "
        "any_value(case when o.meter_id is null then o.facility_id else r.facility_id end) as facility_id, "
        "any_value(o.meter_id) as meter_id, any_value(o.activity_type) as activity_type, "
        "any_value(o.supplier) as supplier, any_value(greatest(o.first_day, $first::date)) as first_day, "
        "any_value(least(o.last_day, $last::date)) as last_day, sum(r.n)::bigint as n, "
        "list_sort(flatten(list(r.first_entries)))[1:$shown] as entries "
        "from told o join standing_sum r on r.activity_type = o.activity_type and r.direction = o.direction "
        "  and r.is_estimated = o.is_estimated and r.meter_id is not distinct from o.meter_id "
        "  and (o.meter_id is not null or (r.facility_id is not distinct from o.facility_id "
        "       and r.supplier is not distinct from o.supplier)) "
        "  and r.period_start <= o.last_day and r.period_end >= o.first_day and not r.is_by_the_hour "
        "  and r.period_start <= $last and r.period_end >= $first "
        "group by o.overlap_no), "
        "entry as (select overlap_no, unnest(entries) as number from spanned), "
        "placed as (select e.overlap_no, list(concat('B', a.batch_no, '-', a.seq) order by e.number) as entries, "
        "list(concat_ws(', ', b.source_name, 'sheet ' || a.sheet, 'line ' || a.source_line) order by e.number) "
        "  as places "
        "from entry e join activity a on a.batch_no = e.number >> 32 and a.seq = e.number & 4294967295 "
        "join batch b on b.batch_no = a.batch_no group by e.overlap_no) "
        "select s.facility_id, s.meter_id, s.activity_type, s.supplier, s.first_day, s.last_day, s.n, p.entries, "
        "p.places from spanned s join placed p using (overlap_no) order by s.first_day, s.overlap_no",
        {"most": OVERLAPS_SHOWN, "shown": ENTRIES_SHOWN, "first": of.start, "last": of.end},
    )
    return tuple(
        Overlap(
            facility_id=row[0],
            meter_id=row[1],
            activity_type=row[2],
            supplier=row[3],
            first_day=row[4],
            last_day=row[5],
            days=(row[5] - row[4]).days + 1,
            rows=row[6],
            entries=tuple(row[7]),
            places=tuple(row[8]),
        )
        for row in rows
    )


def _gap_findings(subjects: tuple[Subject, ...], gaps: tuple[Gap, ...]) -> list[Finding]:
    by_number = {subject.number: subject for subject in subjects}
    return [
        told("statement-missing" if by_number[gap.subject].activity_type == STATED else "data-missing",
             month=f"{gap.first_day:%Y-%m}", value=f"{gap.first_day}..{gap.last_day}", subject=by_number[gap.subject],
             first=gap.first_day, last=gap.last_day, days=gap.days)
        for gap in gaps
        if gap.due
    ]


def _overlap_findings(overlaps: tuple[Overlap, ...], tolerated: Decimal) -> list[Finding]:
    made = []
    for one in overlaps:
        if one.days <= tolerated:
            continue
        named = ", ".join(f"{entry} ({place})" for entry, place in zip(one.entries, one.places, strict=True))
        more = f" and {one.rows - len(one.entries)} more" if one.rows > len(one.entries) else ""
        what = one.facility_id or "no facility"
        what += f", {one.activity_type}" + (f", meter {one.meter_id}" if one.meter_id else "")
        what += f", {one.supplier}" if one.supplier else ""
        made.append(told("data-overlaps", entry=one.entries[-1], subject=what, first=one.first_day, last=one.last_day,
                         days=one.days, rows=named + more, last_entry=one.entries[-1]))  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class Proposal:
    """An expectation that follows from what came regularly: for a person to check and upload.

    ``valid_to`` is there where meters took the place of rows without one, or the other way round.
    """

    facility_id: str | None
    meter_id: str | None
    activity_type: str
    frequency: str
    valid_from: date
    valid_to: date | None = None


def proposed_expectations(s: Session, size: int) -> tuple[Proposal, ...]:
    """What came regularly and is not yet expected, by facility or meter and type."""
    make_standing_sum(s, size)
    run_statement(s, "regular", size=size)
    rows = s.rows(
        "select facility_id, meter_id, activity_type, frequency, first_day, last_expected from regular "
        "order by facility_id nulls last, activity_type, meter_id nulls first"
    )
    return tuple(Proposal(*row) for row in rows)
