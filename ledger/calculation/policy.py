"""The ledger's policies in force: GWP set, fiscal year, preferred datasets, price index, base year, who approves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.store import Session
from ledger.tabular import Tabular

DEFAULTS = {
    "organisation": "Unnamed organisation",
    "lei": "",
    "consolidation": "operational_control",
    "gwp": "AR6",
    "gwp_policy": "published",
    "base_year": "",
    "fiscal_year_start": "01-01",
    "preferred_datasets": "",
    "withdrawn_datasets": "",
    "price_index": "cpi_u_1982-84=100",
    "price_index_area": "USA",
    "time_basis": "yearly",
    "instrument_spread": "pro_rata",
    "single_person": "off",
    "base_year_reason": "",
    "base_year_threshold_pct": "5",
    "base_year_convention": "all_year",
    "report_language": "en",
    "report_colour": "",
    "report_logo": "",
}


@dataclass(frozen=True, slots=True)
class Policy(Tabular):
    """What a calculation, an inventory and the base year read from the settings.

    ``base_year_threshold_pct`` is in per cent; the Corporate Standard sets no number (chapter 5) and 5 is usual.
    """

    organisation: str
    consolidation: str
    gwp_set: str
    gwp_policy: str
    base_year: int | None
    fiscal_month: int
    preferred_datasets: tuple[str, ...]
    withdrawn_datasets: tuple[str, ...]
    price_index: str
    price_index_area: str
    time_basis: str
    instrument_spread: str
    single_person: bool
    base_year_reason: str
    base_year_threshold_pct: Decimal
    base_year_convention: str


def setting_values(s: Session, on: date | None = None, size: int | None = None) -> dict[str, str]:
    """Every setting in force on a day (the last one when None), defaults filled in; as recorded up to a size."""
    rows = s.rows(
        "select name, arg_max(value, (valid_from, batch_no, seq)) from setting "
        "where valid_from <= coalesce(?, date '9999-12-31') and batch_no <= coalesce(?, batch_no) group by name",
        [on, size],
    )
    return {**DEFAULTS, **dict(rows)}


def policy(s: Session, on: date | None = None, size: int | None = None) -> Policy:
    """The policies in force on a day (the last ones when None), as recorded up to a size (now when None)."""
    value = s.once(("settings", on, size), lambda: setting_values(s, on, size))
    return Policy(
        organisation=value["organisation"],
        consolidation=value["consolidation"],
        gwp_set=value["gwp"],
        gwp_policy=value["gwp_policy"],
        base_year=int(value["base_year"]) if value["base_year"] else None,
        fiscal_month=int(value["fiscal_year_start"].split("-")[0]),
        preferred_datasets=tuple(filter(None, value["preferred_datasets"].split(","))),
        withdrawn_datasets=tuple(filter(None, value["withdrawn_datasets"].split(","))),
        price_index=value["price_index"],
        price_index_area=value["price_index_area"],
        time_basis=value["time_basis"],
        instrument_spread=value["instrument_spread"],
        single_person=value["single_person"] == "on",
        base_year_reason=value["base_year_reason"],
        base_year_threshold_pct=Decimal(value["base_year_threshold_pct"]),
        base_year_convention=value["base_year_convention"],
    )
