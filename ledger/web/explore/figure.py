"""A figure: what it is, what it is made of, and its postings, the largest first, each down to its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ledger.inventory.figure import Figure, figure
from ledger.web.explore.parts import DOWNLOADED, SHOWN, file_note, lines_table, pager
from ledger.web.explore.tables import value_label
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import figure_href
from ledger.web.frame.tables import Column, Linked, Row, Table
from schemas.measures import MEASURE_TITLES

if TYPE_CHECKING:
    from ledger.assurance.tracing.trace import Trace

router = APIRouter()
_LAST_PAGE = 2_000
_PARTS = {
    "total_location": ("scope_1", "scope_2_location", "scope_3"),
    "total_market": ("scope_1", "scope_2_market", "scope_3"),
}
_NOT_LINES = {"gas", "model", "stage", "energy_source"}
_CUT_BY = {
    "scope_1": "source_type", "scope_2_location": "country", "scope_2_market": "country", "scope_3": "category",
}  # fmt: skip


@router.get("/explore/figure/{figure_id:path}")
def a_figure(here: InPage, figure_id: str, request: Request) -> Response:
    """The figure of an id, as the ledger stood at the size it names."""
    named = figure(id_in_address(request, figure_id))
    page = here.number("page", 1, _LAST_PAGE)
    first, limit = (0, DOWNLOADED) if here.query("as") else ((page - 1) * SHOWN, SHOWN)
    told: Trace = here.book.trace(str(named), limit=limit, first=first)
    title = MEASURE_TITLES[named.measure]
    return here.page(
        "explore/figure.html.j2", title=title, place="explore", named=named, traced=told, measure=title,
        cuts=[(name.replace("_", " "), value_label(name, value)) for name, value in named.cuts.items()],
        lines_href=_lines_href(here, named), pages=pager(here, page, len(told.lines), more=len(told.lines) == SHOWN),
        inventory_href=here.link("/explore", period=named.period, view=named.view, at=named.size),
        elsewhere=_in_period(here, named), remarks_href=here.link("/review/threads", about=str(named)),
        tables=(
            _parts(here, named),
            lines_table(here, told.lines, "Postings", of=told.unit, note=file_note(told.postings)),
        ),
    )  # fmt: skip


def id_in_address(request: Request, decoded: str) -> str:
    """The figure's id as it stands in the address: what a cut names may hold a slash, which its id writes as %2F."""
    raw = request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0]
    _, known, tail = raw.partition("/explore/figure/")
    segments = (tail if known else quote(decoded)).split("/")
    made = []
    for place, segment in enumerate(segments):
        name, is_cut, value = unquote(segment).partition("=")
        if not is_cut:
            made.append(name)
        elif place < len(segments) - 1:
            made.append(f"{name}={quote(value, safe='')}")
        else:
            value, mark, size = value.rpartition("@")
            made.append(f"{name}={quote(value, safe='')}{mark}{size}")
    return "/".join(made)


def _in_period(here: Here, named: Figure) -> str:
    """The same figure of the period that the page was asked for, as the ledger stands; empty where it is this one."""
    asked = here.query("period")
    if not asked or here.of.label == named.period:
        return ""
    other = Figure(here.of.label, named.view, named.measure, here.read("checkpoint").size, named.cuts)
    return figure_href(here, other)


def _lines_href(here: Here, named: Figure) -> str:
    """The same postings among the lines, where they can be looked through; empty where lines are not cut so."""
    if set(named.cuts) & _NOT_LINES or named.measure in {"biogenic_co2_kg", "energy_kwh"}:
        return ""
    cuts = {name: value or "(none)" for name, value in named.cuts.items()}
    return here.link(
        "/explore/lines", period=named.period, view=named.view, at=named.size, measure=named.measure, **cuts
    )


def _parts(here: Here, named: Figure) -> Table:
    """What an uncut figure is the sum of: the scopes of a total, else the same measure by what tells most of it."""
    columns = (Column("part", "Part"), Column("amount", "Amount", "tonnes", places=3))
    rows = []
    if not named.cuts and named.measure in _PARTS:
        now = here.read("inventory", named.period, view=named.view, at=named.size)
        for measure in _PARTS[named.measure]:
            value = getattr(now, measure)
            rows.append(_part(here, MEASURE_TITLES[measure], value, _other(named, measure)))
    elif not named.cuts and (by := _CUT_BY.get(named.measure)):
        for line in here.read("breakdown", named.period, by, view=named.view, at=named.size):
            if line[named.measure] is not None:
                value = "" if line[by] is None else str(line[by])
                of = _other(named, named.measure, {by: value})
                rows.append(_part(here, value_label(by, value), line[named.measure], of))
    return Table("parts", "The sum of", columns, rows, empty="It is one sum of its postings.")


def _other(named: Figure, measure: str, cuts: dict[str, str] | None = None) -> Figure:
    return Figure(named.period, named.view, measure, named.size, cuts or {})


def _part(here: Here, name: str, value: object, of: Figure) -> Row:
    amount = None if value is None else Linked(value, figure_href(here, of))
    return Row({"part": name, "amount": amount})
