"""Derived quantities are made again from the row's own formula and terms, by statements of the verifier's own."""

from __future__ import annotations

import shutil

import full
import pytest

from ledger import Ledger

ROWS = """activity_type,formula,units_sold,lifetime_years,kwh_per_year,people,days,km_per_day,mode_share,\
passengers_per_vehicle,fuel_quantity,biofuel_share,unit,gross_amount,tax_rate_pct,investee_scope_1_kg,\
investee_scope_2_kg,invested_amount,total_value,currency,classification_code,country,year
product_use_electricity,product_use_by_years,1000,10,50.5,,,,,,,,,,,,,,,,,GB,2025
commute_car_average,commuting_vehicles,,,,50,220,20.3,0.6,1.3,,,,,,,,,,,,GB,2025
diesel_mineral,fossil_part,,,,,,,,,1234.567,0.071,L,,,,,,,,,GB,2025
software_spend,net_of_tax,,,,,,,,,,,,1234.56,19,,,,,EUR,,DE,2025
investment_debt,investment_financed,,,,,,,,,,,,,,123456.789,987.654,3000000,7000001,,,FR,2025
natural_gas,,,,,,,,,,,,,,,,,,,,,GB,2025
"""


@pytest.fixture(scope="module")
def derived(tmp_path_factory):
    """A ledger with a derived row of each shape: products, quotients, a difference, money, a sum over a sum."""
    folder = tmp_path_factory.mktemp("derived")
    ledger = Ledger.init(folder / "d.duckdb", organisation="Derived", actor="tester")
    file = folder / "activity.csv"
    file.write_text("\n".join(ROWS.splitlines()[:-1]) + "\n", encoding="utf-8")
    assert ledger.upload(file, "activity").status == "accepted"
    return ledger


@pytest.fixture
def copy(derived, tmp_path):
    """The same in a folder of its own, to do harm to."""
    shutil.copytree(derived.path.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / derived.path.name


def test_what_holds_is_not_told(derived):
    """The five quantities follow, each rounded once; nothing is found."""
    assert derived.verify().ok


@pytest.mark.thorough
def test_terms_of_many_digits_overflow_nowhere(tmp_path):
    """Quantities of 12 digits before the point, from as many terms as a formula has, are made again and hold."""
    ledger = Ledger.init(tmp_path / "large.duckdb", organisation="Large", actor="tester")
    blank = dict.fromkeys(ROWS.partition("\n")[0].split(","), "")
    large = (
        {"activity_type": "commute_car_average", "formula": "commuting_vehicles", "people": "9876543", "days": "365",
         "km_per_day": "199.999999", "mode_share": "0.999999", "passengers_per_vehicle": "1.000001"},
        {"activity_type": "product_use_electricity", "formula": "product_use_by_years", "units_sold": "98765432",
         "lifetime_years": "19.999999", "kwh_per_year": "499.999999"},
        {"activity_type": "investment_debt", "formula": "investment_financed", "investee_scope_1_kg": "987654321012.5",
         "investee_scope_2_kg": "1.000001", "invested_amount": "876543210987.654321", "total_value": "987654321098.7"},
    )  # fmt: skip
    file = tmp_path / "activity.csv"
    lines = [",".join(blank), *(",".join((blank | row | {"country": "GB", "year": "2025"}).values()) for row in large)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = ledger.upload(file, "activity")
    assert (done.status, done.rows) == ("accepted", 3), done.findings
    assert ledger.verify().ok
    full.harm(ledger.path, "update activity set quantity = quantity + 0.000001")
    assert [found.code for found in full.meaning(ledger.path)].count("derived-quantity") == 3


HARM = {
    "a millionth": "update activity set quantity = quantity + 0.000001 where activity_type = '{}'",
    "the sign": "update activity set quantity = -quantity where activity_type = '{}'",
    "a term": "update activity_parameter p set value = value * 1.01 from activity a "
    "where a.batch_no = p.activity_batch and a.seq = p.activity_seq "
    "and a.activity_type = '{}' and p.name <> 'investee_scope_2_kg'",
    "a term that is gone": "delete from activity_parameter p using activity a where a.batch_no = p.activity_batch "
    "and a.seq = p.activity_seq and a.activity_type = '{}' and p.name in (select min(name) from activity_parameter q "
    "where q.activity_seq = p.activity_seq)",
    "the formula": "update activity_detail d set formula = replace(formula, '*', '+') || ' * 2' from activity a "
    "where a.batch_no = d.activity_batch and a.seq = d.activity_seq and a.activity_type = '{}'",
}


HARMED = ("product_use_electricity", "commute_car_average", "diesel_mineral", "software_spend", "investment_debt")


@pytest.mark.parametrize(
    ("harm", "activity_type"),
    [pytest.param(harm, kind, marks=[pytest.mark.thorough] * (n % len(HARM) != m)) for m, harm in enumerate(HARM)
     for n, kind in enumerate(HARMED)],
)  # fmt: skip
def test_what_does_not_follow_is_named(copy, harm, activity_type):
    """A quantity, a term or a formula changed by whoever can fit every hash is told of its row."""
    full.harm(copy, HARM[harm].format(activity_type))
    told = [finding for finding in full.meaning(copy) if finding.code == "derived-quantity"]
    assert told
    assert all(finding.entry for finding in told)


def test_a_derived_row_without_its_formula_is_told(copy):
    """What is said to be derived says from what."""
    full.harm(copy, "update activity_detail set formula = null where formula like 'commuting%'")
    told = [finding.message for finding in full.meaning(copy) if finding.code == "derived-quantity"]
    assert any("names no formula" in message for message in told)


def test_a_formula_that_is_no_formula_is_told(copy):
    """Text that is not arithmetic reaches no statement."""
    full.harm(copy, "update activity_detail set formula = 'commuting_vehicles: 1); drop table activity; --' "
                    "where formula like 'commuting%'")  # fmt: skip
    told = [finding.message for finding in full.meaning(copy) if finding.code == "derived-quantity"]
    assert any("is not terms" in message for message in told)


def test_a_derived_row_is_corrected_by_its_terms(derived, copy):
    """A correction of a term makes the quantity anew; one of the quantity is refused."""
    from ledger.errors import Refused
    from ledger.store import session

    ledger = Ledger(copy, actor="tester")
    with session(copy) as s:
        batch_no, seq = s.one("select batch_no, seq from activity where activity_type = 'product_use_electricity'")
    with pytest.raises(Refused, match="beside it"):
        ledger.correct(f"B{batch_no}-{seq}", {"quantity": "5"}, reason="typing_error")
    done = ledger.correct(f"B{batch_no}-{seq}", {"lifetime_years": "8"}, reason="typing_error")
    with session(copy) as s:
        made = s.one(f"select quantity from activity where batch_no = {done.batch} and reverses_batch is null")
    assert made[0] == 404000
    assert ledger.verify().ok
