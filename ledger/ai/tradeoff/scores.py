"""The score card of vendors: carbon by the accelerator-hour, by money and by useful operation, both bases apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.ai.energy import SECONDS, TERA
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.options import BASES, Option
from ledger.ai.tradeoff.speeds import Work

EXA = Decimal(10) ** 18
"""Useful operations are told by 10¹⁸: per single one a figure has eighteen noughts."""


@dataclass(frozen=True, slots=True)
class Score:
    """What an option emits by the hour, by money and by work; by basis, of its power alone.

    Attributes:
        per_hour: basis → kg CO2e per accelerator-hour.
        made_per_hour: kg CO2e of manufacture per accelerator-hour, apart; None is not known.
        per_money: basis → kg CO2e per unit of the price's currency; None without a price.
        per_exaflop: basis → kg CO2e per 10¹⁸ useful operations; None where the share of peak reached is not given.
        quality: what each input is: measured, given, stated or assumed, and how old.
    """

    option: Option
    per_hour: Mapping[str, Interval]
    made_per_hour: Interval | None
    per_money: Mapping[str, Interval] | None
    per_exaflop: Mapping[str, Interval] | None
    quality: tuple[str, ...]


def score(option: Option, work: Work, today: date) -> Score:
    """The scores of an option; useful operations are dense peak × the utilisation of ``work``."""
    machine, price = option.machine, option.price
    per_hour = {
        basis: machine.it_kw * interval(option.site.pue) * interval(option.site.factors[basis].kg_co2e_per_kwh)
        for basis in BASES
    }
    per_money = None
    if price is not None and price.per_hour > 0:
        per_money = {basis: kg / interval(price.per_hour) for basis, kg in per_hour.items()}
    peak = machine.hardware.peak_dense.get(work.precision)
    per_exaflop = None
    if work.utilisation is not None and peak is not None:
        flops = work.utilisation * interval(peak * TERA * SECONDS)
        per_exaflop = {basis: kg * interval(EXA) / flops for basis, kg in per_hour.items()}
    return Score(option, per_hour, machine.embodied_kg, per_money, per_exaflop, _quality(option, today))


def _quality(option: Option, today: date) -> tuple[str, ...]:
    site, price = option.site, option.price
    factor, market = site.factors["location"], site.factors["market"]
    kind = "life cycle" if factor.is_life_cycle else "direct"
    same = market.source == factor.source
    return (
        f"power: {'board power, a ceiling' if option.machine.is_ceiling else option.machine.power_source}",
        f"PUE: {site.pue_source}",
        f"grid: {factor.source}, {kind}",
        f"market-based: {'none held, the location factor serves' if same else market.source}",
        "price: none" if price is None else f"price: {price.kind}, {(today - price.day).days} days old, {price.source}",
    )
