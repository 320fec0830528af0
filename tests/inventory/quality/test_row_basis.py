"""Quantities by data basis: the sums less the rows of another basis are what each row says, at any pin."""

from __future__ import annotations

from ledger import Ledger
from ledger.inventory import period
from ledger.inventory.data_quality import quality
from ledger.inventory.posted import make_pins
from ledger.store import session

HEADER = "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,primary_data"
ROWS = (
    "1,LON,electricity_purchased,100.5,kWh,2024-01-01,2024-01-31,measured,no",
    "2,LON,electricity_purchased,50,kWh,2024-01-01,2024-01-31,estimated,no",
    "3,BRS,electricity_purchased,70,kWh,2024-01-20,2024-02-10,estimated,yes",
    "4,BRS,electricity_purchased,40,kWh,2024-02-01,2024-02-10,measured,yes",
    "5,LON,freight_hgv,90,tkm,2024-02-01,2024-02-10,calculated,no",
    "6,LON,freight_hgv,30,tkm,2024-02-01,2024-02-10,measured,no",
)
PLAIN = """
    select {place} q.key_no, q.month, p.pin, a.data_basis, a.primary_data, sum(q.quantity)::decimal(38,6)
    from quantity_row q join activity a on a.batch_no = q.activity_batch and a.seq = q.activity_seq
    join pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
    where q.quantity_batch <= p.pin group by all having sum(q.quantity) <> 0 or sum(q.n) <> 0
"""


def test_the_rest_of_the_sums_is_the_usual_basis(upload, ledger: Ledger, monkeypatch):
    """Whatever most rows are, reversed rows, rows over two months and a month with an earlier pin among them."""
    first = upload("activity", HEADER, *ROWS).batch
    ledger.reverse(f"B{first}-2", reason="input_error", note="entered twice")
    upload("activity", HEADER, "7,LON,freight_hgv,11,tkm,2024-01-05,2024-01-06,proxy,no")
    of = period("2024", 1)
    with session(ledger.path) as s:
        make_pins(s, of, "operational_control", 10**6)
        s.run(
            "create or replace temp table pin as "
            f"select * replace (case when month = date '2024-01-01' then {first} else pin end as pin) from pin"
        )
        for place in ((), ("legal_entity_id",), quality.PLACE):
            plain = s.rows(PLAIN.format(place="".join(f"a.{name}, " for name in place)))
            for glance in (1, 10_000):
                monkeypatch.setattr(quality, "_GLANCE", glance)
                quality.make_row_basis(s, of, place)
                told = "".join(f"{name}, " for name in place)
                made = s.rows(f"select {told} key_no, month, pin, data_basis, primary_data, quantity from row_basis")
                assert sorted(made, key=str) == sorted(plain, key=str)
                assert {row[-3] for row in made} == {"measured", "estimated", "calculated"}
        # Of the company as a whole the row taken back after the pin of January still counts there.
        assert sum(row[-1] for row in made if row[-3] == "estimated") == 120
