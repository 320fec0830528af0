"""Indicators of data centres and AI services, each with every term: PUE, CUE, WUE, carbon-free share, FLOP per joule.

Sources: ISO/IEC 30134-2, -3, -8 and -9 (definitions), and as each function names.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledger.ai.energy import TERA, share
from ledger.ai.interval import EXACT, Amount, Interval, interval, total
from ledger.ai.worked import Term, Worked
from ledger.errors import Misuse

PUE_CATEGORIES = {1: "UPS output", 2: "PDU output", 3: "input of the IT equipment"}
"""Where the IT energy is read (ISO/IEC 30134-2): category 1, 2 or 3."""
BASES = ("location", "market")
JOULES_PER_KWH = Decimal(3_600_000)
_OF_EFFICIENCY = {
    "peak": ("dense, data sheet", "board power, a ceiling"),
    "achieved": ("measured", "mean draw, measured"),
}


def pue(site_kwh: Amount, it_kwh: Amount, category: int) -> Worked:
    """Power usage effectiveness of a year: energy of the data centre ÷ energy of its IT equipment.

    Args:
        site_kwh: all energy of the data centre over twelve months, kWh.
        it_kwh: energy of its IT equipment over the same months, kWh.
        category: where the IT energy was read, 1 to 3.

    Raises:
        Misuse: more IT energy than the site took, or no such category.
    """
    if category not in PUE_CATEGORIES:
        raise Misuse(f"there is no PUE category {category}", "take 1 (UPS), 2 (PDU) or 3 (IT equipment)")
    site, it = interval(site_kwh), interval(it_kwh)
    if site.low < it.high:
        raise Misuse(
            f"IT equipment took {it.text()} kWh of {site.text()} kWh: PUE would be below 1",
            "look at the two meters: the IT meter lies behind the site's",
        )
    return Worked(
        "PUE", site / it, "", "site ÷ IT", (Term("site", site, "kWh"), Term("IT", it, "kWh", PUE_CATEGORIES[category])),
        "ISO/IEC 30134-2, yearly", "rate", (f"category {category}: IT energy read at the {PUE_CATEGORIES[category]}",),
    )  # fmt: skip


def cue(emissions_kg: Amount, it_kwh: Amount, basis: str) -> Worked:
    """Carbon usage effectiveness of a year, kg CO2e/kWh: emissions of the site's energy ÷ energy of its IT equipment.

    ``basis`` says by which method the electricity of the emissions was counted; the two are two figures.
    """
    if basis not in BASES:
        raise Misuse(f"'{basis}' is no basis of CUE", "take location or market, and state both")
    kg, it = interval(emissions_kg), interval(it_kwh)
    return Worked(
        f"CUE, {basis}-based", kg / it, "kg CO2e/kWh", "emissions ÷ IT",
        (Term("emissions", kg, "kg CO2e", f"use of the site, {basis}-based"), Term("IT", it, "kWh")),
        "ISO/IEC 30134-8:2022, yearly", "rate", ("use phase only; manufacture is not in it",),
    )  # fmt: skip


def wue(water_l: Amount, it_kwh: Amount, *, consumed: bool = False) -> Worked:
    """Water usage effectiveness of a year, L/kWh (= m³/MWh): water of the site ÷ energy of its IT equipment."""
    water, it = interval(water_l), interval(it_kwh)
    what = "water consumed" if consumed else "water taken in"
    return Worked(
        "WUE, consumed" if consumed else "WUE", water / it, "L/kWh", "water ÷ IT",
        (Term("water", water, "L", what), Term("IT", it, "kWh")),
        "ISO/IEC 30134-9, yearly", "rate", (f"{what} on site; water of power plants is not in it",),
    )  # fmt: skip


def wue_with_source(site: Worked, power: Worked, grid_l_per_kwh: Amount) -> Worked:
    """Water of the site and of the power it takes, L/kWh of IT energy: WUE + PUE × litres per kWh of grid."""
    water, times, grid = site.value, power.value, interval(grid_l_per_kwh)
    return Worked(
        "WUE with source", water + times * grid, "L/kWh", "WUE + PUE × grid",
        (Term("WUE", water, "L/kWh"), Term("PUE", times, ""), Term("grid", grid, "L/kWh")),
        "ISO/IEC 30134-9 for the site; the water of its power comes on top", "rate",
    )  # fmt: skip


def renewable_factor(renewable_kwh: Amount, site_kwh: Amount) -> Worked:
    """Renewable energy factor of a year, 0 to 1: renewable energy owned or attributed ÷ energy of the data centre."""
    green, site = interval(renewable_kwh), interval(site_kwh)
    return Worked(
        "REF", share(green / site, "REF"), "", "renewable ÷ site",
        (Term("renewable", green, "kWh"), Term("site", site, "kWh")), "ISO/IEC 30134-3, yearly", "rate",
    )  # fmt: skip


def carbon_free_share(hours: Sequence[tuple[Decimal, Decimal]]) -> Worked:
    """Share of consumption met by carbon-free power in its own hour: Σ min(use, carbon-free) ÷ Σ use.

    Args:
        hours: (kWh used, kWh of carbon-free power) of each hour; what is left of one hour meets nothing in another.

    Raises:
        Misuse: no consumption at all, or an amount below zero.
    """
    used = total([interval(use) for use, _ in hours])
    met = total([interval(min(use, free)) for use, free in hours])
    return Worked(
        "carbon-free share", met / used, "", "Σ min(use, carbon-free) ÷ Σ use",
        (Term("Σ min", met, "kWh", f"{len(hours)} hours"), Term("Σ use", used, "kWh")),
        "matching hour by hour without carry-over, as ghg hourly does", "rate",
        ("beside, and no part of, the market-based figure of the Scope 2 Guidance of 2015",),
    )  # fmt: skip


def flops_per_watt(tflops: Amount, power_w: Amount, which: str) -> Worked:
    """Efficiency of hardware, FLOP/s per W, which is FLOP per joule. ``which``: peak or achieved, two figures.

    Peak is the dense rate over board power, both of the data sheet; achieved is a measured rate over measured draw.
    """
    if which not in _OF_EFFICIENCY:
        raise Misuse(f"'{which}' is neither peak nor achieved", "say which of the two the rate and the power are")
    rate, power = interval(tflops), interval(power_w)
    of_rate, of_power = _OF_EFFICIENCY[which]
    return Worked(
        f"{which} FLOP/s per W", rate * interval(TERA) / power, "FLOP/s per W = FLOP per J", "rate ÷ power",
        (Term("rate", rate, "TFLOP/s", of_rate), Term("power", power, "W", of_power)), "definition", "rate",
    )  # fmt: skip


def flop_per_joule(flops: Amount, energy_kwh: Amount) -> Worked:
    """Operations that a joule made, FLOP/J: operations ÷ (kWh × 3,600,000)."""
    work, energy = interval(flops), interval(energy_kwh)
    return Worked(
        "FLOP per joule", work / (energy * interval(JOULES_PER_KWH)), "FLOP/J", "FLOP ÷ (kWh × 3600000)",
        (Term("FLOP", work, "FLOP"), Term("kWh", energy, "kWh")), "definition (1 kWh = 3.6 MJ)", "rate",
    )  # fmt: skip


def per_unit(amount: Worked, count: Amount, of: int, unit: str) -> Worked:
    """A figure per so many units of service, such as requests or tokens: amount ÷ count × of."""
    many = interval(count)
    value = amount.value * interval(of) / many
    name = unit if of == 1 else f"{_big(of)} {unit}"
    return Worked(
        f"{amount.what} per {name}", value, f"{amount.unit} per {name}", f"amount ÷ {unit} × {of}",
        (Term("amount", amount.value, amount.unit, amount.what), Term(unit, many, "")), amount.source, "rate",
        amount.notes,
    )  # fmt: skip


def per_thousand_requests(amount: Worked, requests: Amount) -> Worked:
    """A figure per 1,000 requests."""
    return per_unit(amount, requests, 1_000, "requests")


def per_million_tokens(amount: Worked, tokens: Amount) -> Worked:
    """A figure per million tokens, in and out as the caller counts them and says."""
    return per_unit(amount, tokens, 1_000_000, "tokens")


def per_training_token(amount: Worked, tokens: Amount) -> Worked:
    """A figure per token of training."""
    return per_unit(amount, tokens, 1, "training token")


def _big(count: int) -> str:
    return {1_000: "1,000", 1_000_000: "million"}.get(count, f"{count:,}")


def mean(amounts: Sequence[Interval], weights: Sequence[Decimal]) -> Interval:
    """Mean of ranges by weight: for intensities over a year of months. Raises Misuse where the weights are zero."""
    weighed = total([amount * interval(weight) for amount, weight in zip(amounts, weights, strict=True)])
    sum_of = Decimal(0)
    for weight in weights:
        sum_of = EXACT.add(sum_of, weight)
    return weighed / interval(sum_of)
