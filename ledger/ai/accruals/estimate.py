"""What a provider's services of a month are estimated at: its last stated months by days, less own runs in the book.

GHG Protocol Scope 3 Standard, chapter 7: data that lack are extrapolated, marked as estimated, and replaced when better
data come. Runs that were measured stay posted; the estimate is for what they do not cover.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger import units
from ledger.ai.accruals.standing import STATED, provider_word, standing
from ledger.ai.embodied import PLACES
from ledger.ai.interval import EXACT, QUOTIENT
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.store import Session

LOOK_BACK = 12
"""Months before the one that is estimated in which the provider must have stated something."""

_STATED = f"""
select coalesce(d.cloud_provider, a.supplier) as provider, a.legal_entity_id, coalesce(a.month, c.month) as month,
       a.unit_given, sum(coalesce(c.quantity, a.quantity))::decimal(38,6) as quantity
from activity a
left join activity_slice c on a.month is null and c.activity_batch = a.batch_no and c.activity_seq = a.seq
left join (select activity_batch, activity_seq, cloud_provider from activity_detail) d
       on d.activity_batch = a.batch_no and d.activity_seq = a.seq
where a.activity_type = '{STATED}' and a.reverses_batch is null and not exists (
    select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
group by all
"""
_RUNS = """
select k.cloud_provider, p.legal_entity_id, k.month, sum(p.total_co2e_kg)::decimal(38,6) as kg
from posting p join choice_key k using (key_no)
where k.activity_type = 'cloud_computing_electricity' and p.book = 'inventory' and k.cloud_provider is not null
group by all
"""


@dataclass(frozen=True, slots=True)
class Accrual:
    """An estimate of a provider's services in a month for one company, kg CO2e.

    Attributes:
        provider: as its statements name it.
        stated_kg: what it stated in the months that the estimate rests on, over ``stated_days`` days.
        runs_kg: own runs with it in the month, which are posted and are taken off.
        months: what the estimate rests on, in words.
    """

    provider: str
    legal_entity_id: str | None
    month: date
    stated_kg: Decimal
    stated_days: int
    runs_kg: Decimal
    months: str

    @property
    def last(self) -> date:
        """The last day of the month."""
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])

    @property
    def kg(self) -> Decimal:
        """The estimate less own runs, rounded once at 6 decimals."""
        whole = QUOTIENT.divide(EXACT.multiply(self.stated_kg, Decimal(self.last.day)), Decimal(self.stated_days))
        return QUOTIENT.subtract(whole, self.runs_kg).quantize(PLACES, context=QUOTIENT)


def accruals(s: Session, provider: str, months: tuple[date, ...], count: int) -> tuple[Accrual, ...]:
    """The estimates of a provider's services in months without its export, one for each company that had some before.

    Args:
        s: a session that reads.
        provider: by any of its names.
        months: their first days.
        count: how many of the last stated months an estimate rests on, at most.

    Raises Misuse for a month with an export or an estimate, for one with nothing stated in the twelve months before,
    and where own runs hold all of it already.
    """
    if not 1 <= count <= LOOK_BACK:
        raise Misuse(f"an estimate from {count} months", f"give 1 to {LOOK_BACK}")
    word = provider_word(provider)
    _refuse_held(s, provider, months)
    stated = _stated(s, word)
    runs = _runs(s, word)
    made = []
    for month in months:
        found = [_accrual(month, entity, of, count, runs, provider) for entity, of in sorted(stated.items(), key=str)]
        there = [one for one in found if one is not None]
        if not there:
            raise Misuse(
                f"{provider} stated nothing in the twelve months before {month:%Y-%m}",
                "give an estimate of your own: --kg N --source TEXT says how it was made",
            )
        made += there
    left = tuple(one for one in made if one.kg > 0)
    if not left:
        of_runs = sum((one.runs_kg for one in made), Decimal(0))
        raise Misuse(
            f"nothing to accrue: own runs with {provider} hold {plain_amount(of_runs)} kg, no less than its last "
            "months give",
            "the runs stand in the book until the export arrives; --months takes others",
        )
    return left


def _refuse_held(s: Session, provider: str, months: tuple[date, ...]) -> None:
    """Raises Misuse for a month that the book has, stated or estimated."""
    word = provider_word(provider)
    for one in standing(s):
        for month in months:
            last = month.replace(day=monthrange(month.year, month.month)[1])
            if provider_word(one.provider) != word or one.first > last or one.last < month:
                continue
            if one.is_accrual:
                raise Misuse(
                    f"{month:%Y-%m} of {provider} is accrued already: {one.name}, {plain_amount(one.kg)} kg",
                    f"keep it, or take it back first: ghg reverse {one.name} --reason TEXT",
                )
            raise Misuse(
                f"the export of {provider} for {month:%Y-%m} is in the book ({one.name}): nothing is to be estimated",
                "accrue the months that lack",
            )


_ByMonth = dict[date, Decimal]


def _stated(s: Session, word: str | None) -> dict[str | None, _ByMonth]:
    """Kg CO2e that a provider stated, by company and month."""
    found: dict[str | None, _ByMonth] = defaultdict(lambda: defaultdict(Decimal))
    for provider, entity, month, unit, quantity in s.rows(_STATED):
        if provider_word(provider) == word and month is not None:
            kg = EXACT.multiply(quantity, units.conversion(unit, "kgCO2e"))
            found[entity][month] = EXACT.add(found[entity][month], kg)
    return found


def _runs(s: Session, word: str | None) -> dict[tuple[str | None, date], Decimal]:
    """Kg CO2e of own runs with a provider as they are posted, by company and month."""
    found: dict[tuple[str | None, date], Decimal] = defaultdict(Decimal)
    for provider, entity, month, kg in s.rows(_RUNS):
        if provider_word(provider) == word and kg is not None:
            found[entity, month] += kg
    return found


def _accrual(
    month: date, entity: str | None, of: _ByMonth, count: int, runs: dict[tuple[str | None, date], Decimal],
    provider: str,
) -> Accrual | None:  # fmt: skip
    """The estimate for one company; None where nothing was stated of it in the twelve months before."""
    first = month.replace(year=month.year - 1)
    base = sorted(one for one in of if first <= one < month)[-count:]
    if not base:
        return None
    days = sum(monthrange(one.year, one.month)[1] for one in base)
    kg = sum((of[one] for one in base), Decimal(0)).quantize(PLACES, context=QUOTIENT)
    words = ", ".join(f"{one:%Y-%m} {plain_amount(of[one])} kg" for one in base)
    of_runs = max(runs.get((entity, month), Decimal(0)), Decimal(0))
    return Accrual(provider, entity, month, kg, days, of_runs, words)


def accrual_id(provider: str, month: date, entity: str | None) -> str:
    """The external id of an estimate."""
    return f"accrual:{provider_word(provider)}:{month:%Y-%m}" + (f":{entity}" if entity else "")

