"""What a recalculation would change, figure by figure, before it is accepted. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.recalculation import plan_recalculation
from ledger.inventory.compile import EXPLAINED, MEASURE_FILTER
from ledger.inventory.period import Period
from ledger.plain import plain
from ledger.store import Session, latest_checkpoint
from ledger.tabular import Tabular

ALL_TIME = Period(date(1900, 1, 1), date(2999, 12, 31), "")
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One figure now and then, kg CO2e; None is not quantified. Gaps are rows without a result."""

    period: str
    scope: str
    method: str
    scope3_category: int | None
    activity_type: str
    kg_now: Decimal | None
    kg_then: Decimal | None
    gaps_now: int
    gaps_then: int

    @property
    def difference_kg(self) -> Decimal:
        """Then minus now, kg CO2e; what is not quantified adds nothing."""
        return difference(self.kg_now, self.kg_then)

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of now, one decimal; None where there is nothing to compare with."""
        return percent(self.kg_now, self.kg_then)


@dataclass(frozen=True, slots=True)
class EffectTotal:
    """A measure of the inventory (`scope_1`, `total_market` …) over all activity of a period, now and then, kg CO2e."""

    period: str
    measure: str
    kg_now: Decimal | None
    kg_then: Decimal | None

    @property
    def difference_kg(self) -> Decimal:
        """Then minus now, kg CO2e; what is not quantified adds nothing."""
        return difference(self.kg_now, self.kg_then)

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of now, one decimal; None where there is nothing to compare with."""
        return percent(self.kg_now, self.kg_then)


@dataclass(frozen=True, slots=True)
class FactorChange:
    """A factor that gives way to another, or to another version of itself, and what rests on it in open months.

    Kg are per ``unit_given``; ``keys`` counts the distinct combinations whose choice changes.
    """

    activity_type: str
    line: str
    method: str
    country: str | None
    grid_region: str | None
    unit_given: str
    from_factor: str | None
    from_reason: str | None
    from_kg_per_unit: Decimal | None
    to_factor: str | None
    to_reason: str | None
    to_kg_per_unit: Decimal | None
    first_month: date
    last_month: date
    keys: int
    kg_now: Decimal | None
    kg_then: Decimal | None


@dataclass(frozen=True, slots=True)
class ClosedMonths:
    """Closed months: read as they stood at the batch ``pin``, whatever is decided now."""

    first: date
    last: date
    event: str
    pin: int


@dataclass(frozen=True, slots=True)
class Effect(Tabular):
    """What a recalculation would change: figures, factors, and the closed months that it leaves alone.

    ``size`` is the number of batches that it was computed on; ``reversed_choices`` and ``new_choices`` are what
    would be written, those of closed months included, and ``allocations`` how many rows of instruments move. Kg are of
    whole facilities, before a view's share.
    """

    ROWS = "lines"

    subject: str
    size: int
    lines: tuple[EffectLine, ...]
    totals: tuple[EffectTotal, ...]
    changes: tuple[FactorChange, ...]
    closed: tuple[ClosedMonths, ...]
    reversed_choices: int
    new_choices: int
    allocations: int

    def as_json(self) -> dict[str, Any]:
        """The effect as JSON values, differences and percent beside each figure."""
        made: dict[str, Any] = plain(self)
        for name in ("lines", "totals"):
            for row, shown in zip(getattr(self, name), made[name], strict=True):
                shown.update(plain({"difference_kg": row.difference_kg, "percent": row.percent}))
        return made


def planned_effect(
    s: Session,
    *,
    of: Period | None = None,
    dataset: str | None = None,
    subject: str = "",
    view: str = "operational_control",
) -> Effect:
    """What `calculate` would change now, by figure.

    Args:
        s: a session, reading is enough; factors may have been laid over its own.
        of: the period, one figure for all of it; every quarter by itself where None.
        dataset: only what changes from or to a factor of this dataset.
        subject: what the effect is of, in words.
        view: under which consolidation months are closed.
    """
    counts = plan_recalculation(s)
    if dataset is not None:
        _keep_only(s, dataset)
        counts["allocations_changed"] = 0
    span = of or ALL_TIME
    bounds = {"first": span.start.replace(day=1), "last": span.end.replace(day=1)}
    s.run(_sql("closed_month"), bounds | {"view": view})
    s.run(_sql("effect_row"), bounds)
    by_quarter = "concat(year(effect_row.month), '-Q', quarter(effect_row.month))"
    label = "'" + of.label.replace("'", "''") + "'" if of else by_quarter
    return Effect(
        subject=subject,
        size=latest_checkpoint(s).size,
        lines=_lines(s, label),
        totals=_totals(s, label),
        changes=_changes(s),
        closed=_closed(s),
        reversed_choices=int(s.one("select count(*) from stale")[0]),
        new_choices=int(s.one("select count(*) from fresh")[0]),
        allocations=counts["allocations_changed"],
    )


def difference(now: Decimal | None, then: Decimal | None) -> Decimal:
    """Then minus now, every digit kept."""
    with localcontext() as context:
        context.prec = 60
        return (then or Decimal(0)) - (now or Decimal(0))


def percent(now: Decimal | None, then: Decimal | None) -> Decimal | None:
    """By how many percent then is more than now, one decimal; None where either is unknown or now is nothing."""
    if not now or then is None:
        return None
    return (difference(now, then) * 100 / abs(now)).quantize(_TENTH, ROUND_HALF_UP)


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _keep_only(s: Session, dataset: str) -> None:
    """Leave of the plan only the choices that change from or to a factor of a dataset."""
    place = "key_no, book, method, line, coalesce(instrument_id, '')"
    s.run(
        f"create or replace temp table touched as select distinct {place} from (select * exclude (batch_no, seq) from "
        f"stale union all by name select * from fresh) where factor_id in (select factor_id from emission_factor "
        "where dataset = $dataset)",
        {"dataset": dataset},
    )
    for table in ("stale", "fresh"):
        s.run(f"delete from {table} where ({place}) not in (from touched)")
    s.run("delete from allocation_change")


_SIDES = "sum(kg) filter (where side = 'now') as kg_now, sum(kg) filter (where side = 'then') as kg_then"


def _lines(s: Session, label: str) -> tuple[EffectLine, ...]:
    """The figures that differ, in tonnes or in what is not quantified."""
    gap = "where is_null and not list_contains($explained, reason_code) and instrument_id is null"
    rows = s.rows(
        f"select {label} as period, scope, method, scope3_category, k.activity_type, {_SIDES}, "
        f"coalesce(sum(n) filter ({gap} and side = 'now'), 0)::bigint as gaps_now, "
        f"coalesce(sum(n) filter ({gap} and side = 'then'), 0)::bigint as gaps_then "
        "from effect_row join choice_key k using (key_no) where book = 'inventory' group by all "
        "having kg_now is distinct from kg_then or gaps_now <> gaps_then order by all",
        {"explained": list(EXPLAINED)},
    )
    return tuple(EffectLine(*row) for row in rows)


def _totals(s: Session, label: str) -> tuple[EffectTotal, ...]:
    """Every measure of the periods in which anything differs."""
    made = []
    for measure, condition in MEASURE_FILTER.items():
        rows = s.rows(
            f"select {label} as period, {_SIDES} from effect_row where book = 'inventory' and {condition} "
            "group by all having kg_now is distinct from kg_then order by 1"
        )
        made += [EffectTotal(period, measure, now, then) for period, now, then in rows]
    order = list(MEASURE_FILTER)
    return tuple(sorted(made, key=lambda total: (total.period, order.index(total.measure))))


def _changes(s: Session) -> tuple[FactorChange, ...]:
    """Which factor gives way to which, where open months rest on it; the largest difference first."""
    same = " and ".join(f"o.{name} = n.{name}" for name in ("key_no", "book", "method", "line"))
    rows = s.rows(
        f"""
        with changed as (
            select coalesce(o.key_no, n.key_no) as key_no, coalesce(o.book, n.book) as book,
                   coalesce(o.method, n.method) as method, coalesce(o.line, n.line) as line,
                   coalesce(o.instrument_id, n.instrument_id) as instrument_id,
                   o.factor_id as from_factor, o.reason_code as from_reason, o.total_co2e_kg_per_unit as from_kg,
                   n.factor_id as to_factor, n.reason_code as to_reason, n.total_co2e_kg_per_unit as to_kg
            from stale o full join fresh n on {same} and o.instrument_id is not distinct from n.instrument_id
        ),
        sums as (select key_no, book, method, line, instrument_id, {_SIDES} from effect_row group by all)
        select k.activity_type, c.line, c.method, k.country, k.grid_region, k.unit_given, c.from_factor, c.from_reason,
               c.from_kg, c.to_factor, c.to_reason, c.to_kg, min(k.month), max(k.month), count(*),
               sum(s.kg_now), sum(s.kg_then)
        from changed c join choice_key k using (key_no)
        join sums s on s.key_no = c.key_no and s.book = c.book and s.method = c.method and s.line = c.line
             and s.instrument_id is not distinct from c.instrument_id
        group by all
        order by abs(coalesce(sum(s.kg_then), 0) - coalesce(sum(s.kg_now), 0)) desc,
                 1, 2, 3, 4, 5, 6, 7, 10, 8, 11, 9, 12
        """
    )
    return tuple(FactorChange(*row) for row in rows)


def _closed(s: Session) -> tuple[ClosedMonths, ...]:
    """Runs of closed months with the same pin."""
    rows = s.rows(
        "with month as (select month, event, pin from closed_month group by all), "
        "run as (select *, month - to_months(row_number() over (partition by event, pin order by month)::integer) "
        "as run from month) "
        "select min(month), last_day(max(month)), event, pin from run group by event, pin, run order by all"
    )
    return tuple(ClosedMonths(*row) for row in rows)
