"""Internal carbon prices: what each scheme covers, at which price (ESRS E1-8 of Set 1, paras 62 and 63)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.inventory.compile import MEASURE_FILTER, checked_size
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.inventory.registers.in_force import days_of, overlap, ratio, rows_in_force
from ledger.inventory.sentence import sentence
from ledger.store import Session
from schemas.measures import SCOPE_MEASURES

SCOPES = ("1", "2", "3")


@dataclass(frozen=True, slots=True)
class CoveredScope:
    """What of a scope a scheme covers: t CO2e of the days it is in force, the period's whole, and the share (0 to 1).

    ``measure`` names the Scope 2 method. None is 'not quantified', never 0.
    """

    scope: str
    measure: str
    covered_t: Decimal | None
    whole_t: Decimal | None
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class PricedScheme:
    """A version of an internal carbon price in a period, with what it covers and what that costs at its price.

    ``cost`` is covered tonnes times price, in ``currency``; for a shadow price it is what decisions reckoned with,
    for a fee what was charged if the fee was charged on all that it covers. None where nothing covered is known.
    """

    scheme_id: str
    price_type: str
    price_per_t: Decimal
    currency: str
    scope2_method: str | None
    in_force_from: date
    in_force_to: date
    scopes: tuple[CoveredScope, ...]
    covered_t: Decimal | None
    cost: Decimal | None
    consistent_with_statements: bool
    assumptions: str | None
    notes: tuple[str, ...]
    entry: str


def priced_schemes(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> list[PricedScheme]:
    """The schemes in force in a period, by name and date; emissions of a month that a scheme shares count by days.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    versions = schemes_in_force(s, of, size)
    if not versions:
        return []
    make_posted(s, of, view, size, by_facility=False)
    by_month = _by_month(s)
    return [_priced(row, first, last, overlapped, by_month) for row, first, last, overlapped in versions]


def schemes_in_force(s: Session, of: Period, size: int) -> list[tuple[dict[str, Any], date, date, bool]]:
    """Each version of a scheme with the days of the period in which it holds, and whether the next cut it short.

    A version holds to its own end, or to the day before the next version of the same scheme begins.
    """
    rows = rows_in_force(s, "carbon_price_scheme", ("scheme_id", "valid_from"), size)
    found = []
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        end = row["valid_to"] or of.end
        overlapped = False
        if following is not None and following["scheme_id"] == row["scheme_id"]:
            before_next = following["valid_from"] - timedelta(days=1)
            overlapped = row["valid_to"] is not None and row["valid_to"] > before_next
            end = min(end if row["valid_to"] else before_next, before_next)
        shared = overlap(row["valid_from"], end, of)
        if shared is not None:
            found.append((row, *shared, overlapped))
    return found


def _by_month(s: Session) -> dict[str, dict[date, Decimal]]:
    """Kg CO2e of each measure by month, from `posted`."""
    sums = ", ".join(f"sum(total_co2e_kg) filter (where {MEASURE_FILTER[name]})" for name in SCOPE_MEASURES)
    made: dict[str, dict[date, Decimal]] = {name: {} for name in SCOPE_MEASURES}
    for month, *amounts in s.rows(f"select month, {sums} from posted where book = 'inventory' group by 1 order by 1"):
        for name, kg in zip(SCOPE_MEASURES, amounts, strict=True):
            if kg is not None:
                made[name][month] = kg
    return made


def _priced(
    row: dict[str, Any], first: date, last: date, overlapped: bool, by_month: dict[str, dict[date, Decimal]]
) -> PricedScheme:
    told = [part.strip() for part in row["covers"].split("|")]
    method = row["scope2_method"] or "location"
    scopes = tuple(
        _covered(scope, f"scope_2_{method}" if scope == "2" else f"scope_{scope}", first, last, by_month)
        for scope in SCOPES
        if scope in told
    )
    known = [scope.covered_t for scope in scopes if scope.covered_t is not None]
    covered = exact_sum(known) if known else None
    cost = None if covered is None else rounded(Fraction(covered) * Fraction(row["price_per_t"]))
    return PricedScheme(
        scheme_id=row["scheme_id"],
        price_type=row["price_type"],
        price_per_t=row["price_per_t"],
        currency=row["currency"],
        scope2_method=method if "2" in told else None,
        in_force_from=first,
        in_force_to=last,
        scopes=scopes,
        covered_t=covered,
        cost=cost,
        consistent_with_statements=row["consistent_with_statements"],
        assumptions=row["assumptions"],
        notes=tuple(_notes(row, told, scopes, overlapped)),
        entry=f"B{row['batch_no']}-{row['seq']}",
    )


def _covered(
    scope: str, measure: str, first: date, last: date, by_month: dict[str, dict[date, Decimal]]
) -> CoveredScope:
    months = by_month[measure]
    if not months:
        return CoveredScope(scope, measure, None, None, None)
    whole = sum((Fraction(kg) for kg in months.values()), Fraction(0))
    covered = sum((Fraction(kg) * _share_of(month, first, last) for month, kg in months.items()), Fraction(0))
    tonnes = rounded(covered / 1000), rounded(whole / 1000)
    return CoveredScope(scope, measure, *tonnes, ratio(*tonnes))


def _share_of(month: date, first: date, last: date) -> Fraction:
    """The share of a month's days that lie in a span."""
    end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return Fraction(days_of(max(first, month), min(last, end)), days_of(month, end))


def _notes(row: dict[str, Any], told: list[str], scopes: tuple[CoveredScope, ...], overlapped: bool) -> list[str]:
    notes: list[str] = []
    unknown = [part for part in told if part not in SCOPES]
    if unknown:
        notes.append(sentence("“{given}” names no scope; correct the register.", given="|".join(unknown)))
    if row["price_per_t"] <= 0:
        notes.append(sentence("The price is not above zero; correct the register."))
    if row["scope2_method"] is None and "2" in told:
        notes.append(sentence("No Scope 2 method is named; location-based is taken."))
    if overlapped:
        notes.append(
            sentence("A later version of the scheme begins before this one ends; the later one holds from its day on.")
        )
    silent = [f"Scope {scope.scope}" for scope in scopes if scope.covered_t is None]
    if silent:
        notes.append(
            sentence(
                "{scopes}: covered, and nothing of it is quantified; in no tonnes and no cost.",
                scopes=", ".join(silent),
            )
        )
    if not row["consistent_with_statements"]:
        notes.append(sentence("The price is not the one used in the financial statements."))
    return notes
