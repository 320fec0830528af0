"""Scope 2, every kWh explained: what instruments cover, what is left to supplier rate, residual mix, location factor.

Consumption foots to its parts in each row, and rows to the total. Scope 2 Guidance (2015), table 6.3.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.calculation.instruments import make_instrument_state
from ledger.errors import Misuse
from ledger.inventory.boundaries.boundary import Boundary
from ledger.inventory.boundaries.outside_cover import InstrumentOutside, energy_units, instruments_outside
from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.store import Session
from ledger.tabular import Tabular

BY = {"facility": ("facility_id",), "month": ("month",), "facility,month": ("facility_id", "month"), "total": ()}
"""How the table may be cut; the kind of energy is always told apart."""

SOURCES = ("instrument", "supplier_rate", "residual_mix", "location_factor", "named_factor", "not_quantified")
"""Ranks of table 6.3, then factors that rows name themselves, then what has no factor at all."""


@dataclass(frozen=True, slots=True)
class Scope2Part:
    """kWh of a row by what they rest on: an instrument by its id, or a rank; and their market-based kg CO2e."""

    source: str
    instrument_id: str | None
    kwh: Decimal
    market_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class Scope2Row:
    """Consumption of one site, month and kind of energy (as the table is cut; None where summed over).

    The six kWh figures sum to ``consumption_kwh``. The two totals in kg CO2e never add up with one another; None is
    "not quantified".
    """

    facility_id: str | None
    month: date | None
    carrier: str
    consumption_kwh: Decimal
    instrument_kwh: Decimal
    supplier_rate_kwh: Decimal
    residual_mix_kwh: Decimal
    location_factor_kwh: Decimal
    named_factor_kwh: Decimal
    not_quantified_kwh: Decimal
    location_kg: Decimal | None
    market_kg: Decimal | None
    parts: tuple[Scope2Part, ...]


@dataclass(frozen=True, slots=True)
class Scope2Table(Tabular):
    """The table of a period, and its total over all places and kinds of energy.

    ``outside`` is what instruments cover outside the view, in no row; with the rows it makes all that they cover.
    """

    ROWS = "rows"

    period: Period
    by: str
    rows: tuple[Scope2Row, ...]
    total: Scope2Row
    outside_kwh: Decimal = Decimal(0)
    outside: tuple[InstrumentOutside, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractShare:
    """kWh under contractual instruments of one type and technology, and their share of the Scope 2 consumption."""

    type: str
    type_name: str
    technology: str
    energy_source: str
    bundled: bool
    kwh: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class ContractShares(Tabular):
    """Contractual instruments as ESRS E1 (AR 45 d of Set 1) asks: bundled and unbundled, by type and technology.

    Shares are of all purchased energy of the period, 0 to 1 at six decimals; ``consumption_kwh`` is what they are of.
    """

    ROWS = "rows"

    consumption_kwh: Decimal
    bundled_kwh: Decimal
    unbundled_kwh: Decimal
    bundled_share: Decimal | None
    unbundled_share: Decimal | None
    rows: tuple[ContractShare, ...]


def scope2_table(
    s: Session, of: Period, by: str = "facility", view: str = "operational_control", at: int | None = None
) -> Scope2Table:
    """What every kWh of Scope 2 rests on, cut by facility, month, both or not at all.

    Raises Misuse for a cut that is not known.
    """
    if by not in BY:
        raise Misuse(f"the table cannot be cut by '{by}'", "take one of: " + ", ".join(BY))
    outside = instruments_outside(s, _make_held(s, of, view, at))
    cut = ("carrier", *BY[by])
    rows = tuple(_row(row) for row in _summed(s, cut))
    found = list(_summed(s, ()))
    total = _row(found[0]) if found else _row({})
    return Scope2Table(of, by, rows, total, sum((part.kwh for part in outside), Decimal(0)), outside)


def contract_shares(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> ContractShares:
    """The contractual instruments of a period by type and technology, bundled and unbundled, with their shares."""
    size = checked_size(s, view, at).size
    _make_held(s, of, view, size)
    make_instrument_state(s, size)
    consumed = s.one("select coalesce(sum(kwh) filter (where method = 'market'), 0)::decimal(38,6) from held")[0]
    found = s.rows(
        "select i.type, i.type_name, i.technology, i.energy_source, i.bundled, sum(h.kwh)::decimal(38,6) as kwh "
        "from held h join instrument_state i using (instrument_id) where h.method = 'market' "
        "group by all having sum(h.kwh) <> 0 order by kwh desc, 1, 3, 4, 5"
    )
    rows = tuple(ContractShare(*(*row, _share(row[5], consumed) or Decimal(0))) for row in found)
    bundled = sum((row.kwh for row in rows if row.bundled), Decimal(0))
    unbundled = sum((row.kwh for row in rows if not row.bundled), Decimal(0))
    return ContractShares(consumed, bundled, unbundled, _share(bundled, consumed), _share(unbundled, consumed), rows)


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return rounded(Fraction(part) / Fraction(whole)).quantize(Decimal("0.000001")) if whole else None


def _make_held(s: Session, of: Period, view: str, at: int | None) -> Boundary:
    """Temp table `held`: energy lines of Scope 2 by place, month, method and what they rest on, in kWh and kg CO2e."""
    found = make_posted(s, of, view, checked_size(s, view, at).size, by_facility=True)
    with s.given(energy_unit=energy_units(s)):
        s.run(
            """
            create or replace temp table held as
            select p.facility_id, p.month, p.method, p.instrument_id, l.factor_activity_type as carrier,
                   case when p.instrument_id is not null then 'instrument' when p.is_null then 'not_quantified'
                        when p.reason_code = 'supplier' then 'supplier_rate'
                        when p.reason_code = 'residual_mix' then 'residual_mix'
                        when p.reason_code = 'named' then 'named_factor' else 'location_factor' end as source,
                   sum((p.sign * p.quantity * u.kwh_per_unit::decimal(20,12))::decimal(38,18))::decimal(38,12) as kwh,
                   sum(p.total_co2e_kg) as kg
            from posted p
            join activity_line l on l.activity_type = p.activity_type and l.line = 'energy' and l.method = 'market'
                 and l.batch_no = (select max(batch_no) from activity_line)
            join energy_unit u on u.unit = p.unit_given
            where p.book = 'inventory' and p.line = 'energy' and p.scope = '2' and p.reason_code <> 'not_consumed'
            group by all having sum(p.sign * p.quantity) <> 0
            """
        )
    return found


def _summed(s: Session, cut: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of the table as dictionaries: kWh by source, kg by method, and the parts."""
    named = ", ".join(cut)
    kwh = ", ".join(
        f"coalesce(sum(kwh) filter (where method = 'market' and source = '{source}'), 0)::decimal(38,6) as {source}_kwh"
        for source in SOURCES
    )
    lead, group = (f"{named}, ", f"group by {named} order by {named}") if cut else ("", "having count(*) > 0")
    totals = s.arrow(
        f"select {lead} coalesce(sum(kwh) filter (where method = 'market'), 0)::decimal(38,6) as consumption_kwh, "
        f"{kwh}, sum(kg) filter (where method = 'location') as location_kg, "
        f"sum(kg) filter (where method = 'market') as market_kg from held {group}",
        {},
    ).to_pylist()
    parts = s.arrow(
        f"select {lead} source, instrument_id, sum(kwh)::decimal(38,6) as kwh, sum(kg) as market_kg from held "
        f"where method = 'market' group by {lead} source, instrument_id having sum(kwh) <> 0 "
        f"order by {lead} source, instrument_id",
        {},
    ).to_pylist()
    by_place: dict[tuple[Any, ...], list[Scope2Part]] = {}
    for part in parts:
        made = Scope2Part(part["source"], part["instrument_id"], part["kwh"], part["market_kg"])
        by_place.setdefault(tuple(part[name] for name in cut), []).append(made)
    return [{**row, "parts": tuple(by_place.get(tuple(row[name] for name in cut), ()))} for row in totals]


def _row(row: dict[str, Any]) -> Scope2Row:
    """A row; what is summed over is None, a kind of energy that is summed over is `all`."""
    empty: dict[str, Any] = {field.name: Decimal(0) for field in fields(Scope2Row) if field.name.endswith("_kwh")}
    given = {"facility_id": None, "month": None, "carrier": "all", "location_kg": None, "market_kg": None, "parts": ()}
    return Scope2Row(**{**empty, **given, **row})
