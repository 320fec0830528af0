"""What a ledger can tell of each subject that a standard asks for: that it is there, or what is missing, in words.

A subject is met by figures or registers (here) or by a text of the narrative; a requirement needs one or more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ledger.disclosure.figures import QuarterlyFigures
from ledger.disclosure.requirements.narrative import Told

State = Literal["met", "partly", "missing"]
LATEST_GWP = "AR6"  # the latest assessment of the IPCC (ESRS E1 AR 39; IFRS S2 B21)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a subject is met, in words, and the key of the report's table where it stands."""

    state: State
    words: str = ""
    where: str = ""


Probe = Callable[[QuarterlyFigures, Told], Answer]


def _is(there: object, missing: str, where: str, words: str = "") -> Answer:
    return Answer("met", words, where) if there else Answer("missing", missing)


def _organisation(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.organisation.name, "the organisation has no name: ghg setting set organisation …", "summary")


def _boundary(figures: QuarterlyFigures, _: Told) -> Answer:
    missing = "no companies or facilities are recorded: ghg template legal_entity, ghg template facility"
    return _is(figures.current.boundary, missing, "boundary", f"{figures.organisation.consolidation} approach")


def _period(figures: QuarterlyFigures, _: Told) -> Answer:
    return Answer("met", figures.current.period.label, "summary")


def _figure(name: str, title: str) -> Probe:
    def probe(figures: QuarterlyFigures, _: Told) -> Answer:
        if getattr(figures.current, name) is None:
            return Answer("missing", f"nothing is quantified in {title}")
        scope = {"scope_1": "1", "scope_3": "3"}.get(name, "2" if name.startswith("scope_2") else "")
        gaps = [gap for gap in figures.current.not_quantified if not scope or gap.scope == scope]
        if gaps:
            return Answer("partly", f"{title} has {len(gaps)} lines not quantified", "summary")
        return Answer("met", "", "summary")

    return probe


_scope_1 = _figure("scope_1", "Scope 1")
_scope_2_location = _figure("scope_2_location", "Scope 2, location-based")
_scope_2_market = _figure("scope_2_market", "Scope 2, market-based")


def _scope_2(figures: QuarterlyFigures, told: Told) -> Answer:
    return worst([_scope_2_location(figures, told), _scope_2_market(figures, told)])


def _by_gas(figures: QuarterlyFigures, _: Told) -> Answer:
    gases = {name: gas for name, gas in figures.current.by_gas.items() if gas.co2e_kg}
    if not gases:
        return Answer("missing", "no gas is quantified")
    if "unsplit" in gases:
        return Answer("partly", "part of the emissions stand on factors that give CO2e alone (row 'unsplit')", "gases")
    return Answer("met", "", "gases")


def _scope_3_categories(figures: QuarterlyFigures, _: Told) -> Answer:
    overview = figures.scope3
    if overview is None or overview.kg is None:
        return Answer("missing", "nothing is quantified in Scope 3")
    gaps = [str(one.rule.number) for one in overview.categories if one.kg is not None and one.not_quantified]
    if gaps:
        return Answer("partly", f"categories with lines not quantified: {', '.join(gaps)}", "scope_3")
    return Answer("met", "", "scope_3")


def _scope_3_screening(figures: QuarterlyFigures, _: Told) -> Answer:
    open_ones = () if figures.scope3 is None else figures.scope3.not_screened
    if figures.scope3 is None or open_ones:
        named = ", ".join(map(str, open_ones)) or "all"
        fix = "ghg template scope3_screening"
        return Answer("missing", f"categories with neither data nor a decision: {named} ({fix})")
    return Answer("met", "", "scope_3_methods")


def _scope_3_biogenic(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.scope3 is not None, "nothing is recorded in Scope 3", "scope_3_methods")


def _scope_3_primary(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.current.share_primary, "no category of Scope 3 has a share of primary data", "scope_3")


def _biogenic(figures: QuarterlyFigures, _: Told) -> Answer:
    kg = figures.current.biogenic_co2_kg
    return Answer("met", "none in the activities recorded" if kg is None else "", "outside")


def _base_year(figures: QuarterlyFigures, _: Told) -> Answer:
    if figures.organisation.base_year is None:
        return Answer("missing", "no base year is set: ghg setting set base_year YEAR --reason …")
    missing = f"the base year {figures.organisation.base_year} holds no figures"
    return _is(figures.base_year, missing, "summary")


def _base_year_scope_2(figures: QuarterlyFigures, told: Told) -> Answer:
    found = _base_year(figures, told)
    if figures.base_year is None:
        return found
    names = {"scope_2_location": "location-based", "scope_2_market": "market-based"}
    lacking = [words for name, words in names.items() if getattr(figures.base_year, name) is None]
    return Answer("partly", f"the base year has no {lacking[0]} Scope 2", "summary") if lacking else found


def _recalculation(figures: QuarterlyFigures, _: Told) -> Answer:
    if figures.organisation.base_year is None:
        return Answer("missing", "no base year is set, so there is nothing to recalculate")
    return Answer("met", f"{len(figures.base_year_decisions)} decisions on record", "base_year_decisions")


def _over_time(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(len(figures.quarters) > 1, "only one quarter is recorded", "summary")


def _comparative(figures: QuarterlyFigures, _: Told) -> Answer:
    if figures.comparative is not None and figures.comparative_is_partial:
        held, count = figures.comparative_months or 0, len(figures.current.period.months)
        return Answer("partly", f"{figures.comparative.period.label} holds data of {held} of {count} months", "summary")
    return _is(figures.comparative, "the same period of the year before holds no figures", "summary")


def _methods(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.descriptions, "nothing is quantified, so there is no method", "descriptions")


def _factors(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.factors, "no factor is used", "factors")


def _other_gwps(figures: QuarterlyFigures, wanted: str) -> list[str]:
    """The GWP sets, other than the one wanted, on which published totals rest."""
    return sorted({use.gwp_set for use in figures.factors if use.mass_kg} - {wanted, ""})


def _gwp(figures: QuarterlyFigures, _: Told) -> Answer:
    held = figures.current.gwp_set
    others = _other_gwps(figures, held)
    if others:
        words = f"{held}, 100 years; but published totals rest on {', '.join(others)}, as the table of factors says"
        return Answer("partly", words, "factors")
    return Answer("met", f"{held}, 100 years", "factors")


def _gwp_latest(figures: QuarterlyFigures, _: Told) -> Answer:
    held = figures.current.gwp_set
    others = _other_gwps(figures, LATEST_GWP)
    if held != LATEST_GWP:
        return Answer("missing", f"the ledger converts with {held}, not {LATEST_GWP}")
    if others:
        return Answer("partly", f"some published totals rest on {', '.join(others)}; the table names them", "factors")
    return Answer("met", LATEST_GWP, "factors")


def _uncertainty(figures: QuarterlyFigures, _: Told) -> Answer:
    known = () if figures.uncertainty is None else figures.uncertainty.figures
    if not any(one.half_width is not None for one in known):
        return Answer("missing", "no row or factor states an uncertainty (columns uncertainty_pct, dq_…)")
    share = sum(one.share_not_assessed > 0 for one in known)
    if share:
        return Answer("partly", f"{share} of {len(known)} figures are assessed in part or not at all", "uncertainty")
    return Answer("met", "", "uncertainty")


def _quality(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.descriptions, "nothing is quantified", "descriptions")


def _exclusions(figures: QuarterlyFigures, told: Told) -> Answer:
    if figures.current.exclusions:
        left_out = figures.current.exclusions
        without = [left.name for left in left_out if left.stated_kg is None and left.computed_kg is None]
        if without:
            return Answer("partly", f"left out without a size: {', '.join(without[:3])}", "exclusions")
        return Answer("met", "", "exclusions")
    return _none_or_missing("exclusions", told, "no facility is left out")


def _none_or_missing(name: str, told: Told, words: str) -> Answer:
    """An empty register: told where the narrative says that there is nothing, else it may just be forgotten."""
    if name in told.none:
        return Answer("met", "none, as the narrative says")
    return Answer("missing", f"{words}; where there is nothing, say so: none = ['{name}'] in the narrative")


def _register(name: str, there: Callable[[QuarterlyFigures], object], where: str, words: str) -> Probe:
    def probe(figures: QuarterlyFigures, told: Told) -> Answer:
        return Answer("met", "", where) if there(figures) else _none_or_missing(name, told, words)

    return probe


def _has_credits(figures: QuarterlyFigures) -> bool:
    held = figures.credits
    return held is not None and any(part.rows for part in (held.cancelled, held.planned_contracted, held.planned_open))


def _intensity(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.intensities, "no measure to divide by is recorded (ghg template metric)", "intensities")


def _intensity_revenue(figures: QuarterlyFigures, _: Told) -> Answer:
    found = [one for one in figures.intensities if one.metric == "revenue"]
    if not found:
        return Answer("missing", "no revenue is recorded for the period (ghg template metric)")
    if found[0].value is None:
        return Answer("missing", "revenue does not cover each day of the period once")
    return Answer("met", "", "intensities")


def _revenue_reconciliation(_: QuarterlyFigures, told: Told) -> Answer:
    if not told.reconciliations:
        return Answer("missing", "no revenue of the statements is recorded (metric revenue_statements)")
    for one in told.reconciliations:
        if one.difference is None:
            return Answer("missing", "; ".join(one.notes) or "revenue does not cover the period")
        if one.difference:
            by = f"{one.difference:f} {one.currency or ''}".strip()
            return Answer("missing", f"revenue and statements differ by {by}")
    return Answer("met", "", "revenue")


def _instruments(figures: QuarterlyFigures, _: Told) -> Answer:
    if not figures.instruments:
        return Answer("met", "no instrument of the period's vintages is recorded", "coverage")
    return Answer("met", f"{len(figures.instruments)} instruments, each with its criteria", "instruments")


def _instrument_mwh(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.scope2 is not None, "no energy was purchased", "coverage")


def _residual_mix(figures: QuarterlyFigures, _: Told) -> Answer:
    if figures.scope2 is None:
        return Answer("missing", "no energy was purchased")
    without = figures.scope2.total.location_factor_kwh
    return Answer("met", "named where the grid average stands in for it" if without else "", "coverage")


def _energy_total(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.current.energy_kwh.get("total") is not None, "no energy is recorded", "energy")


def _energy_mix(figures: QuarterlyFigures, _: Told) -> Answer:
    energy = figures.current.energy_kwh
    if energy.get("total") is None:
        return Answer("missing", "no energy is recorded")
    if energy.get("mixed"):
        share = energy["mixed"] * 100 // energy["total"] if energy["total"] else Decimal(0)
        return Answer("partly", f"{share:f} % of the energy has no known source (row 'mixed')", "energy")
    return Answer("met", "", "energy")


def _energy_production(_: QuarterlyFigures, told: Told) -> Answer:
    return _none_or_missing("energy_production", told, "energy produced is not summed by the documents")


def _energy_intensity(figures: QuarterlyFigures, told: Told) -> Answer:
    found = _intensity_revenue(figures, told)
    if found.state != "met":
        return found
    if figures.current.energy_kwh.get("total") is None:
        return Answer("missing", "no energy is recorded")
    return Answer("met", "of the whole organisation, not of its high climate impact sectors alone", "energy_intensity")


def _ets_share(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.current.scope_1, "nothing is quantified in Scope 1", "esrs_emissions")


def _split(figures: QuarterlyFigures, _: Told) -> Answer:
    if figures.current.split is None:
        return Answer("missing", "only the views of the ESRS split it: --view esrs_set1, or esrs_revised")
    return Answer("met", "", "split")


def _cloud(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is("1.1" in figures.current.sub_lines, "no cloud or data-centre service is recorded", "scope_3")


def _facilities(figures: QuarterlyFigures, _: Told) -> Answer:
    return _is(figures.facilities, "no facility is recorded", "facilities")


PROBES: dict[str, Probe] = {
    "organisation": _organisation,
    "boundary": _boundary,
    "period": _period,
    "scope_1": _scope_1,
    "scope_2": _scope_2,
    "scope_3": _figure("scope_3", "Scope 3"),
    "total": _figure("total_location", "the total"),
    "by_gas": _by_gas,
    "by_facility": _facilities,
    "scope_3_categories": _scope_3_categories,
    "scope_3_screening": _scope_3_screening,
    "scope_3_biogenic": _scope_3_biogenic,
    "scope_3_primary": _scope_3_primary,
    "biogenic_co2": _biogenic,
    "base_year": _base_year,
    "base_year_scope_2": _base_year_scope_2,
    "recalculation_policy": _recalculation,
    "over_time": _over_time,
    "comparative": _comparative,
    "methods": _methods,
    "emission_factors": _factors,
    "gwp": _gwp,
    "gwp_latest": _gwp_latest,
    "uncertainty": _uncertainty,
    "data_quality": _quality,
    "exclusions": _exclusions,
    "credits": _register("credits", _has_credits, "credits", "no credits are recorded"),
    "removals": _register(
        "removals", lambda f: f.removals is not None and f.removals.rows, "credits",
        "no removals are recorded",
    ),
    "internal_price": _register("internal_price", lambda f: f.prices, "prices", "no internal carbon price is recorded"),
    "targets": _register("targets", lambda f: f.targets, "targets", "no target is recorded"),
    "intensity": _intensity,
    "intensity_revenue": _intensity_revenue,
    "revenue_reconciliation": _revenue_reconciliation,
    "instruments": _instruments,
    "instrument_mwh": _instrument_mwh,
    "residual_mix": _residual_mix,
    "energy_total": _energy_total,
    "energy_mix": _energy_mix,
    "energy_fossil_sources": _energy_mix,
    "energy_production": _energy_production,
    "energy_intensity": _energy_intensity,
    "ets_share": _ets_share,
    "boundary_split": _split,
    "cloud_sub_line": _cloud,
}  # fmt: skip
"""Every subject that figures and registers answer for."""


def worst(answers: list[Answer]) -> Answer:
    """The answer of several subjects together: the worst state, every reason, every place."""
    order = ("missing", "partly", "met")
    state = next(state for state in order if any(one.state == state for one in answers))
    told = list(dict.fromkeys(one.words for one in answers if one.words and (one.state != "met" or state == "met")))
    places = list(dict.fromkeys(one.where for one in answers if one.where))
    return Answer(state, "; ".join(told), ", ".join(places))  # type: ignore[arg-type]
