"""The workbook's formulas: how each figure is summed from the sheet Postings, in Excel's own functions.

Columns of the sheet are named ranges (``p_kg``, ``p_scope`` …), so that a formula reads like the
sentence it stands for. A text from outside enters a formula only as a quoted literal.
"""

from __future__ import annotations

import re

from ledger.errors import Misuse
from ledger.inventory import figure
from ledger.inventory.figure import Figure

_PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "scope_1": (("1", ""),),
    "scope_2_location": (("2", "location"),),
    "scope_2_market": (("2", "market"),),
    "scope_3": (("3", ""),),
    "total_location": (("1", ""), ("2", "location"), ("3", "")),
    "total_market": (("1", ""), ("2", "market"), ("3", "")),
}
_GAS_RANGES = {
    "CO2": "p_co2", "CH4": "p_ch4", "N2O": "p_n2o", "HFCs": "p_hfcs", "PFCs": "p_pfcs", "SF6": "p_sf6", "NF3": "p_nf3",
    "unsplit": "p_unsplit",
}  # fmt: skip
_ORDINARY = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,99}")
LONGEST_LITERAL = 250  # Excel takes 255 characters of text in a formula


def formula(figure_id: str) -> str | None:
    """The formula of a figure over Postings, in kg or kWh; None where there is none."""
    try:
        named = figure(figure_id)
    except Misuse:
        return None
    if named.measure == "energy_kwh":
        return _energy(named)
    if named.measure == "biogenic_co2_kg":
        return '=SUMPRODUCT((p_book="inventory")*(p_method<>"market")*p_sign*p_quantity*p_share*p_biogenic)'
    if "gas" in named.cuts:
        return _gas(named)
    parts = [_part(scope, method, named.cuts) for scope, method in _PARTS[named.measure]]
    return None if None in parts else "=" + "+".join(str(part) for part in parts)


def _energy(named: Figure) -> str:
    source, scope = named.cuts.get("energy_source"), named.cuts.get("scope")
    cut = "" if source is None else f",p_energy_source,{_literal('=' + source)}"
    cut += "" if scope is None else f",p_scope,{scope}"
    return f'=SUMIFS(p_kwh,p_book,"inventory"{cut})'


def _gas(named: Figure) -> str | None:
    """Σ sign × quantity × share × kg of the gas per unit, over Scope 1, Scope 3 and one of the two Scope 2."""
    column = _GAS_RANGES.get(named.cuts["gas"])
    if column is None or len(named.cuts) > 1:
        return None
    either = "+".join(
        f"(p_scope={scope})" + (f'*(p_method="{method}")' if method else "") for scope, method in _PARTS[named.measure]
    )
    return f'=SUMPRODUCT((p_book="inventory")*({either})*p_sign*p_quantity*p_share*{column})'


def _part(scope: str, method: str, cuts: dict[str, str]) -> str | None:
    """One SUMIFS of a scope and method, cut by category, sub-line or facility."""
    asked = [("p_book", '"inventory"'), ("p_scope", scope)]
    if method:
        asked.append(("p_method", f'"{method}"'))
    for name, value in cuts.items():
        if name == "facility":
            if len(value) > LONGEST_LITERAL:
                return None
            if not _ORDINARY.fullmatch(value):
                return _strict_part(asked, value)
            asked.append(("p_facility", _literal("=" + value)))
        elif name in {"category", "sub_line"}:
            asked.append((f"p_{name}", value))
        elif name == "iso_category":
            asked.append(("p_iso", _literal("=" + value)))
        else:
            return None
    return "SUMIFS(p_kg," + ",".join(f"{column},{wanted}" for column, wanted in asked) + ")"


def _strict_part(asked: list[tuple[str, str]], facility: str) -> str:
    """As ``_part``, for an id that SUMIFS would read as a pattern or a number."""
    tests = [f"({column}={wanted})" for column, wanted in (*asked, ("p_facility", _literal(facility)))]
    return "SUMPRODUCT(" + "*".join([*tests, "p_kg"]) + ")"


def _literal(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
