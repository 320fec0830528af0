"""A tiny ledger whose every factor is small enough to reckon by hand, and rows put straight into its stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ledger import shipped
from ledger.calculation.recalculation import plan_recalculation, record_recalculation
from ledger.calculation.recording import add_period_totals, record_activities, stage_parts
from ledger.calculation.reversal import choose_reversed, record_reversal, record_reversed_parts
from ledger.factors.datasets import text_rows, typed_rows
from ledger.factors.publish import CATALOGUE_FILES
from ledger.store import Act, Session, Writing, append, as_arrow
from ledger.store.evidence import keep_parts, stage_folder
from ledger.store.schema import create_schema
from ledger.store.tables import (
    EmissionFactor,
    Facility,
    FactorDataset,
    Gwp,
    Instrument,
    PeriodEvent,
    Person,
    Setting,
)

WHO = ("tester", "admin")
ROLE = {"init": "admin", "person": "admin", "setting": "admin", "approved": "reviewer", "closed": "reviewer",
        "restated": "reviewer", "restatement": "reviewer", "base_year": "reviewer"}  # fmt: skip
EPOCH = date(1900, 1, 1)


def act(kind: str, key: str, step: str = "") -> Act:
    """An act of the tester, who holds every role but the auditor's, in the one that may."""
    return Act(kind, "tester", ROLE.get(step or kind, "preparer"), key)


def factor(factor_id: str, **given: Any) -> dict[str, Any]:
    """An electricity average of dataset `t-2024` for GB, unless said otherwise."""
    return {
        "factor_id": factor_id, "dataset": "t-2024", "edition": "2024", "version": "1", "activity_type": "electricity",
        "kind": "average", "serves": "both", "line": "energy", "boundary": "generation", "country": "GB",
        "per_unit": "kWh", "calorific_basis": "na", "data_year": "2024", "valid_from": "2024-01-01",
        "valid_to": "2024-12-31", "edition_basis": "activity_period", "masses_basis": "derived", "gas_coverage": "all",
        "gwp_set": "AR5", "verification": "official", "licence": "test", "redistributable": "yes",
        "source_sha256": "0", "source_cell": "A1", **given,
    }  # fmt: skip


def dataset(name: str, **given: Any) -> dict[str, Any]:
    """A source record."""
    return {
        "dataset": name, "edition": name[-4:], "version": "1", "title": name, "publisher": "test",
        "published": name[-4:],
        "home_country": "GB", "international_rank": 1, "licence": "test", "redistributable": "yes", "attribution": "",
        "origin": "", "source_sha256": "0", "gwp_set": "AR5", "edition_basis": "activity_period", "life_cycle": "no",
        "verification": "official", "caveats": "[]", **given,
    }  # fmt: skip


def facility(facility_id: str, **given: Any) -> dict[str, Any]:
    """An owned site in GB."""
    return {
        "facility_id": facility_id, "name": facility_id, "legal_entity_id": "L1", "country": "GB",
        "market_boundary": "GB", "timezone": "UTC", "relation": "owned", "valid_from": EPOCH, "withdrawn": False,
        **given,
    }  # fmt: skip


def instrument(instrument_id: str, kwh: str, **given: Any) -> dict[str, Any]:
    """A wind certificate of GB, vintage 2024, retired, every criterion met, nothing emitted."""
    return {
        "instrument_id": instrument_id, "type": "rego", "kwh": Decimal(kwh), "technology": "wind",
        "energy_source": "renewable", "country": "GB", "market_boundary": "GB", "vintage_start": date(2024, 1, 1),
        "vintage_end": date(2024, 12, 31), "hourly": False, "bundled": False, "registry_name": "T",
        "certificate_from": f"{instrument_id}-", "retired_on": date(2025, 3, 1), "own_generation_sold": False,
        "co2e_kg_per_kwh": Decimal(0), "withdrawn": False,
        **{f"criterion_{number}": "met" for number in range(1, 9)}, **given,
    }  # fmt: skip


def row(activity_type: str, quantity: str, unit: str, start: date, end: date, **given: Any) -> dict[str, Any]:
    """A staged row of site F1."""
    month = start.replace(day=1) if (start.year, start.month) == (end.year, end.month) else None
    return {
        "quantity_text": quantity, "quantity": Decimal(quantity), "period_start": start, "period_end": end,
        "month": month, "facility_id": "F1", "legal_entity_id": "L1", "activity_type": activity_type,
        "kind": "quantity", "unit_given": unit, "data_basis": "measured", "primary_data": True, **given,
    }  # fmt: skip


def found(s: Session, factors: list[dict[str, Any]], **more: list[dict[str, Any]]) -> None:
    """An empty ledger with the shipped catalogue and the factors, facilities and instruments given."""
    create_schema(s)

    def fill(writing: Writing) -> None:
        settings = [{"name": "origin", "value": "tiny", "valid_from": EPOCH}, *more.get("settings", [])]
        writing.insert_rows(Setting, as_arrow(Setting, settings))
        for name, table in CATALOGUE_FILES.items():
            writing.insert_rows(table, typed_rows(table, text_rows(shipped.path("data") / name)))
        writing.insert_rows(FactorDataset, typed_rows(FactorDataset, more.get("datasets", [dataset("t-2024")])))
        writing.insert_rows(EmissionFactor, typed_rows(EmissionFactor, factors))
        writing.insert_rows(Gwp, typed_rows(Gwp, more.get("gwp", [])))
        writing.insert_rows(Facility, as_arrow(Facility, more.get("facilities", [facility("F1")])))
        writing.insert_rows(Instrument, as_arrow(Instrument, more.get("instruments", [])))
        tester = {"person_id": "tester", "role": "preparer reviewer admin"}
        writing.insert_rows(Person, as_arrow(Person, [tester]))

    append(s, act("init", "init"), fill)


def staged(s: Session, rows: list[dict[str, Any]]) -> list[Path]:
    """Rows as the parts of an upload."""
    stage = stage_folder(s.path)
    numbered = [{"seq": place, "source_line": place + 1, **values} for place, values in enumerate(rows, 1)]
    for values in numbered:
        values["quantity"] = values["quantity"].quantize(Decimal("0.000001"))
    names = {name for values in numbered for name in values}
    table = pa.Table.from_pylist([{name: values.get(name) for name in names} for values in numbered])
    place = table.column_names.index("quantity")
    table = table.set_column(place, "quantity", table["quantity"].cast(pa.decimal128(18, 6)))
    pq.write_table(table, stage / "00000.parquet")
    return [stage / "00000.parquet"]


def upload(s: Session, key: str, rows: list[dict[str, Any]]) -> int:
    """Record rows as one upload; gives the batch."""
    parts = staged(s, rows)

    def fill(writing: Writing) -> None:
        writing.reserve(stage_parts(s, parts))
        record_activities(writing)
        keep_parts(s.path, parts, key)
        writing.staged = True
        add_period_totals(writing)

    return append(s, act("upload", key), fill).batch_no


def calculate(s: Session, key: str) -> int:
    """Recalculate and allot; gives the batch."""
    plan_recalculation(s)
    return append(s, act("calculation", key), lambda writing: record_recalculation(writing, key)).batch_no


def reverse(s: Session, key: str, batch_no: int, seq: int | None = None) -> int:
    """Reverse an entry or a batch; gives the new batch."""
    count = choose_reversed(s, batch_no, seq)

    def fill(writing: Writing) -> None:
        record_reversal(writing, count)
        record_reversed_parts(writing)
        add_period_totals(writing)

    return append(s, act("reversal", key), fill).batch_no


def correct(s: Session, key: str, entry: tuple[int, int], values: dict[str, Any]) -> int:
    """Reverse an entry and put another row in its place; gives the new batch."""
    parts = staged(s, [values])
    choose_reversed(s, *entry)

    def fill(writing: Writing) -> None:
        record_reversal(writing, 1)
        replaces = {"replaces": f"B{entry[0]}-{entry[1]}"}
        writing.reserve(stage_parts(s, parts, after=1, given=replaces))
        record_activities(writing)
        record_reversed_parts(writing)
        add_period_totals(writing)

    return append(s, replace(act("correction", key), reason=key), fill).batch_no


def publish(s: Session, key: str, factors: list[dict[str, Any]], datasets: list[dict[str, Any]]) -> int:
    """Publish more factors; gives the batch."""

    def fill(writing: Writing) -> None:
        writing.insert_rows(FactorDataset, typed_rows(FactorDataset, datasets))
        writing.insert_rows(EmissionFactor, typed_rows(EmissionFactor, factors))

    return append(s, act("factor_set", key), fill).batch_no


def period_event(s: Session, key: str, event: str, start: date, end: date) -> int:
    """A step in the life of a period; gives the batch."""
    values = {
        "period_start": start, "period_end": end, "view": "operational_control", "event": event,
    }  # fmt: skip

    def fill(writing: Writing) -> None:
        writing.insert_rows(PeriodEvent, as_arrow(PeriodEvent, [values]))

    return append(s, act("period", key, event), fill).batch_no


def ledger_path(folder: Path) -> Path:
    """Where a test's ledger lies."""
    return folder / "tiny.duckdb"
