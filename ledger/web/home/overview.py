"""Home: where the company stands, against what, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book import Ledger
from ledger.inventory.exact import exact_sum
from ledger.store.kept_open import kept_open
from ledger.web.frame.charts import Drawn, drawn
from ledger.web.frame.here import Here, InPage, Site
from ledger.web.frame.links import figure_href, figure_of
from ledger.web.frame.measures import NOT_ADDED, measure_columns
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.frame.year_before import year_before
from ledger.web.home.next_steps import lines_without_figure, next_steps
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.inventory import Inventory, Period
    from ledger.inventory.coverage.completeness import Completeness
    from ledger.inventory.coverage.findings import BookFinding

router = APIRouter()
FINDINGS_SHOWN = 8
_STATES = ("missing", "partial", "estimated", "covered")
"""What a month of a facility can be, the worst first."""


@router.get("/")
def home(here: InPage) -> Response:
    """The page that a login leads to. What takes long on large ledgers comes after it, unless it is there already."""
    now = here.read("inventory", here.period, view=here.view)
    of = now.period
    findings = here.read("findings", here.period, open_only=True)
    return here.page(
        "home/overview.html.j2", title="Home", place="home", now=now, before=_comparable(here, of),
        base=base_year(here), chart=quarters_drawn(here, of.end.year), findings=_largest(findings),
        more=max(0, len(findings) - FINDINGS_SHOWN), steps=next_steps(here, now),
        completeness=here.kept("completeness", here.period), coverage=coverage,
        figure_href=lambda measure: figure_href(here, figure_of(now, measure)),
        tables=(quarters_table(here, of.end.year),), unquantified=lines_without_figure(now),
    )  # fmt: skip


@router.get("/home/coverage")
def coverage_part(here: InPage) -> Response:
    """The months of each facility that have data, for the page that is shown already."""
    return here.part("home/coverage.html.j2", completeness=here.read("completeness", here.period), coverage=coverage)


def warm(site: Site) -> None:
    """Have the answers ready that the first page asks for, and what draws its chart."""
    from ledger.disclosure.documents.made_ready import draw_first

    draw_first()
    refresh(site)


def refresh(site: Site) -> None:
    """Read anew what every first page is made of."""
    with kept_open():
        _read_anew(site)


def _read_anew(site: Site) -> None:
    book = Ledger(site.settings.ledger, actor=site.settings.founder)
    site.read(book, "people")
    site.read(book, "checkpoint")
    site.read(book, "status")
    policy, year = site.read(book, "policy"), site.read(book, "years")[0]
    view, before = policy.consolidation, str(int(year) - 1)
    site.read(book, "findings", year, open_only=True)
    for label in (before, year):
        site.read(book, "breakdown", label, "month", view=view)
    now = site.read(book, "inventory", year, view=view)
    year_before(partial(site.read, book), now.period, view)
    if policy.base_year:
        site.read(book, "inventory", str(policy.base_year), view=view)
    for by in ("facility", "activity_type"):  # Explore and its lines
        site.read(book, "breakdown", year, by, view=view)


def _comparable(here: Here, of: Period) -> Inventory | None:
    """The year before, to be held against a period; None where it has no figures, or its data begin later."""
    before, is_part = year_before(here.read, of, here.view)
    return None if before.total_location is None or is_part else before


def base_year(here: Here) -> Inventory | None:
    """The base year as it stands; None where none is set, or it has no figures."""
    year = here.read("policy").base_year
    found: Inventory | None = None if year is None else here.read("inventory", str(year), view=here.view)
    return None if found is None or found.total_location is None else found


def _quarters(here: Here, years: Sequence[int]) -> dict[str, dict[str, Decimal | None]]:
    """Quarter (2026-Q3) → measure → kg CO2e, of calendar years; quarters without figures are left out."""
    parts: dict[str, dict[str, list[Decimal]]] = {}
    for year in years:
        for line in here.read("breakdown", str(year), "month", view=here.view):
            month: date = line["month"]
            own = parts.setdefault(f"{month.year}-Q{(month.month + 2) // 3}", {})
            for measure in SCOPE_MEASURES:
                if line[measure] is not None:
                    own.setdefault(measure, []).append(line[measure])
    return {
        quarter: {measure: exact_sum(own[measure]) if measure in own else None for measure in SCOPE_MEASURES}
        for quarter, own in sorted(parts.items())
    }


def quarters_drawn(here: Here, year: int) -> Drawn | None:
    """The chart of the quarters of a year and the one before, as the reports draw it."""
    from ledger.disclosure.charts.report import quarters
    from ledger.disclosure.figures.record import BreakdownLine

    found = _quarters(here, (year - 1, year))
    lines = [
        BreakdownLine(key, key, own["scope_1"], own["scope_2_location"], own["scope_2_market"], own["scope_3"])
        for key, own in found.items()
    ]
    return drawn(here, quarters(lines, base_year(here)))


def quarters_table(here: Here, year: int) -> Table:
    """The same quarters as a table; each leads to its figures."""
    columns = [Column("quarter", "Quarter", "day"), *measure_columns()]
    rows = [
        Row({"quarter": Linked(quarter, here.link("/explore", period=quarter)), **values})
        for quarter, values in reversed(_quarters(here, (year - 1, year)).items())
    ]
    return Table(
        "quarters", "By quarter", columns, rows, empty="There is no activity yet.",
        note=NOT_ADDED,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which months of which facility have data: facility → state by month."""

    months: tuple[date, ...]
    facilities: dict[str, tuple[str, ...]]
    derived: bool


def coverage(found: Completeness) -> Coverage | None:
    """Facility × month, each the worst of what is expected there; None where nothing is expected."""
    if not found.subjects:
        return None
    of_subject = {subject.number: subject.facility_id or "the whole company" for subject in found.subjects}
    states: dict[str, dict[date, str]] = {}
    for cell in found.told_cells:
        own = states.setdefault(of_subject[cell.subject], {})
        own[cell.month] = min(own.get(cell.month, "covered"), cell.state, key=_STATES.index)
    months = found.period.months
    return Coverage(
        months, {name: tuple(own.get(month, "") for month in months) for name, own in sorted(states.items())},
        found.derived,
    )  # fmt: skip


def _largest(findings: Sequence[BookFinding]) -> list[BookFinding]:
    """The open findings that would change most, kg CO2e."""

    def rank(one: BookFinding) -> Any:
        return (-(abs(one.effect_kg) if one.effect_kg is not None else Decimal(0)), one.id)

    return sorted(findings, key=rank)[:FINDINGS_SHOWN]
