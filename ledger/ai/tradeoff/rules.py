"""A purchasing rule and a carbon budget from TOML, and what of them an option breaks, each in a sentence.

An option of which a limit cannot be said to hold does not keep it: of a range the upper end counts, and what is not
known is no zero.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.options import BASES, Option
from ledger.ai.tradeoff.prices import provider_of
from ledger.ai.tradeoff.request_file import amount_of
from ledger.ai.tradeoff.scores import Score
from ledger.ai.tradeoff.sites import asked_place
from ledger.errors import Misuse, known_word

PAGE = "see the example in docs/methods/ai-compare.md"
_LIMITS = ("most_kg_per_hour", "most_kg_per_money", "most_kg_per_exaflop", "most_g_per_kwh", "most_pue")
_POLICY = ("name", "basis", *_LIMITS, "refused_providers", "refused_places", "allowed_countries")
_AMOUNTS = ("kg", "kwh", "cost")
_BUDGET = ("name", "basis", *_AMOUNTS, "currency", "with_manufacture")
GRAMS = interval(1000)


@dataclass(frozen=True, slots=True)
class Policy:
    """A purchasing rule: limits by name, what is refused, and the countries that are allowed (none named: all)."""

    name: str
    basis: str
    limits: Mapping[str, Decimal]
    refused_providers: tuple[str, ...]
    refused_places: tuple[str, ...]
    allowed_countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for one run: kg CO2e, kWh of the site, money; whether kg holds the share of manufacture."""

    name: str
    basis: str
    limits: Mapping[str, Decimal]
    currency: str
    with_manufacture: bool


def policy_of_text(text: str, name: str) -> Policy:
    """The rule of a TOML text. Raises Misuse for a key that is not known, an amount that is none, or an empty rule."""
    row = _table(text, name, "policy", _POLICY)
    words = {key: _words(row, key) for key in ("refused_providers", "refused_places", "allowed_countries")}
    limits = _amounts(row, _LIMITS)
    if not limits and not any(words.values()):
        raise Misuse(f"{name} has no rule in [policy]", f"give one of {', '.join((*_LIMITS, *words))}")
    places = tuple(asked_place(place).text for place in words["refused_places"])
    return Policy(
        str(row.get("name", name)), _basis(row), limits, tuple(map(provider_of, words["refused_providers"])), places,
        tuple(country.upper() for country in words["allowed_countries"]),
    )  # fmt: skip


def budget_of_text(text: str, name: str) -> Budget:
    """The budget of a TOML text. Raises Misuse as :func:`policy_of_text`, and for a sum without its currency."""
    row = _table(text, name, "budget", _BUDGET)
    limits = _amounts(row, _AMOUNTS)
    if not limits:
        raise Misuse(f"{name} has no limit in [budget]", f"give one of {', '.join(_AMOUNTS)}")
    currency = str(row.get("currency", ""))
    if "cost" in limits and not currency:
        raise Misuse(f"{name}: cost is in no currency", 'write currency = "USD"')
    return Budget(str(row.get("name", name)), _basis(row), limits, currency, row.get("with_manufacture") is True)


def broken_rules(policy: Policy, told: Score) -> tuple[str, ...]:
    """What an option breaks of a rule; nothing where it keeps all of it."""
    site, basis = told.option.site, policy.basis
    reasons = []
    if site.provider in policy.refused_providers:
        reasons.append(f"the provider {site.provider} is refused")
    if site.key in policy.refused_places:
        reasons.append(f"the place {site.key} is refused")
    if policy.allowed_countries and site.country not in policy.allowed_countries:
        reasons.append(f"{site.key} is in {site.country}, and allowed are {', '.join(policy.allowed_countries)}")
    money = told.option.price.currency if told.option.price is not None else "unit of money"
    measured: Mapping[str, tuple[Interval | None, str]] = {
        "most_kg_per_hour": (told.per_hour[basis], f"kg CO2e per accelerator-hour, {basis}-based"),
        "most_kg_per_money": ((told.per_money or {}).get(basis), f"kg CO2e per {money}, {basis}-based"),
        "most_kg_per_exaflop": ((told.per_exaflop or {}).get(basis), f"kg CO2e per 10^18 FLOP, {basis}-based"),
        "most_g_per_kwh": (interval(site.factors[basis].kg_co2e_per_kwh) * GRAMS, f"g CO2e per kWh, {basis}-based"),
        "most_pue": (interval(site.pue), "PUE"),
    }
    reasons += [_over(*measured[key], limit) for key, limit in policy.limits.items()]
    return tuple(filter(None, reasons))


def broken_budget(budget: Budget, option: Option, measured_kwh: Decimal | None = None) -> tuple[str, ...]:
    """What a run breaks of a budget: a planned one, or one of which the site's kWh were measured."""
    basis = budget.basis
    kwh = option.kwh if measured_kwh is None else interval(measured_kwh)
    kg: Interval | None = kwh * interval(option.site.factors[basis].kg_co2e_per_kwh)
    words = f"kg CO2e, {basis}-based"
    if budget.with_manufacture:
        made = option.embodied
        kg = None if made is None or kg is None else kg + made
        words += ", with its share of manufacture"
    cost = option.cost
    if "cost" in budget.limits and option.price is not None and option.price.currency != budget.currency:
        raise Misuse(
            f"the budget is in {budget.currency} and the price in {option.price.currency}", "give both in one currency"
        )
    amounts = {"kg": (kg, words), "kwh": (kwh, "kWh"), "cost": (cost, budget.currency)}
    return tuple(filter(None, (_over(*amounts[key], limit) for key, limit in budget.limits.items())))


def _over(value: Interval | None, unit: str, limit: Decimal) -> str:
    """Why a value does not keep a limit; nothing where it does."""
    if value is None:
        return f"{unit}: not known, and the limit is {limit:f}"
    if value.high <= limit:
        return ""
    if value.low > limit:
        return f"{value.text(4)} {unit}, more than the limit of {limit:f}"
    return f"{value.text(4)} {unit}: the limit of {limit:f} lies inside the range, so it cannot be said to hold"


def _table(text: str, name: str, key: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation, RecursionError) as fault:
        raise Misuse(f"{name} is no TOML: {fault}", PAGE) from fault
    row = told.get(key)
    if not isinstance(row, Mapping):
        raise Misuse(f"{name} has no table [{key}]", PAGE)
    for each in row:
        known_word(f"key in [{key}]:", each, keys)
    return row


def _amounts(row: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Decimal]:
    found = {}
    for key in keys:
        if key in row:
            value = amount_of(row[key], key)
            if not value.is_point:
                raise Misuse(f"{key} is a range", "a limit is one amount")
            found[key] = value.low
    return found


def _words(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Misuse(f"{key} is no list of names", f'write {key} = ["…"]')
    return tuple(value)


def _basis(row: Mapping[str, Any]) -> str:
    return known_word("basis", str(row.get("basis", "location")), BASES)
