"""The register of contractual instruments: which kinds there are, which market a country is in, and what bars each."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from ledger import shipped
from ledger.calculation.sql_text import sql
from ledger.store import Session

CRITERIA = tuple(f"criterion_{number}" for number in range(1, 9))


@dataclass(frozen=True, slots=True)
class InstrumentKind:
    """A type of instrument (data/instrument_types.csv).

    ``group`` is certificate, contract or supplier; ``carrier`` the kind of energy that it may cover, as the catalogue
    names the factors of an energy line; ``criteria`` the numbers of table 7.1 that it must meet;
    ``kwh_per_certificate`` what one certificate stands for, None where that differs or is not told.
    """

    type: str
    name: str
    group: str
    carrier: str
    criteria: tuple[int, ...]
    kwh_per_certificate: int | None


@cache
def instrument_kinds() -> Mapping[str, InstrumentKind]:
    """Every type of instrument, by its code. Source: Scope 2 Guidance (2015), table 7.1."""
    return {
        row["type"]: InstrumentKind(
            row["type"], row["name"], row["class"], row["carrier"], tuple(map(int, row["criteria"].split("|"))),
            int(row["kwh_per_certificate"]) if row["kwh_per_certificate"] else None,
        )
        for row in _rows("instrument_types.csv")
    }


def numbered_certificates(first: str | None, last: str | None) -> int | None:
    """How many certificates a range of numbers holds; None where it is not two numbers behind the same beginning."""
    ends = [re.fullmatch(r"(.*?)(\d+)", (text or "").strip(), re.DOTALL | re.ASCII) for text in (first, last)]
    if ends[0] is None or ends[1] is None or ends[0][1] != ends[1][1] or max(len(end[2]) for end in ends if end) > 60:
        return None
    return max(0, int(ends[1][2]) - int(ends[0][2]) + 1)


def short_certificates(type_: str, first: str | None, last: str | None, kwh: Decimal) -> tuple[int, int] | None:
    """Certificates of a range and kWh of each, where together they are less than the kWh stated; else None."""
    kind = instrument_kinds().get(type_)
    count = numbered_certificates(first, last)
    if kind is None or kind.kwh_per_certificate is None or count is None or count * kind.kwh_per_certificate >= kwh:
        return None
    return count, kind.kwh_per_certificate


@cache
def market_of_country() -> Mapping[str, str]:
    """Country → the market in which its certificates count (data/countries.csv)."""
    return {row["country"]: row["market_boundary"] for row in _rows("countries.csv")}


def country_market() -> Any:
    """Arrow: country and market, for statements that resolve a place."""
    import pyarrow as pa

    markets = market_of_country()
    return pa.table({"country": list(markets), "market_boundary": list(markets.values())})


def make_instrument_state(s: Session, size: int | None = None) -> None:
    """Make temp table `instrument_state`: the register as it stood at a size (number of batches; None: now)."""
    import pyarrow as pa

    kinds = list(instrument_kinds().values())
    table = pa.table(
        {
            "type": [kind.type for kind in kinds], "name": [kind.name for kind in kinds],
            "class": [kind.group for kind in kinds], "carrier": [kind.carrier for kind in kinds],
            "criteria": [list(kind.criteria) for kind in kinds],
        }
    )  # fmt: skip
    with s.given(instrument_type=table):
        s.run(sql("instrument_state"), {"size": 2**31 if size is None else size})


def _rows(name: str) -> list[dict[str, str]]:
    with (shipped.path("data") / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
