"""The tagged statement: an XBRL processor that knows nothing of us finds no fault and reads our figures back."""

from __future__ import annotations

import csv
import dataclasses
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from mini_taxonomy import write_package
from test_statements import ENTITIES, FACILITIES, METRICS, ROWS

from ledger.book import Ledger
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.statement.document import statement_document
from ledger.disclosure.statement.facts import statement_facts
from ledger.disclosure.statement.tables import statement_tables
from ledger.disclosure.statement.taxonomy import taxonomy
from ledger.errors import Misuse

LEI = "529900T8BM49AURSDO55"
IX = "{http://www.xbrl.org/2013/inlineXBRL}"
TARGETS = """target_id,measure,base_year,target_year,reduction_pct,valid_from
near,scope_1,2023,2030,42,2024-01-01
"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A small company with a base year, a comparative, a target, and a closed year that was restated."""
    folder = tmp_path_factory.mktemp("ixbrl")
    made = Ledger.init(
        folder / "small.duckdb", organisation="Small & Sons", base_year=2023, actor="ann",
        datasets=("desnz-2023", "desnz-2024", "ipcc-gwp"),
    )  # fmt: skip
    files = {"legal_entity": ENTITIES, "facility": FACILITIES, "activity": ROWS, "metric": METRICS, "target": TARGETS}
    for name, content in files.items():
        file = folder / f"{name}.csv"
        file.write_text(content)
        assert made.upload(file, name).status == "accepted"
    made.set_setting("lei", LEI, reason="registered")
    made.set_setting("single_person", "on", reason="one person in this test")
    for step in (made.submit, made.approve, made.close):
        step("2024")
    late = folder / "late.csv"
    late.write_text(ROWS.splitlines()[0] + "\nnatural_gas,7000,kWh,2024-03-01,2024-03-31,F1,GB,gross,late\n")
    assert made.upload(late).status == "accepted"
    made.restate("2024", reason="late_data", note="a bill came late")
    return made


@pytest.fixture(scope="module")
def statement(ledger: Ledger):
    """The statement of 2024 under the first set."""
    return ledger.statement("esrs-set-1", period="2024")


def tagged(statement) -> str:
    return statement_document(statement).made(["ixbrl"])["ixbrl"].decode()


def test_the_mapping_holds_every_row_once():
    """No name twice, every member on an axis, and each row says whether the name was confirmed, and where."""
    folder = Path(__file__).parent.parent.parent / "data" / "taxonomies"
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table))
        assert len({(row["kind"], row["name"]) for row in rows}) == len(rows)
        assert all(row["source"] and row["status"] in {"confirmed", "unconfirmed"} for row in rows)
        assert all(bool(row["axis"]) == (row["kind"] == "member") for row in rows)
        assert all(bool(row["item_type"]) == (row["kind"] == "element") for row in rows)


def test_facts_are_the_figures(statement):
    """Totals, categories, base year, comparative, target, split, restated figure and energy are tagged as they are."""
    names = taxonomy("esrs-set-1")
    facts = statement_facts(statement, statement_tables(statement), names).values()
    by = {(fact.element, fact.context.start.year, tuple(m for _, m in fact.context.members)): fact for fact in facts}
    now = statement.figures.current
    scope_1 = "GrossScope1GreenhouseGasEmissions"
    assert by[scope_1, 2024, ()].value == now.scope_1
    assert by["LocationBasedGreenhouseGasEmissions", 2024, ()].value == now.total_location
    assert by["GrossScope3GreenhouseGasEmissions", 2024, ("Category3FuelAndEnergyrelatedActivitiesMember",)].value == (
        now.scope_3_categories[3]
    )
    assert by[scope_1, 2023, ("BaselineYearMember",)].value == statement.figures.base_year.scope_1
    goal = by[scope_1, 2030, ("Milestone2030YearMember",)]
    assert goal.value == statement.figures.targets[0].target_kg
    assert (goal.context.start.isoformat(), goal.context.end.isoformat()) == ("2030-01-01", "2030-12-31")
    assert by[scope_1, 2024, ("PreviouslyStatedMember",)].value < now.scope_1
    group = by[scope_1, 2024, ("ConsolidatedAccountingGroupFinancialControlMember",)]
    assert group.value == now.split["consolidated_group"].scope_1
    assert by["EnergyConsumptionRelatedToOwnOperations", 2024, ()].value == now.energy_kwh["total"]
    assert all(fact.value is not None for fact in facts)


def test_shown_digits_say_the_value(statement):
    """Between the tags stand the value's digits: with scale and sign they give it back to its decimals."""
    page = ET.fromstring(tagged(statement))  # noqa: S314 — our own page
    facts = statement_facts(statement, statement_tables(statement), taxonomy("esrs-set-1"))
    tags = list(page.iter(f"{IX}nonFraction"))
    assert len(tags) == len(facts)
    for tag, fact in zip(tags, _in_order(facts), strict=True):
        value = Decimal(tag.text.replace(",", "")).scaleb(int(tag.get("scale")))
        value = -value if tag.get("sign") == "-" else value
        whole = fact.value if fact.item_type == "percent" else fact.value / 1000
        assert abs(value - whole) <= Decimal(5).scaleb(-fact.decimals - 1)
        assert tag.get("decimals") == str(fact.decimals)


def _in_order(facts):
    """The facts in the order of the document: by chapter's table, row, column."""
    from ledger.disclosure.statement.layout import layout

    order = [key for chapter in layout("esrs-set-1").chapters for key in chapter.tables]
    return [facts[place] for place in sorted(facts, key=lambda place: (order.index(place[0]), *place[1:]))]


def test_a_negative_figure_carries_its_sign(statement):
    """A fact below zero has the attribute, and its digits none."""
    figures = dataclasses.replace(
        statement.figures, current=dataclasses.replace(statement.figures.current, scope_1=Decimal("-1234567.8"))
    )
    page = ET.fromstring(tagged(dataclasses.replace(statement, figures=figures)))  # noqa: S314 — our own
    wanted = ("esrs:GrossScope1GreenhouseGasEmissions", "c_20240101_20241231")
    tags = page.iter(f"{IX}nonFraction")
    tag = next(tag for tag in tags if (tag.get("name"), tag.get("contextRef")) == wanted)
    assert (tag.get("sign"), tag.text) == ("-", "1,234.6")


def test_hostile_texts_leave_it_well_formed(statement):
    """Markup, control characters in texts and names: still XML, nothing of it markup."""
    told = Told({"reasons_for_methods": "<b>&\x00\x1b[31m ]]> --> {{ 7*7 }}"})
    figures = dataclasses.replace(
        statement.figures, organisation=dataclasses.replace(statement.figures.organisation, name="A&B <Ltd> \x08")
    )
    page = tagged(dataclasses.replace(statement, told=told, figures=figures))
    read = ET.fromstring(page)  # noqa: S314 — our own page
    assert "".join(read.itertext()).count("{{ 7*7 }}") == 1
    assert not list(read.iter("{http://www.w3.org/1999/xhtml}b"))


def test_without_an_lei_or_a_taxonomy_it_is_refused_in_words(statement, ledger: Ledger):
    """What is missing and what to do."""
    with pytest.raises(Misuse, match="LEI") as fault:
        tagged(dataclasses.replace(statement, lei=""))
    assert "ghg setting set lei" in fault.value.fix
    with pytest.raises(Misuse, match="no tagged form of iso-14064-1"):
        tagged(ledger.statement("iso-14064-1", period="2024"))
    with pytest.raises(Misuse, match="its check digits are wrong"):
        ledger.set_setting("lei", LEI[:-1] + "6", reason="a slip")


def arelle(package: Path, file: Path, folder: Path) -> tuple[list[str], list[dict[str, str]]]:
    """What the processor says beside its progress, and the facts that it read; offline."""
    program = Path(sys.executable).parent / "arelleCmdLine"
    facts = folder / "facts.csv"
    command = [
        str(program), "--internetConnectivity", "offline", "--packages", str(package), "--file", str(file),
        "--validate", "--utr", "--validateDuplicateFacts", "inconsistent", "--facts", str(facts),
        "--factListCols", "Name contextRef unitRef Dec Value",
    ]  # fmt: skip
    home = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=home, timeout=180).stdout
    with facts.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    return [line for line in said.splitlines() if line and not line.startswith("[info]")], rows


@pytest.mark.slow
def test_a_processor_finds_no_fault_and_reads_the_figures(statement, tmp_path: Path):
    """Against a small taxonomy with the same names: valid, units of the registry, every fact read back to its digit."""
    names = taxonomy("esrs-set-1")
    file = tmp_path / "statement.xhtml"
    file.write_text(tagged(statement), encoding="utf-8")
    package = write_package(names, tmp_path)
    said, rows = arelle(package, file, tmp_path)
    assert said == []
    facts = statement_facts(statement, statement_tables(statement), names).values()
    read = {(row["Name"], row["contextRef"]): Decimal(row["Value"].replace(",", "")) for row in rows if row["Value"]}
    expected = {
        (f"esrs:{fact.element}", fact.context.id): (fact.value if fact.item_type == "percent" else fact.value / 1000)
        for fact in facts
    }
    assert read.keys() == expected.keys()
    for key, value in expected.items():
        assert abs(read[key] - value) <= Decimal("0.05"), key
    spoilt = tmp_path / "spoilt.xhtml"
    spoilt.write_text(re.sub("Category2CapitalGoodsMember<", "Category2Member<", file.read_text("utf-8")), "utf-8")
    if "Category2CapitalGoodsMember" in file.read_text("utf-8"):
        assert arelle(package, spoilt, tmp_path)[0] != []
    wrong = tmp_path / "wrong.xhtml"
    wrong.write_text(file.read_text("utf-8").replace("utr:tCO2e", "utr:kgCO2e"), "utf-8")
    assert arelle(package, wrong, tmp_path)[0] != []
