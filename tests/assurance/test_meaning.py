"""What follows from what: a decision, a key, a slice, a reversal or a sum that is wrong although every hash fits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import full
import pytest
import tiny

from ledger.assurance import verification
from ledger.assurance.verify import verify
from ledger.errors import Finding
from ledger.store import append, as_arrow, session
from ledger.store.tables import Metric

POWER = "batch_no = 3 and factor_id = 't:power' and method = 'location' and key_no = 2"
GIVEN = ("total_co2e_kg", "unsplit_co2e_kg", "co2_kg", "ch4_other_kg", "ch4_co2e_kg")
NOTHING = ", ".join(f"{name}_per_unit = null" for name in GIVEN)

CASES = """
6 choice-amounts | total_co2e_kg_per_unit is 200.000000000001, follows as 200.000000000000
    update choice set total_co2e_kg_per_unit = total_co2e_kg_per_unit + 1e-12::decimal(38,12) where {POWER}
0 choice-amounts | ch4_co2e_kg_per_unit is 2.0
    update choice set ch4_co2e_kg_per_unit = 2 where {POWER}
0 choice-amounts | energy_kwh_per_unit is 1.000000000000, follows as 0.9026
    update choice set energy_kwh_per_unit = 1 where batch_no = 3 and line = 'direct' and factor_id = 't:gas'
0 choice-amounts | energy_source is coal
    update choice set energy_source = 'coal' where batch_no = 3 and line = 'direct' and factor_id = 't:gas'
2 choice-amounts | gwp_set is AR6, follows as AR5
    update choice set gwp_set = 'AR6' where {POWER}
0 choice-amounts | total_co2e_kg_per_unit is 0.000000000000, follows as null
    update choice set total_co2e_kg_per_unit = 0 where batch_no = 3 and reason_code = 'no_factor'
1 choice-amounts | does not follow from t:td
    update emission_factor set co2e_published_kg_per_unit = 0.1 where factor_id = 't:td'
0 choice-amounts | does not follow from
    update unit set to_base = '3.5' where unit = 'MWh'
0 choice-amounts | does not follow from t:diesel
    update gwp set value = 1 where gwp_set = 'AR6' and species = 'CH4' and origin = 'other'
0 choice-amounts | does not follow from R1
    update choice set total_co2e_kg_per_unit = 1 where batch_no = 4 and instrument_id = 'R1' and key_no = 2
2 choice-factor | t:td (electricity) does not serve the line energy
    update choice set factor_id = 't:td' where {POWER}
3 choice-factor | t:nothing gives no amount
    update choice set factor_id = 't:nothing' where {POWER}
1 choice-factor | t:td (not published before it)
    update emission_factor set batch_no = 9 where factor_id = 't:td'
4 choice-factor | no factor serves, and t:power does
    update choice set factor_id = null, reason_code = 'no_factor', gwp_set = 'AR6', {NOTHING} where {POWER}
6 choice-factor | the reason not_consumed does not go with
    update choice set reason_code = 'not_consumed' where {POWER}
0 choice-factor | the reason no_factor does not go with
    update choice_key set direction = 'exported' where key_no = 2
7 choice-line | does not give electricity_purchased the line energy by location with inventory scope 3
    update choice set scope = '3' where {POWER}
1 choice-line | category 4
    update choice set scope3_category = 4 where batch_no = 3 and line = 'td_loss'
6 choice-line | memo_scenario
    update choice set book = 'memo_scenario' where {POWER}
5 choice-line | there is no calculation 99
    update choice set calculation_no = 99 where {POWER}
5 choice-line | there is no key 99
    update choice set key_no = 99 where {POWER}
0 choice-missing | on the line td_loss by the method single
    delete from choice where batch_no = 3 and line = 'td_loss'
7 choice-double | 2 choices stand for key 2 on the line energy by the method location
    insert into choice select * replace (9 as batch_no, 2 as seq) from choice where {POWER}
0 key-double | the key 1 is there more than once
    update choice_key set key_no = 1 where key_no = 2
2 key-double | the key 2 is there more than once
    update choice_key set month = '2024-04-01' where key_no in (2, 3, 4)
1 choice-reversal | does not have its numbers
    update choice set total_co2e_kg_per_unit = 1 where batch_no = 6 and sign = -1 and key_no = 2
0 choice-reversal | B3-9999, which is not there
    update choice set reverses_seq = 9999 where batch_no = 6 and sign = -1 and key_no = 2
2 choice-reversal | which was taken back before
    insert into choice select * replace (9 as batch_no) from choice where batch_no = 6 and sign = -1 and key_no = 2
6 choice-reversal | the sign 2
    update choice set sign = 2 where {POWER}
1 activity-reversal | reverses B3-2, of which it is not the negative: -201.250000 against 200.250000
    update activity set quantity = quantity - 1 where batch_no = 7 and reverses_batch is not null
2 activity-reversal | with another key, month or place
    update activity set key_no = 3 where batch_no = 7 and reverses_batch is not null
0 activity-reversal | B3-9999, which is not there
    update activity set reverses_seq = 9999 where batch_no = 7
1 activity-reversal | B7-1, which is itself a reversal
    update activity set reverses_batch = 7, reverses_seq = 1 where batch_no = 10 and seq = 1
3 activity-reversal | B3-2, which was reversed before
    insert into activity select * replace (9 as batch_no, 2 as seq) from activity where batch_no = 7
0 activity-reversal | B10-2, which is not of an earlier batch
    update activity set reverses_batch = 10, reverses_seq = 2 where batch_no = 10 and seq = 1
1 slices | come to 12.000000 where the row has 11.000000
    update activity_slice set quantity = quantity + 1 where batch_no = 3 and activity_seq = 9 and month = '2024-05-01'
0 slices | of 61 days do not give
    update activity_slice set quantity = quantity + case when month = '2024-03-01' then 1 else -1 end
    where batch_no = 3 and activity_seq = 10 and month < '2024-05-01'
1 slices | does not have the month 2024-02-01
    update activity set month = '2024-02-01' where batch_no = 3 and seq = 1
0 slices | does not have the month none
    update activity set month = null, key_no = null where batch_no = 3 and seq = 1
0 slices | come to nothing
    delete from activity_slice where batch_no = 3 and activity_seq = 9
1 key-wrong | has key 2, which is another's: unit_given
    update activity set key_no = 2 where batch_no = 3 and seq = 1
0 key-wrong | there is no such key
    update activity set key_no = 99 where batch_no = 3 and seq = 1
0 key-wrong | unit_given
    update activity set unit_given = 'MWh' where batch_no = 3 and seq = 1
1 key-wrong | country, market_boundary
    update activity set country = 'FR' where batch_no = 3 and seq = 1
0 key-wrong | country
    update facility set country = 'FR' where facility_id = 'F1'
0 key-wrong | calorific_basis
    update activity_detail set calorific_basis = 'net' where batch_no = 3
4 key-wrong | which is another's: calorific_basis
    update activity_detail set calorific_basis = null where batch_no = 3
2 key-wrong | supplier
    update emission_factor set supplier = 'S1' where factor_id = 't:td'
1 control-total | the file gave 1 of kWh gross, its rows come to
    update batch set control_totals = '{"calorific": {"kWh gross": "1"}}' where batch_no = 3
2 control-total | the file gave x of kWh gross, its rows come to
    update batch set control_totals = '{"calorific": {"kWh gross": "x"}}' where batch_no = 3;
    update batch set control_totals = 'nonsense' where batch_no = 4
0 control-total | the file gave 5 of t net, its rows come to nothing
    update batch set control_totals = '{"calorific": {"t net": "5"}}' where batch_no = 3
0 period-total | the sum of key 2 in 2024-03-01 at F1
    update period_total set quantity = quantity * 2 where batch_no = 3 and key_no = 2
0 period-total | the sum of key 2
    update period_total set n = n + 1 where batch_no = 3 and key_no = 2
0 period-total | is nothing, its rows come to
    delete from period_total where batch_no = 3 and key_no = 2
0 period-total | its rows come to nothing
    insert into period_total select * replace ('2020-01-01' as month) from period_total where batch_no = 3
0 period-total | the sum of key 2
    insert into period_total from period_total where batch_no = 3 and key_no = 2
0 allocation-excess | instruments cover
    update allocation set quantity = quantity + 10000 where batch_no = 4 and instrument_id = 'R1' and key_no = 2
0 allocation-excess | R2 covers
    update instrument set kwh = 1 where instrument_id = 'R2'
0 allocation-excess | are not
    update allocation set kwh = kwh + 0.000001 where batch_no = 4 and instrument_id = 'R1' and key_no = 2
4 choice-factor | the factor t:power gives no amount (unit_too_large)
    update emission_factor set co2e_published_kg_per_unit = 100000 where factor_id = 't:power' and batch_no = 1
4 allocation-barred | the instrument R1 covers 10.725000 kWh that it may not: criterion 3 is unknown
    update instrument set criterion_3 = 'unknown' where instrument_id = 'R1'
1 allocation-barred | its certificates were sold
    update instrument set own_generation_sold = true where instrument_id = 'R1'
1 allocation-barred | it is of the market AIB, the consumption of GB
    update instrument set market_boundary = 'AIB' where instrument_id = 'R1'
1 allocation-barred | its vintage is 2023-01-01 to 2023-12-31
    update instrument set vintage_start = '2023-01-01', vintage_end = '2023-12-31' where instrument_id = 'R1'
1 allocation-barred | nothing was consumed
    update choice_key set direction = 'exported' where key_no = 2
2 allocation-barred | it is of heat_and_steam, the consumption of electricity
    update instrument set type = 'heat_contract' where instrument_id = 'R1'
0 allocation-barred | it states no rate
    update instrument set co2e_kg_per_kwh = null where instrument_id = 'R1'
1 allocation-barred | its rate is negative
    update instrument set co2e_kg_per_kwh = -1 where instrument_id = 'R1'
1 allocation-barred | it was retired before its issue
    update instrument set issued = '2024-05-01', retired_on = '2024-04-01' where instrument_id = 'R1'
0 allocation-barred | it is not retired
    update instrument set retired_on = null where instrument_id = 'R1'
1 allocation-barred | criterion 7 is na
    update instrument set type = 'ppa', criterion_7 = 'na' where instrument_id = 'R1'
0 allocation-barred | it is not in the register
    update allocation set instrument_id = 'R9' where instrument_id = 'R1'
0 allocation-barred | the instrument R2 covers with certificates that R1 holds already
    update instrument set registry_name = 'REGO', certificate_from = 'G' || if(instrument_id = 'R1', 99, 100),
    certificate_to = 'G' || if(instrument_id = 'R1', 100, 101) where instrument_id in ('R1', 'R2')
3 allocation-missing | the instrument R1 has 34.85
    delete from allocation where instrument_id = 'R1' and key_no = 2
1 supplier-rate | (t:power was chosen) serves consumption
    update instrument set bundled = true where instrument_id = 'R1';
    update emission_factor set kind = 'supplier' where factor_id = 't:power'
0 supplier-rate | is barred and nothing bars it
    update choice set flags = 'supplier_rate_barred' where batch_no = 3 and method = 'market' and key_no = 2
0 chp-factor | the heat of chp1: co2e_published_kg_per_unit is
    update emission_factor set co2e_published_kg_per_unit = co2e_published_kg_per_unit + 1e-15::decimal(28,15)
    where factor_id = 'chp1:heat'
1 chp-factor | the power of chp1: its factor serves somebody else
    update emission_factor set supplier = 'X' where factor_id = 'chp1:power'
0 chp-factor | the heat of chp0
    update chp_plant set chp_method = 'efficiency' where plant_id = 'chp0'
0 chp-factor | the heat of chp2
    update chp_plant set heat_efficiency = 0.35, power_efficiency = 0.8 where plant_id = 'chp2'
0 chp-factor | its factor, or that of its fuel, is not there
    delete from emission_factor where factor_id = 'chp3:heat'
0 approval-own | was approved by who had submitted it
    update period_event set event = 'approved' where batch_no = 2 and reason = '4'
9 view-changed | 'posting' is not defined as declared
    create or replace view posting as select * from ({VIEW}) where scope <> '1'
8 view-changed | 'posting' is missing
    drop view posting
9 posting-product | is missing
    create or replace view quantity_row as select batch_no as quantity_batch, batch_no as activity_batch,
    seq as activity_seq, key_no, month, legal_entity_id, facility_id, null::varchar as instrument_id,
    false as allocated, (quantity / 2)::decimal(18,6) as quantity, 1 as n from activity
8 function-undeclared | main.sha256
    create macro sha256(x) as system.main.sha256(x)
8 function-undeclared | main.duckdb_functions
    create macro duckdb_functions() as table select 'none' as function_name, true as internal
8 table-undeclared | the table main.extra is not declared; it holds 1 rows
    create table extra as select 1 as x
8 table-undeclared | the table z.activity
    create schema z; create table z.activity as from activity
9 view-undeclared | the view main.extra
    create view extra as select 1 as x
8 table-changed | has a column 'x' INTEGER
    alter table setting add column x integer
8 table-changed | 'value' VARCHAR
    alter table setting alter value drop not null
8 table-changed | the columns of 'facility' stand in another order
    alter table facility drop column grid_region; alter table facility add column grid_region varchar
8 link-broken | it links a document to B99-1, which is no entry
    update evidence_link set entry_batch = 99 where seq = (select min(seq) from evidence_link)
8 link-broken | it links a document to B1-9999, which is no entry
    update evidence_link set entry_seq = 9999 where seq = (select max(seq) from evidence_link)
8 link-broken | it links the document x, which the ledger does not list
    update evidence_link set sha256 = 'x' where seq = (select min(seq) + 1 from evidence_link)
8 link-broken | it settles B2-9999, which is no finding
    update finding_event set finding_seq = 9999 where seq = (select min(seq) from finding_event)
8 refusal-filled | holds rows
    insert into refusal values ('x')
"""


def cases() -> list[tuple[int, str, str, str]]:
    """Number, code, words and statement of each case above; those of one number do not meet in one ledger."""
    made: list[tuple[int, str, str, str]] = []
    for line in CASES.strip().splitlines():
        if line.startswith("    "):
            *case, statement = made.pop()
            made.append((*case, statement + line.strip() + " "))
        else:
            first, words = line.split(" | ")
            number, code = first.split(" ")
            made.append((int(number), code, words, ""))
    return made


@pytest.fixture(scope="session")
def view(template) -> str:
    with duckdb.connect(str(template), read_only=True) as con:
        sql = con.execute("select sql from duckdb_views() where view_name = 'posting'").fetchone()[0]
    return sql.split(" AS ", 1)[1].rstrip(";")


@pytest.fixture
def told(path, view, monkeypatch):
    """What is told of a ledger to which some harm was done."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)

    def tell(*statements: str) -> list[Finding]:
        for each in ";".join(statements).split(";"):
            full.harm(path, each.replace("{POWER}", POWER).replace("{NOTHING}", NOTHING).replace("{VIEW}", view))
        found = full.meaning(path)
        assert "not-computable" not in {finding.code for finding in found}
        return found

    return tell


@pytest.mark.parametrize("number", sorted({number for number, *_ in cases()}))
def test_what_does_not_follow_is_told(told, number):
    """Without a look at hashes, each fault is found by what it contradicts, and told in words.

    The harms of a number are done to one ledger; `make thorough` does them one by one.
    """
    some = [case for case in cases() if case[0] == number]
    found = told(*(statement for *_, statement in some))
    for _, code, words, _ in some:
        assert any(words in finding.message for finding in found if finding.code == code), (code, words)


@pytest.mark.thorough
@pytest.mark.parametrize(("code", "words", "statement"), [case[1:] for case in cases()], ids=lambda text: text[:40])
def test_a_fault_by_itself(told, code, words, statement):
    """Each fault is found in a ledger in which all else follows."""
    found = told(statement)
    assert any(words in finding.message for finding in found if finding.code == code), found


def test_nothing_is_told_of_what_follows(path):
    """The ledger left alone gives the recomputations nothing to tell."""
    assert full.meaning(path) == []


def test_a_trigger_dropped(path):
    """Triggers that are gone are told by table, since any console could then change rows."""
    with duckdb.connect(str(path)) as con:
        con.execute("drop trigger choice_no_update on choice")
        con.execute("create trigger extra before insert on setting for each statement insert into refusal select 'x'")
    found = verify(path)
    assert {(f.code, f.value) for f in found.findings} == {("trigger-missing", "choice"), ("trigger-undeclared", None)}


def test_a_table_replaced_by_a_view(path):
    """A view where a table belongs is told, its rows are named as missing, and everything else is still checked."""
    with duckdb.connect(str(path)) as con:
        con.execute("create table other as from gwp")
        con.execute("drop table gwp")
        con.execute("create view gwp as from other")
    found = verify(path)
    told = {(f.code, f.value) for f in found.findings}
    assert {("table-missing", "gwp"), ("table-undeclared", "other"), ("entry-missing", "gwp")} <= told


@pytest.mark.thorough
def test_a_column_of_another_type(path):
    """A column retyped halves nothing unseen: the type is told, and each row whose text is another."""
    with duckdb.connect(str(path)) as con:
        con.execute("alter table instrument alter kwh set data type decimal(18,6) using kwh * 0.5")
        con.execute("alter table metric alter unit set data type integer using 1")
    found = verify(path)
    told = {(f.code, f.value) for f in found.findings}
    assert {("table-changed", "metric"), ("entry-changed", "metric"), ("entry-changed", "instrument")} <= told


def test_closed_months_and_stated_amounts_hold(tmp_path):
    """A ledger with stated emissions, restated totals and a spend in another currency verifies without a fault."""
    metric = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "unit": "x", "source": "t"}
    with session(tmp_path / "tiny.duckdb", "write", create=True) as s:
        tiny.found(
            s,
            [
                tiny.factor("t:gas", activity_type="natural_gas", line="direct", calorific_basis="gross",
                            co2e_published_kg_per_unit="0.18", co2_kg_per_unit="0.17", ch4_other_kg_per_unit="0.0003",
                            ch4_co2e_kg_per_unit="0.0084"),
                tiny.factor("t:spend", activity_type="spend", line="direct", kind="spend", per_unit="USD", country="",
                            currency="USD", price_year="2022", co2e_published_kg_per_unit="0.333333333333333"),
                tiny.factor("t:power", gwp_set=None, co2e_published_kg_per_unit="0.2", ch4_other_kg_per_unit="0.001"),
            ],
            gwp=[*full.gwp("AR6")[:2], {**full.gwp("AR5")[1], "value": "25"}, {**full.gwp("AR5")[0], "value": "26"}],
            settings=[{"name": "gwp_policy", "value": "restate", "valid_from": full.EPOCH}],
        )  # fmt: skip
        fill = [
            {"name": "exchange_rate", "currency": "USD", "value": Decimal("1.0824"), **metric},
            {"name": "exchange_rate", "currency": "GBP", "value": Decimal("0.84662"), **metric},
            {"name": "price_index:cpi_u_1982-84=100", "area": "USA", "value": Decimal("313.689"), **metric},
            {"name": "price_index:cpi_u_1982-84=100", "area": "USA", "value": Decimal("292.655"), **metric,
             "period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31)},
        ]  # fmt: skip
        append(s, tiny.act("upload", "m"), lambda w: w.insert_rows(Metric, as_arrow(Metric, fill)) and None)
        tiny.upload(s, "u", [
            tiny.row("natural_gas", "123.456789", "MWh", *full.JANUARY, calorific_basis="gross"),
            tiny.row("natural_gas", "7", "GJ", *full.JANUARY, calorific_basis="net"),
            tiny.row("stated_scope_1", "5.5", "tCO2e", *full.JANUARY, kind="stated_emissions"),
            tiny.row("spend", "99.99", "GBP", *full.JANUARY, kind="spend", classification_code="x"),
            tiny.row("electricity_purchased", "3", "kWh", *full.JANUARY),
        ])  # fmt: skip
        reasons = s.rows("select distinct reason_code from choice where total_co2e_kg_per_unit is not null")
        restated = s.one("select total_co2e_kg_per_unit, gwp_set from choice where factor_id = 't:gas' limit 1")
    assert restated == (Decimal("180.900000000000"), "AR6")  # 0.18 + 0.0003 x (28 - 25), in MWh
    assert ("stated",) in reasons
    found = verify(tmp_path / "tiny.duckdb")
    assert full.codes(found) == set(), found.findings


def test_what_is_not_shown_is_counted():
    """Of a code so many are kept; a last finding counts the others, as severe as the first."""
    faults = verification.Faults()
    for number in range(verification.SHOWN_PER_CODE + 3):
        faults.add("slices", str(number), severity="error" if number else "warning")
    *kept, last = faults.told()
    assert [found.message for found in kept] == [str(n) for n in range(verification.SHOWN_PER_CODE)]
    assert (last.message, last.severity) == ("… and 3 more of slices", "warning")
