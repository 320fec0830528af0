"""Publication: a shipped dataset becomes a batch of the ledger. Upgrading the package changes no ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger import shipped
from ledger.errors import Misuse
from ledger.factors.datasets import Dataset, shipped_datasets, text_rows, typed_rows
from ledger.store import Act, Appended, Arrow, Session, Writing, append
from ledger.store.evidence import keep_file
from ledger.store.tables import (
    CatalogueLine,
    CatalogueType,
    EmissionFactor,
    Entry,
    FactorDataset,
    FactorGas,
    FuelProperty,
    Gwp,
    Metric,
    Unit,
)

CATALOGUE_FILES: dict[str, type[Entry]] = {
    "activity_types.csv": CatalogueType,
    "activity_lines.csv": CatalogueLine,
    "units.csv": Unit,
    "fuel_properties.csv": FuelProperty,
}


def catalogue_sha256() -> str:
    """Digest (hex) of the shipped catalogue: activity types, their lines, units and fuel properties."""
    digest = hashlib.sha256()
    for name in CATALOGUE_FILES:
        digest.update((shipped.path("data") / name).read_bytes())
    return digest.hexdigest()


def catalogue_is_current(s: Session) -> bool:
    """Whether the catalogue published last to this ledger is the shipped one."""
    last = s.rows("select idempotency_key from batch where kind = 'catalogue' order by batch_no desc limit 1")
    return bool(last) and last[0][0] == _catalogue_key()


def _catalogue_key() -> str:
    return hashlib.sha256(f"catalogue:{catalogue_sha256()}".encode()).hexdigest()


def publish_shipped(s: Session, actor: str, role: str, names: Sequence[str] = ()) -> list[Appended]:
    """Publish the catalogue and the shipped datasets that this ledger does not have yet, a batch each.

    With ``names`` only those, and the tables that are no factors (GWP, rates, price levels), which every
    calculation needs. Raises Misuse for a name that is not shipped.
    """
    wanted = chosen_datasets(names)
    done = [_publish_catalogue(s, actor, role)]
    done += [publish_dataset(s, dataset, actor, role) for dataset in wanted]
    return done


def is_table(name: str) -> bool:
    """Whether a shipped dataset is a table that calculations read (GWP, rates, price levels), and no factors."""
    return name in _TABLES


def chosen_datasets(names: Sequence[str]) -> list[Dataset]:
    """The shipped datasets of these names with the tables beside them; all where none is named. Raises Misuse."""
    shipped_now = shipped_datasets()
    unknown = sorted(set(names) - {dataset.name for dataset in shipped_now})
    if unknown:
        raise Misuse(
            f"no dataset '{unknown[0]}' is shipped",
            "take one of: " + ", ".join(dataset.name for dataset in shipped_now if dataset.name not in _TABLES),
        )
    return [dataset for dataset in shipped_now if not names or dataset.name in names or dataset.name in _TABLES]


def publish_dataset(s: Session, dataset: Dataset, actor: str, role: str) -> Appended:
    """Publish one dataset with its source record; the same content again writes nothing."""
    rows = text_rows(dataset.csv_path)
    act = Act(
        kind="factor_set",
        actor=actor,
        role=role,
        idempotency_key=hashlib.sha256(f"factor_set:{dataset.sha256}".encode()).hexdigest(),
        source_name=dataset.csv_path.name,
        source_sha256=_kept(s, dataset.csv_path),
        source_bytes=dataset.csv_path.stat().st_size,
        control_totals=json.dumps({"rows": len(rows)}),
    )

    def fill(writing: Writing) -> None:
        if dataset.name in _TABLES:
            writing.insert_rows(FactorDataset, typed_rows(FactorDataset, [_source_row(dataset.source)]))
            _TABLES[dataset.name](writing, rows)
        else:
            for table, held in factor_rows(dataset).items():
                writing.insert_rows(table, held)

    return append(s, act, fill)


def factor_rows(dataset: Dataset) -> dict[type[Entry], Arrow]:
    """What the publication of a dataset of factors adds, by table, in the order in which it is entered."""
    gases = text_rows(dataset.gases_path) if dataset.gases_path.exists() else []
    return typed_factors(dataset.source, text_rows(dataset.csv_path), gases)


def typed_factors(
    record: Mapping[str, Any], rows: Iterable[Mapping[str, str | None]], gases: Iterable[Mapping[str, str | None]] = ()
) -> dict[type[Entry], Arrow]:
    """Rows in the canonical columns under a source record, typed by table; what a row leaves blank is the record's."""
    source = _source_row(dict(record))
    inherited = {name: source.get(name) for name in _INHERITED}
    factors = [{**inherited, **{key: value for key, value in row.items() if value}} for row in rows]
    named = [{**row, "value_as": row.get("as") or row.get("value_as")} for row in gases]
    return {
        FactorDataset: typed_rows(FactorDataset, [source]),
        EmissionFactor: typed_rows(EmissionFactor, factors),
        FactorGas: typed_rows(FactorGas, named),
    }


def _publish_catalogue(s: Session, actor: str, role: str) -> Appended:
    for name in CATALOGUE_FILES:
        _kept(s, shipped.path("data") / name)
    act = Act("catalogue", actor, role, _catalogue_key())

    def fill(writing: Writing) -> None:
        for name, table in CATALOGUE_FILES.items():
            writing.insert_rows(table, typed_rows(table, text_rows(shipped.path("data") / name)))

    return append(s, act, fill)


def _kept(s: Session, path: Path) -> str:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    keep_file(s.path, path, sha256)
    return sha256


def _source_row(source: dict[str, Any]) -> dict[str, Any]:
    text = {key: value for key, value in source.items() if not isinstance(value, (list, dict))}
    row: dict[str, Any] = {key: value if isinstance(value, bool) else str(value) for key, value in text.items()}
    row["caveats"] = json.dumps(source.get("caveats", []), ensure_ascii=False)
    row["international_rank"] = int(source.get("international_rank", 9))
    row["home_country"] = source.get("home_country") or None
    row["gwp_set"] = source.get("gwp_set") or None
    row["life_cycle"] = bool(source.get("life_cycle", False))
    row.setdefault("edition_basis", "activity_period")
    return row


_INHERITED = (
    "dataset", "edition", "version", "valid_from", "valid_to", "edition_basis", "gwp_set", "verification", "licence",
    "redistributable", "source_sha256",
)  # fmt: skip
"""What a factor takes from its source record where its own row does not say otherwise."""


def _fill_gwp(writing: Writing, rows: list[dict[str, str | None]]) -> None:
    named = [{**row, "gwp_set": row["set"], "horizon_years": row["horizon"]} for row in rows]
    writing.insert_rows(Gwp, typed_rows(Gwp, named))


def _fill_exchange_rates(writing: Writing, rows: list[dict[str, str | None]]) -> None:
    made = [
        {
            "name": "exchange_rate",
            "period_start": f"{row['year']}-01-01",
            "period_end": row.get("last_day") or f"{row['year']}-12-31",
            "value": row["units_per_eur"],
            "unit": f"{row['currency']} per EUR",
            "currency": row["currency"],
            "source": row["source"],
        }
        for row in rows
    ]
    writing.insert_rows(Metric, typed_rows(Metric, made))


def _fill_price_indices(writing: Writing, rows: list[dict[str, str | None]]) -> None:
    made = [
        {
            "name": f"price_index:{row['indicator']}",
            "area": row["area"],
            "period_start": f"{row['year']}-01-01",
            "period_end": f"{row['year']}-12-31",
            "value": row["value"],
            "unit": "index",
            "source": row["source"],
        }
        for row in rows
    ]
    writing.insert_rows(Metric, typed_rows(Metric, made))


def _fill_nothing(writing: Writing, rows: list[dict[str, str | None]]) -> None:
    """A table from which others are built (blend compositions): its record is published, its rows are elsewhere."""


_TABLES: dict[str, Callable[[Writing, list[dict[str, str | None]]], None]] = {
    "gwp": _fill_gwp,
    "exchange-rates": _fill_exchange_rates,
    "price-indices": _fill_price_indices,
    "refrigerants": _fill_nothing,
}
