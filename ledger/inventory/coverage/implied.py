"""The factor that a stated emission implies: kg per kWh of the energy beside it, against the national factor.

Emissions that somebody else states are taken as they are. Where energy stands beside them, or the facility has
electricity in the same months, their quotient must look like a factor of the country's grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from ledger.errors import Finding
from ledger.intake.checks.unit_errors import make_unit_bases, ratio_of
from ledger.inventory.codes import told
from ledger.inventory.period import Period
from ledger.plain import plain_amount
from ledger.store import Session

# Scope 2 that was stated, in kg; the energy beside it on the row, else the electricity of its facility in those months.
_STATED = """
with reversed as (
    select distinct reverses_batch, reverses_seq from activity where reverses_batch is not null and batch_no <= $size
),
place as (
    select facility_id, country from facility where batch_no <= $size
    qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1
),
live as (
    select a.*, d.energy_kwh_net, d.stated_scope, d.direction,
           coalesce(a.country, p.country) as at_country
    from activity a
    left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    left join place p using (facility_id)
    anti join reversed r on r.reverses_batch = a.batch_no and r.reverses_seq = a.seq
    where a.batch_no <= $size and a.reverses_batch is null and a.period_start <= $last and a.period_end >= $first
),
electricity as (
    select l.facility_id, l.period_start, l.period_end, (l.quantity * u.to_base / 3.6)::decimal(24,6) as kwh
    from live l join unit_base u on u.unit = l.unit_given and u.dimension = 'energy'
    where l.activity_type = 'electricity_purchased' and l.facility_id is not null
      and coalesce(l.direction, 'consumed') = 'consumed'
)
select concat('B', l.batch_no, '-', l.seq) as entry, l.facility_id, l.at_country, year(l.period_start),
       (l.quantity * u.to_base)::decimal(24,6) as kg, l.energy_kwh_net,
       (select sum(e.kwh) from electricity e where e.facility_id = l.facility_id
        and e.period_start between l.period_start and l.period_end
        and e.period_end between l.period_start and l.period_end) as facility_kwh,
       l.activity_type = 'stated_scope_2_location' as is_location
from live l join unit_base u on u.unit = l.unit_given and u.dimension = 'co2e_mass'
where l.kind = 'stated_emissions'
  and (l.activity_type in ('stated_scope_2_location', 'stated_scope_2_market') or l.stated_scope = 2)
order by l.batch_no, l.seq
"""


@dataclass(frozen=True, slots=True)
class ImpliedFactor:
    """Stated kg CO2e over kWh, beside the national factor in kg CO2e per kWh, both as they are held."""

    entry: str
    facility_id: str | None
    country: str
    year: int
    kg: Decimal
    kwh: Decimal
    beside: bool
    implied_kg_per_kwh: Decimal
    national_kg_per_kwh: Decimal
    factor_id: str
    ratio: Decimal

    def finding(self) -> Finding:
        """The implied factor as a warning."""
        source = "the energy beside it" if self.beside else "the facility's electricity of the same days"
        return told(
            "implied-factor", entry=self.entry, shown_entry=self.entry, kg=plain_amount(self.kg), source=source,
            kwh=plain_amount(self.kwh), implied=plain_amount(self.implied_kg_per_kwh), country=self.country,
            national=plain_amount(self.national_kg_per_kwh), factor=self.factor_id, ratio=plain_amount(self.ratio),
        )  # fmt: skip


def implied_factors(s: Session, of: Period, size: int, limits: Mapping[str, Decimal]) -> tuple[ImpliedFactor, ...]:
    """Stated Scope 2 emissions of a period whose factor is absurd for the country; energy of 0 kWh tells nothing."""
    if not s.one("select count(*) from activity where kind = 'stated_emissions'")[0]:
        return ()
    make_unit_bases(s)
    found = []
    held: dict[tuple[str | None, int], tuple[str, Decimal] | None] = {}
    for entry, facility, country, year, kg, beside, of_facility, is_location in s.rows(
        _STATED, {"size": size, "first": of.start, "last": of.end}
    ):
        kwh = beside if beside is not None else of_facility
        if (country, year) not in held:
            held[country, year] = national_factor(s, country, year, size)
        national = held[country, year]
        if not kwh or kwh < 0 or national is None:
            continue
        factor_id, kg_per_kwh = national
        implied = quotient(kg, kwh)
        low_is_fine = not is_location and implied < kg_per_kwh  # a contract may bring the market-based figure to 0
        if absurd(implied, kg_per_kwh, limits["implied_factor_ratio"]) and not low_is_fine:
            found.append(ImpliedFactor(entry, facility, country, year, kg, kwh, beside is not None, implied,
                                       kg_per_kwh, factor_id, ratio_of(implied, kg_per_kwh)))  # fmt: skip
    return tuple(found)


def national_factor(s: Session, country: str | None, year: int, size: int) -> tuple[str, Decimal] | None:
    """A grid average of the country, kg CO2e per kWh, of the year or the nearest held; None where none is."""
    rows = s.rows(
        "select factor_id, co2e_published_kg_per_unit from emission_factor "
        "where activity_type = 'electricity' and line = 'energy' and kind = 'average' and per_unit = 'kWh' "
        "and country = ? and region is null and co2e_published_kg_per_unit > 0 and dataset <> 'user' and batch_no <= ? "
        "order by abs(data_year - ?), data_year desc, verification <> 'official', boundary <> 'generation', factor_id "
        "limit 1",
        [country, size, year],
    )
    return (rows[0][0], rows[0][1]) if rows else None


def quotient(kg: Decimal, kwh: Decimal) -> Decimal:
    """Kg per kWh at six significant digits."""
    with localcontext() as context:
        context.prec = 6
        return kg / kwh


def absurd(implied: Decimal, known: Decimal, times: Decimal) -> bool:
    """Whether a factor is more than so many times the known one, or less than one divided by it."""
    return implied > times * known or implied * times < known
