"""What cloud providers state of a customer's share of their emissions: one basis counted, the other kept beside it.

All of it is the customer's Scope 3, category 1 (GHG Protocol, Scope 3 Standard, chapter 5: purchased services),
whatever scopes the provider counts it under at its own end. A provider that states both bases states the same services
twice: one of the two enters the inventory (location-based unless it was chosen otherwise), the other goes to the book
of the other basis, which no total reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ledger.intake.ai_files.amounts import masses
from ledger.intake.ai_files.form import Given, Made

COUNTED, OTHER = "cloud_services_stated", "cloud_services_stated_other_basis"
"""Activity types: what enters Scope 3, and the other basis of the same services."""
BASES = {"location": "location-based", "market": "market-based"}
CHOICES = {"basis": "which of both bases counts: location (taken unless chosen) or market"}
KG, TONNE = Decimal(1), Decimal(1000)
_EXACT = pl.Decimal(38, 12)
_ROUNDING = Decimal("0.0015")
"""How far three rounded parts may be from a rounded total, in the provider's unit."""
_KEPT = ("cloud_account", "cloud_service", "cloud_place", "stated_basis", "stated_amount", "stated_unit", "stated_at")


@dataclass(frozen=True, slots=True)
class Provider:
    """Who states, in which unit, and what its figures take in."""

    name: str
    kg_per_unit: Decimal
    unit: str
    boundary: str


def statements(given: Given, rows: pl.DataFrame, provider: Provider, led: dict[str, str]) -> list[Made]:
    """Statements as activities.

    Args:
        given: the records, for choices and findings.
        rows: texts by row: `source_line`, `period_start`, `period_end`, `location` and `market` (the amounts),
            `report` (in what kind of report: two of one provider state the same), `key` (what the row is of), and any
            of `cloud_region` (a region's code alone), `cloud_place` (what is wider or finer than a region),
            `vendor_model_version`, `stated_boundary`, `cloud_account`, `cloud_service`, `stated_at`.
        provider: who states them.
        led: our column → field of the file, for findings; `location` and `market` among them.
    """
    rows = _latest(given, rows)
    first = given.choices.get("basis", "location")
    if first not in BASES:
        given.faults.add("choice-not-read", column="basis", value=first, allowed=" or ".join(BASES))
        return []
    second = next(basis for basis in BASES if basis != first)
    blank = rows.filter(pl.col("location").is_null() & pl.col("market").is_null())
    given.tell("statement-blank", blank.select("source_line"), led.get(first))
    rows = rows.filter(pl.col("location").is_not_null() | pl.col("market").is_not_null())
    alone = rows.filter(pl.col(first).is_null())
    if alone.height:
        given.faults.add("statement-one-basis", count=alone.height, basis=BASES[first], other=BASES[second],
                         line=int(alone["source_line"][0]))  # fmt: skip
    made = [
        _activities(rows.with_columns(
            pl.coalesce(first, second).alias("amount"),
            pl.when(pl.col(first).is_null()).then(pl.lit(second)).otherwise(pl.lit(first)).alias("basis"),
        ), provider, COUNTED),
        _activities(rows.filter(pl.col(first).is_not_null() & pl.col(second).is_not_null()).with_columns(
            pl.col(second).alias("amount"), pl.lit(second).alias("basis"),
        ), provider, OTHER),
    ]  # fmt: skip
    shown = {**led, "quantity": led.get(first) or led.get(second, "")}
    return [Made("activity", pl.concat(made), {name: field for name, field in shown.items() if field})]


def _activities(rows: pl.DataFrame, provider: Provider, activity_type: str) -> pl.DataFrame:
    amounts, units = masses(rows["amount"], provider.kg_per_unit)
    there = set(rows.columns)

    def own(name: str) -> pl.Expr:
        return pl.col(name) if name in there else pl.lit(None, pl.String)

    who = pl.lit(provider.name.casefold().replace(" ", "-"))
    parts = (who, "period_start", "report", "key", "basis")
    identity = pl.concat_str(*parts, separator="/", ignore_nulls=True)
    return rows.with_columns(
        identity.alias("external_id"),
        pl.lit(activity_type).alias("activity_type"),
        amounts.alias("quantity"),
        units.alias("unit"),
        pl.lit(provider.name).alias("supplier"),
        pl.lit(provider.name).alias("cloud_provider"),
        pl.lit("calculated").alias("data_basis"),
        pl.lit("yes").alias("primary_data"),
        pl.lit("3").alias("stated_scope"),
        pl.lit("1").alias("stated_scope3_category"),
        pl.coalesce(own("stated_boundary"), pl.lit(provider.boundary)).alias("stated_boundary"),
        pl.col("basis").replace(BASES).alias("stated_basis"),
        pl.col("amount").alias("stated_amount"),
        pl.lit(provider.unit).alias("stated_unit"),
        *(own(name).alias(name) for name in ("cloud_region", "vendor_model_version", "stated_at", *_KEPT[:3])),
    ).select(
        "source_line", "external_id", "activity_type", "quantity", "unit", "period_start", "period_end", "supplier",
        "cloud_provider", "cloud_region", "data_basis", "primary_data", "stated_scope", "stated_scope3_category",
        "stated_boundary", "vendor_model_version", *_KEPT,
    )  # fmt: skip


def _latest(given: Given, rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows that state the same services of the same days those of the latest method; that others differ is told."""
    if "vendor_model_version" not in rows.columns:
        return rows
    same = ["period_start", "period_end", "key"]
    ordered = sorted(rows["vendor_model_version"].unique().drop_nulls().to_list(), key=version_parts)
    version = pl.col("vendor_model_version")
    rank = version.replace_strict(ordered, range(len(ordered)), default=-1, return_dtype=pl.Int32)
    latest = rows.filter(rank == rank.max().over(same))
    if latest.height < rows.height:
        given.faults.add("statement-superseded", count=rows.height - latest.height, value=", ".join(ordered))
    methods = latest.group_by(version).agg(pl.col("period_start").min()).drop_nulls().sort("period_start")
    kept = sorted({version_parts(text)[0] for text in methods["vendor_model_version"]})
    if len(kept) > 1:
        given.faults.add("statement-methods", value=", ".join(methods["vendor_model_version"]))
    return latest


def version_parts(text: str) -> tuple[int, ...]:
    """A version as it is ordered: `v2.10` after `v2.9`."""
    digits = "".join(char if char.isdigit() else " " for char in text).split()
    return tuple(int(part[:9]) for part in digits) or (0,)


def day(text: pl.Expr) -> pl.Expr:
    """The day of an instant or a date, as text."""
    return text.str.slice(0, 10)


def last_day(text: pl.Expr) -> pl.Expr:
    """The last day that an end takes in: the day before an end at midnight, else its own; null for what is no date."""
    on = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    midnight = text.str.contains(r"^.{10}[T ]00:00(:00(\.0+)?)?")
    last = pl.when(midnight).then(on - pl.duration(days=1)).otherwise(on)
    return pl.coalesce(last.cast(pl.String), text)


def month_end(first: pl.Expr) -> pl.Expr:
    """The last day of the month that a day lies in; what is no date stays as it is, to be told."""
    read = first.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(read.dt.month_end().cast(pl.String), first)


def key_of(names: Iterable[str]) -> pl.Expr:
    """What a row is of, as one text; blank parts are kept as such."""
    return pl.concat_str([pl.col(name).fill_null("-") for name in names], separator="/").alias("key")


def tell_parts(given: Given, total: str, parts: tuple[str, ...], when: pl.Expr | None = None) -> None:
    """A warning for each row whose total is not the sum of its parts, all of which must be there, beyond rounding."""
    if not given.has(total, *parts):
        return
    exact = given.rows.select(
        "source_line", *(given.text(name).cast(_EXACT, strict=False).alias(name) for name in (total, *parts))
    )
    added = pl.sum_horizontal(*parts).cast(_EXACT)
    apart = (pl.col(total) - added).abs() > pl.max_horizontal(pl.col(total).abs() / 200, pl.lit(_ROUNDING))
    whole = pl.all_horizontal(pl.col(name).is_not_null() for name in parts)
    rows = exact.filter(apart & whole & (given.rows.select(when).to_series() if when is not None else True))
    told = rows.select("source_line", pl.col(total).cast(pl.String).str.strip_chars_end("0").alias("value"),
                       added.cast(pl.String).str.strip_chars_end("0").alias("sum"))  # fmt: skip
    given.tell("statement-parts-differ", told, total)
