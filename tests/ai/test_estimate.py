"""The beginner's path: energy and carbon of a job, by the ledger's own choice, with what is not known said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.ai.estimate import ACTIVITY_TYPE, Estimate, Request, estimate
from ledger.ai.interval import Interval, interval
from ledger.errors import Misuse
from ledger.factors.unrecorded import shipped_factors

D = Decimal
MONTH = date(2026, 11, 1)


@pytest.fixture(scope="module")
def factors():
    """The shipped factors, without a ledger."""
    with shipped_factors(ACTIVITY_TYPE) as s:
        yield s


@pytest.fixture(scope="module")
def asked(factors):
    """An estimate by the shipped factors."""

    def of(gpu: str = "A100", hours: int = 100, **more: object) -> Estimate:
        return estimate(factors, Request(gpu, D(hours), MONTH, **more))

    return of


def part(made: Estimate, start: str):
    """The layer whose name starts so."""
    return next(each for each in made.parts if each.name.startswith(start))


def test_pinned_inputs_give_30_kwh_and_12_kg(asked):
    """100 hours of one A100 in a US East region, 300 W and 0.4 kg/kWh: exactly 30 kWh and 12 kg at the chip."""
    made = asked(cloud="aws", region="us-east-1", power_w=D(300), factor=D("0.4"))
    assert made.chip.energy.value == interval(30)
    assert made.chip.location.value == made.chip.market.value == interval(12)
    assert part(made, "overhead").energy.value == interval(D("4.5"))  # PUE 1.15
    assert made.operational("location") == interval(D("13.8"))


def test_by_default_our_data_serve_with_reasons_and_spread(asked):
    """A100 alone is four boards of 250 to 400 W; the factor is the country's, with its reason and 28 others beside."""
    made = asked(cloud="azure", region="eastus")  # its grid operator spans several subregions
    assert made.chip.energy.value == Interval(D(25), D(40))
    assert made.processor.is_ceiling
    assert "4 boards" in made.assumptions[0]
    assert made.location_factor.source.startswith("eGRID2023")
    assert made.location_factor.reason.startswith("the country's own dataset")
    assert "no residual mix" in made.market_factor.reason
    kg = [other.kg_co2e_per_unit for other in made.answer.others]
    assert kg == sorted(kg)
    assert kg[0] < made.location_factor.kg_co2e_per_kwh < kg[-1]
    assert made.location_factor.source.split(", ")[1] not in {other.source.factor_id for other in made.answer.others}


def test_a_region_whose_grid_is_known_takes_the_factor_of_that_grid(asked):
    """The subregion of the region's town serves, not the mean of the country."""
    made = asked(cloud="aws", region="us-east-1")
    assert "egrid-2023:SRVC" in made.location_factor.source
    assert {other.source.factor_id for other in made.answer.others} >= {"egrid-2023:US"}


def test_what_others_state_of_the_grid_stands_beside_and_in_no_result(asked):
    """Cloud Carbon Footprint's and Google's figures for the same grid zone, smallest first; none is the factor."""
    made = asked(cloud="aws", region="us-east-1")
    stated = [(row.provider, row.region, row.kg_co2e_per_kwh) for row in made.place.stated]
    assert ("aws", "us-east-1", D("0.415755")) in stated
    assert ("gcp", "us-east4", D("0.32305")) in stated
    assert [kg for *_, kg in stated] == sorted(kg for *_, kg in stated)
    assert made.location_factor.kg_co2e_per_kwh not in {kg for *_, kg in stated}
    assert asked(country="US").place.stated == ()


def test_the_factor_is_the_one_that_the_ledger_chooses(asked):
    """A grid region has its own factor, and another month another edition: the choice is that of an upload."""
    assert "egrid-2023:SRVC" in asked(country="US", grid_region="srvc").location_factor.source
    assert "desnz-2025" in asked(country="GB").location_factor.source
    earlier = estimate_in(asked, date(2024, 5, 1))
    assert "desnz-2024" in earlier.location_factor.source


def estimate_in(asked, month: date) -> Estimate:
    """An estimate for a month in the United Kingdom."""
    from dataclasses import replace

    made = asked(country="GB")
    with shipped_factors(ACTIVITY_TYPE) as s:
        return estimate(s, replace(made.request, month=month))


def test_a_country_with_all_factors_has_the_whole_stack(asked):
    """In GB, 8 H100 for 24 h at 60 % with a host of 120 W and PUE 1.3: each layer by hand."""
    made = asked("nvidia-h100-sxm5-80gb", 24, count=D(8), country="GB", utilisation=D("0.6"),
                 host_power_w=D(120), pue=D("1.3"))  # fmt: skip
    assert made.chip.energy.value == interval(D("80.64"))
    assert part(made, "host").energy.value == interval(D("23.04"))
    assert part(made, "overhead").energy.value == interval(D("31.104"))
    site = D("134.784")
    for start, factor in (("losses", "0.01853"), ("upstream of the fuels", "0.0459"), ("upstream of the l", "0.00397")):
        assert part(made, start).location.value == interval(site * D(factor))
    assert made.operational("location") == interval(site * D("0.177"))
    assert all(not each.why for each in made.parts)


def test_what_is_not_known_is_said_and_never_zero(asked):
    """Without a PUE, a host or a factor for losses the layer has no figure and says why; PUE 1 is never assumed."""
    made = asked("t4", 10, country="DE")
    assert part(made, "overhead").energy is None
    assert "not 1" in part(made, "overhead").why
    assert "--host-power" in part(made, "host").why
    assert "holds it already" in part(made, "upstream of the fuels").why
    assert "no factor is held" in part(made, "losses").why
    assert made.embodied is None
    assert "no source gives the manufacture" in made.embodied_why


def test_a_life_cycle_factor_and_a_factor_of_ones_own(asked):
    """The grid's life-cycle factor holds its upstream; of a factor given by hand that is not known."""
    made = asked("t4", 10, country="DE", factor=D("0.3"))
    assert "not known whether" in part(made, "upstream of the fuels").why
    assert made.location_factor.source == "given"


def test_manufacture_is_a_share_of_a_life_and_in_no_sum(asked):
    """127.6 to 150 kg over 3 to 6 years for 100 h: 0.2428 to 0.5708 kg; over 4 years as given 0.3642 to 0.4281."""
    made = asked(country="US")
    assert (round(made.embodied.value.low, 4), round(made.embodied.value.high, 4)) == (D("0.2428"), D("0.5708"))
    assert made.operational("location") == made.chip.location.value
    given = asked(country="US", life_years=D(4)).embodied.value
    assert (round(given.low, 4), round(given.high, 4)) == (D("0.3642"), D("0.4281"))


def test_a_power_given_serves_for_an_accelerator_that_is_not_held(asked):
    """With --power an unknown name is taken and said; without it the nearest names are proposed."""
    made = asked("my-own-chip", 10, country="DE", power_w=D(50))
    assert made.chip.energy.value == interval(D("0.5"))
    assert "not in data/hardware.csv" in made.assumptions[0]
    with pytest.raises(Misuse, match="no accelerator 'A1000'") as fault:
        asked("A1000", 10, country="DE")
    assert "nvidia-a10" in fault.value.fix


def test_a_country_stands_for_its_grids_and_says_so(asked):
    """Where factors of grid regions are held the option is named; where there are none it is not."""
    assert any("--grid-region names one of its grids" in words for words in asked(country="US").assumptions)
    germany = [words for words in asked(country="DE").assumptions if "all of DE" in words]
    assert germany == ["the average of all of DE stands for the place's own grid"]
    assert not any("all of" in words for words in asked(country="US", grid_region="SRVC").assumptions)


def test_no_place_is_never_the_world(asked):
    """Neither a place nor a factor: asked for; a factor alone is enough, and then no other factors are told."""
    with pytest.raises(Misuse, match="where does it run"):
        asked()
    made = asked(factor=D("0.4"), power_w=D(300))
    assert made.chip.location.value == interval(12)
    assert made.answer is None


@pytest.mark.parametrize(
    ("more", "words", "fix"),
    [
        ({"cloud": "aws", "region": "us-east-9"}, "no region 'us-east-9'", "us-east-1"),
        ({"region": "us-east-1"}, "which cloud", "--cloud aws --region us-east-1"),
        ({"cloud": "aws"}, "in which region", "--region"),
        ({"cloud": "aws", "region": "us-east-1", "country": "US"}, "its country already", "--country"),
        ({"country": "Germny"}, "no country 'Germny'", "Germany"),
        ({"country": "US", "grid_region": "XXXX"}, "no factor is held for the grid region XXXX", "--grid-region"),
        ({"grid_region": "SRVC"}, "belongs to a country", "--country"),
        ({"country": "DE", "pue": D("0.98")}, "less than 1", "1.2"),
        ({"country": "DE", "utilisation": D("1.4")}, "more than 1", "0.85"),
        ({"country": "DE", "power_w": D(0)}, "power of 0 W", "watts"),
        ({"country": "DE", "count": D(0)}, "above zero", "--count"),
        ({"country": "DE", "factor": D(-1)}, "factor of -1", "0 or more"),
    ],
)
def test_bad_input_is_told_with_what_to_do(asked, more, words, fix):
    """Each slip names what is wrong and the option or the name that mends it."""
    with pytest.raises(Misuse, match=words) as fault:
        asked(**more)
    assert fix in fault.value.fix
