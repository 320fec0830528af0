"""Months before a provider's export: estimated once by a stated method, reversed when the export arrives."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger import Ledger, Misuse
from ledger.cli import app
from ledger.store import session

D = Decimal
STATED = "activity_type,quantity,unit,period_start,period_end,supplier,cloud_provider,data_basis"
RUN = "run_id,model,stage,start_utc,end_utc,provider,region,energy_kwh,level,pue"
WINTER = (  # 31 + 31 + 29 days of 3,100 + 3,000 + 3,000 kg: 100 kg a day
    "cloud_services_stated,3100,kgCO2e,2023-12-01,2023-12-31,AWS,AWS,calculated",
    "cloud_services_stated,2.6,tCO2e,2024-01-01,2024-01-31,AWS,AWS,calculated",
    "cloud_services_stated,400,kgCO2e,2024-01-01,2024-01-31,AWS,AWS,calculated",
    "cloud_services_stated,3000,kgCO2e,2024-02-01,2024-02-29,AWS,AWS,calculated",
)
MARCH = "cloud_services_stated,2500,kgCO2e,2024-03-01,2024-03-31,AWS,Amazon Web Services,calculated"
CLOUD = "sum(quantity) filter (where activity_type = 'cloud_services_{}')::decimal(18,3)"


def give(ledger: Ledger, header: str, *rows: str, **options):
    """Upload rows under a header."""
    file = ledger.path.with_name(f"given{len(list(ledger.path.parent.glob('given*.csv')))}.csv")
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return ledger.upload(file, **options)


def held(ledger: Ledger) -> tuple:
    """Kilograms of March that stand as accrued and as stated."""
    with session(ledger.path) as s:
        sums = f"{CLOUD.format('accrued')}, {CLOUD.format('stated')}"
        return s.one(f"select {sums} from activity where month = '2024-03-01'")


def codes(done) -> set[str]:
    """The codes of its findings."""
    return {finding.code for finding in done.findings}


@pytest.fixture(scope="module")
def _stated(_founded: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stated")
    shutil.copytree(_founded, folder, dirs_exist_ok=True)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    assert give(ledger, STATED, *WINTER).status == "accepted"
    ledger.add_person("rob", "reviewer")
    return folder


@pytest.fixture
def ledger(_stated: Path, tmp_path: Path) -> Ledger:
    """A ledger with three months that a provider stated."""
    shutil.copytree(_stated, tmp_path, dirs_exist_ok=True)
    return Ledger(tmp_path / "ledger.duckdb", actor="anna")


def test_a_month_is_estimated_by_the_last_stated_ones(ledger):
    """9,100 kg over 91 days are 3,100 kg for March, category 1, sub-line 1.1, estimated; terms and method beside it."""
    words = ["ai", "accrue", "--provider", "aws", "--period", "2024-03", "--ledger", str(ledger.path)]
    checked = CliRunner().invoke(app, [*words, "--actor", "anna", "--check"])
    assert (checked.exit_code, held(ledger)) == (0, (None, None))
    told = CliRunner().invoke(app, [*words, "--actor", "anna", "--json"])
    done = json.loads(told.output)
    assert (told.exit_code, done["status"], done["posted"]) == (0, "accepted", 1)
    message = "aws is estimated at 3100 kg for 2024-03-01 to 2024-03-31, until its export arrives"
    assert message in [finding["message"] for finding in done["findings"]]
    assert held(ledger) == (3100, None)
    batch = done["batch"]
    facts = ledger.trace(f"B{batch}-1").facts
    assert (facts["data_basis"], facts["primary_data"]) == ("estimated", False)
    assert "cloud_accrual: stated_kg * accrued_days / stated_days - runs_kg" in facts["formula"]
    assert "2023-12 3100 kg, 2024-01 3000 kg, 2024-02 3000 kg" in facts["note"]
    with session(ledger.path) as s:
        lines = s.rows(
            "select c.scope3_category, c.sub_line, sum(total_co2e_kg)::decimal(18,3) from posting p join choice c on "
            f"c.batch_no = p.choice_batch and c.seq = p.choice_seq where p.activity_batch = {batch} group by all"
        )
    assert lines == [(1, "1.1", 3100)]
    again = CliRunner().invoke(app, [*words, "--actor", "anna"])
    assert (again.exit_code, "take it back first: ghg reverse" in " ".join(again.output.split())) == (2, True)


def test_months_are_taken_from_the_last_year_alone(ledger):
    """One month: February's 3,000 over 29 days; a year later nothing is left to go by, and what to do is said."""
    with pytest.raises(Misuse, match="stated nothing in the twelve months before 2025-03"):
        ledger.accrue("aws", "2025-03")
    with pytest.raises(Misuse, match="2190-01 has not begun"):
        ledger.accrue("aws", "2190-01")
    done = ledger.accrue("aws", "2024-03", months=1)
    assert held(ledger) == (D("3206.897"), None)  # 3000 × 31 ÷ 29
    with session(ledger.path) as s:
        (quantity,) = s.one(f"select quantity from activity where batch_no = {done.batch}")
    assert quantity == D("3206.896552")


def test_own_runs_are_taken_off_and_later_ones_told(ledger):
    """A run that is posted counts as measured; the estimate is for the rest. A later run may be in it: told."""
    day = "2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,aws,eu-west-2"
    give(ledger, RUN, f"r1,llm,training,{day},1000,it,1.2")
    with session(ledger.path) as s:
        (own,) = s.one(
            "select sum(p.total_co2e_kg)::decimal(18,6) from posting p join choice_key k using (key_no) "
            "where k.activity_type = 'cloud_computing_electricity'"
        )
    assert own > 200
    assert "accrual-beside-runs" not in codes(ledger.accrue("AWS", "2024-03"))
    assert held(ledger)[0] == round(3100 - own, 3)
    done = give(ledger, RUN, f"r2,llm,training,{day},1000,it,1.2")
    assert "accrual-beside-runs" in codes(done)


@pytest.mark.thorough
def test_runs_elsewhere_are_no_part_of_it_and_many_leave_nothing(ledger):
    """Another provider's runs are not told; where own runs hold more there is nothing to accrue."""
    day = "2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,aws,eu-west-2"
    ledger.accrue("aws", "2024-03")
    elsewhere = "2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,gcp,europe-west2"
    assert "accrual-beside-runs" not in codes(give(ledger, RUN, f"r3,llm,training,{elsewhere},1,it,1.2"))
    give(ledger, RUN, f"r4,llm,training,{day.replace('03-0', '04-0')},100000,it,1.2")
    with pytest.raises(Misuse, match="nothing to accrue: own runs"):
        ledger.accrue("aws", "2024-04")


def test_the_export_takes_the_estimate_back_in_its_batch(ledger):
    """Whatever the provider is called: 3,100 are reversed, 2,500 count; the difference is told in words."""
    ledger.accrue("aws", "2024-03")
    done = give(ledger, STATED, MARCH)
    (told,) = (finding for finding in done.findings if finding.code == "accrual-reversed")
    assert "of 3100 kg is reversed in this batch; the export has 2500 kg" in told.message
    assert held(ledger) == (0, 2500)
    with session(ledger.path) as s:
        assert s.one(f"select count(*) from activity where batch_no = {done.batch}") == (2,)
    assert ledger.inventory("2024-03").scope_3_categories[1] == 2500


def test_a_month_is_estimated_once_and_never_beside_its_export(ledger):
    """By command and by file: a second estimate, and one for a stated month, are refused with what to do."""
    first = ledger.accrue("aws", "2024-03")
    with pytest.raises(Misuse, match=f"accrued already: B{first.batch}-1, 3100 kg") as again:
        ledger.accrue("Amazon", "2024-03")
    assert f"ghg reverse B{first.batch}-1" in again.value.fix
    with pytest.raises(Misuse, match="is in the book"):
        ledger.accrue("aws", "2024-02")
    by_hand = "cloud_services_accrued,10,kgCO2e,2024-{}-01,2024-{}-20,aws,{},estimated"
    assert codes(give(ledger, STATED, by_hand.format("03", "03", "aws"))) >= {"accrual-held"}
    assert codes(give(ledger, STATED, by_hand.format("02", "02", "aws"))) >= {"accrual-late"}
    nameless = "cloud_services_accrued,10,kgCO2e,2024-05-01,2024-05-31,,,estimated"
    assert codes(give(ledger, STATED, nameless)) >= {"accrual-nameless"}
    twice = give(ledger, STATED, *(by_hand.format("04", "04", "azure").replace(",10,", f",{kg},") for kg in (10, 11)))
    assert codes(twice) >= {"accrual-held"}
    both = give(ledger, STATED, MARCH.replace("03", "05"), by_hand.format("05", "05", "aws"))
    assert codes(both) >= {"accrual-late"}
    assert held(ledger) == (3100, None)


def test_what_was_taken_back_is_estimated_again(ledger):
    """The same estimate after its reversal is a new entry, not the earlier one that no longer stands."""
    first = ledger.accrue("aws", "2024-03")
    ledger.reverse(f"B{first.batch}-1", reason="error")
    assert held(ledger) == (0, None)
    assert ledger.accrue("aws", "2024-03").status == "accepted"
    assert held(ledger) == (3100, None)


def test_an_estimate_of_ones_own_says_how_it_was_made(ledger):
    """Kilograms and source go together, for one month."""
    for given in ({"kg": "900"}, {"source": "a quote"}):
        with pytest.raises(Misuse, match="says how it was made"):
            ledger.accrue("azure", "2024-03", **given)
    with pytest.raises(Misuse, match="for one month"):
        ledger.accrue("azure", "2024-Q1", kg="900", source="a quote")
    done = ledger.accrue("azure", "2024-03", kg="900", source="20 servers by last year's report")
    assert held(ledger) == (900, None)
    assert ledger.trace(f"B{done.batch}-1").facts["estimate_method"] == "20 servers by last year's report"


def test_in_a_closed_month_the_export_counts_after_restatement(ledger):
    """Closed with the estimate; the late export and the reversal count together once it is restated."""
    ledger.accrue("aws", "2024-03")
    rob = Ledger(ledger.path, actor="rob")
    ledger.submit("2024-03")
    rob.approve("2024-03")
    rob.close("2024-03")
    done = give(ledger, STATED, MARCH)
    assert codes(done) >= {"accrual-reversed", "closed-period"}
    assert ledger.inventory("2024-03").scope_3_categories[1] == 3100
    rob.restate("2024-03", reason="late_data", note="the export came")
    assert ledger.inventory("2024-03").scope_3_categories[1] == 2500
    assert ledger.verify().ok


def test_completeness_asks_for_the_export_and_takes_the_estimate_for_its_days(ledger):
    """Expected each month: March lacks and says how it is estimated; then its days are covered, as estimated."""
    expected = "activity_type,frequency,valid_from"
    assert give(ledger, expected, "cloud_services_stated,monthly,2023-12-01").status == "accepted"
    (gap,) = ledger.completeness("2024-Q1").gaps
    assert (str(gap.first_day), str(gap.last_day)) == ("2024-03-01", "2024-03-31")
    (told,) = (one for one in ledger.completeness("2024-Q1").findings if one.code == "statement-missing")
    assert "ghg ai accrue --provider PROVIDER --period 2024-03" in told.fix
    assert [left.activity_type for left in ledger.fill_gaps("2024-Q1").unfilled] == ["cloud_services_stated"]
    ledger.accrue("aws", "2024-03")
    found = ledger.completeness("2024-Q1")
    assert (found.gaps, found.days) == ((), (91, 91, 31))


def test_months_by_another_method_are_told(ledger):
    """The provider's method went from 2 to 3: earlier months do not compare; an erratum of the same method is none."""
    header, row = f"{STATED},vendor_model_version", "cloud_services_stated,{},kgCO2e,{}-01,{}-28,{},{},calculated,{}"
    months = (("100", "2023-01", "AWS", "v2.9"), ("100", "2023-02", "AWS", "v2.10"), ("100", "2023-01", "GCP", "14"))
    done = give(ledger, header, *(row.format(kg, of, of, who, who, how) for kg, of, who, how in months))
    assert "statement-method-changed" not in codes(done)
    done = give(ledger, header, row.format("90", "2023-03", "2023-03", "AWS", "Amazon", "v3.0"))
    (told,) = (finding for finding in done.findings if finding.code == "statement-method-changed")
    assert (told.value, told.line) == ("v3.0", 2)
    assert "the ledger has 2023-01 to 2023-02 by v2.10, v2.9: they do not compare" in told.message
    assert codes(give(ledger, header, row.format("80", "2023-04", "2023-04", "AWS", "AWS", "v3.1"))) >= {
        "statement-method-changed"
    }
