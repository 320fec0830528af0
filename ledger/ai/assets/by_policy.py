"""The manufacture of machines held under both policies: in full when bought, and spread over their life.

The two are one fact twice. The first is the inventory's (Scope 3 Standard, category 2), the second a memo for products,
models and SCI (ISO/IEC 21031:2024, M); over the life they are equal, and nothing adds them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.ai.assets.posting import STANDING
from ledger.ai.embodied import PLACES, Asset, EmbodiedYear, embodied_between
from ledger.ai.interval import EXACT, QUOTIENT
from ledger.store import Session
from ledger.store.in_force import newest_sql
from schemas.ai_vocabulary import CountedBy, HeldAs

_HELD = f"""
select m.*, s.batch_no as posted_batch, s.seq as posted_seq, s.quantity as posted_kg
from ({newest_sql("hardware_asset", "$size")}) m
left join (select s.asset_id, s.batch_no, s.seq, a.quantity from ({STANDING}) s
           join activity a using (batch_no, seq) where a.batch_no <= $size) s using (asset_id)
where not m.withdrawn order by m.acquired_on, m.asset_id
"""


@dataclass(frozen=True, slots=True)
class HeldAsset:
    """A machine of the register, or several of one kind bought together.

    Attributes:
        name: of its kind, as the register has it.
        kg: manufacture of all of it, kg CO2e: machines × kg of one × the part held. None is not quantified.
        posted_kg: what the inventory has of it in the year of purchase. None where nothing is posted of it.
        posted_entry: the activity that has it.
        note: why nothing is posted, in words; empty where it is.
    """

    asset_id: str
    name: str
    count: int
    share: Decimal
    acquired_on: date
    out_of_service_on: date | None
    life_years: int
    kg: Decimal | None
    posted_kg: Decimal | None
    posted_entry: str | None
    facility_id: str | None
    legal_entity_id: str | None
    project: str | None
    model: str | None
    is_rented: bool
    source: str
    note: str

    def between(self, first: date, last: date) -> EmbodiedYear | None:
        """Both views from one day to another; None where the manufacture is not quantified."""
        if self.kg is None:
            return None
        retired = None if self.is_rented else self.out_of_service_on
        end = min(last, self.out_of_service_on) if self.is_rented and self.out_of_service_on is not None else last
        return embodied_between(Asset(self.asset_id, self.kg, self.acquired_on, self.life_years, retired), first, end)


@dataclass(frozen=True, slots=True)
class EmbodiedRow:
    """A machine in one span of time under both policies, kg CO2e, with no sum of the two.

    Attributes:
        asset: the machine, with its source and note.
        year: of the last day of the span.
        purchase_kg: what the inventory has in category 2, as posted, if it was bought in the span; None where nothing
            is posted of it.
        amortised_kg: the share of its life, whether it was used or not. None is not quantified.
        write_off_kg: what was left when it was taken out of service before its life ended. None is not quantified.
    """

    asset: HeldAsset
    year: int
    purchase_kg: Decimal | None
    amortised_kg: Decimal | None
    write_off_kg: Decimal | None


def held_assets(s: Session, size: int) -> tuple[HeldAsset, ...]:
    """Every machine in force as the ledger stood at a size, by day of purchase; each in full, whatever the view."""
    return tuple(_asset(row) for row in s.arrow(_HELD, {"size": size}).to_pylist())


def embodied_by_policy(s: Session, first: date, last: date, size: int) -> tuple[EmbodiedRow, ...]:
    """The machines that were bought, in service or written off from one day to another, both inclusive."""
    rows = (_row(asset, first, last) for asset in held_assets(s, size))
    return tuple(row for row in rows if row is not None)


def embodied_by_year(s: Session, size: int) -> tuple[EmbodiedRow, ...]:
    """Every machine in each year of its life, by machine and year."""
    made = []
    for asset in held_assets(s, size):
        last = Asset(asset.asset_id, Decimal(0), asset.acquired_on, asset.life_years).last_day
        end = min(asset.out_of_service_on or last, last)
        years = range(asset.acquired_on.year, end.year + 1)
        rows = [_row(asset, date(year, 1, 1), date(year, 12, 31)) for year in years]
        made += [row for row in rows if row is not None]
    return tuple(made)


def _row(asset: HeldAsset, first: date, last: date) -> EmbodiedRow | None:
    """A machine in a span; None where it was not there. What is posted is read from the posting, not worked out."""
    end = min(asset.out_of_service_on or date.max, Asset("", Decimal(0), asset.acquired_on, asset.life_years).last_day)
    if asset.acquired_on > last or end < first:
        return None
    bought = first <= asset.acquired_on <= last
    views = asset.between(first, last)
    posted = asset.posted_kg if bought or asset.posted_kg is None else Decimal(0)
    if views is None:
        return EmbodiedRow(asset, last.year, posted, None, None)
    return EmbodiedRow(asset, last.year, posted, views.amortised_kg_co2e, views.write_off_kg_co2e)


def _asset(row: Mapping[str, Any]) -> HeldAsset:
    kg = None
    if row["embodied_kg_each"] is not None and row["embodied_source"] is not None:
        each = EXACT.multiply(row["embodied_kg_each"], row["machine_share"])
        kg = EXACT.multiply(each, row["hardware_count"]).quantize(PLACES, context=QUOTIENT)
    entry = None if row["posted_batch"] is None else f"B{row['posted_batch']}-{row['posted_seq']}"
    return HeldAsset(
        row["asset_id"], row["hardware_id"] or "machine", row["hardware_count"], row["machine_share"],
        row["acquired_on"], row["out_of_service_on"], row["life_years"], kg, row["posted_kg"], entry,
        row["facility_id"], row["legal_entity_id"], row["project"], row["model"],
        row["held_as"] == HeldAs.RENTED.value, row["embodied_source"] or "no source", _note(row, kg),
    )  # fmt: skip


def _note(row: Mapping[str, Any], kg: Decimal | None) -> str:
    if kg is None:
        return "not quantified: no source gives the kilograms of its manufacture"
    if row["held_as"] == HeldAs.RENTED.value:
        return "another's machine: its manufacture is in the service (category 1 or 8); a memo alone"
    if row["counted_by"] == CountedBy.SPEND.value:
        return "its purchase counts as spend; a memo alone"
    return "" if row["posted_batch"] is not None else "its posting was taken back; a memo alone"
