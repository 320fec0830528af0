"""How much of each hour's consumption carbon-free generation of that hour and market met, and what the rest emitted.

Facts of `interval` and `grid_intensity` only; nothing is posted. Sums are exact, in whole millionths of a kWh; a mean
over an hour is divided once, at the end. The score is that of 24/7 carbon-free energy: (Σh min(consumption, cfe) +
Σh max(0, consumption − cfe) × carbon-free share of the grid) over Σh consumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.calculation.instruments import make_instrument_state
from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.scope2 import scope2_table
from ledger.plain import grouped_amount as grouped
from ledger.store import Session
from ledger.tabular import Tabular

LABEL = "not the 2015 market-based figure"
"""What stands on every figure of this kind: the Scope 2 Guidance (2015) knows no hourly matching."""

LEAST_COVERAGE = Fraction(95, 100)
"""Share of the period's hours that a facility's series must cover."""

_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class HourlyFacility:
    """A facility's series: how much of the period it covers, and whether it is matched.

    ``rest_kwh`` is what the facility's bills hold beyond its series (None where it has no bills); it is matched with
    nothing. ``rest_kg`` prices it at the mean intensity of the hours that the series lacks, or of all where it lacks
    none; None where that is not known. ``coarse_kwh`` are readings longer than an hour, which cannot be matched.
    """

    facility_id: str
    market: str
    zone: str | None
    meters: int
    coverage: Decimal
    is_matched: bool
    consumption_kwh: Decimal
    matched_kwh: Decimal | None
    missing_hours: int
    estimated_kwh: Decimal
    coarse_kwh: Decimal
    rest_kwh: Decimal | None
    rest_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class HourlyInstrument:
    """An instrument with a series of generation: what was matched of it; ``barred`` says why it matched nothing."""

    instrument_id: str
    market: str
    generated_kwh: Decimal
    matched_kwh: Decimal
    surplus_kwh: Decimal
    barred: str | None


@dataclass(frozen=True, slots=True)
class HourlyMarket:
    """A market: matched hour by hour, and once for the whole period on the same data.

    ``carbon_free_share`` is the score, 0 to 1; ``contract_share`` its first part alone. Where the grid's share is not
    known in ``hours_without_share`` facility-hours it counts as nothing, and the score is a lower bound; where it is
    known in none, the score is None. Emissions are
    those of unmatched kWh by the hour's intensity and of matched kWh by their instruments' rates, without
    ``unpriced_kwh``, for whose hours no intensity is held.
    """

    market: str
    consumption_kwh: Decimal
    generated_kwh: Decimal
    matched_kwh: Decimal
    unmatched_kwh: Decimal
    surplus_kwh: Decimal
    grid_carbon_free_kwh: Decimal | None
    carbon_free_share: Decimal | None
    contract_share: Decimal | None
    hours_without_share: int
    emissions_kg: Decimal | None
    unpriced_kwh: Decimal
    unpriced_hours: int
    annual_matched_kwh: Decimal
    annual_share: Decimal | None
    annual_emissions_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class HourlyMatching(Tabular):
    """The matching of a period, by market; ``label`` belongs beside every figure of it."""

    ROWS = "markets"

    period: Period
    label: str
    markets: tuple[HourlyMarket, ...]
    facilities: tuple[HourlyFacility, ...]
    instruments: tuple[HourlyInstrument, ...]
    notes: tuple[str, ...]


def hourly_matching(s: Session, of: Period, at: int | None = None) -> HourlyMatching:
    """Match the series of a period hour by hour (UTC), as the ledger stood at a size (number of batches)."""
    size = checked_size(s, "operational_control", at).size
    first = datetime.combine(of.start, time(), UTC)
    after = datetime.combine(of.end + timedelta(days=1), time(), UTC)
    seconds = int((after - first).total_seconds())
    span = {"first": first, "after": after, "size": size}
    billed = () if of.cuts_a_month else scope2_table(s, of, at=size).rows  # bills are by the month
    bills = {row.facility_id: row.consumption_kwh for row in billed if row.carrier == "electricity"}
    s.run(_sql("series_hour"), span)
    s.run(_sql("facility_hour"), {"last": of.end, "size": size})
    s.run(_sql("grid_hour"), span)
    _make_facility_hours(s, seconds)
    make_instrument_state(s, size)
    s.run(_sql("supply_hour"))
    s.run(
        "create or replace temp table supply_hour as select p.instrument_id, p.facility_id, p.market, h.hour, h.micro "
        "from series_hour h join supply_series p on p.instrument_id = h.source_id "
        "where h.source_kind = 'instrument' and not h.is_coarse and p.barred is null"
    )
    s.run(_sql("matched_hour"))
    s.run(_sql("used_hour"))
    facilities = _facilities(s, seconds, bills)
    instruments = _instruments(s)
    markets = tuple(_market(s, name) for (name,) in s.rows("select distinct market from facility_hour order by 1"))
    notes = _notes(markets, facilities, instruments)
    if of.cuts_a_month:
        notes.append("These days cut a month: what is billed and in no series is not told, for bills are by the month.")
    return HourlyMatching(of, LABEL, markets, facilities, instruments, tuple(notes))


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _make_facility_hours(s: Session, seconds: int) -> None:
    """Temp table `facility_hour`: consumption by the hour of the facilities whose series cover enough of the period."""
    s.run(
        "create or replace temp table placed as select f.*, "
        "case when f.grid_region in (select zone from grid_hour) then f.grid_region "
        "when f.country in (select zone from grid_hour) then f.country end as zone, "
        "f.seconds::hugeint * $under >= $seconds::hugeint * $over as is_matched from facility_series f",
        {"seconds": seconds, "over": LEAST_COVERAGE.numerator, "under": LEAST_COVERAGE.denominator},
    )
    s.run(
        "create or replace temp table facility_hour as select p.facility_id, p.market, p.zone, h.hour, "
        "sum(h.micro)::hugeint as micro from series_hour h join placed p on p.is_matched "
        "and (h.source_id = p.facility_id or (split_part(h.source_id, '/', 1) = p.facility_id "
        "and h.source_id not in (select facility_id from placed))) "
        "where h.source_kind = 'facility' and not h.is_coarse group by all"
    )


def _kwh(micro: Any) -> Decimal:
    return Decimal(int(micro)).scaleb(-6)


def _share(part: Fraction | int, whole: int) -> Decimal | None:
    return rounded(Fraction(part) / whole).quantize(Decimal("0.000001")) if whole else None


def _facilities(s: Session, seconds: int, bills: dict[str | None, Decimal]) -> tuple[HourlyFacility, ...]:
    rows = s.rows(
        "select p.facility_id, p.market, p.zone, p.meters, p.seconds, p.is_matched, p.micro, m.matched, "
        "p.estimated_micro, p.coarse_micro from placed p "
        "left join (select facility_id, sum(matched)::hugeint as matched from matched_hour group by 1) m "
        "using (facility_id) order by 1"
    )
    made = []
    for name, market, zone, meters, covered, is_matched, micro, matched, estimated, coarse in rows:
        rest = bills[name] - _kwh(micro) if name in bills else None
        rest = max(rest, Decimal(0)) if rest is not None else None
        made.append(
            HourlyFacility(
                name, market, zone, meters, _share(covered, seconds) or Decimal(0), is_matched, _kwh(micro),
                _kwh(matched) if is_matched else None, (seconds - covered) // 3600, _kwh(estimated), _kwh(coarse),
                rest, _rest_kg(s, name, zone, rest),
            )
        )  # fmt: skip
    return tuple(made)


def _rest_kg(s: Session, facility: str, zone: str | None, rest: Decimal | None) -> Decimal | None:
    """What is billed and in no series, at the mean intensity of the hours that the series lacks."""
    if rest is None or zone is None:
        return None
    means = s.rows(
        "with lacking as (select g.* from grid_hour g anti join series_hour h on h.hour = g.hour and h.source_kind = "
        "'facility' and not h.is_coarse and (h.source_id = $facility or split_part(h.source_id, '/', 1) = $facility) "
        "where g.zone = $zone) "
        "select sum(gram_seconds), sum(seconds) from lacking union all "
        "select sum(gram_seconds), sum(seconds) from grid_hour where zone = $zone",
        {"facility": facility, "zone": zone},
    )
    mean = next((Fraction(grams) / over for grams, over in means if over), None)
    return None if mean is None else rounded(Fraction(rest) * mean / 1000)


def _instruments(s: Session) -> tuple[HourlyInstrument, ...]:
    rows = s.rows(
        "select p.instrument_id, p.market, p.micro, coalesce(u.used, 0), p.barred from supply_series p "
        "left join used_series u using (instrument_id) order by 1"
    )
    return tuple(
        HourlyInstrument(name, market, _kwh(micro), _kwh(used), _kwh(micro - used), barred)
        for name, market, micro, used, barred in rows
    )


def _market(s: Session, market: str) -> HourlyMarket:
    given = {"market": market}
    consumed, matched = s.one(
        "select sum(micro)::hugeint, sum(matched)::hugeint from matched_hour where market = $market", given
    )
    generated, used, used_kg = s.one(
        "select coalesce(sum(u.generated), 0)::hugeint, coalesce(sum(u.used), 0)::hugeint, "
        "coalesce(sum(u.used::decimal(22,0) * p.kg_per_kwh::decimal(16,9)), 0)::decimal(38,9) "
        "from used_series u join supply_series p using (instrument_id) where p.market = $market", given
    )  # fmt: skip
    priced = _priced(s, market)
    covered = min(consumed, generated)
    share = _grid_share(s, market) if priced.is_share_known else None
    is_known = priced.priced > 0 or consumed == matched
    emitted = _kg(priced.unmatched_grams) + Fraction(used_kg) / _MICRO if is_known else None
    annual = (
        _kg(priced.all_grams) / priced.priced_consumption * (consumed - covered) if priced.priced_consumption else None
    )
    rate = Fraction(used_kg) / used if used else Fraction(0)
    return HourlyMarket(
        market=market, consumption_kwh=_kwh(consumed), generated_kwh=_kwh(generated), matched_kwh=_kwh(matched),
        unmatched_kwh=_kwh(consumed - matched), surplus_kwh=_kwh(generated - used),
        grid_carbon_free_kwh=None if share is None else rounded(share / _MICRO),
        carbon_free_share=None if share is None else _share(matched + share, consumed),
        contract_share=_share(matched, consumed), hours_without_share=priced.shareless,
        emissions_kg=None if emitted is None else rounded(emitted),
        unpriced_kwh=_kwh(consumed - matched - priced.priced), unpriced_hours=priced.unpriced_hours,
        annual_matched_kwh=_kwh(covered), annual_share=_share(covered, consumed),
        annual_emissions_kg=None if annual is None else rounded(annual + rate * covered / _MICRO),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Priced:
    """Gram-seconds by the seconds they are over, of unmatched and of all consumption; micro-kWh that have a price."""

    unmatched_grams: dict[int, Decimal]
    all_grams: dict[int, Decimal]
    priced: int
    priced_consumption: int
    unpriced_hours: int
    shareless: int
    is_share_known: bool


def _priced(s: Session, market: str) -> _Priced:
    rows = s.rows(
        "select g.seconds, sum((m.micro - m.matched)::decimal(17,0) * g.gram_seconds)::decimal(38,9), "
        "sum(m.micro::decimal(17,0) * g.gram_seconds)::decimal(38,9), sum(m.micro - m.matched)::hugeint, "
        "sum(m.micro)::hugeint from matched_hour m join grid_hour g on g.zone = m.zone and g.hour = m.hour "
        "where m.market = $market group by 1", {"market": market}
    )  # fmt: skip
    unpriced, shareless, unmatched = s.one(
        "select count(*) filter (where g.hour is null), count(*) filter (where g.share_seconds is null), count(*) "
        "from matched_hour m left join grid_hour g on g.zone = m.zone and g.hour = m.hour "
        "where m.market = $market and m.micro > m.matched", {"market": market}
    )  # fmt: skip
    return _Priced(
        {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}, sum(row[3] for row in rows),
        sum(row[4] for row in rows), unpriced, shareless, shareless < unmatched or not unmatched,
    )  # fmt: skip


def _kg(gram_seconds: dict[int, Decimal]) -> Fraction:
    """Kg of sums of micro-kWh × g/kWh × seconds, each divided once by the seconds it is over."""
    grams = sum((Fraction(value) / over for over, value in gram_seconds.items()), Fraction(0))
    return grams / _MICRO / 1000


def _grid_share(s: Session, market: str) -> Fraction:
    """Micro-kWh of unmatched consumption that the grid itself supplied carbon-free."""
    rows = s.rows(
        "select g.seconds, sum((m.micro - m.matched)::decimal(17,0) * g.share_seconds)::decimal(38,6) "
        "from matched_hour m join grid_hour g on g.zone = m.zone and g.hour = m.hour "
        "where m.market = $market and g.share_seconds is not null group by 1", {"market": market}
    )  # fmt: skip
    return sum((Fraction(value) / over for over, value in rows), Fraction(0))


def _notes(
    markets: tuple[HourlyMarket, ...], facilities: tuple[HourlyFacility, ...], instruments: tuple[HourlyInstrument, ...]
) -> list[str]:
    """What a reader must know of the data, in sentences."""
    told = [f"By the hour in UTC; surplus of an hour is not carried to another. This is {LABEL}."]
    for place in facilities:
        if not place.is_matched:
            told.append(f"{place.facility_id} is left out: its series covers {place.coverage * 100:.1f} % of the "
                        f"period where {LEAST_COVERAGE * 100} % are needed.")  # fmt: skip
        elif place.missing_hours:
            told.append(f"{place.facility_id} lacks {grouped(place.missing_hours)} hours.")
        if place.rest_kwh:
            told.append(f"{place.facility_id}: {grouped(place.rest_kwh)} kWh are billed and in no series: "
                        "never matched.")  # fmt: skip
        if place.coarse_kwh:
            told.append(f"{place.facility_id}: {grouped(place.coarse_kwh)} kWh are in readings longer than an hour.")
        if place.zone is None:
            told.append(f"{place.facility_id}: no intensity of its grid is held; its unmatched kWh have no emissions.")
    for market in markets:
        if market.unpriced_hours:
            told.append(f"{market.market}: {grouped(market.unpriced_hours)} hours with "
                        f"{grouped(market.unpriced_kwh)} unmatched kWh have no intensity and are in no "
                        "emissions.")  # fmt: skip
        if market.hours_without_share and market.carbon_free_share is not None:
            told.append(f"{market.market}: in {grouped(market.hours_without_share)} hours the grid's carbon-free share "
                        "is not known and counts as nothing: the score is a lower bound.")  # fmt: skip
    told += [f"{held.instrument_id} matches nothing: {held.barred}." for held in instruments if held.barred]
    return told
