"""Runs by the hour of the grid: energy of each hour × the average intensity of its zone in that hour, location-based.

A memo beside the yearly figure, in no total: the inventory stays on yearly factors (setting `time_basis`). Direct and
life-cycle intensities make two figures that never mix. An hour without a value is in no kilograms: it is named, with
its energy. Scope 2 Guidance (2015), chapter 6, on the precision of location-based factors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ledger.ai.hourly.spread import make_energy_hours, sql
from ledger.ai.hourly.zones import make_zones
from ledger.ai.model_runs import total_of
from ledger.calculation.amounts import rounded
from ledger.store import Session

BASES = ("direct", "life_cycle")
"""Generation alone, and with the fuels and plants behind it: an intensity is of one of them."""
_GRAMS = 10**6 * 3600 * 1000
"""Millionths of a kWh × g/kWh × seconds of an hour, in a kilogram."""


@dataclass(frozen=True, slots=True)
class RunByHour:
    """A run on one basis. Energies in kWh; kilograms are those of ``priced_kwh`` alone, None where no hour has a value.

    Attributes:
        activity: the entry behind it.
        zone: of the grid; None where the run names no place.
        kg: energy of each hour × its intensity.
        hours: of the clock in which it used energy; ``hours_without`` of them have no value, ``hours_estimated`` one
            that its source calls estimated.
        sources: who gave the values.
        is_spread: whether nothing read it, so that its energy is laid evenly over its time.
    """

    run_id: str
    attempt: int
    state: str
    stage: str
    start: datetime
    activity: str | None
    zone: str | None
    basis: str
    energy_kwh: Decimal
    priced_kwh: Decimal
    kg: Decimal | None
    hours: int
    hours_without: int
    hours_estimated: int
    sources: str
    is_spread: bool

    @property
    def key(self) -> tuple[str, int, str, datetime]:
        """What tells the run from the others of its model."""
        return self.run_id, self.attempt, self.state, self.start


@dataclass(frozen=True, slots=True)
class StageByHour:
    """The runs of a stage on one basis.

    ``yearly_kg`` are the kg of the same kWh by the yearly factors; None where one of these is not known, or is of the
    other basis.
    """

    stage: str
    basis: str
    runs: int
    energy_kwh: Decimal
    priced_kwh: Decimal
    kg: Decimal | None
    yearly_kg: Decimal | None
    hours: int
    hours_without: int


@dataclass(frozen=True, slots=True)
class HoursWithout:
    """Hours that follow one another in which runs used energy and their zone has no value; None for no place named."""

    zone: str | None
    basis: str
    start: datetime
    end: datetime
    hours: int
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class ByHour:
    """Runs by the hour, once for each basis of which values of any of their zones are held, and what has no value."""

    runs: tuple[RunByHour, ...]
    without: tuple[HoursWithout, ...]


def entry(batch_no: int, seq: int) -> str:
    """The id of an entry."""
    return f"B{batch_no}-{seq}"


def by_hour(s: Session, model: str, size: int) -> ByHour:
    """The runs of a model that have energy, by the hour; none where no value of any of their zones is held.

    Args:
        s: a session; the tables are temporary ones of it.
        model: as the runs name it.
        size: as the ledger stood at this number of batches.
    """
    if not s.rows("select 1 from grid_intensity where batch_no <= ? limit 1", [size]):
        return ByHour((), ())
    s.run(sql("counted_run"), {"model": model, "size": size})
    first, after = s.one(
        "select date_trunc('hour', min(start_utc)), date_trunc('hour', max(end_utc)) + interval 1 hour from counted_run"
    )
    if first is None:
        return ByHour((), ())
    s.run(sql("run_piece"), {"size": size})
    make_energy_hours(s)
    s.run(sql("zone_hour"), {"first": first, "after": after, "size": size})
    make_zones(s, {row[0] for row in s.rows("select distinct zone from zone_hour")})
    s.run(sql("priced_run"))
    s.run(sql("hour_without"))
    rows = s.rows(
        "select r.run_id, r.attempt, r.state, r.stage, r.start_utc, r.activity_batch, r.activity_seq, z.zone, "
        "p.signal_basis, r.energy_kwh, p.priced_m, p.gram_products, p.hours, p.hours_without, "
        "p.hours_estimated, p.sources, r.unit_key not in (select unit_key from energy_piece where weight is not null) "
        "from priced_run p join counted_run r using (unit_key) left join zone_of_run z using (unit_key) "
        "order by p.signal_basis, r.start_utc, r.run_id, r.attempt, r.state"
    )
    without = s.rows("select * from hour_without order by signal_basis, zone, start_utc")
    return ByHour(
        tuple(_run(*row) for row in rows),
        tuple(
            HoursWithout(zone, basis, start, end, hours, Decimal(micro).scaleb(-6))
            for zone, basis, start, end, hours, micro in without
        ),
    )


def _run(
    run_id: str, attempt: int, state: str, stage: str, start: datetime, batch_no: int | None, seq: int,
    zone: str | None, basis: str, kwh: Decimal, priced_m: int, products: Decimal | None, hours: int, without: int,
    estimated: int, sources: str | None, is_spread: bool,
) -> RunByHour:  # fmt: skip
    kg = None if products is None else rounded(Fraction(products) / _GRAMS)
    activity = None if batch_no is None else entry(batch_no, seq)
    return RunByHour(run_id, attempt, state, stage, start, activity, zone, basis, kwh, Decimal(priced_m).scaleb(-6), kg,
                     hours, without, estimated, sources or "", is_spread)  # fmt: skip


def life_cycle_activities(s: Session, size: int) -> set[str]:
    """The activities behind the runs of :func:`by_hour` whose yearly factor takes in fuels and plants."""
    return {entry(*row) for row in s.rows(sql("life_cycle_activity"), {"size": size})}


def stages_by_hour(
    runs: Iterable[RunByHour], yearly: Mapping[str, Decimal], life_cycle: Collection[str], order: Iterable[str]
) -> tuple[StageByHour, ...]:
    """Sums by basis and stage, after each basis its total.

    Args:
        runs: on any basis.
        yearly: kg CO2e per kWh by the yearly factors, location-based, by the entry of the activity.
        life_cycle: the activities whose yearly factor is of the life cycle; the others are of generation alone.
        order: the stages in the order of the life cycle.
    """
    held = tuple(runs)
    made = []
    for basis in BASES:
        of_basis = [run for run in held if run.basis == basis]
        alike = {name: kg for name, kg in yearly.items() if (name in life_cycle) == (basis == "life_cycle")}
        stages = [_sum(stage, basis, [run for run in of_basis if run.stage == stage], alike) for stage in order]
        if of_basis:
            made += [stage for stage in stages if stage.runs]
            made.append(_sum("total", basis, of_basis, alike))
    return tuple(made)


def _sum(stage: str, basis: str, runs: list[RunByHour], yearly: Mapping[str, Decimal]) -> StageByHour:
    priced = [run for run in runs if run.kg is not None]
    rates = [None if run.activity is None else yearly.get(run.activity) for run in priced]
    kg = [rounded(Fraction(rate) * Fraction(run.priced_kwh))
          for run, rate in zip(priced, rates, strict=True) if rate is not None]  # fmt: skip
    return StageByHour(
        stage, basis, len(runs), total_of(run.energy_kwh for run in runs) or Decimal(0),
        total_of(run.priced_kwh for run in runs) or Decimal(0), total_of(run.kg for run in runs),
        total_of(kg) if None not in rates else None, sum(run.hours for run in runs),
        sum(run.hours_without for run in runs),
    )  # fmt: skip
