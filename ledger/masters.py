"""Master data and other small kinds: an upload's rows as their tables take them, with what is left blank filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from ledger.store import Writing, as_arrow
from ledger.store.tables import (
    EmissionFactor,
    Entry,
    Facility,
    FactorDataset,
    Holding,
    Instrument,
    LegalEntity,
    Metric,
)

Row = dict[str, Any]
USER_DATASET = "user"


def record_masters(writing: Writing, kind: str, rows: Iterable[Row], market_of: dict[str, str]) -> None:
    """Put the rows of a small kind into its table; ``market_of`` is the market of a country, by its code."""
    table, filled = _KINDS[kind]
    made = [filled(dict(row), market_of) for row in rows]
    if kind == "factor":
        _record_user_dataset(writing, made)
    writing.insert_rows(table, as_arrow(table, made))


def _facility(row: Row, market_of: dict[str, str]) -> Row:
    _default(row, market_boundary=market_of.get(row["country"], row["country"]), timezone="UTC", withdrawn=False)
    return row


def _legal_entity(row: Row, _market_of: dict[str, str]) -> Row:
    _default(row, in_consolidated_accounts=True, high_climate_impact=False, withdrawn=False)
    return row


def _holding(row: Row, _market_of: dict[str, str]) -> Row:
    _default(row, event="stated", withdrawn=False)
    return row


def _instrument(row: Row, market_of: dict[str, str]) -> Row:
    """A criterion that is not answered is unknown, and counts as not met."""
    row["registry_name"] = row.pop("registry", None)
    _default(row, market_boundary=market_of.get(row["country"], row["country"]), withdrawn=False)
    _default(row, hourly=False, bundled=False, own_generation_sold=False)
    _default(row, **{f"criterion_{number}": "unknown" for number in range(1, 9)})
    return row


def _metric(row: Row, _market_of: dict[str, str]) -> Row:
    return row


def _factor(row: Row, _market_of: dict[str, str]) -> Row:
    """A factor of the user's own: dataset `user`, in force for its data year where no days are given."""
    from datetime import date

    year = int(row["data_year"])
    source = str(row.pop("source"))
    _default(row, kind="supplier" if row.get("supplier") else "average", serves="both", line="direct")
    _default(row, boundary="combustion", calorific_basis="na", gas_coverage="co2e_only", licence="the user's own")
    _default(row, valid_from=date(year, 1, 1), valid_to=date(year, 12, 31))
    row |= {
        "dataset": USER_DATASET, "edition": str(year), "version": "1", "edition_basis": "activity_period",
        "masses_basis": "published", "verification": "user", "redistributable": False,
        "source_sha256": hashlib.sha256(source.encode()).hexdigest(), "source_cell": source,
    }  # fmt: skip
    return row


_KINDS: dict[str, tuple[type[Entry], Callable[[Row, dict[str, str]], Row]]] = {
    "facility": (Facility, _facility),
    "legal_entity": (LegalEntity, _legal_entity),
    "holding": (Holding, _holding),
    "instrument": (Instrument, _instrument),
    "metric": (Metric, _metric),
    "factor": (EmissionFactor, _factor),
}


def _default(row: Row, **values: Any) -> None:
    for name, value in values.items():
        if row.get(name) is None:
            row[name] = value


def _record_user_dataset(writing: Writing, rows: list[Row]) -> None:
    """The source record of the user's own factors; it says that they are the user's own."""
    record = {
        "dataset": USER_DATASET, "edition": rows[-1]["edition"], "version": "1", "title": "Factors of the user's own",
        "publisher": "the reporting organisation", "published": rows[-1]["edition"], "international_rank": 0,
        "licence": "the user's own", "redistributable": False, "attribution": "", "origin": "upload",
        "source_sha256": "", "edition_basis": "activity_period", "life_cycle": False, "verification": "user",
        "caveats": "[]",
    }  # fmt: skip
    writing.insert_rows(FactorDataset, as_arrow(FactorDataset, [record]))
