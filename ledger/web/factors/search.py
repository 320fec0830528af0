"""Factors: found by words, and shown whole with what the period makes of them."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.factors.words import found_table, history_table, kg_lines, species_table, use_table
from ledger.web.frame.here import InPage
from ledger.web.frame.paging import paged

router = APIRouter()

MOST_FOUND = 5_000
"""Factors that one search finds; more words find fewer."""
_MAY_LACK = (
    "classification_code", "region", "country", "gwp_set", "uncertainty_pct", "supplier", "product", "currency",
    "price_year", "price_basis", "title", "publisher", "attribution", "caveats",
)  # fmt: skip
"""What the record of a factor leaves out where it is not filled."""
_MOST_WORDS = 200  # characters


@router.get("/factors")
def factors(here: InPage) -> Response:
    """The search; without words what there is to begin with."""
    words = here.query("q")
    if len(words) > _MOST_WORDS:
        raise Misuse(f"the search has {len(words)} characters", f"at most {_MOST_WORDS} are taken")
    found: list[dict[str, Any]] = here.read("factors", words, limit=MOST_FOUND) if words else []
    shown, pages = paged(here, found_table(here, found))
    datasets = here.read("datasets")
    return here.page(
        "factors/overview.html.j2", title="Factors", place="factors", words=words, found=len(found), pages=pages,
        most=MOST_FOUND, tables=(shown,), datasets=len({row["dataset"] for row in datasets}),
        count=sum(row["factors"] for row in datasets),
    )  # fmt: skip


@router.get("/factors/{factor_id:path}")
def factor(here: InPage, factor_id: str) -> Response:
    """One factor whole: figures, source, licence, caveats, versions, and where the period uses it."""
    record = dict.fromkeys(_MAY_LACK) | here.read("factor", factor_id)
    used = here.read("factor_use", factor_id, here.period, view=here.view)
    return here.page(
        "factors/one.html.j2", title=factor_id, place="factors", f=record, kg=kg_lines(record),
        caveats=json.loads(record.get("caveats") or "[]"),
        tables=(use_table(here, used), species_table(record), history_table(here, record)),
    )  # fmt: skip
