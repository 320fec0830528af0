"""The postings of a period, looked for by scope, method, place, type, month, tag or a word, in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.explore.parts import DOWNLOADED, NO_VALUE, SHOWN, file_note, lines_table, pager, size_asked, tabs
from ledger.web.frame.here import Here, InPage
from schemas.measures import MEASURE_TITLES

if TYPE_CHECKING:
    from ledger.assurance.tracing.sought import Lines, Sought

router = APIRouter()
CUTS = (
    "facility", "activity_type", "month", "category", "country", "legal_entity", "source_type", "sub_line",
    "iso_category", "scope",
)  # fmt: skip
_MORE = ("country", "legal_entity", "source_type", "sub_line", "iso_category", "scope")
"""Cuts without a field of their own: the form carries them on, and says them."""
_MEASURES = ("total_location", "total_market", "scope_1", "scope_2_location", "scope_2_market", "scope_3")
_LAST_PAGE = 2_000


@router.get("/explore/lines")
def lines(here: InPage) -> Response:
    """A page of the lines that the address asks for, and the form that asks for others."""
    sought, page = sought_of(here), here.number("page", 1, _LAST_PAGE)
    is_file = bool(here.query("as"))
    first, limit = (0, DOWNLOADED) if is_file else ((page - 1) * SHOWN, SHOWN)
    at = size_asked(here)
    found: Lines = here.book.lines(here.period, sought, view=here.view, first=first, limit=limit, **at)
    table = lines_table(here, found.lines, "Lines", note=file_note(found.postings))
    return here.page(
        "explore/lines.html.j2", title="Lines", place="explore", tabs=tabs(here, "lines"), found=found, sought=sought,
        pages=pager(here, page, len(found.lines), more=found.more),
        measures=[(name, MEASURE_TITLES[name]) for name in _MEASURES],
        choices=_choices(here), asked={name: here.query(name) for name in CUTS},
        carried={name: here.query(name) for name in (*_MORE, "at", "view") if here.query(name)}, tables=(table,),
        none=NO_VALUE,
    )  # fmt: skip


def sought_of(here: Here) -> Sought:
    """What the address looks for. Raises Misuse where it names what is not there."""
    from ledger.assurance.tracing.sought import Sought

    cuts = {name: _value(asked) for name in CUTS if (asked := here.query(name))}
    if len(cuts.get("month", "")) == 7:
        cuts["month"] += "-01"
    tag, value = here.query("tag"), here.query("value")
    if bool(tag) != bool(value):
        raise Misuse("a tag is looked for by its name and its value", "give both, like project and apollo")
    order = here.query("order", "size")
    if order not in {"size", "entry"}:
        raise Misuse(f"lines are not ordered by '{order[:40]}'", "take size or entry")
    return Sought(
        here.query("measure", "total_location"), cuts, (tag, value) if tag else None, here.query("words"),
        "entry" if order == "entry" else "size", here.query("amount") != "none",
    )  # fmt: skip


def _value(asked: str) -> str:
    return "" if asked == NO_VALUE else asked


def _choices(here: Here) -> dict[str, list[Any]]:
    """What the selects offer: facilities and types that have figures, the months of the period, the categories."""
    from ledger.inventory.scope3 import category_rules

    made: dict[str, list[Any]] = {
        "month": [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in here.of.months],
        "category": [(str(rule.number), f"{rule.number} {rule.name}") for rule in category_rules()],
    }
    for by in ("facility", "activity_type"):
        lines = here.read("breakdown", here.period, by, view=here.view)
        named = [line[by] for line in lines]
        made[by] = [(NO_VALUE, NO_VALUE) if one is None else (one, one.replace("_", " ")) for one in named]
    return made
