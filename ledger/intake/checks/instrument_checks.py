"""Contractual instruments and series by the hour as they are entered: what blanks mean, and what cannot be."""

from __future__ import annotations

import polars as pl

from ledger.calculation.instruments import CRITERIA, instrument_kinds, market_of_country, short_certificates
from ledger.intake.cells.convert import Context
from ledger.plain import plain_amount
from schemas.vocabulary import CriterionAnswer

_DIGITS = 60


def with_market(frame: pl.DataFrame) -> pl.DataFrame:
    """The market of certificates is that of the country where none is given."""
    of_country = pl.col("country").replace_strict(dict(market_of_country()), default=None, return_dtype=pl.String)
    given = pl.col("market_boundary") if "market_boundary" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(pl.coalesce(given, of_country).alias("market_boundary"))


def filled_instrument(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Market and criteria that do not apply to the type; findings for what breaks a rule of the register.

    Scope 2 Guidance (2015), table 7.1, by `data/instrument_types.csv`.
    """
    frame = _with_criteria(context, with_market(frame))
    _tell_rows(context, frame)
    _tell_unproved(context, frame)
    _tell_overlaps(context, frame)
    return frame


def _with_criteria(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """A blank criterion that does not apply to the type is `na`; `na` where it applies is a finding."""
    if "type" not in frame.columns:
        return frame
    for number, name in enumerate(CRITERIA, start=1):
        applies = pl.col("type").is_in([kind.type for kind in instrument_kinds().values() if number in kind.criteria])
        given = pl.col(name) if name in frame.columns else pl.lit(None, pl.String)
        asked = applies | pl.col("type").is_null()
        otherwise = pl.when(asked).then(None).otherwise(pl.lit(CriterionAnswer.NOT_APPLICABLE.value))
        frame = frame.with_columns(pl.coalesce(given, otherwise).alias(name))
        wrong = frame.filter(applies & (pl.col(name) == CriterionAnswer.NOT_APPLICABLE.value))
        told = wrong.select("source_line", pl.col(name).alias("value"), "type")
        context.faults.add_rows("criterion-applies", told, name, sheet=context.sheet, number=number)
    return frame


def _tell_rows(context: Context, frame: pl.DataFrame) -> None:
    """No energy, and a retirement before the issue."""
    if "kwh" in frame.columns:
        empty = frame.filter(pl.col("kwh") == 0).select("source_line", pl.col("kwh").cast(pl.String).alias("value"))
        context.faults.add_rows("instrument-without-energy", empty, "kwh", sheet=context.sheet)
    if {"issued", "retired_on"} <= set(frame.columns):
        early = frame.filter(pl.col("retired_on") < pl.col("issued"))
        told = early.select("source_line", pl.col("retired_on").cast(pl.String).alias("value"),
                            pl.col("issued").cast(pl.String))  # fmt: skip
        context.faults.add_rows("retired-before-issue", told, "retired_on", sheet=context.sheet)


def _tell_unproved(context: Context, frame: pl.DataFrame) -> None:
    """Certificates without a day of retirement, without registry or numbers, or with too few numbers for their kWh."""
    if not {"type", "kwh", "criterion_3"} <= set(frame.columns):
        return
    names = ("retired_on", "registry", "certificate_from", "certificate_to")
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns)
    types = [kind.type for kind in instrument_kinds().values() if kind.group == "certificate"]
    standing = ~pl.col("withdrawn").fill_null(value=False) if "withdrawn" in frame.columns else pl.lit(value=True)
    lots = frame.filter(pl.col("type").is_in(types) & standing)
    unretired = lots.filter(pl.col("retired_on").is_null() & (pl.col("criterion_3") == CriterionAnswer.MET.value))
    context.faults.add_rows("certificate-unretired", unretired.select("source_line"), "retired_on", sheet=context.sheet)
    for name, word in (("registry", "registry"), ("certificate_from", "certificate numbers")):
        told = lots.filter(pl.col(name).is_null()).select("source_line")
        context.faults.add_rows("certificate-untracked", told, name, sheet=context.sheet, lacks=word)
    for row in lots.drop_nulls(["kwh", "certificate_from", "certificate_to"]).iter_rows(named=True):
        short = short_certificates(row["type"], row["certificate_from"], row["certificate_to"], row["kwh"])
        if short is not None:
            context.faults.add("certificates-too-few", sheet=context.sheet, line=row["source_line"],
                               column="certificate_to", value=row["certificate_to"], certificates=short[0],
                               held=short[0] * short[1], each=short[1], kwh=plain_amount(row["kwh"]))  # fmt: skip


def _tell_overlaps(context: Context, frame: pl.DataFrame) -> None:
    """Certificate numbers that another lot of the same registry holds: in this file, or in the ledger."""
    if not {"instrument_id", "registry", "certificate_from"} <= set(frame.columns):
        return
    to = pl.col("certificate_to") if "certificate_to" in frame.columns else pl.lit(None, pl.String)
    standing = ~pl.col("withdrawn").fill_null(value=False) if "withdrawn" in frame.columns else pl.lit(value=True)
    own = frame.filter(standing).select(
        "source_line", "instrument_id", "registry", "certificate_from",
        pl.coalesce(to, "certificate_from").alias("certificate_to"),
    ).drop_nulls()  # fmt: skip
    replaced = set(frame["instrument_id"].drop_nulls().to_list())
    held = [
        {"source_line": None, "instrument_id": lot.instrument_id, "registry": lot.registry,
         "certificate_from": lot.certificate_from, "certificate_to": lot.certificate_to}
        for lot in context.known.lots if lot.instrument_id not in replaced
    ]  # fmt: skip
    every = _numbered(pl.concat([pl.DataFrame(held, schema=own.schema), own])).with_row_index("place")
    pairs = every.join(every, on=["registry_key", "stem"], suffix="_other").filter(
        (pl.col("place_other") < pl.col("place"))
        & (pl.col("first") <= pl.col("last_other"))
        & (pl.col("first_other") <= pl.col("last"))
    )
    told = (
        pairs.filter(pl.col("source_line").is_not_null()).sort("place", "place_other")
        .unique("place", keep="first", maintain_order=True)
        .select("source_line", pl.col("certificate_from").alias("value"), pl.col("instrument_id_other").alias("other"),
                pl.when(pl.col("source_line_other").is_null()).then(pl.lit("the ledger"))
                .otherwise(pl.format("line {}", "source_line_other")).alias("place"))
    )  # fmt: skip
    context.faults.add_rows("certificates-claimed-twice", told, "certificate_from", sheet=context.sheet)


def _numbered(lots: pl.DataFrame) -> pl.DataFrame:
    """What stands before the last digits of a number, and the digits padded so that text compares as numbers do."""

    def digits(name: str) -> pl.Expr:
        return pl.col(name).str.extract(r"(\d*)$", 1).fill_null("").str.zfill(_DIGITS)

    return lots.with_columns(
        pl.col("registry").str.strip_chars().str.to_lowercase().alias("registry_key"),
        pl.col("certificate_from").str.replace(r"\d+$", "").alias("stem"),
        digits("certificate_from").alias("first"),
        digits("certificate_to").alias("last"),
    )


def checked_series(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Series by the hour as they are; those of a facility or an instrument that is not known are told, once each."""
    if not {"source_kind", "source_id"} <= set(frame.columns):
        return frame
    first = frame.group_by("source_kind", "source_id", maintain_order=True).agg(pl.col("source_line").first())
    facilities, instruments = set(context.known.facilities), context.known.instruments
    for kind, known in (("facility", facilities), ("instrument", instruments)):
        place = pl.col("source_id").str.split("/").list.first()
        named = pl.col("source_id").is_in(list(known)) | place.is_in(list(known))
        unknown = first.filter((pl.col("source_kind") == kind) & ~named)
        told = unknown.select("source_line", pl.col("source_id").alias("value"))
        context.faults.add_rows("series-of-nothing", told, "source_id", sheet=context.sheet, kind=kind)
    return frame
