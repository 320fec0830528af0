"""Several kinds in one workbook: the order in which they are taken, and what later sheets may name of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from ledger.intake.known import Known, Place, headcounts_of
from schemas.kinds import KINDS

_FIRST = ("legal_entity", "holding", "facility", "factor", "instrument", "metric")
_LAST = ("meter_reading", "history", "activity")


def in_order(kinds: Iterable[str]) -> list[str]:
    """The kinds, those first that others name: entities, holdings, facilities, factors, instruments … activities."""
    others = [kind for kind in KINDS if kind not in (*_FIRST, *_LAST)]
    place = {kind: number for number, kind in enumerate((*_FIRST, *others, *_LAST))}
    return sorted(set(kinds), key=lambda kind: place[kind])


def with_rows(known: Known, kind: str, rows: pl.DataFrame) -> Known:
    """What is known once the rows of a register are taken in as well; a later version of a facility wins."""
    if kind == "metric" and "facility_id" in rows.columns:
        people = rows.filter(pl.col("name") == "headcount", pl.col("facility_id").is_not_null())
        columns = people.select("facility_id", "period_start", "period_end", "value").iter_rows()
        counts = headcounts_of(columns)
        return replace(known, headcounts={
            **known.headcounts, **{code: (*own, *known.headcounts.get(code, ())) for code, own in counts.items()},
        })  # fmt: skip
    identity = f"{kind}_id"
    if identity not in rows.columns:
        return known
    named = rows.filter(pl.col(identity).is_not_null())
    if kind == "facility":
        places = dict(known.facilities)
        for row in named.sort("valid_from", nulls_last=False).iter_rows(named=True):
            code = row["facility_id"]
            places[code] = Place(
                code, row.get("name") or "", row.get("country") or "", row.get("legal_entity_id") or "",
                row.get("exists_from"), row.get("exists_to"), row.get("floor_m2"),
            )  # fmt: skip
            if row.get("withdrawn"):
                del places[code]
        return replace(known, facilities=places)
    if kind == "legal_entity":
        entities = {row["legal_entity_id"]: row.get("name") or "" for row in named.iter_rows(named=True)}
        return replace(known, legal_entities={**known.legal_entities, **entities})
    if kind == "instrument":
        return replace(known, instruments=known.instruments | set(named[identity].to_list()))
    if kind == "factor":
        return replace(known, factors=known.factors | set(named[identity].to_list()))
    return known
