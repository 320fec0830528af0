"""Shares reckoned day by day, by rules written out here from the standard and not read from the tables."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.inventory import VIEWS, period
from ledger.inventory.boundaries.boundary import boundary_of
from ledger.inventory.boundaries.structure import EntityVersion, FacilityVersion, HoldingVersion, Structure

OF = period("2024-H1")
EVER = date(2000, 1, 1)
RELATIONS = ("owned", "lease_in_operating", "lease_in_finance", "lease_out_operating", "lease_out_finance",
             "colocation", "investment")  # fmt: skip
DAYS = st.dates(date(2023, 12, 1), date(2024, 7, 31))


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """A top company, up to four below, each held by one or two above it in dated versions; a facility of each."""
    count = draw(st.integers(1, 4))
    entities, holdings, facilities = {}, {}, {}
    for number in range(count + 1):
        code = f"C{number}"
        consolidated = number == 0 or draw(st.booleans())
        entities[code] = (EntityVersion(code, code, consolidated, EVER, None),)
        facilities[code] = (draw(st.builds(_facility, st.just(code), st.sampled_from(RELATIONS))),)
        versions = []
        for parent in sorted(draw(st.sets(st.integers(0, number - 1), min_size=1, max_size=2))) if number else ():
            for start in sorted(draw(st.sets(DAYS, min_size=1, max_size=2))):
                end = draw(st.one_of(st.none(), st.just(start + timedelta(days=draw(st.integers(0, 120))))))
                versions.append(
                    HoldingVersion(
                        f"C{parent}", code, draw(st.decimals(0, Decimal("0.5"), places=6)),
                        draw(st.sampled_from(("sole", "joint", "none"))), draw(st.booleans()), start, end, "",
                    )
                )  # fmt: skip
        if versions:
            holdings[code] = tuple(sorted(versions, key=lambda version: version.valid_from))
    return Structure(holdings, entities, facilities)


def _facility(code: str, relation: str) -> FacilityVersion:
    return FacilityVersion(code, code, code, relation, None, None, EVER, None)


def on_day(structure: Structure, view: str, code: str, day: date) -> tuple[Fraction, Fraction]:
    """Share inside and equity share of a company on a day."""
    if code == "C0":
        return Fraction(1), Fraction(1)
    latest: dict[str, HoldingVersion] = {}
    for version in structure.holdings[code]:
        if version.valid_from <= day:
            latest[version.parent] = version
    held = [version for version in latest.values() if version.valid_to is None or day <= version.valid_to]
    above = {version.parent: on_day(structure, view, version.parent, day) for version in held}
    held = [version for version in held if above[version.parent][1] > 0]
    whole = sum(Fraction(version.equity_share) for version in held)
    share = equity = Fraction(0)
    for version in held:
        part, sole = Fraction(version.equity_share), version.financial_control == "sole"
        operated = version.operational_control
        if view == "operational_control":
            counts = Fraction(operated)
        elif view == "esrs_set1":
            counts = Fraction(operated or (sole and structure.entities[code][0].in_consolidated_accounts))
        elif view == "equity_share":
            influence = version.financial_control != "none" or operated or whole >= Fraction(1, 5)
            counts = part if influence else Fraction(0)
        else:
            counts = Fraction(1) if sole else part if version.financial_control == "joint" else Fraction(0)
        share += above[version.parent][0] * counts
        equity += above[version.parent][1] * part
    return min(share, Fraction(1)), min(equity, Fraction(1))


def category_of(view: str, relation: str) -> int | None:
    """Where Scope 1 and 2 of a facility of a company inside stand (appendix F)."""
    by_operation = view in ("operational_control", "esrs_set1")
    if relation in ("lease_in_operating", "colocation"):
        return None if by_operation else 8
    if relation == "lease_out_operating":
        return 13 if by_operation else None
    return {"lease_out_finance": 13, "investment": 15}.get(relation)


def by_days(structure: Structure, view: str, code: str, month: date) -> dict[tuple[str, int | None], Decimal]:
    """What applies to which postings, and at which share of the month: a loop over its days."""
    days = monthrange(month.year, month.month)[1]
    sums: dict[tuple[str, int | None], Fraction] = {}
    relation = structure.facilities[code][0].relation
    for number in range(days):
        share, equity = on_day(structure, view, code, month + timedelta(days=number))
        category = category_of(view, relation) if share else 15
        own = share if share and category != 15 else equity
        sums["own", category] = sums.get(("own", category), Fraction(0)) + own
        if category is None:
            sums["upstream", None] = sums.get(("upstream", None), Fraction(0)) + share
        if category != 15:
            sums["other", None] = sums.get(("other", None), Fraction(0)) + share
    rounded = {name: _at_12(total / days) for name, total in sums.items()}
    return {name: share for name, share in rounded.items() if share}


def _at_12(value: Fraction) -> Decimal:
    whole, rest = divmod(value.numerator * 10**12, value.denominator)
    return Decimal(whole + (2 * rest >= value.denominator)).scaleb(-12)


@given(structures(), st.sampled_from(VIEWS))
@settings(max_examples=60)
def test_months_are_what_their_days_make_them(structure: Structure, view: str):
    """For random structures and every view, each month's shares are Σ(days × share) ÷ days, rounded once."""
    used = frozenset((None, code) for code in structure.facilities)
    parts = boundary_of(structure, OF, view, used).parts()
    for code in structure.facilities:
        for month in OF.months:
            found: dict[tuple[str, int | None], Decimal] = {}
            for part in parts:
                if part.facility_id == code and part.first_month <= month <= part.last_month and part.share:
                    name = (part.applies, part.scope3_category)
                    found[name] = found.get(name, Decimal(0)) + part.share
            assert found == by_days(structure, view, code, month), (code, month)


@given(structures(), st.sampled_from(VIEWS), DAYS)
@settings(max_examples=30)
def test_the_structure_of_a_day_is_that_day_all_year(structure: Structure, view: str, day: date):
    """As of a day, every month counts as that day alone would."""
    used = frozenset((None, code) for code in structure.facilities)
    found = boundary_of(structure, OF, view, used, day)
    for span in found.of_postings:
        share, equity = on_day(structure, view, span.facility_id or "", day)
        assert (span.start, span.end) == (OF.start, OF.end)
        inside = share if span.placement != "category_15" else equity
        assert Fraction(span.share) == inside
