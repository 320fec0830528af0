"""What a ledger can tell of each subject that a standard asks for: that it is there, or what is missing, in words.

A subject is met by figures or registers (here) or by a text of the narrative; a requirement needs one or more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ledger.disclosure.figures.record import MEASURES
from ledger.disclosure.requirements.ai_subjects import AI_PROBES
from ledger.disclosure.requirements.answers import Answer, Figures, Probe, State, worst
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.tables.measures import BASES
from ledger.disclosure.words.texts import noted, text, text_or_code

LATEST_GWP = "AR6"  # the latest assessment of the IPCC (ESRS E1 AR 39; IFRS S2 B21)


def _is(there: object, missing: str, where: str, words: str = "") -> Answer:
    return Answer("met", words, where) if there else Answer("missing", missing)


def _organisation(figures: Figures, _: Told) -> Answer:
    return _is(figures.organisation.name, text("answer_no_name"), "summary")


def _boundary(figures: Figures, _: Told) -> Answer:
    missing = text("answer_no_boundary")
    return _is(
        figures.current.boundary,
        missing,
        "boundary",
        text("answer_approach", approach=text_or_code("view", figures.current.view)),
    )


def _period(figures: Figures, _: Told) -> Answer:
    return Answer("met", figures.current.period.label, "summary")


def _figure(name: str, title_of: str) -> Probe:
    def probe(figures: Figures, _: Told) -> Answer:
        title = text(title_of)
        if getattr(figures.current, name) is None:
            return Answer("missing", text("answer_not_quantified", title=title))
        scope = {"scope_1": "1", "scope_3": "3"}.get(name, "2" if name.startswith("scope_2") else "")
        gaps = [gap for gap in figures.current.not_quantified if not scope or gap.scope == scope]
        if gaps:
            count = sum(gap.rows for gap in gaps)
            return Answer("partly", text("answer_lines_not_quantified", title=title, count=count), "summary")
        return Answer("met", "", "summary")

    return probe


_scope_1 = _figure("scope_1", "scope_1_short")
_scope_2_location = _figure("scope_2_location", "scope_2_location")
_scope_2_market = _figure("scope_2_market", "scope_2_market")


def _scope_2(figures: Figures, told: Told) -> Answer:
    return worst([_scope_2_location(figures, told), _scope_2_market(figures, told)])


def _by_gas(figures: Figures, _: Told) -> Answer:
    gases = {name: gas for name, gas in figures.current.by_gas.items() if gas.co2e_kg}
    if not gases:
        return Answer("missing", text("answer_no_gas"))
    if "unsplit" in gases:
        return Answer("partly", text("answer_unsplit"), "gases")
    return Answer("met", "", "gases")


def _scope_3_categories(figures: Figures, _: Told) -> Answer:
    overview = figures.scope3
    if overview is None or overview.kg is None:
        return Answer("missing", text("answer_not_quantified", title=text("scope_3_short")))
    gaps = [str(one.rule.number) for one in overview.categories if one.kg is not None and one.not_quantified]
    if gaps:
        return Answer("partly", text("answer_categories_not_quantified", categories=", ".join(gaps)), "scope_3")
    return Answer("met", "", "scope_3")


def _scope_3_screening(figures: Figures, _: Told) -> Answer:
    open_ones = () if figures.scope3 is None else figures.scope3.not_screened
    if figures.scope3 is None or open_ones:
        named = ", ".join(map(str, open_ones)) or text("answer_all")
        return Answer("missing", text("answer_not_screened", categories=named))
    return Answer("met", "", "scope_3_methods")


def _scope_3_biogenic(figures: Figures, _: Told) -> Answer:
    return _is(figures.scope3 is not None, text("answer_nothing_in_scope_3"), "scope_3_methods")


def _scope_3_primary(figures: Figures, _: Told) -> Answer:
    return _is(figures.current.share_primary, text("answer_no_primary"), "scope_3")


def _biogenic(figures: Figures, _: Told) -> Answer:
    kg = figures.current.biogenic_co2_kg
    return Answer("met", text("answer_no_biogenic") if kg is None else "", "outside")


def _base_year(figures: Figures, _: Told) -> Answer:
    if figures.organisation.base_year is None:
        return Answer("missing", text("answer_set_base_year"))
    missing = text("answer_empty_base_year", year=figures.organisation.base_year)
    return _is(figures.base_year_totals, missing, "summary")


def _base_year_scope_2(figures: Figures, told: Told) -> Answer:
    found = _base_year(figures, told)
    totals = figures.base_year_totals
    if totals is None:
        return found
    lacking = [method for method in BASES if getattr(totals, f"scope_2_{method}") is None]
    return Answer("partly", text("answer_base_year_lacks", method=text(lacking[0])), "summary") if lacking else found


def _recalculation(figures: Figures, _: Told) -> Answer:
    if figures.organisation.base_year is None:
        return Answer("missing", text("answer_nothing_to_recalculate"))
    return Answer("met", text("answer_decisions", count=len(figures.base_year_decisions)), "base_year_decisions")


def _over_time(figures: Figures, _: Told) -> Answer:
    return _is(len(figures.quarters) > 1, text("answer_one_quarter"), "summary")


def _comparative(figures: Figures, _: Told) -> Answer:
    if figures.comparative_is_partial:
        before, count = figures.current.period.year_before().label, len(figures.current.period.months)
        held = figures.comparative_months or 0
        return Answer(
            "partly",
            text("answer_partial_year_before", period=before, held=held, count=count),
            "summary",
        )
    return _is(figures.has_comparative, text("answer_no_comparative"), "summary")


def _methods(figures: Figures, _: Told) -> Answer:
    return _is(_is_described(figures), text("answer_no_method"), "descriptions")


def _is_described(figures: Figures) -> bool:
    """Whether anything is quantified: each scope and category that is has its methods and data described."""
    return any(getattr(figures.current, measure) is not None for measure in MEASURES)


def _factors(figures: Figures, _: Told) -> Answer:
    return _is(figures.factors, text("answer_no_factor"), "factors")


def _other_gwps(figures: Figures, wanted: str) -> list[str]:
    """The GWP sets, other than the one wanted, on which published totals rest."""
    return sorted({use.gwp_set for use in figures.factors if use.mass_kg} - {wanted, ""})


def _gwp(figures: Figures, _: Told) -> Answer:
    held = figures.current.gwp_set
    others = _other_gwps(figures, held)
    if others:
        words = text("answer_gwp_mixed", set=held, others=", ".join(others))
        return Answer("partly", words, "factors")
    return Answer("met", text("answer_gwp", set=held), "factors")


def _gwp_latest(figures: Figures, _: Told) -> Answer:
    held = figures.current.gwp_set
    others = _other_gwps(figures, LATEST_GWP)
    if held != LATEST_GWP:
        return Answer("missing", text("answer_gwp_not_latest", set=held, latest=LATEST_GWP))
    if others:
        return Answer("partly", text("answer_gwp_partly_latest", others=", ".join(others)), "factors")
    return Answer("met", LATEST_GWP, "factors")


def _uncertainty(figures: Figures, _: Told) -> Answer:
    known = () if figures.uncertainty is None else figures.uncertainty.figures
    if not any(one.half_width is not None for one in known):
        return Answer("missing", text("answer_no_uncertainty"))
    share = sum(one.share_not_assessed > 0 for one in known)
    if share:
        return Answer("partly", text("answer_partly_assessed", count=share, all=len(known)), "uncertainty")
    return Answer("met", "", "uncertainty")


def _quality(figures: Figures, _: Told) -> Answer:
    return _is(_is_described(figures), text("answer_nothing_quantified"), "descriptions")


def _exclusions(figures: Figures, told: Told) -> Answer:
    if figures.current.exclusions:
        left_out = figures.current.exclusions
        without = [left.name for left in left_out if left.stated_kg is None and left.computed_kg is None]
        if without:
            return Answer("partly", text("answer_left_out_unsized", names=", ".join(without[:3])), "exclusions")
        return Answer("met", "", "exclusions")
    return _none_or_missing("exclusions", told, text("answer_no_exclusion"))


def _none_or_missing(name: str, told: Told, words: str) -> Answer:
    """An empty register: told where the narrative says that there is nothing, else it may just be forgotten."""
    if name in told.none:
        return Answer("met", text("answer_said_none"))
    return Answer("missing", text("answer_say_none", words=words, name=name))


def _register(name: str, there: Callable[[Figures], object], where: str, words_of: str) -> Probe:
    def probe(figures: Figures, told: Told) -> Answer:
        return Answer("met", "", where) if there(figures) else _none_or_missing(name, told, text(words_of))

    return probe


def _has_credits(figures: Figures) -> bool:
    held = figures.credits
    return held is not None and any(part.rows for part in (held.cancelled, held.planned_contracted, held.planned_open))


def _intensity(figures: Figures, _: Told) -> Answer:
    return _is(figures.intensities, text("answer_no_metric"), "intensities")


def _intensity_revenue(figures: Figures, _: Told) -> Answer:
    found = [one for one in figures.intensities if one.metric == "revenue"]
    if not found:
        return Answer("missing", text("answer_no_revenue"))
    if found[0].value is None:
        return Answer("missing", text("answer_revenue_not_each_day"))
    return Answer("met", "", "intensities")


def _revenue_reconciliation(_: Figures, told: Told) -> Answer:
    if not told.reconciliations:
        return Answer("missing", text("answer_no_statement_revenue"))
    for one in told.reconciliations:
        if one.difference is None:
            return Answer("missing", "; ".join(map(noted, one.notes)) or text("answer_revenue_not_whole"))
        if one.difference:
            by = f"{one.difference:f} {one.currency or ''}".strip()
            return Answer("missing", text("answer_revenue_differs", amount=by))
    return Answer("met", "", "revenue")


def _instruments(figures: Figures, _: Told) -> Answer:
    if not figures.instruments:
        return Answer("met", text("answer_no_instrument"), "coverage")
    return Answer("met", text("answer_instruments", count=len(figures.instruments)), "instruments")


def _instrument_mwh(figures: Figures, _: Told) -> Answer:
    return _is(figures.scope2 is not None, text("answer_no_purchase"), "coverage")


def _residual_mix(figures: Figures, _: Told) -> Answer:
    if figures.scope2 is None:
        return Answer("missing", text("answer_no_purchase"))
    without = figures.scope2.total.location_factor_kwh
    return Answer("met", text("answer_residual_named") if without else "", "coverage")


def _energy_total(figures: Figures, _: Told) -> Answer:
    return _is(figures.current.energy_kwh.get("total") is not None, text("answer_no_energy"), "energy")


def _energy_mix(figures: Figures, _: Told) -> Answer:
    energy = figures.current.energy_kwh
    if energy.get("total") is None:
        return Answer("missing", text("answer_no_energy"))
    if energy.get("mixed"):
        share = energy["mixed"] * 100 // energy["total"] if energy["total"] else Decimal(0)
        return Answer("partly", text("answer_energy_mixed", share=f"{share:f}"), "energy")
    return Answer("met", "", "energy")


def _energy_production(figures: Figures, told: Told) -> Answer:
    held = figures.produced
    if held is None:
        return _none_or_missing("energy_production", told, text("answer_no_production"))
    known = [kwh is not None for kwh in (held.non_renewable_kwh, held.renewable_kwh)]
    state: State = "met" if all(known) else "partly" if any(known) else "missing"
    return Answer(state, " ".join(map(noted, held.notes)), "energy_mix")


def _energy_intensity(figures: Figures, told: Told) -> Answer:
    found = _intensity_revenue(figures, told)
    if found.state != "met":
        return found
    if figures.current.energy_kwh.get("total") is None:
        return Answer("missing", text("answer_no_energy"))
    return Answer("met", text("answer_whole_energy_intensity"), "energy_intensity")


def _ets_share(figures: Figures, _: Told) -> Answer:
    return _is(figures.current.scope_1, text("answer_not_quantified", title=text("scope_1_short")), "esrs_emissions")


def _split(figures: Figures, _: Told) -> Answer:
    if figures.current.split is None:
        return Answer("missing", text("answer_no_split"))
    return Answer("met", "", "split")


def _cloud(figures: Figures, _: Told) -> Answer:
    return _is("1.1" in figures.current.sub_lines, text("answer_no_cloud"), "scope_3")


def _facilities(figures: Figures, _: Told) -> Answer:
    return _is(figures.facilities, text("answer_no_facility"), "facilities")


PROBES: dict[str, Probe] = {
    **AI_PROBES,
    "organisation": _organisation,
    "boundary": _boundary,
    "period": _period,
    "scope_1": _scope_1,
    "scope_2": _scope_2,
    "scope_3": _figure("scope_3", "scope_3_short"),
    "total": _figure("total_location", "answer_the_total"),
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
    "credits": _register("credits", _has_credits, "credits", "answer_no_credits"),
    "removals": _register(
        "removals", lambda f: f.removals is not None and f.removals.rows, "credits",
        "answer_no_removals",
    ),
    "internal_price": _register("internal_price", lambda f: f.has_prices, "prices", "answer_no_internal_price"),
    "targets": _register("targets", lambda f: f.has_targets, "targets", "answer_no_targets"),
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
