"""Documents as JSON: each figure under its id, the inventories, and all that explains them.

Amounts are text in plain notation with trailing zeros stripped, kg CO2e and kWh; an unknown amount
is null. Keys are sorted, so the same figures give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.words.numbers import amount
from ledger.disclosure.words.quality import quality_record

if TYPE_CHECKING:
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.disclosure.tables.table import Table
    from ledger.inventory import Inventory

FORMAT_VERSION = 2
_PLAIN_FIELDS = (
    "organisation", "quarters", "months", "facilities", "changes", "factors", "datasets", "instruments",
    "allocations", "findings", "findings_not_shown", "restatements", "base_year_decisions", "scope2", "scope3",
    "completeness", "claims", "uncertainty", "intensities", "prices", "targets", "credits",
    "removals", "produced", "ai", "data_centres", "machines",
)  # fmt: skip


def document_json(document: Mapping[str, Any]) -> str:
    """A document as JSON text; one trailing newline, keys sorted."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def quarterly_record(figures: QuarterlyFigures, tables: Mapping[str, Table]) -> dict[str, Any]:
    """The quarterly report, and the figures of these tables, as values that JSON has."""
    return {
        "format_version": FORMAT_VERSION,
        "document": "quarterly",
        "language": figures.look.language,
        "unit": "kg CO2e",
        "status": figures.status,
        "issued": figures.issued,
        "software_version": figures.software_version,
        "template_version": figures.template_version,
        "recorded_at": _instant(figures.recorded_at),
        "checkpoint": {**asdict(figures.current.checkpoint), "signing_key": figures.signing_key},
        "inventories": {
            name: None if inventory is None else inventory_record(inventory)
            for name, inventory in (
                ("current", figures.current),
                ("comparative", figures.comparative),
                ("year_to_date", figures.year_to_date),
                ("base_year", figures.base_year),
            )
        },
        "figures": amounts_of(tables.values()),
        **{name: plain_value(getattr(figures, name)) for name in _PLAIN_FIELDS},
        "descriptions": [quality_record(held) for held in figures.descriptions],
    }


def amounts_of(tables: Iterable[Table]) -> dict[str, str | None]:
    """The exact amount of each figure that these tables print, by its id."""
    return {
        cell.figure: amount(cell.value)
        for table in tables
        for _label, _column, cell in table.cells()
        if cell.figure is not None
    }


def inventory_record(inventory: Inventory) -> dict[str, Any]:
    """An inventory as `ghg inventory --json` gives it, without what the document says once for all."""
    made = {field.name: plain_value(getattr(inventory, field.name)) for field in fields(inventory)}
    made["checkpoint"] = {"size": inventory.checkpoint.size, "root": inventory.checkpoint.root}
    for name in ("by_gas", "by_gas_market"):
        if "unsplit" in made[name]:
            made[name]["unsplit"] = made[name]["unsplit"]["co2e_kg"]
    return made


def plain_value(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, float):  # an estimate: nine digits, in which all machines and threads agree
        return float(f"{value:.9g}")
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return plain_value(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item) for item in value]
    return value


def _instant(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
