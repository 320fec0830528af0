"""A sample: what was drawn from which frame, and of each item all that its recalculation needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.assurance.sampling.documents import documents_drawn
from ledger.assurance.sampling.drawing import GENERATOR, Drawn, Stratum, Wish, checked_wish, draw
from ledger.assurance.sampling.frame import JOINED, LINE, Frame, make_frame
from ledger.inventory import Period
from ledger.plain import plain
from ledger.store import Session
from ledger.tabular import Tabular

_DETAILS = f"""
with chosen as (select f.* from frame f where list_contains($numbers, f.unit_no)),
factor as (
    select * from emission_factor where batch_no <= $size
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
),
published as (
    select * from factor_dataset where batch_no <= $size
    qualify row_number() over (partition by dataset order by batch_no desc, seq desc) = 1
),
document as (
    select l.entry_batch, l.entry_seq, string_agg(distinct e.name || ' (' || e.sha256 || ')', '; ') as documents
    from evidence_link l join evidence e using (sha256)
    where l.batch_no <= $size and e.batch_no <= $size group by all
)
select f.unit_no, {LINE} as line, 'B' || f.activity_batch || '-' || f.activity_seq as entry,
       'B' || c.choice[1] || '-' || c.choice[2] as choice_entry, p.legal_entity_id, p.facility_id, f.month,
       a.period_start, a.period_end, k.activity_type, if(b.scope3_category is not null, '3', c.scope) as scope,
       coalesce(b.scope3_category, c.scope3_category) as scope3_category,
       if(b.scope3_category is not null, 'single', c.method) as method, c.line as posting_line, c.instrument_id,
       h.source_name as source_file, h.source_sha256, a.sheet, a.source_line,
       json_extract_string(a.tags, '$.source_column') as source_column, a.quantity_text, k.unit_given as unit,
       f.quantity, (c.sign * c.per_unit)::decimal(38,12) as kg_per_unit, f.share, f.kg, c.factor_id,
       d.publisher, t.dataset, t.edition, t.licence, t.co2e_published_kg_per_unit as factor_published,
       t.per_unit as factor_unit, t.source_cell, c.reason_code, c.flags, c.gwp_set, m.documents
from {JOINED.replace("frame f", "chosen f", 1)}
join choice_key k on k.key_no = f.key_no
left join activity a on a.batch_no = f.activity_batch and a.seq = f.activity_seq
left join batch h on h.batch_no = f.activity_batch
left join factor t on t.factor_id = c.factor_id
left join published d on d.dataset = t.dataset
left join document m on m.entry_batch = f.activity_batch and m.entry_seq = f.activity_seq
order by f.unit_no
"""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a sample: how it was drawn, what it is called, its kg (None without a result), and its details."""

    number: int
    unit_no: int
    selection: str
    stratum: str
    about: str
    kg: Decimal | None
    line: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample(Tabular):
    """A sample with its frame, what was asked for, and its items; ``items_sha256`` is that of the items' lines."""

    ROWS = "items"

    sample_id: str
    frame: Frame
    wish: Wish
    strata: tuple[Stratum, ...]
    interval_kg: Decimal | None
    start_kg: Decimal | None
    items: tuple[Item, ...]
    items_sha256: str
    engagement_id: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the draw follows from, and what it came to, as JSON values."""
        asked = {
            "size": self.wish.size, "interval_asked_kg": self.wish.interval_kg, "by": self.wish.by,
            "performance_materiality_kg": self.wish.performance_materiality_kg,
            "confidence_factor": self.wish.confidence_factor, "gaps": self.wish.gaps,
        }  # fmt: skip
        found = {
            "generator": GENERATOR, "interval_kg": self.interval_kg, "start_kg": self.start_kg,
            "frame_absolute_kg": self.frame.absolute_kg, "frame_unquantified": self.frame.unquantified,
            "frame_missing": len(self.frame.missing), "strata": self.strata,
            "shares": "whole" if self.frame.whole else "of the view",
        }  # fmt: skip
        made: dict[str, Any] = plain({k: v for k, v in (asked | found).items() if v is not None})
        return made

    @property
    def row(self) -> dict[str, Any]:
        """The sample as a row of `review_sample`; its parameters as canonical JSON (RFC 8785)."""
        import rfc8785

        frame = self.frame
        return {
            "sample_id": self.sample_id, "engagement_id": self.engagement_id, "period_start": frame.period.start,
            "period_end": frame.period.end, "view": frame.view, "measure": frame.measure,
            "sampling_method": self.wish.method, "seed": self.wish.seed, "checkpoint_size": frame.checkpoint.size,
            "frame_count": frame.units, "frame_kg": frame.kg, "frame_sha256": frame.sha256,
            "item_count": len(self.items), "items_sha256": self.items_sha256,
            "parameters": rfc8785.dumps(self.parameters).decode(),
        }  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg review sample --json`: amounts in kg as plain text."""
        frame = self.frame
        made: dict[str, Any] = plain(
            {
                "sample": self.sample_id, "engagement": self.engagement_id,
                "period": {"start": frame.period.start, "end": frame.period.end, "label": frame.period.label},
                "view": frame.view, "measure": frame.measure, "method": self.wish.method, "seed": self.wish.seed,
                "checkpoint": {"size": frame.checkpoint.size, "root": frame.checkpoint.root},
                "frame": {"units": frame.count, "kg": frame.kg, "absolute_kg": frame.absolute_kg,
                          "unquantified": frame.unquantified, "missing": len(frame.missing), "sha256": frame.sha256},
                "parameters": self.parameters, "items_sha256": self.items_sha256,
                "items": [{"item": one.number, "unit_no": one.unit_no, "selection": one.selection,
                           "stratum": one.stratum, "about": one.about, "kg": one.kg, **one.details}
                          for one in self.items],
            }
        )  # fmt: skip
        return made


def make_sample(
    s: Session,
    of: Period,
    view: str,
    measure: str,
    wish: Wish,
    at: int | None = None,
    *,
    sample_id: str | None = None,
    engagement_id: str | None = None,
    file: Path | None = None,
) -> Sample:
    """Draw a sample; ``file`` takes the frame as text. The same ledger, size, seed and wish give the same sample.

    Raises Misuse for what :func:`make_frame` and :func:`checked_wish` refuse.
    """
    checked_wish(wish)
    frame = make_frame(s, of, view, measure, at, None if wish.method == "documents" else file)
    if wish.method == "documents":
        frame, drawn, held = documents_drawn(s, frame, wish, file)
    else:
        drawn = draw(s, frame, wish)
        held = _held(s, frame, drawn.drawn)
    items = tuple(_item(one, *held[one.unit_no]) for one in drawn.drawn)
    digest = items_digest(items)
    return Sample(
        sample_id or f"S-{digest[:8]}", frame, wish, drawn.strata, drawn.interval_kg, drawn.start_kg, items, digest,
        engagement_id,
    )  # fmt: skip


def items_digest(items: tuple[Item, ...]) -> str:
    """SHA-256 over the items' lines: number, selection and stratum, then the unit as in the frame."""
    text = "".join(f"{one.number}\t{one.selection}\t{one.stratum}\t{one.line}" for one in items)
    return hashlib.sha256(text.encode()).hexdigest()


def _item(one: Drawn, line: str, kg: Decimal | None, details: dict[str, Any]) -> Item:
    about = details.get("about") or line.split("\t")[1]
    told = {name: value for name, value in details.items() if name != "about"}
    return Item(one.item, one.unit_no, one.selection, one.stratum, about, kg, line, told)


def _held(s: Session, frame: Frame, drawn: tuple[Drawn, ...]) -> dict[int, tuple[str, Decimal | None, dict[str, Any]]]:
    """Line, kg and details of each unit that was drawn, by its number."""
    given = {"numbers": [one.unit_no for one in drawn], "size": frame.checkpoint.size}
    held: dict[int, tuple[str, Decimal | None, dict[str, Any]]] = {}
    for row in s.arrow(_DETAILS, given).to_pylist():
        number, line, kg = row.pop("unit_no"), row.pop("line"), row["kg"]
        held[number] = (line, kg, {name: value for name, value in row.items() if value is not None})
    for one in frame.missing:
        details = {
            "about": f"missing {one.subject} {one.gap.first_day}..{one.gap.last_day}",
            "facility_id": one.subject.facility_id, "meter_id": one.subject.meter_id,
            "activity_type": one.subject.activity_type, "period_start": one.gap.first_day,
            "period_end": one.gap.last_day, "reason_code": "no_data",
        }  # fmt: skip
        held[one.unit_no] = (one.line, None, {name: value for name, value in details.items() if value is not None})
    return held
