"""The ledger's policies in force: GWP set, fiscal year, preferred datasets, price index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.store import Session

DEFAULTS = {
    "organisation": "Unnamed organisation",
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
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What a calculation reads from the settings."""

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


def setting_values(s: Session, on: date | None = None) -> dict[str, str]:
    """Every setting in force on a day (today's latest when None), defaults filled in."""
    rows = s.rows(
        "select name, arg_max(value, (valid_from, batch_no, seq)) from setting "
        "where valid_from <= coalesce(?, date '9999-12-31') group by name",
        [on],
    )
    return {**DEFAULTS, **dict(rows)}


def policy(s: Session, on: date | None = None) -> Policy:
    """The policies in force."""
    value = setting_values(s, on)
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
    )
