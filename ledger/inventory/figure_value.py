"""The value of a figure by its id, and of a measure over a few entries: what claims are compared with."""

from __future__ import annotations

from decimal import Decimal

from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory.compile import GASES, MEASURE_FILTER, checked_size
from ledger.inventory.figure import Figure
from ledger.inventory.of_models import CUTS as OF_MODELS
from ledger.inventory.of_models import model_value
from ledger.inventory.period import period
from ledger.inventory.posted import make_posted
from ledger.store import Session
from ledger.store.schema import product_sql

_COLUMNS = {
    "category": "scope3_category", "sub_line": "sub_line", "facility": "facility_id", "month": "month",
    "activity_type": "activity_type", "source_type": "source_type", "energy_source": "energy_source",
    "legal_entity": "entity", "iso_category": "iso_category", "scope": "scope", "country": "country",
}  # fmt: skip


def figure_value(s: Session, named: Figure) -> Decimal | None:
    """The figure as the ledger stood at the size it names: kg CO2e, kg CO2 or kWh; None where nothing is quantified.

    Raises Misuse for a period, a view, a size or a gas that is not there.
    """
    of = period(named.period, policy(s).fiscal_month)
    size = checked_size(s, named.view, named.size).size
    if set(named.cuts) & set(OF_MODELS):
        return model_value(s, of, named.view, size, named.measure, named.cuts)
    amount, condition = _selected(named.measure)
    given = {}
    for dimension, value in named.cuts.items():
        if dimension == "gas":
            if value != "unsplit" and value not in GASES:
                raise Misuse(f"'{value}' is not a gas of the report", "gases: " + ", ".join((*GASES, "unsplit")))
            amount = "unsplit_co2e_kg" if value == "unsplit" else GASES[value][1]
            continue
        condition += f" and coalesce({_COLUMNS[dimension]}::varchar, '') = $cut_{dimension}"
        given[f"cut_{dimension}"] = value
    by_entity = "legal_entity" in named.cuts
    make_posted(s, of, named.view, size, by_facility="facility" in named.cuts, by_entity=by_entity)
    sums = f"select sum({amount}) from posted where book = 'inventory' and {condition}"
    held: Decimal | None = s.one(sums, given)[0]
    return held


def _selected(measure: str) -> tuple[str, str]:
    """Which amount of a posting a measure sums, and over which postings."""
    if measure == "energy_kwh":
        return "energy_kwh", "true"
    if measure == "biogenic_co2_kg":
        return "biogenic_co2_kg", "method <> 'market'"
    return "total_co2e_kg", MEASURE_FILTER[measure]


def entries_value(s: Session, entries: str, given: dict[str, object], measure: str, size: int) -> Decimal | None:
    """A measure summed over the activities that a SELECT of (batch_no, seq) names: kg CO2e, kg CO2 or kWh.

    Instruments are not told apart by row, so the market-based measure is that of rows not yet covered.
    """
    amount, condition = _selected(measure)
    product = product_sql("q.quantity", f"c.{amount}_per_unit", "c.sign")
    value: Decimal | None = s.one(
        f"with named as ({entries}), q as ("
        "select a.key_no, a.quantity from named n join activity a on a.batch_no = n.batch_no and a.seq = n.seq "
        "where a.key_no is not null union all select p.key_no, p.quantity from named n "
        "join activity_slice p on p.activity_batch = n.batch_no and p.activity_seq = n.seq) "
        f"select sum({product}) from q join choice c on c.key_no = q.key_no and c.instrument_id is null "
        f"and c.batch_no <= $size and c.book = 'inventory' and {condition}",
        {**given, "size": size},
    )[0]
    return value
