"""The small kinds: facilities, entities, holdings, instruments, factors and measures, with what is taken for blanks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

import polars as pl

from ledger import units
from ledger.calculation.instruments import market_of_country
from ledger.intake.activity import Noted, tell_extra
from ledger.intake.cells import texts
from ledger.intake.cells.convert import Context, named_cells, typed_columns
from ledger.intake.cells.tags import extra_headers
from ledger.intake.checks.ai_checks import filled_measurement, filled_run
from ledger.intake.checks.instrument_checks import checked_series, filled_instrument, with_market
from ledger.intake.checks.register_checks import tell_faults_of
from ledger.intake.checks.validate import failures, tell_invalid
from ledger.intake.known import ActivityType
from schemas.ai_vocabulary import EnergyPart, HeldAs, RunComponent, RunOutcome, RunState
from schemas.frame import dtype_of
from schemas.kinds import schema_of
from schemas.vocabulary import (
    CalorificBasis,
    ChpMethod,
    CriterionAnswer,
    FactorBoundary,
    FactorKind,
    GasCoverage,
    Line,
    Serves,
    Signal,
    SignalBasis,
    SignalKind,
)

_UNTOLD: Mapping[str, Mapping[str, object]] = {
    "facility": {"withdrawn": False},
    "legal_entity": {"withdrawn": False},
    "holding": {"withdrawn": False, "event": "stated"},
    "instrument": {"withdrawn": False},
    "factor": {"licence": "the user's own"},
    "metric": {},
    "interval": {"estimated": False},
    "grid_intensity": {"estimated": False, "revision": 0},
    "meter_reading": {"multiplier": Decimal(1), "reset": False, "estimated": False, "day_end": False},
    "history": {},
    "chp_plant": {"chp_method": ChpMethod.EFFICIENCY.value},
    "ai_run": {"withdrawn": False, "attempt": 1},
    "measurement": {"withdrawn": False},
    "hardware_asset": {"withdrawn": False, "machine_share": Decimal(1), "held_as": HeldAs.BOUGHT.value},
    **{
        kind: {"withdrawn": False}
        for kind in ("expectation", "scope3_screening", "claim", "carbon_price_scheme", "target", "credit", "removal")
    },
}
"""What a blank means beyond doubt."""

_TOLD: Mapping[str, Mapping[str, object]] = {
    "facility": {"timezone": "UTC"},
    "legal_entity": {"in_consolidated_accounts": True, "high_climate_impact": False},
    "instrument": {
        "hourly": False,
        "bundled": False,
        "own_generation_sold": False,
        **{f"criterion_{number}": CriterionAnswer.UNKNOWN.value for number in range(1, 9)},
    },
    "interval": {"seconds": 3600},
    "grid_intensity": {
        "seconds": 3600,
        "signal_kind": SignalKind.ACTUAL.value,
        "signal": Signal.AVERAGE.value,
        "signal_basis": SignalBasis.DIRECT.value,
    },
    "carbon_price_scheme": {"consistent_with_statements": False},
    "ai_run": {
        "outcome": RunOutcome.COMPLETED.value,
        "state": RunState.ACTIVE.value,
        "component": RunComponent.OPERATIONAL.value,
    },
    "measurement": {"energy_part": EnergyPart.TOTAL.value},
    "hardware_asset": {"hardware_count": 1},
    "credit": {"eu_project": False, "corresponding_adjustment": False, "contracted": False},
}
"""What is taken for a blank, and said so."""

_MAIN_LINES = (Line.DIRECT, Line.ENERGY, Line.STATED)


def master_frame(context: Context, noted: Noted) -> pl.DataFrame:
    """The rows of a table of a small kind, typed by its schema; all of it at once, since such tables are small."""
    chunks = list(context.source.chunks)
    if not chunks:
        return pl.DataFrame()
    chunk = pl.concat(chunks)
    named = named_cells(context, chunk)
    noted.blank_rows += chunk.height - named.height
    frame = typed_columns(context, named)
    for place, name in extra_headers(context.source.table.headers, context.match.columns).items():
        if place not in context.source.made and texts.trimmed(named, [f"c{place}"])[f"c{place}"].count():
            tell_extra(context, place, name, "its cells are not kept")
    kind = context.match.kind.name
    if kind in _FILLED:
        frame = _FILLED[kind](context, frame)
    frame = _with_defaults(context, frame, _UNTOLD[kind], told=False)
    frame = _with_defaults(context, frame, _TOLD.get(kind, {}), told=True)
    schema = schema_of(kind)
    kept = [name for name in schema.columns if name in frame.columns and name != "seq"]
    frame = frame.select(kept).with_columns(pl.col("source_line").cast(pl.Int32))
    if context.sheet is not None:
        frame = frame.with_columns(pl.lit(context.sheet).alias("sheet"))
    frame = frame.with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    tell_invalid(context, frame, named, failures(context.match.kind.name, frame))
    tell_faults_of(context, frame)
    _tell_same(context, frame)
    return frame


def _with_defaults(
    context: Context, frame: pl.DataFrame, defaults: Mapping[str, object], *, told: bool
) -> pl.DataFrame:
    for name, value in defaults.items():
        column = context.match.kind.column(name)
        blank = frame.height if name not in frame.columns else frame[name].null_count()
        if not blank and name in frame.columns:
            continue
        given = pl.col(name) if name in frame.columns else pl.lit(None, dtype_of(column))
        frame = frame.with_columns(pl.coalesce(given, pl.lit(value, dtype_of(column))).alias(name))
        if told and blank:
            shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
            context.faults.add("default-taken", sheet=context.sheet, column=name, value=shown)
    return frame


def _tell_same(context: Context, frame: pl.DataFrame) -> None:
    """Rows that name the same thing twice."""
    identity = [name for name in context.match.kind.identity if name in frame.columns]
    needed = [name for name in identity if name in context.match.kind.required]
    first = frame.drop_nulls(needed).with_columns(pl.col("source_line").first().over(identity).alias("first"))
    again = first.filter(pl.int_range(pl.len()).over(identity) > 0)
    named = pl.concat_str([pl.col(name).cast(pl.String) for name in identity], separator=", ", ignore_nulls=True)
    told = again.select("source_line", named.alias("value"), "first")
    context.faults.add_rows("identity-duplicate", told, identity[0], sheet=context.sheet)


def _filled_facility(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """The market of certificates is the country's where none is given; one that is no market is a finding."""
    markets = market_of_country()
    frame = with_market(frame)
    known = sorted({*markets.values()})
    wrong = frame.filter(pl.col("market_boundary").is_not_null() & ~pl.col("market_boundary").is_in(known))
    told = wrong.select("source_line", pl.col("market_boundary").alias("value"))
    allowed = "AIB for its members, else the country's two letters"
    context.faults.add_rows("value-not-allowed", told, "market_boundary", sheet=context.sheet, allowed=allowed)
    return frame


def _filled_factor(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """What follows for a factor from what is given: its years, its line, whom it serves, what it covers."""
    columns = dict.fromkeys(frame.columns)
    types = context.known.activity_types

    def given(name: str, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Expr:
        return pl.col(name) if name in columns else pl.lit(None, dtype)

    lines = {code: _main_line(kind) for code, kind in types.items()}
    by_supplier = given("supplier").is_not_null()
    frame = frame.with_columns(
        pl.coalesce(given("valid_from", pl.Date), pl.date(pl.col("data_year"), 1, 1)).alias("valid_from"),
        pl.coalesce(given("valid_to", pl.Date), pl.date(pl.col("data_year"), 12, 31)).alias("valid_to"),
        pl.coalesce(
            given("line"), pl.col("activity_type").replace_strict(lines, default=None, return_dtype=pl.String)
        ).alias("line"),
        pl.coalesce(
            given("kind"),
            pl.when(by_supplier).then(pl.lit(FactorKind.SUPPLIER.value)).otherwise(pl.lit(FactorKind.AVERAGE.value)),
        ).alias("kind"),
        (given("kind").is_null() & given("serves").is_null() & ~by_supplier).alias("unsaid"),
    )
    of_energy = pl.col("line") == Line.ENERGY.value
    market = pl.col("kind").is_in([FactorKind.SUPPLIER.value, FactorKind.RESIDUAL.value])
    serves = (
        pl.when(~of_energy)
        .then(pl.lit(Serves.NOT_APPLICABLE.value))
        .when(market)
        .then(pl.lit(Serves.MARKET.value))
        .otherwise(pl.lit(Serves.BOTH.value))
    )
    assumed = frame.filter(pl.col("unsaid") & of_energy).select("source_line", pl.col("factor_id").alias("value"))
    context.faults.add_rows("serves-assumed", assumed, "serves", sheet=context.sheet)
    frame = frame.drop("unsaid").with_columns(
        pl.coalesce(given("serves"), serves).alias("serves"),
        pl.coalesce(given("boundary"), _boundary(of_energy)).alias("boundary"),
        pl.coalesce(given("gas_coverage"), _coverage(columns)).alias("gas_coverage"),
    )
    return _with_calorific_basis(context, frame)


def _boundary(of_energy: pl.Expr) -> pl.Expr:
    """What a factor covers where it does not say: generation, burning, or both with what is upstream."""
    return (
        pl.when(of_energy)
        .then(pl.lit(FactorBoundary.GENERATION.value))
        .when(pl.col("line") == Line.DIRECT.value)
        .then(pl.lit(FactorBoundary.COMBUSTION.value))
        .otherwise(pl.lit(FactorBoundary.PLUS_UPSTREAM.value))
    )


def _coverage(columns: Collection[str]) -> pl.Expr:
    """Which gases a factor tells: the sum alone, CO2 alone (as residual mixes often do), or all."""

    def untold(gas: str) -> pl.Expr:
        name = f"{gas}_kg_per_unit"
        return pl.col(name).is_null() if name in columns else pl.lit(value=True)

    others = [untold(gas) for gas in ("co2e_published", "ch4_fossil", "ch4_other", "n2o")]
    return (
        pl.when(untold("co2"))
        .then(pl.lit(GasCoverage.CO2E_ONLY.value))
        .when(pl.all_horizontal(others))
        .then(pl.lit(GasCoverage.CO2_ONLY.value))
        .otherwise(pl.lit(GasCoverage.ALL.value))
    )


def _with_calorific_basis(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Gross for a fuel's factor per unit of energy that does not say; `na` for all others. Units must suit."""
    types = context.known.activity_types
    given = pl.col("calorific_basis") if "calorific_basis" in frame.columns else pl.lit(None, pl.String)
    energy = [code for code, unit in units.table().items() if unit.dimension == "energy"]
    fuels = [code for code, kind in types.items() if kind.needs_calorific_basis]
    needed = pl.col("activity_type").is_in(fuels) & pl.col("per_unit").is_in(energy)
    names = {code: kind.name for code, kind in types.items()}
    activity = pl.col("activity_type").replace_strict(names, default="").alias("activity")
    assumed = frame.filter(needed & given.is_null()).select("source_line", pl.col("per_unit").alias("value"), activity)
    context.faults.add_rows("calorific-basis-assumed", assumed, "calorific_basis", sheet=context.sheet)
    suited = [
        (code, unit.code, " or ".join(kind.dimensions))
        for code, kind in types.items()
        for unit in units.table().values()
        if unit.dimension in kind.dimensions
    ]
    table = pl.DataFrame(suited, schema=["activity_type", "per_unit", "allowed"], orient="row")
    wrong = frame.join(table, on=["activity_type", "per_unit"], how="anti", maintain_order="left")
    wrong = wrong.filter(pl.col("activity_type").is_not_null() & pl.col("per_unit").is_not_null())
    dimensions = {code: unit.dimension for code, unit in units.table().items()}
    allowed = {code: " or ".join(kind.dimensions) for code, kind in types.items()}
    told = wrong.select(
        "source_line",
        pl.col("per_unit").alias("value"),
        activity,
        pl.col("per_unit").replace_strict(dimensions, default="").alias("dimension"),
        pl.col("activity_type").replace_strict(allowed, default="").alias("allowed"),
    )
    context.faults.add_rows("unit-unsuited", told, "per_unit", sheet=context.sheet)
    otherwise = (
        pl.when(needed).then(pl.lit(CalorificBasis.GROSS.value)).otherwise(pl.lit(CalorificBasis.NOT_APPLICABLE.value))
    )
    return frame.with_columns(pl.coalesce(given, otherwise).alias("calorific_basis"))


def _main_line(kind: ActivityType) -> str | None:
    return next((line.line for line in kind.lines if line.line in _MAIN_LINES), None)


_FILLED: Mapping[str, Callable[[Context, pl.DataFrame], pl.DataFrame]] = {
    "facility": _filled_facility,
    "instrument": filled_instrument,
    "interval": checked_series,
    "factor": _filled_factor,
    "ai_run": filled_run,
    "measurement": filled_measurement,
}
