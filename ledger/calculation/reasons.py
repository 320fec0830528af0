"""Reasons of a choice in words: why a factor won, or why there is none."""

from __future__ import annotations

REASONS = {
    "named": "the row names this factor",
    "supplier": "the supplier's own rate",
    "residual_mix": "the residual mix: what is left after claimed attributes",
    "instrument": "covered by a contractual instrument",
    "stated": "stated by somebody else, standing in for data",
}
_TIERS = {
    "own": "a factor of one's own, as near as any other",
    "preferred": "a preferred dataset",
    "national": "the country's own dataset",
    "international": "the best international dataset held",
    "life_cycle": "for want of another, a life-cycle average",
}
_PLACES = {"grid_region": "for the grid region", "country": "for the country", "world": "for anywhere"}
_GAPS = {
    "no_factor": "no factor is held",
    "too_old": "the only factor held is more than three years past its validity",
    "tie": "two factors are equal in all that decides",
    "included_in_energy_line": "the energy factor is of the life cycle and holds it already",
    "not_consumed": "nothing was bought",
    "tax_included": "the amount holds a tax of unknown rate",
    "no_exchange_rate": "no exchange rate is held",
    "no_price_index": "no price index is held",
    "no_gwp": "a gas of the factor has no GWP in the ledger's set",
    "unit_too_large": "kg per unit does not fit; a smaller unit does",
}

_FIXES = {
    "no_factor": "import a dataset that has one, or name one on the row (factor_id); then calculate",
    "too_old": "publish or import a newer edition of its dataset; then calculate",
    "tie": "name one of them on the row (factor_id), or set the preferred datasets; then calculate",
    "tax_included": "correct the row: give the amount without tax",
    "no_exchange_rate": "upload the exchange rate of the year (kind metric); then calculate",
    "no_price_index": "upload the price index of the year (kind metric); then calculate",
    "no_gwp": "set a GWP set that has the gas; then calculate",
    "unit_too_large": "correct the row: give the quantity in a smaller unit",
}


def reason_in_words(code: str, flags: str) -> str:
    """Why a factor was chosen, as a sentence part; the flags stand behind it."""
    words = REASONS.get(code)
    if words is None:
        fallback, _, rest = code.rpartition("no_residual_mix-")
        tier, _, place = (rest or code).partition("-")
        words = f"{_TIERS.get(tier, tier)} {_PLACES.get(place, place)}".strip()
        if fallback or code.startswith("no_residual_mix-"):
            words = f"no residual mix or supplier rate was held, so {words}"
    told = [flag.replace("_", " ") for flag in flags.split(";") if flag and flag != "no_residual_mix"]
    return words + (f" ({', '.join(told)})" if told else "")


def gap_in_words(code: str) -> str:
    """Why a line has no result, as a sentence part."""
    return _GAPS.get(code, code.replace("_", " "))


def gap_fix(code: str) -> str:
    """What to do about a line without a result, as a sentence part; empty where there is nothing to do."""
    return _FIXES.get(code, "")
