"""The index of what standards ask reads of a ledger what it looks at, and says what it would say of a whole report."""

from __future__ import annotations

import json
import shutil

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.disclosure.figures import period as read
from ledger.disclosure.figures.period import PeriodFigures
from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.requirements.index import content_index, ledger_beside
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.requirements.rule_sets import rule_sets
from ledger.disclosure.statement.layout import layouts
from ledger.disclosure.words.texts import spoken
from ledger.inventory import period
from ledger.store import session

FILES = {
    "legal_entity": """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
L1,Small & Sons,GB,yes,yes,2020-01-01
""",
    "facility": """facility_id,name,country,legal_entity_id,market_boundary,timezone,relation,valid_from
F1,Boiler house,GB,L1,GB,Europe/London,owned,2020-01-01
F2,Depot,GB,L1,GB,Europe/London,owned,2020-01-01
""",
    "activity": """activity_type,quantity,unit,period_start,period_end,facility_id,country,calorific_basis,external_id
electricity_purchased,100000,kWh,2024-01-01,2024-01-31,F1,GB,,a
electricity_purchased,40000,kWh,2024-05-01,2024-05-31,F2,GB,,b
natural_gas,50000,kWh,2024-02-01,2024-02-29,F1,GB,gross,c
diesel,1200,L,2024-04-01,2024-04-30,F2,GB,,d
electricity_purchased,90000,kWh,2023-01-01,2023-01-31,F1,GB,,f
natural_gas,30000,kWh,2023-02-01,2023-02-28,F1,GB,gross,g
""",
    "metric": """name,period_start,period_end,value,unit,currency,source
revenue,2024-01-01,2024-12-31,4000000,GBP,GBP,accounts
revenue_statements,2024-01-01,2024-12-31,4000001,GBP,GBP,accounts
""",
    "target": """target_id,measure,base_year,target_year,reduction_pct,valid_from
near,scope_1,2023,2030,42,2024-01-01
""",
    "carbon_price_scheme": """scheme_id,price_type,covers,price_per_t,currency,valid_from,valid_to
fee,internal_fee,1,80,GBP,2024-04-01,2024-06-30
""",
}
PERIODS = ("2024", "2024-Q1", "2024-Q2", "2023", "2025")
UNREAD = (
    "restatements", "compile_completeness", "compare_claims", "quality_by_category", "target_progress",
    "priced_schemes", "year_to_date", "changes", "data_centres", "advice_lines",
)  # fmt: skip
"""What no standard is answered by: the parts of a report that take longest, and those that only it has."""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A small company with a base year, a year before, a target, a price of carbon for a quarter, and revenue."""
    folder = tmp_path_factory.mktemp("asked")
    made = Ledger.init(
        folder / "small.duckdb", organisation="Small & Sons", base_year=2023, actor="ann",
        datasets=("desnz-2023", "desnz-2024", "ipcc-gwp"),
    )  # fmt: skip
    for name, content in FILES.items():
        file = folder / f"{name}.csv"
        file.write_text(content)
        done = made.upload(file, name)
        assert done.status == "accepted", [finding.message for finding in done.findings]
    return made


@pytest.mark.parametrize("label", PERIODS)
@pytest.mark.parametrize("view", ["operational_control", "esrs_set1"])
def test_the_index_says_what_it_says_of_a_whole_report(ledger, label, view):
    """Every rule set, line by line: of a year, of quarters with and without prices, of the base year, of nothing."""
    with session(ledger.path) as s:
        whole = quarterly_figures(s, period(label), view, with_postings=False)
        looked_at = PeriodFigures(s, period(label), view)
        told = ledger_beside(s, whole, Told())
        for rules in rule_sets().values():
            assert content_index(rules, looked_at, told) == content_index(rules, whole, told), rules.name


def test_targets_and_prices_are_told_where_they_are(ledger):
    """The target holds from 2024, the price for one quarter: the answer differs, so that it was looked up."""
    found = {}
    for label in PERIODS:
        with session(ledger.path) as s:
            looked_at = PeriodFigures(s, period(label))
            found[label] = (looked_at.has_targets, looked_at.has_prices, looked_at.has_comparative)
    assert found == {
        "2024": (True, True, True), "2024-Q1": (True, False, True), "2024-Q2": (True, True, False),
        "2023": (False, False, False), "2025": (True, False, True),
    }  # fmt: skip


def test_the_index_reads_no_more_than_it_looks_at(ledger, monkeypatch):
    """With all that only a report needs out of reach, the standards of every kind are answered."""

    def out_of_reach(*_, **__):
        raise AssertionError("this is read for a report alone")

    for name in UNREAD:
        monkeypatch.setattr(read, name, out_of_reach)
    for kind, shape in layouts().items():
        indexes = ledger.content_indexes(kind, period="2024")
        assert [one.rule_set.name for one in indexes] == list(shape.rule_sets)
        assert all(one.lines for one in indexes)
    for name in rule_sets():
        assert ledger.requirements(name, period="2024-Q2").lines


def test_the_command_speaks_the_language_of_the_companys_documents(ledger, tmp_path):
    """Titles, states and reasons in English, by the option in German, and by the setting without it; codes stay."""
    shutil.copytree(ledger.path.parent, tmp_path / "asked")
    own = Ledger(tmp_path / "asked" / ledger.path.name, actor="ann")
    words = ("requirements", "iso-14064-1", "--period", "2024", "--ledger", str(own.path), "--actor", "ann")
    english, german = ghg(*words).stdout, ghg(*words, "--language", "de").stdout
    assert "Reporting period" in english
    assert "Berichtszeitraum" in german
    assert ("does not apply" in english, "entfällt" in german) == (True, True)
    assert "--template disclosure.toml --language de," in german
    size = own.checkpoint().size
    own.set_setting("report_language", "de", reason="German auditors")
    assert ghg(*words).stdout == german.replace(f"as of size {size}", f"as of size {size + 1}")
    told = json.loads(ghg(*words, "--json").stdout)
    assert (told["language"], told["requirements"][2]["title"]) == ("de", "Berichtszeitraum")
    with spoken("en"):
        assert own.requirements("iso-14064-1", period="2024").language == "de", "whatever the program speaks"
    assert own.requirements("iso-14064-1", period="2024", language="en").language == "en"
