"""What staged rows would come to if they were recorded: their choices decided, nothing written."""

from __future__ import annotations

from ledger.calculation.choices import make_choices
from ledger.calculation.instruments import country_market
from ledger.calculation.policy import policy
from ledger.calculation.recording import deciding_columns, make_raw_keys
from ledger.calculation.sql_text import sql
from ledger.store import Session


def try_rows(s: Session) -> None:
    """Temp table `trial_row` over view `stage`: kg CO2e by year, line and reason, as recording would post them.

    A session to read is enough. Market-based lines are as an upload posts them: no instrument is allotted yet. What is
    not quantified has no kg; ``n`` counts its rows.
    """
    s.run(sql("slices"))
    given = deciding_columns(s)
    make_raw_keys(s, given)
    with s.given(country_market=country_market()):
        s.run(sql("resolved_key"))
    s.run(
        "create or replace temp table wanted_key as select null::bigint as batch_no, null::integer as seq, "
        "raw_no as key_no, * exclude (raw_no) from raw_resolved"
    )
    make_choices(s, policy(s))
    matched = s.match_sql("raw_key", given, "k", "t")
    s.run(
        "create or replace temp table trial_row as with given as ("
        "select t.month, k.raw_no as key_no, t.quantity from stage t "
        f"join raw_key k on k.month = t.month and {matched} where t.month is not null "
        "union all select c.month, k.raw_no, c.quantity from stage_slice c join stage t using (seq) "
        f"join raw_key k on k.month = c.month and {matched}), "
        "held as (select month, key_no, sum(quantity)::decimal(38,6) as quantity, count(*) as n "
        "from given group by all) "
        "select year(h.month) as year, c.book, c.scope, c.method, c.reason_code, "
        "c.total_co2e_kg_per_unit is null as is_null, sum(h.n)::bigint as n, "
        "sum((h.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18)) as kg "
        "from held h join new_choice c on c.key_no = h.key_no group by all"
    )
