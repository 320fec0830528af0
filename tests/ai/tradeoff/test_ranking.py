"""What a comparison decides: hand-reckoned options, the front, flip prices, and what the ranges leave open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.ai import catalogue
from ledger.ai.estimate import GridFactor
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.options import Machine, Option, Site, amount, corners
from ledger.ai.tradeoff.prices import Price
from ledger.ai.tradeoff.ranking import Rank, difference, flip, front, leaders, ranks

D = Decimal
PART = catalogue.hardware("t4")


def machine(hours, kw, made=None, time=None, count=1) -> Machine:
    """A machine of so many accelerator-hours, kW and embodied kg per hour; its relative time is its hours."""
    return Machine(
        PART, interval(time if time is not None else hours), interval(hours), D(count), interval(kw), "test", False,
        None if made is None else interval(made), "", (),
    )  # fmt: skip


def site(key="X", pue=1, location="0.4", market=None, wue=None) -> Site:
    """A place of a PUE and two factors."""
    factors = {
        basis: GridFactor(basis, D(factor), "test", "", is_life_cycle=False)
        for basis, factor in (("location", location), ("market", location if market is None else market))
    }
    return Site(key, key, "own", key, D(pue), "test", factors, wue, "test")


def option(of: Machine, at: Site, per_hour=None, *, counts=True) -> Option:
    """An option, with a price where one is given."""
    price = None if per_hour is None else Price("own", "", PART.hardware_id, "list", D(per_hour), "USD",
                                                date(2026, 11, 1), "test", 2)  # fmt: skip
    return Option(of, at, price, counts)


def test_an_option_by_hand():
    """100 h of 0.5 kW at PUE 1.2 and 0.4 kg/kWh: 50 kWh of machines, 60 of the site, 24 kg; 8 share it in 12.5 h.

    At 2 per hour it costs 200; with 0.01 kg/h of manufacture (1 kg) and 80 per tonne, 200 + 25 × 0.08 = 202 in full;
    at 1.5 L/kWh it takes 75 L, not 90: WUE is on the energy of the machines.
    """
    made = option(machine(100, D("0.5"), D("0.01"), count=8), site(pue=D("1.2"), market=D("0.1"), wue=D("1.5")), 2)
    assert (made.duration, made.cost, made.it_kwh, made.kwh) == tuple(map(interval, (D("12.5"), 200, 50, 60)))
    assert (made.operational("location"), made.operational("market")) == (interval(24), interval(6))
    assert (made.embodied, made.carbon("location"), made.carbon("market")) == tuple(map(interval, (1, 25, 7)))
    assert made.full_cost("location", D(80)) == interval(202)
    assert made.full_cost("market", D(80)) == interval(D("200.56"))
    assert made.water == interval(75)


def test_the_rate_of_rankings_is_the_figure_that_is_shown():
    """With relative time in hours, every measure of a case is the option's own figure."""
    made = option(machine(100, D("0.5"), D("0.01"), count=8), site(pue=D("1.2")), 2)
    (case,) = corners(made.machine)
    for measure, shown in (("time", made.duration), ("cost", made.cost), ("location", made.carbon("location")),
                           ("location_full", made.full_cost("location", D(80)))):  # fmt: skip
        assert amount(made, measure, case, D(80)) == shown.low


def test_what_is_not_known_counts_nowhere_and_is_not_zero():
    """Without a price there is no cost in full; manufacture that is not known of every machine counts of none."""
    bare = option(machine(100, D("0.5")), site())
    assert (bare.cost, bare.full_cost("location", D(50)), bare.embodied, bare.water) == (None, None, None, None)
    partial = option(machine(100, D("0.5"), 1), site(), counts=False)
    assert partial.embodied == interval(100)
    assert partial.carbon("location") == interval(20)


def test_flip_by_hand():
    """100 h at 3 emit 40 kg; 100 h at 4 emit 20 kg: 100 more for 20 kg less is 5,000 per tonne, in either order."""
    dirty = option(machine(100, 1), site("dirty", location=D("0.4")), 3)
    clean = option(machine(100, 1), site("clean", location=D("0.2")), 4)
    for told in (flip(dirty, clean, "location"), flip(clean, dirty, "location")):
        assert (told.first, told.second) == (dirty.name, clean.name)
        assert (told.low, told.high, told.in_every_case) == (D(5000), D(5000), True)
    assert leaders((dirty, clean), "location_full", D(4999)) == (dirty,)
    assert leaders((dirty, clean), "location_full", D(5001)) == (clean,)


def test_no_flip_where_one_is_cheaper_and_cleaner():
    """Below nothing no price lies: an option that is ahead in both stays ahead at every price."""
    good, bad = option(machine(100, 1), site("a", location=D("0.2")), 3), option(machine(100, 1), site("b"), 4)
    told = flip(good, bad, "location")
    assert (told.low, told.high, told.in_every_case) == (None, None, False)
    assert front((good, bad), ("cost", "time", "location")) == ("on", "off")


def test_one_machine_at_two_places_is_decided_whatever_its_range():
    """The range of time and power is the same machine's at both places, so the cleaner grid is ahead for certain."""
    one = machine(Interval(D(50), D(500)), Interval(D("0.3"), D("0.7")))
    a, b = option(one, site("a", location=D("0.30"))), option(one, site("b", location=D("0.31")))
    assert ranks((a, b), "location") == (Rank(1, 1), Rank(2, 2))
    assert front((a, b), ("time", "location")) == ("on", "off")


def test_two_machines_whose_ranges_meet_are_undecided():
    """30 to 60 kg against 50 kg can be either first, and neither is off the front; 30 to 49 kg is first for certain."""
    sure = option(machine(125, 1), site("b"))
    for high, placed, standing in ((150, Rank(1, 2), "open"), (122, Rank(1, 1), "off")):
        wide = option(machine(Interval(D(75), D(high)), 1), site("a"))
        assert ranks((wide, sure), "location")[0] == placed
        assert front((wide, sure), ("location",))[1] == standing


def test_a_flip_inside_ranges_says_so():
    """Where in some cases the dearer one is dirtier too, the two change places in some cases only."""
    wide = option(machine(Interval(D(80), D(120)), 1), site("a", location=D("0.4")), 3)
    sure = option(machine(100, 1), site("b", location=D("0.35")), 4)
    told = flip(wide, sure, "location")
    assert not told.in_every_case
    assert told.high is None
    near = flip(option(machine(Interval(D(100), D(150)), 1), site("a", location=D("0.9")), 3),
                option(machine(100, 1), site("b", location=D("0.1")), 4), "location")  # fmt: skip
    assert (near.low, near.high, near.in_every_case) == (0, D(1250), False)  # at 133 h both cost 400
    sides = flip(option(machine(100, Interval(D("0.8"), D(1))), site("a"), 3),
                 option(machine(100, 1, time=100), site("b", location=D("0.2")), 4), "location")  # fmt: skip
    assert (sides.low, sides.in_every_case) == (D(5000), True)
    assert round(sides.high, 4) == D("8333.3333")  # 100 more for 32 - 20 kg less


def test_equal_options_share_the_first_place():
    """Neither is off the front, and both are first."""
    one = machine(100, 1)
    a, b = option(one, site("a"), 3), option(one, site("b"), 3)
    assert ranks((a, b), "cost") == (Rank(1, 1), Rank(1, 1))
    assert front((a, b), ("cost", "location")) == ("on", "on")
    assert leaders((a, b), "cost") == (a, b)


number = st.decimals(min_value="0.01", max_value=1000, places=2)
span = st.tuples(number, number).map(lambda ends: Interval(min(ends), max(ends)))
point = number.map(interval)


@st.composite
def some_options(draw, amounts=span):
    """Up to four options over two machines and three places, all priced."""
    machines = [machine(draw(amounts), draw(amounts), draw(amounts), count=draw(st.integers(1, 8))) for _ in range(2)]
    sites = [site(str(n), D(1) + draw(number) / 100, draw(number), draw(number)) for n in range(3)]
    return [
        option(draw(st.sampled_from(machines)), draw(st.sampled_from(sites)), draw(number))
        for _ in range(draw(st.integers(2, 4)))
    ]


@settings(max_examples=25)
@given(some_options(point))
def test_a_dominated_option_is_never_on_the_front(options):
    """Of exact options, one is off the front exactly where another is no worse in all and better in one."""
    measures = ("cost", "time", "location")
    values = [[amount(each, m, corners(each.machine)[0]) for m in measures] for each in options]
    for mine, standing in zip(values, front(options, measures), strict=True):
        dominated = any(
            all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine for other in values
        )  # fmt: skip
        assert standing == ("off" if dominated else "on")


@settings(max_examples=25)
@given(some_options(point))
def test_the_flip_price_makes_both_full_costs_equal(options):
    """At the price both cost the same, a thousandth below the first is ahead, a thousandth above the second."""
    a, b = options[:2]
    told = flip(a, b, "location")
    if told.low is None:
        return
    by_name = {a.name: a, b.name: b} if a.name != b.name else {}
    low, high = difference(a, b, "location_full", told.low)
    assert max(abs(low), abs(high)) < D("1e-30")
    if by_name:
        first, second = by_name[told.first], by_name[told.second]
        assert difference(first, second, "location_full", told.low * D("0.999"))[1] < 0
        assert difference(first, second, "location_full", told.low * D("1.001"))[0] > 0


@settings(max_examples=20)
@given(some_options(), st.sampled_from(["cost", "time", "location", "market", "location_full"]), st.data())
def test_no_case_inside_the_ranges_leaves_the_range_of_ranks(options, measure, data):
    """Wherever in its range each machine stands, every option's place is within its best and its worst."""
    chosen = {id(each.machine): data.draw(st.sampled_from(corners(each.machine))) for each in options}
    values = [amount(each, measure, chosen[id(each.machine)], D(50)) for each in options]
    for mine, rank in zip(values, ranks(options, measure, D(50)), strict=True):
        place = 1 + sum(other < mine for other in values)
        assert rank.best <= place <= rank.worst


@pytest.mark.parametrize("measure", ["cost", "time", "location", "location_full"])
def test_more_of_anything_is_never_less(measure):
    """The first case is the least and the last the greatest, on which the differences of two machines rest."""
    made = option(machine(Interval(D(1), D(3)), Interval(D(1), D(2)), Interval(D(0), D(5))), site(), 2)
    values = [amount(made, measure, corner, D(50)) for corner in corners(made.machine)]
    assert (values[0], values[-1]) == (min(values), max(values))
    assert len(values) == 8
