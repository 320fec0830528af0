"""Views side by side: where the same company or facility stands differently, and from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.inventory.boundaries.boundary import BoundarySpan, in_words
from ledger.inventory.compile import Inventory


@dataclass(frozen=True, slots=True)
class ViewDifference:
    """A company or facility that stands differently in some views, from a day to a day, both in it.

    ``standing`` says by view where it stands and at which share, in words; ``reason`` how it is held.
    """

    legal_entity_id: str | None
    facility_id: str | None
    name: str
    start: date
    end: date
    standing: dict[str, str]
    reason: str


def view_differences(figures: Sequence[Inventory]) -> tuple[ViewDifference, ...]:
    """What explains that inventories of one period under several views differ: one row for each thing and span."""
    spans: dict[tuple[str | None, str | None], dict[str, list[BoundarySpan]]] = {}
    placed = {span.legal_entity_id for held in figures for span in held.boundary if span.facility_id}
    for held in figures:
        for span in held.boundary:
            if span.facility_id or span.legal_entity_id not in placed:
                pair = (span.given_entity, span.facility_id)
                spans.setdefault(pair, {}).setdefault(held.view, []).append(span)
    found = [difference for by_view in spans.values() for difference in _of_pair(by_view)]
    return tuple(sorted(found, key=lambda row: (row.facility_id or row.legal_entity_id or "", row.start)))


def _of_pair(by_view: dict[str, list[BoundarySpan]]) -> list[ViewDifference]:
    every = [span for spans in by_view.values() for span in spans]
    starts = sorted({span.start for span in every})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [max(span.end for span in every)]
    made = []
    for start, end in zip(starts, ends, strict=True):
        on_day = {
            view: next(span for span in spans if span.start <= start <= span.end) for view, spans in by_view.items()
        }
        standing = {view: in_words(span) for view, span in on_day.items()}
        if len(set(standing.values())) > 1:
            first = next(iter(on_day.values()))
            made.append(
                ViewDifference(first.legal_entity_id, first.facility_id, first.name, start, end, standing, first.reason)
            )
    return made
