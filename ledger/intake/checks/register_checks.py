"""Faults of single registers: a price of nothing, a scope that is none, a credit cancelled before it was made."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

import polars as pl

from ledger.intake.cells.convert import Context
from ledger.intake.checks.ai_checks import tell_faults_of_measurements, tell_faults_of_runs
from ledger.intake.checks.asset_checks import tell_faults_of_assets
from ledger.intake.checks.factor_checks import tell_doubtful_factors
from ledger.intake.faults import near_words
from schemas.measures import FIGURE_MEASURES, MEASURE_PARTS
from schemas.vocabulary import ChpMethod, ClaimAbout

_MEASURED = {
    ClaimAbout.UPLOAD.value: ("rows", "quantity"),
    **dict.fromkeys((ClaimAbout.RUN.value, ClaimAbout.PRODUCT.value, ClaimAbout.ACTIVITY.value),
                    ("quantity", *FIGURE_MEASURES)),
}  # fmt: skip
"""What claims about something else than a figure of the inventory may measure."""
_SCOPES = ("1", "2", "3")


def tell_faults_of(context: Context, frame: pl.DataFrame) -> None:
    """Findings for typed rows of a register that has rules of its own."""
    for check in _CHECKS.get(context.match.kind.name, ()):
        check(context, frame)


def tell_interval(context: Context, frame: pl.DataFrame) -> None:
    """Rows of activity data whose low and high end do not hold the quantity between them, or of which one lacks."""
    if not {"low", "high"} & set(frame.columns):
        return
    low, high = (pl.col(name) if name in frame.columns else pl.lit(None, pl.Decimal(18, 6)) for name in ("low", "high"))
    given = low.is_not_null() | high.is_not_null()
    holds = ((low <= pl.col("quantity")) & (pl.col("quantity") <= high)).fill_null(value=False)
    wrong = frame.filter(given & ~holds & pl.col("quantity").is_not_null())
    shown = pl.format("{} to {}", low.cast(pl.String).fill_null("blank"), high.cast(pl.String).fill_null("blank"))
    column = "low" if "low" in frame.columns else "high"
    told = wrong.select("source_line", shown.alias("value"))
    context.faults.add_rows("interval-without-quantity", told, column, sheet=context.sheet)


def _tell(context: Context, frame: pl.DataFrame, code: str, column: str, wrong: pl.Expr, **words: str) -> None:
    rows = frame.filter(wrong.fill_null(value=False))
    told = rows.select("source_line", pl.col(column).cast(pl.String).alias("value"))
    context.faults.add_rows(code, told, column, sheet=context.sheet, **words)


def _price(context: Context, frame: pl.DataFrame) -> None:
    _tell(context, frame, "not-above-zero", "price_per_t", pl.col("price_per_t") == 0)
    parts = pl.col("covers").str.split("|").list.eval(pl.element().str.strip_chars())
    known = parts.list.eval(pl.element().is_in(_SCOPES)).list.all() & (parts.list.n_unique() == parts.list.len())
    _tell(context, frame, "covers-unknown", "covers", ~known)
    if "valid_to" not in frame.columns:
        return
    ordered = frame.sort("scheme_id", "valid_from", nulls_last=True)
    following = pl.col("valid_from").shift(-1).over("scheme_id")
    _tell(context, ordered, "validity-overlap", "valid_to", pl.col("valid_to") >= following)


def _target(context: Context, frame: pl.DataFrame) -> None:
    allowed = ", ".join(MEASURE_PARTS)
    _tell(context, frame, "measure-unknown", "measure", ~pl.col("measure").is_in(list(MEASURE_PARTS)), allowed=allowed)
    _tell(context, frame, "target-not-after-base", "target_year", pl.col("target_year") <= pl.col("base_year"))


def _claim(context: Context, frame: pl.DataFrame) -> None:
    """A claim is about a figure of the inventory; of a file its rows or quantity are counted, of a row its quantity."""
    pairs = frame.select("about_kind", "measure").unique(maintain_order=True).drop_nulls()
    for about, measure in pairs.iter_rows():
        allowed = _MEASURED.get(about, FIGURE_MEASURES)
        if measure.split("/", maxsplit=1)[0] in allowed:
            continue
        wrong = (pl.col("about_kind") == about) & (pl.col("measure") == measure)
        near = near_words(_near(measure, allowed))
        _tell(context, frame, "value-not-allowed", "measure", wrong, allowed=", ".join(allowed), near=near)


def _near(text: str, allowed: tuple[str, ...]) -> list[str]:
    """The measures that begin like a text, case and signs aside; else those that look like it."""
    plain = "".join(filter(str.isalnum, text.casefold()))
    begin = [name for name in allowed if plain and name.replace("_", "").startswith(plain)]
    return begin or difflib.get_close_matches(text.casefold(), allowed, n=2, cutoff=0.7)


def _credit(context: Context, frame: pl.DataFrame) -> None:
    _tell(context, frame, "not-above-zero", "tonnes", pl.col("tonnes") == 0)
    if "cancelled_on" in frame.columns:
        early = pl.col("cancelled_on").dt.year() < pl.col("vintage_year")
        _tell(context, frame, "credit-cancelled-early", "cancelled_on", early)


def _removal(context: Context, frame: pl.DataFrame) -> None:
    """Two removals of one kind, place and time may be the same carbon; registers are small, so pairs are looked at."""
    place = pl.col("facility_id") if "facility_id" in frame.columns else pl.lit(None, pl.String)
    rows = frame.select("source_line", "removal_id", "removal_kind", "value_chain", place.alias("facility_id"),
                        "period_start", "period_end")  # fmt: skip
    keys = ["removal_kind", "value_chain", "facility_id"]
    pairs = rows.join(rows, on=keys, suffix="_other", nulls_equal=True).filter(
        (pl.col("source_line_other") < pl.col("source_line"))
        & (pl.col("period_start") <= pl.col("period_end_other"))
        & (pl.col("period_start_other") <= pl.col("period_end"))
    )
    told = pairs.unique("source_line", keep="first", maintain_order=True).select(
        "source_line", pl.col("removal_id").alias("value"), pl.col("removal_id_other").alias("other")
    )
    context.faults.add_rows("removal-overlap", told, "removal_id", sheet=context.sheet)


def _chp_plant(context: Context, frame: pl.DataFrame) -> None:
    """Fuel, heat and power are more than nothing, and the split by efficiencies has both of them."""
    for name in ("fuel_burned", "heat_kwh", "power_kwh", "heat_efficiency", "power_efficiency"):
        if name in frame.columns:
            _tell(context, frame, "not-above-zero", name, pl.col(name) == 0)
    by_efficiency = pl.col("chp_method") == ChpMethod.EFFICIENCY.value
    for name in ("heat_efficiency", "power_efficiency"):
        lacks = pl.col(name).is_null() if name in frame.columns else pl.lit(value=True)
        rows = frame.filter(by_efficiency & lacks).select("source_line")
        context.faults.add_rows("chp-without-efficiency", rows, name, sheet=context.sheet)


_CHECKS: Mapping[str, tuple[Callable[[Context, pl.DataFrame], None], ...]] = {
    "factor": (tell_doubtful_factors,),
    "carbon_price_scheme": (_price,),
    "claim": (_claim,),
    "target": (_target,),
    "credit": (_credit,),
    "removal": (_removal,),
    "chp_plant": (_chp_plant,),
    "ai_run": (tell_faults_of_runs,),
    "measurement": (tell_faults_of_measurements,),
    "hardware_asset": (tell_faults_of_assets,),
}
