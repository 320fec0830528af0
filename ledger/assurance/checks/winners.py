"""Whether the right factor won: a seeded sample of choices ranked again in plain Python, by docs/methods/choice.md.

Nothing here is shared with the statements that choose: where one of the two is wrong, it shows.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.assurance.checks.rule import standing_settings
from ledger.assurance.verification import Faults
from ledger.store import Session

PER_LINE, AT_MOST = 12, 1_000
_OLDEST = 3
_UNASKED = ("not_consumed", "included_in_energy_line", "tax_included")
"""Reasons that say that no factor was asked for; whether they hold is another check."""
_SPOILT = ("no_exchange_rate", "no_price_index", "no_gwp", "unit_too_large")
"""Reasons that say that a factor won and gave no amount; which one is not recorded."""
_OF_WANTED = (
    "batch_no", "seq", "line", "method", "factor_id", "reason_code", "flags", "country", "grid_region", "supplier",
    "product", "price_basis", "month", "calorific_basis", "factor_activity_type", "dimension",
)  # fmt: skip
_FACTOR = (
    "factor_id", "batch_no", "seq", "dataset", "activity_type", "line", "kind", "serves", "classification_code",
    "country", "region", "supplier", "product", "per_unit", "calorific_basis", "valid_from", "valid_to",
    "edition_basis", "price_basis", "verification",
)  # fmt: skip


_Held = dict[tuple[str, str, str | None], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What was in force when a batch was written: fiscal year, preferred and withdrawn datasets, source records."""

    fiscal_month: int
    preferred: frozenset[str]
    withdrawn: frozenset[str]
    datasets: dict[str, tuple[str | None, bool, int]]
    dimensions: dict[str, str]
    classified: frozenset[str]


def check_winners(s: Session, seed: str, faults: Faults) -> None:
    """Some choices of every type, line and method, drawn by the log's root: the best that serves is the one chosen."""
    drawn = _drawn(s, seed)
    factors = _factors(s, {choice["factor_activity_type"] for choice in drawn})
    terms: dict[int, _Terms] = {}
    for choice in drawn:
        batch_no = choice["batch_no"]
        if batch_no not in terms:
            terms[batch_no] = _terms(s, batch_no, choice["catalogue"])
        told = _fault(choice, factors, terms[batch_no])
        if told is not None:
            entry = f"B{batch_no}-{choice['seq']}"
            faults.add("choice-winner", f"{entry}: {told}", entry=entry)


def _drawn(s: Session, seed: str) -> list[dict[str, Any]]:
    """The sample: so many of each type, line and method, in an order that the seed decides."""
    draw = random.Random(seed)  # noqa: S311 — a sample that anyone can draw again
    first, second = draw.randrange(1, 2**20), draw.randrange(1, 2**20)
    order = f"(w.seq::bigint * {first} + w.batch_no * {second}) % 2147483647, w.seq"
    columns = ", ".join(f"w.{name}" for name in _OF_WANTED)
    rows = s.rows(
        f"""
        select {columns}, o.classification_code, o.named_factor, o.catalogue, t.default_classification_code
        from (select *, row_number() over (partition by factor_activity_type, line, method, country is null
                                           order by {order}) as place from wanted w) w
        join original o using (batch_no, seq)
        left join activity_type t on t.batch_no = o.catalogue and t.activity_type = o.activity_type
        where place <= {PER_LINE} order by {order} limit {AT_MOST}
        """
    )
    names = (*_OF_WANTED, "classification_code", "named_factor", "catalogue", "default_code")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _factors(s: Session, types: Iterable[Any]) -> _Held:
    """Every version of the factors of these types by type, line and country, in the order of their recording."""
    found: _Held = {}
    rows = s.rows(
        f"select {', '.join(_FACTOR)} from emission_factor where list_contains($types, activity_type) "
        "order by batch_no, seq",
        {"types": sorted(name for name in types if name)},
    )
    for row in rows:
        factor = dict(zip(_FACTOR, row, strict=True))
        found.setdefault((factor["activity_type"], factor["line"], factor["country"]), []).append(factor)
    return found


def _terms(s: Session, batch_no: int, catalogue: int) -> _Terms:
    settings = standing_settings(s)

    def listed(name: str) -> frozenset[str]:
        return frozenset(filter(None, str(settings.at(name, batch_no) or "").split(",")))

    records = s.rows(
        "select dataset, home_country, life_cycle, international_rank from factor_dataset where batch_no <= ? "
        "order by batch_no, seq",
        [batch_no],
    )
    units = s.rows("select unit, dimension from unit where batch_no = ?", [catalogue])
    coded = s.rows(
        "select distinct activity_type from emission_factor where classification_code is not null and batch_no <= ?",
        [batch_no],
    )
    return _Terms(
        int(str(settings.at("fiscal_year_start", batch_no) or "01-01").split("-")[0]),
        listed("preferred_datasets"), listed("withdrawn_datasets"),
        {name: (home, bool(life_cycle), int(rank)) for name, home, life_cycle, rank in records},
        dict(units), frozenset(row[0] for row in coded),
    )  # fmt: skip


def _fault(choice: dict[str, Any], factors: _Held, terms: _Terms) -> str | None:
    """What is wrong with a choice, in words; None where it is the one that the rule gives."""
    reason = choice["reason_code"]
    if reason in _UNASKED:
        return None
    ranked = sorted(_ranked(choice, factors, terms), key=lambda pair: pair[0])
    if not ranked:
        expected, why = None, "no_factor"
    elif ranked[0][0][1]:
        expected, why = None, "too_old"
    elif len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        expected, why = None, "tie"
    else:
        expected, why = ranked[0][1], ""
    if expected is None:
        if choice["factor_id"] is None and reason == why:
            return None
        return f"the rule gives no factor ({why}), and {choice['factor_id'] or reason} is recorded"
    if choice["factor_id"] == expected or (choice["factor_id"] is None and reason in _SPOILT):
        return None
    return f"the factor {expected} comes before {choice['factor_id'] or 'none (' + reason + ')'}"


def _ranked(
    choice: dict[str, Any], factors: _Held, terms: _Terms
) -> list[tuple[tuple[Any, ...], str]]:
    """Whoever may serve, with what ranks them: smaller comes first."""
    place = choice["factor_activity_type"], choice["line"]
    held = factors.get((*place, None), []) + (factors.get((*place, choice["country"]), []) if choice["country"] else [])
    in_force = {factor["factor_id"]: factor for factor in held if factor["batch_no"] <= choice["batch_no"]}
    named = in_force.get(choice["named_factor"]) if choice["named_factor"] else None
    decides = named is not None and (
        choice["method"] != "location" or (named["kind"] == "average" and named["serves"] != "market")
    )
    serving = [
        factor
        for factor in in_force.values()
        if factor["dataset"] not in terms.withdrawn
        and (not decides or factor is named)
        and _may_serve(choice, factor, terms)
    ]
    made = [(factor, _first_ranks(choice, factor, terms)) for factor in serving]
    ranks = []
    for factor, (old, market, product, tier, international, place, age, unofficial) in made:
        others = [
            other[5]
            for rival, other in made
            if rival["dataset"] != "user" and other[1] == market and not other[0]
        ]  # fmt: skip
        own_first = factor["dataset"] == "user" and place <= min(others, default=place)
        rank = (not decides, old, market, product, not own_first, tier, international, place, age, unofficial)
        ranks.append((rank, str(factor["factor_id"])))
    return ranks


def _first_ranks(choice: dict[str, Any], factor: dict[str, Any], terms: _Terms) -> tuple[Any, ...]:
    """Too old; market rank; product; tier; international rank; place; age; unofficial."""
    home, life_cycle, international = terms.datasets[factor["dataset"]]
    age = max(0, _year(choice["month"], factor["edition_basis"], terms) - factor["valid_to"].year)
    market = 2
    if choice["method"] != "location":
        bought = factor["kind"] in ("supplier", "product") or factor["supplier"] is not None
        market = 0 if bought else 1 if factor["kind"] == "residual" else 2
    if factor["dataset"] in terms.preferred:
        tier = 0
    elif life_cycle:
        tier = 3
    else:
        tier = 1 if home is not None and home == choice["country"] else 2
    place = 0 if factor["region"] else 1 if factor["country"] else 2
    unofficial = factor["verification"] not in ("official", "user")
    product = factor["product"] is None
    return age > _OLDEST, market, product, tier, international if tier >= 2 else 0, place, age, unofficial


def _may_serve(choice: dict[str, Any], factor: dict[str, Any], terms: _Terms) -> bool:
    """Whether unit, code, place, supplier, kind and edition of a factor suit a choice."""
    code = ""
    if choice["factor_activity_type"] in terms.classified:
        code = choice["classification_code"] or choice["default_code"] or ""
    own_code = factor["classification_code"] or ""
    if own_code != code and not (own_code == "" and factor["supplier"] is not None):
        return False
    for name, given in (("region", "grid_region"), ("country", "country"), ("supplier", "supplier"),
                        ("product", "product")):  # fmt: skip
        if factor[name] is not None and factor[name] != choice[given]:
            return False
    both = factor["price_basis"] and choice["price_basis"]
    basis = factor["calorific_basis"] in ("na", choice["calorific_basis"]) or choice["dimension"] != "energy"
    return (
        terms.dimensions.get(factor["per_unit"]) == choice["dimension"]
        and not (both and factor["price_basis"] != choice["price_basis"])
        and basis
        and _kind_serves(choice, factor)
        and _has_begun(choice["month"], factor, terms)
    )


def _kind_serves(choice: dict[str, Any], factor: dict[str, Any]) -> bool:
    kind, serves = factor["kind"], factor["serves"]
    if kind == "marginal":
        return False
    barred = "supplier_rate_barred" in (choice["flags"] or "")
    if barred and (kind == "supplier" or factor["supplier"] is not None):
        return False
    if choice["method"] == "location":
        return kind == "average" and serves in ("location", "both", "na")
    return kind in ("supplier", "residual", "average") if choice["method"] == "market" else kind != "residual"


def _has_begun(month: date, factor: dict[str, Any], terms: _Terms) -> bool:
    """A newer edition never serves an earlier period."""
    if factor["edition_basis"] == "reporting_year_most_months":
        return bool(factor["valid_from"].year <= _year(month, factor["edition_basis"], terms))
    begins: date = factor["valid_from"]
    return (begins.year, begins.month) <= (month.year, month.month)


def _year(month: date, basis: str, terms: _Terms) -> int:
    """The year by which an edition is taken: the calendar's, or the reporting year in which most months fall."""
    if basis != "reporting_year_most_months":
        return month.year
    starts = month.year if month.month >= terms.fiscal_month else month.year - 1
    return starts + (1 if terms.fiscal_month >= 7 else 0)
