"""What stands beside the figures: what has none and why, whether data came, who stands where, how good the data are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.calculation.reasons import gap_fix, gap_in_words
from ledger.web.explore.parts import at_most, line_name, lines_link, size_asked, tabs
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link, figure_link
from ledger.web.frame.measures import NOT_ADDED, measure_columns
from ledger.web.frame.tables import Column, Linked, Row, Table
from schemas.measures import INVENTORY_MEASURES, MEASURE_TITLES

if TYPE_CHECKING:
    from ledger.errors import Finding
    from ledger.inventory import Boundary
    from ledger.inventory.compile import ViewTotals
    from ledger.inventory.coverage.completeness import Completeness

router = APIRouter()
_MARKS = {"covered": "●", "estimated": "◐", "partial": "◔", "missing": "○"}
SHOWN_SUBJECTS = 200


@router.get("/explore/not-quantified")
def not_quantified(here: InPage) -> Response:
    """Activity without a figure: why, how much of it, and what to do."""
    at = size_asked(here)
    now = here.read("inventory", here.period, view=here.view, **at)
    scope, category = here.query("scope"), here.query("category")
    gaps = [
        gap for gap in now.not_quantified
        if scope in ("", gap.scope) and category in ("", str(gap.scope3_category or ""))
    ]  # fmt: skip
    columns = (
        Column("activity", "Activity"), Column("stands", "Would stand in"), Column("line", "Posting"),
        Column("country", "Country"), Column("rows", "Rows", "number"), Column("quantity", "Quantity", "number"),
        Column("unit", "Unit"), Column("why", "Why"), Column("fix", "What to do"),
    )  # fmt: skip
    rows, more = at_most(here, [_gap_row(here, gap) for gap in gaps])
    table = Table("gaps", "Not quantified", columns, rows, more, "Everything that was uploaded has a figure.")
    return here.page(
        "explore/not_quantified.html.j2", title="Not quantified", place="explore", now=now, gaps=gaps, scope=scope,
        category=category, tabs=tabs(here, "not-quantified"), tables=(table,),
    )  # fmt: skip


def _gap_row(here: Here, gap: Any) -> Row:
    method = "" if gap.method in {"single", "unstated"} else f", {gap.method}-based"
    category = f", category {gap.scope3_category}" if gap.scope3_category else ""
    measure = f"scope_2_{gap.method}" if gap.scope == "2" else f"scope_{gap.scope}"
    sought: dict[str, Any] = {"activity_type": gap.activity_type, "amount": "none", "country": gap.country}
    if measure in MEASURE_TITLES:
        sought["measure"] = measure
    fix = gap_fix(gap.reason)
    if fix and here.may("factor_set") and gap.reason in {"no_factor", "too_old"}:
        fix = Linked(fix, here.link("/factors/import"))  # type: ignore[assignment]
    return Row({
        "activity": Linked(gap.activity_type.replace("_", " "), lines_link(here, **sought)),
        "stands": f"Scope {gap.scope}{method}{category}", "line": line_name(gap.line), "country": gap.country,
        "rows": gap.rows, "quantity": gap.quantity, "unit": gap.unit, "why": gap_in_words(gap.reason), "fix": fix,
    })  # fmt: skip


@router.get("/explore/coverage")
def coverage(here: InPage) -> Response:
    """Which months of what is expected have data; gaps, overlaps, outliers, each with what to do."""
    found: Completeness = here.read("completeness", here.period, **size_asked(here))
    subjects = {subject.number: subject for subject in found.subjects}
    states = {(cell.subject, cell.month): cell for cell in found.told_cells}
    months = found.period.months
    columns = (
        Column("facility", "Facility"), Column("type", "Activity"), Column("meter", "Meter"),
        Column("frequency", "Comes"), *(Column(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months),
    )  # fmt: skip
    rows = []
    for subject in found.subjects:
        own = {"facility": subject.facility_id or "the whole company", "meter": subject.meter_id,
               "type": subject.activity_type.replace("_", " "), "frequency": subject.frequency}  # fmt: skip
        for month in months:
            cell = states.get((subject.number, month))
            own[f"{month:%Y-%m}"] = None if cell is None else _cell_words(cell)
        rows.append(Row(own))
    matrix = Table("matrix", "By month", columns, rows)
    return here.page(
        "explore/coverage.html.j2", title="Coverage", place="explore", tabs=tabs(here, "coverage"), found=found,
        states=states, months=months, marks=_MARKS, words=_cell_words, shown=SHOWN_SUBJECTS,
        findings=_by_code(found.findings),
        tables=(matrix, _gaps_table(here, found, subjects), _overlaps_table(here, found), _outliers_table(here, found)),
    )  # fmt: skip


def _by_code(findings: Sequence[Finding]) -> list[tuple[Finding, int]]:
    """The first finding of each code, and how many more there are like it."""
    first: dict[str, Finding] = {}
    count: Counter[str] = Counter()
    for one in findings:
        first.setdefault(one.code, one)
        count[one.code] += 1
    return [(one, count[code] - 1) for code, one in first.items()]


def _cell_words(cell: Any) -> str:
    if cell.state == "partial":
        return f"{cell.days_covered} of {cell.days_expected} days"
    return str(cell.state)


def _gaps_table(here: Here, found: Completeness, subjects: dict[int, Any]) -> Table:
    columns = (
        Column("facility", "Facility"), Column("type", "Activity"), Column("meter", "Meter"),
        Column("first", "First day", "day"), Column("last", "Last day", "day"), Column("days", "Days", "number"),
        Column("due", "Due"),
    )  # fmt: skip
    rows = []
    for gap in found.gaps:
        subject = subjects[gap.subject]
        rows.append(Row({
            "facility": subject.facility_id or "the whole company", "type": subject.activity_type.replace("_", " "),
            "meter": subject.meter_id, "first": gap.first_day, "last": gap.last_day, "days": gap.days,
            "due": "due" if gap.due else "not yet",
        }))  # fmt: skip
    shown, more = at_most(here, rows)
    return Table("gaps", "Gaps", columns, shown, more, "No day that is expected is without data.")


def _overlaps_table(here: Here, found: Completeness) -> Table:
    columns = (
        Column("facility", "Facility"), Column("type", "Activity"), Column("meter", "Meter"),
        Column("supplier", "Supplier"), Column("first", "First day", "day"), Column("last", "Last day", "day"),
        Column("days", "Days", "number"), Column("rows", "Rows", "number"), Column("entry", "One of them", "code"),
    )  # fmt: skip
    rows = [
        Row({"facility": one.facility_id, "type": one.activity_type.replace("_", " "), "meter": one.meter_id,
             "supplier": one.supplier, "first": one.first_day, "last": one.last_day, "days": one.days,
             "rows": one.rows, "entry": entry_link(here, one.entries[-1] if one.entries else None)})
        for one in found.overlaps
    ]  # fmt: skip
    shown, more = at_most(here, rows)
    return Table("overlaps", "Days that came twice", columns, shown, more, "No day is covered twice.")


def _outliers_table(here: Here, found: Completeness) -> Table:
    columns = (
        Column("facility", "Facility"), Column("type", "Activity"), Column("meter", "Meter"), Column("month", "Month"),
        Column("amount", "Amount", "number", places=3), Column("compared", "Compared with", "number", places=3),
        Column("unit", "Unit"), Column("ratio", "Ratio", "number", places=2), Column("likely", "Likely"),
        Column("entry", "Entry", "code"),
    )  # fmt: skip
    rows = [
        Row({"facility": one.facility_id, "type": one.activity_type.replace("_", " "), "meter": one.meter_id,
             "month": None if one.month is None else f"{one.month:%Y-%m}", "amount": one.amount,
             "compared": one.compared, "unit": one.unit, "ratio": one.ratio, "likely": one.likely,
             "entry": entry_link(here, one.entry)})
        for one in found.outliers
    ]  # fmt: skip
    shown, more = at_most(here, rows)
    return Table("outliers", "Unusual amounts", columns, shown, more, "No amount is far from what is usual.")


@router.get("/explore/boundary")
def boundary(here: InPage) -> Response:
    """Where each company and facility stands in the view, and the same facts under every view."""
    at = size_asked(here)
    found: Boundary = here.read("boundary", here.period, view=here.view, **at)
    columns = (
        Column("entity", "Legal entity"), Column("facility", "Facility"), Column("name", "Name"),
        Column("start", "From", "day"), Column("end", "To", "day"), Column("placement", "Stands"),
        Column("share", "Share of Scope 1 and 2", "percent"), Column("other", "Share of Scope 3", "percent"),
        Column("reason", "Why"), Column("source", "By"),
    )  # fmt: skip
    rows = [
        Row({"entity": span.legal_entity_id,
             "facility": None if span.facility_id is None else
             Linked(span.facility_id, lines_link(here, facility=span.facility_id)),
             "name": span.name, "start": span.start, "end": span.end, "placement": span.placement.replace("_", " "),
             "share": span.share, "other": span.other_share, "reason": span.reason, "source": span.source})
        for span in found.spans
    ]  # fmt: skip
    shown, more = at_most(here, rows)
    spans = Table("boundary", "Who stands where", columns, shown, more, "No company or facility is known yet.")
    return here.page(
        "explore/boundary.html.j2", title="Boundary", place="explore", tabs=tabs(here, "boundary"),
        tables=(_views_table(here, here.read("view_totals", here.period, **at)), spans),
    )  # fmt: skip


def _views_table(here: Here, found: list[ViewTotals]) -> Table:
    columns = (Column("view", "View"), *measure_columns(INVENTORY_MEASURES))
    rows = []
    for one in found:
        cells: dict[str, Any] = {"view": Linked(one.view.replace("_", " "), here.link("/explore", view=one.view))}
        for measure in INVENTORY_MEASURES:
            cells[measure] = figure_link(here, one, measure, getattr(one, measure))
        rows.append(Row(cells))
    note = f"The same entries under every view. {NOT_ADDED}"
    return Table("views", "Every view", columns, rows, note)


@router.get("/explore/quality")
def quality(here: InPage) -> Response:
    """How good the data of each scope and category are: measured or estimated, from suppliers or not, by which sets."""
    columns = (
        Column("label", ""), Column("kg", "Amount", "tonnes", unknown="not quantified"),
        *(Column(basis, basis.capitalize(), "percent") for basis in ("measured", "calculated", "estimated", "proxy")),
        Column("primary", "From suppliers", "percent"), Column("sources", "Largest sources of factors"),
    )  # fmt: skip
    rows = []
    for one in here.read("quality", here.period, view=here.view, **size_asked(here)):
        from ledger.disclosure.words import numbers

        sources = "; ".join(f"{source.dataset} {numbers.percent(source.share)}" for source in one.sources[:3])
        name = f"Scope 3, category {one.category}" if one.category else MEASURE_TITLES.get(one.label, one.label)
        rows.append(Row({"label": name, "kg": one.kg, **one.bases, "primary": one.share_primary, "sources": sources}))
    table = Table("quality", "By scope and category", columns, rows,
                  "Shares by size of the emissions.", "Nothing is quantified in this period.")  # fmt: skip
    return here.page(
        "explore/table.html.j2", title="Data quality", place="explore", tabs=tabs(here, "quality"), tables=(table,)
    )
