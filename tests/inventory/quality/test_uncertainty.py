"""Uncertainty: single rows as stated, sums against every pair of postings, shared errors, and the seeded draws."""

from __future__ import annotations

import shutil
from datetime import date
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger
from ledger.errors import Misuse
from ledger.inventory import period
from ledger.inventory.uncertainty.distribution import Z, fitted, rank_of
from ledger.inventory.uncertainty.monte_carlo import _Draw
from ledger.inventory.uncertainty.pedigree import INDICATORS, squared_geometric_deviation
from ledger.store import append, as_arrow, session
from ledger.store.tables import PeriodEvent

SCORES = "dq_reliability,dq_completeness,dq_temporal,dq_geographical,dq_technological"
HEADER = (
    "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,factor_id,uncertainty_pct,"
    f"low,high,meter_id,{SCORES}"
)
FACTORS = "factor_id,activity_type,unit,co2e,data_year,source,uncertainty_pct"


def row(
    number: int, quantity: str, *, factor: str = "own:a", pct: str = "", low: str = "", high: str = "",
    meter: str = "", scores: str = ",,,,", days: str = "2024-03-01,2024-03-31", site: str = "LON",
) -> str:  # fmt: skip
    """A row of natural gas by mass, with what it says of its uncertainty."""
    return f"{number},{site},natural_gas,{quantity},kg,{days},measured,{factor},{pct},{low},{high},{meter},{scores}"


@pytest.fixture(scope="module")
def factors(_quality_founded, tmp_path_factory) -> Path:
    """A ledger with three factors of one's own: ± 10 %, ± 50 %, and one that does not say."""
    folder = tmp_path_factory.mktemp("factors")
    shutil.copytree(_quality_founded, folder / "book")
    told = (("a", "2.5", "10"), ("b", "2", "50"), ("c", "3", ""))
    rows = [f"own:{name},natural_gas,kg,{kg},2024,laboratory,{pct}" for name, kg, pct in told]
    (folder / "factor.csv").write_text("\n".join([FACTORS, *rows]) + "\n", encoding="utf-8")
    held = Ledger(folder / "book" / "ledger.duckdb", actor="anna")
    assert held.upload(folder / "factor.csv", "factor").status == "accepted"
    return folder / "book"


@pytest.fixture
def ledger(factors: Path, tmp_path: Path) -> Ledger:
    """One's own copy of it."""
    shutil.copytree(factors, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


def scope_1(ledger: Ledger):
    """The uncertainty of Scope 1."""
    return ledger.uncertainty("2024").figure("scope_1")


def test_a_stated_per_cent_is_the_half_width(upload, factors, ledger: Ledger):
    """± 5 % on a factor that says nothing is ± 5 %, symmetric, and only part of the matter is known."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", pct="5"))
    found = scope_1(ledger)
    assert found.half_width == pytest.approx(0.05)
    assert (found.low_kg, found.high_kg) == (pytest.approx(2850), pytest.approx(3150))
    assert (found.share_assessed, found.share_partly, found.is_lower_bound) == (0, 1, True)
    assert (found.distribution, found.rank) == ("normal", "high")


def test_activity_times_factor_is_the_root_of_the_squares(upload, factors, ledger: Ledger):
    """± 5 % times ± 10 %: √(0.05² + 0.10²) = 11.18 %, with the product of both parts a little more."""
    upload("activity", HEADER, row(1, "1000", pct="5"))
    found = scope_1(ledger)
    assert found.half_width == pytest.approx(sqrt(0.05**2 + 0.10**2 + (0.05 * 0.10 / Z) ** 2), rel=1e-3)
    assert (found.share_assessed, found.is_lower_bound, found.rank) == (1, False, "good")


def test_rows_that_share_a_factor_share_its_error(upload, factors, ledger: Ledger):
    """Four equal rows: their own 8 % shrinks to 4 %, the factor's 10 % does not shrink at all."""
    upload("activity", HEADER, *(row(n, "100", pct="8") for n in range(4)))
    shared = scope_1(ledger).half_width
    assert shared == pytest.approx(sqrt(0.10**2 + 0.04**2), rel=2e-3)
    assert shared > sqrt((0.10**2 + 0.08**2) / 4) * 1.5


def test_an_unknown_is_not_assessed_and_never_zero(upload, factors, ledger: Ledger):
    """A row and a factor that say nothing are in no interval; the share that is assessed says so."""
    upload("activity", HEADER, row(1, "1000", factor="own:c"))
    found = scope_1(ledger)
    assert (found.half_width, found.low_kg, found.rank, found.share_not_assessed) == (None, None, None, 1)
    upload("activity", HEADER, row(2, "250", factor="own:c", pct="10"))
    found = scope_1(ledger)
    assert found.share_not_assessed == pytest.approx(0.8)
    assert found.assessed_kg == pytest.approx(750)
    assert (found.low_kg, found.high_kg) == (pytest.approx(675), pytest.approx(825))


def test_five_scores_make_the_squared_geometric_deviation(upload, factors, ledger: Ledger):
    """Scores 2, 3, 1, 4, 2 on fuel: exp √(ln²1.1 + ln²1.1 + ln²1 + ln²1.1 + ln²1.2 + ln²1.05), over and times it."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", scores="2,3,1,4,2"))
    gsd2 = exp(sqrt(sum(log(u) ** 2 for u in (1.10, 1.10, 1.00, 1.10, 1.20, 1.05))))
    found = scope_1(ledger)
    assert (found.low_kg, found.high_kg) == (pytest.approx(3000 / gsd2), pytest.approx(3000 * gsd2))
    assert (found.distribution, found.share_assessed) == ("lognormal", 1)
    assert ledger.uncertainty("2024").pedigree_used


def test_a_perfect_record_has_only_the_basic_uncertainty():
    """Five very good scores leave 1.05, not the 2.4 of roots of squares of factors."""
    assert squared_geometric_deviation(dict.fromkeys(INDICATORS, 1), 1.05) == pytest.approx(1.05)


def test_transport_has_the_basic_uncertainty_of_transport(upload, ledger: Ledger):
    """A flight with five very good scores: a half to twice its value."""
    upload("activity", f"activity_type,quantity,unit,month,country,data_basis,{SCORES}",
           "flight_long_haul_economy,1000,passenger.km,2024-05,GB,calculated,1,1,1,1,1")  # fmt: skip
    found = ledger.uncertainty("2024", by="category").figure("category_6")
    assert found.high_kg / float(found.value_kg) == pytest.approx(2)
    assert found.low_kg / float(found.value_kg) == pytest.approx(0.5)


def test_scores_that_are_not_five_are_not_used(upload, factors, ledger: Ledger):
    """A missing score is not very good: the row is not assessed by its scores, and that is told."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", scores="1,1,1,1,"))
    told = ledger.uncertainty("2024")
    assert told.figure("scope_1").half_width is None
    assert (told.rows_assessed, told.rows_not_usable) == (0, 1)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (900, 1300),
        (-100, 1500),
        *(pytest.param(*one, marks=pytest.mark.thorough) for one in ((700, 1100), (950, 1050), (500, 4000))),
    ],
)
def test_a_stated_interval_is_given_back(upload, factors, ledger: Ledger, low, high):
    """Whatever its shape, a row's interval is the figure's interval."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", low=str(low), high=str(high)))
    found = scope_1(ledger)
    assert (found.low_kg, found.high_kg) == (pytest.approx(3 * low), pytest.approx(3 * high))


def test_above_thirty_per_cent_it_is_lognormal_with_the_same_mean(upload, factors, ledger: Ledger):
    """± 50 %: σg and the ends as IPCC 2006, volume 1, section 3.7.3 has them, with 1.96 for 2; never below zero."""
    upload("activity", HEADER, row(1, "1000", factor="own:b"))
    found = scope_1(ledger)
    s = sqrt(log(1 + (0.5 / Z) ** 2))
    median = 2000 * exp(-s * s / 2)
    assert (found.low_kg, found.high_kg) == (
        pytest.approx(median * exp(-Z * s)),
        pytest.approx(median * exp(Z * s)),
    )
    assert found.high_kg - 2000 > 2000 - found.low_kg > 0
    assert (found.distribution, found.rank) == ("lognormal", "poor")


def test_a_product_of_lognormals_is_lognormal(upload, factors, ledger: Ledger):
    """± 60 % on a factor of ± 50 %: variances of the logarithms add, and both ends are met exactly."""
    upload("activity", HEADER, row(1, "1000", factor="own:b", pct="60"))
    found = scope_1(ledger)
    squared = log(1 + (0.6 / Z) ** 2) + log(1 + (0.5 / Z) ** 2)
    median = 2000 * exp(-squared / 2)
    assert found.low_kg == pytest.approx(median * exp(-Z * sqrt(squared)))
    assert found.high_kg == pytest.approx(median * exp(Z * sqrt(squared)))


def test_a_row_over_three_months_is_one_error(upload, factors, ledger: Ledger):
    """Its slices do not average out: ± 20 % stays ± 20 %; so do the months of one meter, and not of two."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", pct="20", days="2024-02-10,2024-05-20"))
    assert scope_1(ledger).half_width == pytest.approx(0.20)
    upload("activity", HEADER, *(row(n, "1000", factor="own:c", pct="20", meter="M", site="BRS",
                                     days=f"2024-{n:02}-01,2024-{n:02}-28") for n in (6, 7, 8)))  # fmt: skip
    assert scope_1(ledger).half_width == pytest.approx(sqrt(1**2 + 3**2) * 0.20 / 4, rel=1e-6)


def test_a_reversed_row_has_no_uncertainty(upload, factors, ledger: Ledger):
    """What was taken back does not widen the interval of what stands."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", pct="5"))
    before = scope_1(ledger)
    done = upload("activity", HEADER, row(2, "9000", factor="own:c", pct="90"), row(3, "1", factor="own:c", pct="5"))
    ledger.reverse(f"B{done.batch}", reason="not_ours")
    assert scope_1(ledger) == before


def by_pairs(ledger: Ledger, condition: str) -> tuple[float, float]:
    """Mean and variance of a sum from every pair of its postings: E[A A'] E[F F'] − E[..] of each, added up.

    Read from the view `posting` and the rows as given; nothing of the assessment is used.
    """
    statement = f"""
        select a.external_id, d.meter_id, a.quantity, d.uncertainty_pct, p.factor_id, f.uncertainty_pct,
               p.total_co2e_kg::double
        from posting p join activity a on a.batch_no = p.activity_batch and a.seq = p.activity_seq
        left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
        left join emission_factor f on f.factor_id = p.factor_id
        where p.book = 'inventory' and p.total_co2e_kg is not null and {condition}
          and (d.uncertainty_pct is not null or f.uncertainty_pct is not null)
    """
    with session(ledger.path) as s:
        lines = s.rows(statement)

    def squared(pct) -> float:
        return 0.0 if pct is None else (float(pct) / 100 / Z) ** 2

    mean = variance = 0.0
    for one in lines:
        mean += one[6]
        for other in lines:
            same_row = one[0] == other[0] or (one[1] is not None and (one[1], one[3]) == (other[1], other[3]))
            same_factor = one[4] == other[4]
            a = squared(one[3]) if same_row else 0.0
            f = squared(one[5]) if same_factor else 0.0
            variance += one[6] * other[6] * ((1 + a) * (1 + f) - 1)
    return mean, variance


def test_sums_agree_with_every_pair_of_postings(upload, factors, ledger: Ledger):
    """One month or several, meters, shared factors, several lines of one row: the variance is that of all pairs."""
    upload("activity", HEADER,
           row(1, "1000", pct="5"), row(2, "700", pct="8", days="2024-01-15,2024-04-20"), row(3, "400"),
           row(4, "300", factor="own:b", pct="12"), row(5, "800", factor="own:c", pct="20"),
           row(6, "900", factor="own:c"), row(7, "250", factor="own:b", pct="12", meter="M1"),
           row(8, "350", pct="12", meter="M1", days="2024-04-01,2024-04-30"),
           "9,LON,electricity_purchased,50000,kWh,2024-03-15,2024-05-01,measured,,7,,,,,,,,")  # fmt: skip
    told = ledger.uncertainty("2024")
    for label, condition in (
        ("scope_1", "p.scope = '1'"), ("scope_3", "p.scope = '3'"),
        ("scope_2_market", "p.scope = '2' and p.method = 'market'"),
        ("total_location", "(p.scope in ('1', '3') or p.method = 'location')"),
    ):  # fmt: skip
        found = told.figure(label)
        mean, variance = by_pairs(ledger, condition)
        assert found.assessed_kg == pytest.approx(mean)
        deviation = fitted(mean, variance, 0.0).interval()
        assert found.half_width == pytest.approx((deviation[1] - deviation[0]) / 2 / mean, rel=0.01), label


def test_an_instrument_keeps_the_uncertainty_of_what_is_left(upload, ledger: Ledger):
    """Half of the electricity is covered at 0: market-based, ± 10 % is of the half that has emissions."""
    upload("activity", HEADER, "1,LON,electricity_purchased,1000,kWh,2024-03-01,2024-03-31,measured,,10,,,,,,,,")
    upload("instrument",
           "instrument_id,type,kwh,technology,energy_source,country,vintage_start,vintage_end,co2_kg_per_kwh,"
           "co2e_kg_per_kwh,criterion_1,criterion_2,criterion_3,criterion_4,criterion_5,criterion_6,criterion_7,"
           "criterion_8,retired_on",
           "R1,certificate,500,wind,renewable,GB,2024-01-01,2024-12-31,0,0,met,met,met,met,met,na,na,met,"
           "2025-02-01")  # fmt: skip
    ledger.calculate()
    told = ledger.uncertainty("2024")
    assert told.figure("scope_2_market").value_kg * 2 == told.figure("scope_2_location").value_kg
    assert told.figure("scope_2_market").half_width == pytest.approx(0.10)
    assert told.figure("scope_2_location").half_width == pytest.approx(0.10)


def test_facilities_are_assessed_each_for_itself(upload, factors, ledger: Ledger):
    """Cut by facility, each site has its own interval, and the whole has less than their sum."""
    upload("activity", HEADER, row(1, "1000", factor="own:c", pct="10"),
           row(2, "1000", factor="own:c", pct="20", site="BRS"))  # fmt: skip
    told = ledger.uncertainty("2024", by="facility")
    of_sites = [told.figure(f"facility_{site} location") for site in ("LON", "BRS")]
    assert [figure.half_width for figure in of_sites] == [pytest.approx(0.10), pytest.approx(0.20)]
    assert told.figure("total_location").half_width < 0.15


def test_monte_carlo_agrees_within_one_per_cent(upload, factors, ledger: Ledger):
    """Shared factors, skewed intervals, scores and slices: both ends differ by less than 1 % of the value."""
    upload("activity", HEADER,
           row(1, "1000", pct="5"), row(2, "700", pct="45", days="2024-01-15,2024-04-20"), row(3, "400"),
           row(4, "300", factor="own:b", pct="12"), row(5, "800", factor="own:c", scores="2,3,1,4,3"),
           row(6, "900", factor="own:c", low="800", high="1300"),
           row(7, "600", factor="own:b", low="200", high="900"))  # fmt: skip
    drawn = ledger.monte_carlo("2024", draws=40_000, seed=11)
    told = {figure.label: figure for figure in ledger.uncertainty("2024").figures}
    assert {figure.label for figure in drawn.figures} == set(told)
    for figure in drawn.figures:
        propagated = told[figure.label]
        assert figure.low_kg == pytest.approx(propagated.low_kg, abs=0.01 * propagated.assessed_kg)
        assert figure.high_kg == pytest.approx(propagated.high_kg, abs=0.01 * propagated.assessed_kg)
        assert abs(figure.half_width - propagated.half_width) < 0.01


def test_the_same_seed_draws_the_same(upload, factors, ledger: Ledger):
    """A seed is recorded with the draws so that they can be drawn again; another seed gives others."""
    upload("activity", HEADER, row(1, "1000", pct="5"), row(2, "700", pct="45"))
    first, again, other = (ledger.monte_carlo("2024", draws=2_000, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.figures != other.figures
    with pytest.raises(Misuse):
        ledger.monte_carlo("2024", draws=10, seed=5)


def test_many_small_rows_are_drawn_as_one_sum(upload, factors, ledger: Ledger):
    """Past the largest 400 rows those of a key are one draw with the same mean, variance and skewness."""
    upload("activity", HEADER, *(row(n, str(100 + n), pct="60") for n in range(500)))
    drawn = ledger.monte_carlo("2024", draws=4_000, seed=3)
    assert (drawn.drawn_rows, drawn.summed_rows) == (400, 100)
    scope = next(figure for figure in drawn.figures if figure.label == "scope_1")
    assert scope.half_width == pytest.approx(scope.propagated_half_width, rel=0.05)


def test_many_small_meters_are_drawn_as_one_sum(upload, factors, ledger: Ledger):
    """Past the largest 400 rows over several months the rest is one draw, and the interval is not too narrow."""
    days = "2024-03-15,2024-04-14"
    upload("activity", HEADER, *(row(n, str(100 + n), factor="own:c", pct="60", days=days) for n in range(900)))
    drawn = ledger.monte_carlo("2024", draws=4_000, seed=3)
    assert (drawn.drawn_rows, drawn.summed_meters) == (400, 500)
    scope = next(figure for figure in drawn.figures if figure.label == "scope_1")
    assert scope.half_width == pytest.approx(scope.propagated_half_width, rel=0.05)


def test_an_earlier_size_keeps_its_interval(upload, factors, ledger: Ledger):
    """Read as the ledger stood before, the interval is what it was."""
    upload("activity", HEADER, row(1, "1000", pct="5"))
    before, size = scope_1(ledger), ledger.checkpoint().size
    upload("activity", HEADER, row(2, "1000", pct="80"))
    assert ledger.uncertainty("2024", at=size).figure("scope_1") == before


def test_a_late_row_of_a_closed_month_is_in_no_interval(upload, factors, ledger: Ledger):
    """After the close of a month, a late row and a reversal move neither its figure, its interval nor its quality."""
    done = upload("activity", HEADER, row(1, "1000", pct="5"), row(2, "400", pct="30"))
    before, described = scope_1(ledger), ledger.quality("2024")
    closed = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "view": "operational_control",
              "event": "closed"}  # fmt: skip
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "period", step="submitted")
        append(s, act, lambda writing: writing.insert_rows(PeriodEvent, as_arrow(PeriodEvent, [closed])) and None)
    upload("activity", HEADER, row(3, "9000", pct="80"))
    ledger.reverse(f"B{done.batch}-2", reason="not_ours")
    assert scope_1(ledger) == before
    assert ledger.quality("2024") == described


@given(
    st.floats(0.02, 1.0),
    st.floats(-1.5, 4.0).filter(lambda skewness: abs(skewness) > 0.01),
)
def test_a_fit_has_the_moments_it_was_made_for(deviation, skewness):
    """Mean, variance and skewness of the fitted distribution, by summing over its quantiles, are those asked for."""
    shape = fitted(1.0, deviation**2, skewness * deviation**3)
    count = 20_000
    values = [shape.at(NormalDist().inv_cdf((k + 0.5) / count)) for k in range(count)]
    mean = fmean(values)
    assert mean == pytest.approx(1.0, abs=0.02 * deviation)
    assert sqrt(fmean((value - mean) ** 2 for value in values)) == pytest.approx(deviation, rel=0.06)


def test_draws_of_a_seed_are_fixed():
    """The first numbers of a seed are written down, so that no other version of Python draws others unseen."""
    values = _Draw(3, 1).of(fitted(0.0, 1.0, 0.0))
    assert values == pytest.approx([0.17434776288522863, 0.8497397182715475, -1.5292043114015281], abs=1e-12)


def test_ranks_are_those_of_the_uncertainty_tool():
    """± 5 % high, ± 15 % good, ± 30 % fair, beyond that poor."""
    assert [rank_of(u) for u in (0.05, 0.051, 0.15, 0.3, 0.31)] == ["high", "good", "good", "fair", "poor"]


def test_a_cut_that_is_not_assessed_is_refused(ledger: Ledger):
    """Gases are cut from the inventory, not assessed."""
    with pytest.raises(Misuse):
        ledger.uncertainty("2024", by="gas")


def test_period_of_nothing(ledger: Ledger):
    """Without postings there are no figures."""
    assert ledger.uncertainty(period("2019").label).figures == ()


def test_a_view_gives_shares_and_keeps_relative_widths(upload, ledger: Ledger):
    """40 % of a venture and all of our own: kg count by their share, and each row's relative error stays its own."""
    upload("legal_entity", "legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from",
           "JV,Venture,GB,no,no,2020-01-01")  # fmt: skip
    upload("holding", "parent,child,equity_share,financial_control,operational_control,valid_from",
           "ACME,JV,0.4,none,no,2020-01-01")  # fmt: skip
    upload("facility", "facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from",
           "JVW,Venture works,JV,GB,Europe/London,owned,2020-01-01,2020-01-01")  # fmt: skip
    upload("activity", "external_id,facility_id,activity_type,quantity,unit,month,data_basis,uncertainty_pct",
           "1,BRS,stated_scope_1,600,kg CO2e,2024-03,calculated,10",
           "2,JVW,stated_scope_1,1000,kg CO2e,2024-03,calculated,20")  # fmt: skip
    found = ledger.uncertainty("2024", view="equity_share").figure("scope_1")
    assert (found.value_kg, found.share_assessed) == (1000, 1)
    assert found.half_width == pytest.approx(sqrt((600 * 0.10) ** 2 + (400 * 0.20) ** 2) / 1000)
