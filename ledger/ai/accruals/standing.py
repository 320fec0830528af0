"""Estimates that stand in for a provider's export: one for its days, never beside the export, gone when it comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger import units
from ledger.ai import catalogue
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.store import Session

if TYPE_CHECKING:
    import polars as pl

    from ledger.intake.faults import Faults

ACCRUED, STATED = "cloud_services_accrued", "cloud_services_stated"
"""The activity type of an estimate, and of what the provider states."""
_GROUPED = (
    "activity_type, coalesce(cloud_provider, supplier) as provider, legal_entity_id, period_start, period_end, "
    "unit_given, sum(quantity)::decimal(38,6) as quantity, min(source_line) as line, min((batch_no, seq)) as entry"
)
_ONE = f"case when activity_type = '{ACCRUED}' then (batch_no, seq) end"
"""Estimates stand each for itself; what a provider states of the same days is one, in however many rows."""
_HELD = f"""
select {_GROUPED}, any_value(sheet) as sheet, {_ONE} as own from activity a
left join (select activity_batch, activity_seq, cloud_provider from activity_detail) d
       on d.activity_batch = a.batch_no and d.activity_seq = a.seq
where activity_type in ('{ACCRUED}', '{STATED}') and a.reverses_batch is null and not exists (
    select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
group by all order by entry
"""
_GIVEN = f"""
select {_GROUPED}, any_value(sheet) as sheet, {_ONE} as own from (select *, 0 as batch_no from stage)
where activity_type in ('{ACCRUED}', '{STATED}') group by all order by line
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Services of a provider on some days: estimated, or as stated (all rows of the same days together)."""

    is_accrual: bool
    provider: str | None
    legal_entity_id: str | None
    first: date
    last: date
    kg: Decimal
    line: int
    entry: tuple[int, int]
    sheet: str | None

    @property
    def name(self) -> str:
        """Its entry, or the first of its entries."""
        return f"B{self.entry[0]}-{self.entry[1]}"

    def meets(self, other: Standing) -> bool:
        """Whether both are of one provider and company, and share a day; a company that is not named may be any."""
        entities = {self.legal_entity_id, other.legal_entity_id} - {None}
        days = self.first <= other.last and other.first <= self.last
        return days and len(entities) < 2 and provider_word(self.provider) == provider_word(other.provider)


def provider_word(name: str | None) -> str | None:
    """One word for a provider, whichever of its names was given."""
    if name is None:
        return None
    try:
        return catalogue.provider_code(name)
    except Misuse:
        return name.strip().casefold()


def standing(s: Session) -> tuple[Standing, ...]:
    """What stands in the book of providers' services, estimated and stated."""
    return tuple(_standing(row) for row in s.rows(_HELD))


def plan_accruals(s: Session, faults: Faults) -> int:
    """Hold the estimates and statements of view `stage` against the book's: gives how many estimates are taken back.

    They are in temp table `accrual_taken_back`. An estimate for days that have one, or a statement, is an error.
    """
    given = [_standing(row) for row in s.rows(_GIVEN)]
    if not given:
        return 0
    held = standing(s)
    for one in (own for own in given if own.is_accrual):
        _tell_second(one, [other for other in (*held, *given) if other is not one], faults)
    ended = _ended([own for own in given if not own.is_accrual], held, faults)
    s.run("create or replace temp table accrual_taken_back (batch_no bigint, seq integer)")
    for batch_no, seq in ended:  # tens of months
        s.run("insert into accrual_taken_back values (?, ?)", [batch_no, seq])
    return len(ended)


def _tell_second(one: Standing, others: list[Standing], faults: Faults) -> None:
    place: dict[str, Any] = {"sheet": one.sheet, "line": one.line, "value": one.provider}
    if one.provider is None:
        faults.add("accrual-nameless", sheet=one.sheet, line=one.line, column="cloud_provider")
        return
    faults.add("accrual-made", **place, kg=plain_amount(one.kg), days=f"{one.first} to {one.last}")
    for other in (other for other in others if one.meets(other)):
        name = other.name if other.entry[0] else f"line {other.line}"
        if not other.is_accrual:
            faults.add("accrual-late", **place, statement=name)
        elif other.entry[0] or other.line < one.line:
            faults.add("accrual-held", **place, accrual=name, kg=plain_amount(other.kg))


def _ended(stated: list[Standing], held: tuple[Standing, ...], faults: Faults) -> list[tuple[int, int]]:
    """The estimates of the book whose days the statements of an upload are of."""
    ended = []
    for accrual in (one for one in held if one.is_accrual):
        met = [one for one in stated if one.meets(accrual)]
        if met:
            ended.append(accrual.entry)
            days = f"{min(one.first for one in met)} to {max(one.last for one in met)}"
            kg = sum((one.kg for one in met), Decimal(0))
            faults.add("accrual-reversed", sheet=met[0].sheet, line=met[0].line, value=accrual.provider,
                       accrual=accrual.name, kg=plain_amount(accrual.kg), stated=plain_amount(kg),
                       days=days)  # fmt: skip
    return ended


def tell_runs_beside(s: Session, rows: pl.DataFrame, faults: Faults) -> None:
    """Warn of activities made of runs with a provider on days that the book has estimated.

    ``rows`` have `cloud_provider`, `period_start`, `period_end`, `source_line` and `sheet`.
    """
    of_providers = rows.filter(rows["cloud_provider"].is_not_null())
    if of_providers.is_empty():
        return
    for accrual in (one for one in standing(s) if one.is_accrual):
        met = of_providers.filter(
            (of_providers["period_start"] <= accrual.last) & (of_providers["period_end"] >= accrual.first)
        )
        word = provider_word(accrual.provider)
        same = [name for name in met["cloud_provider"].unique() if provider_word(name) == word]
        met = met.filter(met["cloud_provider"].is_in(same))
        if not met.is_empty():
            faults.add("accrual-beside-runs", sheet=met["sheet"][0], line=met["source_line"][0],
                       value=accrual.provider, accrual=accrual.name)  # fmt: skip


def _standing(row: tuple[Any, ...]) -> Standing:
    kind, provider, entity, first, last, unit, quantity, line, entry, sheet, _ = row
    batch_no, seq = entry.values() if isinstance(entry, dict) else entry
    kg = quantity * units.conversion(unit, "kgCO2e")
    return Standing(kind == ACCRUED, provider, entity, first, last, kg, line, (int(batch_no), int(seq)), sheet)
