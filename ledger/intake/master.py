"""From the rows of a small kind to rows of the ledger's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ledger.errors import Misuse
from ledger.factors.chp import chp_factors
from ledger.intake.known import shipped_types
from ledger.intake.upload import Upload
from ledger.store.tables import (
    AiRun,
    CarbonPriceScheme,
    ChpPlant,
    Claim,
    Credit,
    EmissionFactor,
    Entry,
    Expectation,
    Facility,
    FactorDataset,
    GridIntensity,
    HardwareAsset,
    Holding,
    Instrument,
    Interval,
    LegalEntity,
    Measurement,
    Metric,
    Removal,
    Scope3Screening,
    Target,
)
from schemas.vocabulary import EditionBasis, Verification

if TYPE_CHECKING:
    import pyarrow as pa

    from ledger.store import Session

USER_DATASET = "user"
"""The dataset that holds the factors which users bring."""

_TABLES: Mapping[str, type[Entry]] = {
    "facility": Facility,
    "legal_entity": LegalEntity,
    "holding": Holding,
    "instrument": Instrument,
    "metric": Metric,
    "factor": EmissionFactor,
    "interval": Interval,
    "grid_intensity": GridIntensity,
    "expectation": Expectation,
    "scope3_screening": Scope3Screening,
    "claim": Claim,
    "carbon_price_scheme": CarbonPriceScheme,
    "target": Target,
    "credit": Credit,
    "removal": Removal,
    "chp_plant": ChpPlant,
    "ai_run": AiRun,
    "measurement": Measurement,
    "hardware_asset": HardwareAsset,
}
SERIES = ("interval", "grid_intensity", "ai_run", "measurement", "hardware_asset")
"""Kinds of many rows: they are written as columns, never row by row."""

_RENAMED = {"registry": "registry_name"}


def register_tables() -> dict[str, str]:
    """Kind of upload → the table that holds its rows, of every kind but those that become activities alone."""
    from ledger.store.schema import table_name

    return {kind: table_name(table) for kind, table in _TABLES.items()}


def master_rows(read: Upload) -> Iterator[tuple[type[Entry], list[dict[str, Any]]]]:
    """The tables that an upload of small kinds fills, each with its rows; keys are the table's columns.

    Raises Misuse for a kind that is no register.
    """
    if not read.frames:
        raise Misuse(f"an upload of kind '{read.kind}' fills no register", "record its activities")
    for kind, frame in read.frames.items():
        if kind in SERIES:
            continue
        rows = [_row(_TABLES[kind], row) for row in frame.iter_rows(named=True)]
        if kind == "factor":
            yield FactorDataset, [_dataset(read)]
            rows = [_factor(row, source, read) for row, source in zip(rows, frame.iter_rows(named=True), strict=True)]
        yield _TABLES[kind], rows


def chp_rows(s: Session, read: Upload) -> Iterator[tuple[type[Entry], list[dict[str, Any]]]]:
    """The rows of plants of combined heat and power, and the two factors that each gives.

    Raises Refused where a plant's fuel does not go with its factor.
    """
    given = list(read.frames["chp_plant"].iter_rows(named=True))
    yield FactorDataset, [_dataset(read)]
    factors = [
        row | _own(str(row["data_year"]), read) | {"source_cell": _place(plant, read), "licence": "the user's own"}
        for plant in given
        for row in chp_factors(s, plant)
    ]
    yield EmissionFactor, factors
    yield ChpPlant, [_row(ChpPlant, plant) for plant in given]


def series_tables(read: Upload) -> Iterator[tuple[type[Entry], pa.Table]]:
    """The tables that series in an upload fill, as Arrow: a year of a hundred meters is 876,000 rows."""
    for kind, frame in read.frames.items():
        if kind not in SERIES:
            continue
        columns = set(_TABLES[kind].model_fields) - {"batch_no", "seq"}
        kept = [name for name in frame.columns if name in columns]
        yield _TABLES[kind], frame.select(kept).to_arrow()


def _row(table: type[Entry], row: Mapping[str, Any]) -> dict[str, Any]:
    columns = set(table.model_fields) - {"batch_no", "seq"}
    named = {_RENAMED.get(name, name): value for name, value in row.items()}
    return {name: value for name, value in named.items() if name in columns}


def _factor(row: dict[str, Any], given: Mapping[str, Any], read: Upload) -> dict[str, Any]:
    """A user's factor: served under the type whose factors the catalogue asks for on that line."""
    lines = shipped_types()[row["activity_type"]].lines
    served = {line.line: line.factor_activity_type for line in lines}
    return row | {
        "activity_type": served.get(row["line"], row["activity_type"]),
        "masses_basis": "published",
        "source_cell": _place(given, read),
    } | _own(str(row["data_year"]), read)


def _own(edition: str, read: Upload) -> dict[str, Any]:
    """What every factor that a user brings has alike."""
    return {
        "dataset": USER_DATASET,
        "edition": edition,
        "version": read.source_sha256[:12],
        "edition_basis": EditionBasis.ACTIVITY_PERIOD.value,
        "verification": Verification.USER.value,
        "redistributable": False,
        "source_sha256": read.source_sha256,
    }


def _place(given: Mapping[str, Any], read: Upload) -> str:
    """What the user names as source, and where the row lies in the upload."""
    sheet = f"{given['sheet']}, " if given.get("sheet") else ""
    return f"{given['source']} ({read.source_name}, {sheet}line {given['source_line']})"


def _dataset(read: Upload) -> dict[str, Any]:
    """The source record under which users' factors stand: no national home, before the international ones."""
    return {
        "dataset": USER_DATASET,
        "edition": "user",
        "version": read.source_sha256[:12],
        "title": "Emission factors brought by the user",
        "publisher": "as each factor's source says",
        "published": "",
        "home_country": None,
        "international_rank": 0,
        "licence": "as each factor says",
        "redistributable": False,
        "attribution": "as each factor's source says",
        "origin": read.source_name,
        "source_sha256": read.source_sha256,
        "gwp_set": None,
        "edition_basis": EditionBasis.ACTIVITY_PERIOD.value,
        "life_cycle": False,
        "verification": Verification.USER.value,
        "caveats": "",
    }
