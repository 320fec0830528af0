"""Issued reports that were tampered with, or issued when they ought not to be, in a ledger whose every hash fits."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import full
import pytest
import tiny

from ledger import Ledger
from ledger.assurance.checks.reports import headline_figures
from ledger.assurance.verify import verify
from ledger.book.acts.people import record_person
from ledger.inventory import period
from ledger.store import Act, append, session
from ledger.store.evidence import evidence_folder

PEOPLE = {"pia": "preparer", "rob": "reviewer", "ria": "reviewer"}
MARCH = (date(2024, 3, 1), date(2024, 3, 31))
FORMATS = ("json", "xlsx", "html")


@pytest.fixture(scope="module")
def issued(tmp_path_factory) -> Path:
    """A quarter submitted, approved and issued; then closed, with a late row that waits."""
    path = tiny.ledger_path(tmp_path_factory.mktemp("issued"))
    with session(path, "write", create=True) as s:
        tiny.found(s, [
            tiny.factor("t:power", valid_from=date(2023, 1, 1), co2e_published_kg_per_unit="0.2"),
            tiny.factor("t:gas", activity_type="natural_gas", line="direct", calorific_basis="gross",
                        co2e_published_kg_per_unit="0.18"),
            tiny.factor("t:td", line="td_loss", co2e_published_kg_per_unit="0.02"),
        ])  # fmt: skip
        for name, role in PEOPLE.items():
            append(s, Act("person", *tiny.WHO, name), lambda w, n=name, r=role: record_person(w, n, r))
        tiny.upload(s, "u1", [
            tiny.row("electricity_purchased", "1000", "kWh", *MARCH),
            tiny.row("natural_gas", "777.5", "kWh", date(2024, 2, 10), date(2024, 4, 9), calorific_basis="gross"),
            tiny.row("electricity_purchased", "640", "kWh", date(2023, 3, 1), date(2023, 3, 31)),
        ])  # fmt: skip
    Ledger(path, actor="pia").submit("2024-Q1")
    Ledger(path, actor="rob").approve("2024-Q1")
    Ledger(path, actor="ria").issue_report(period="2024-Q1", formats=FORMATS, folder=path.parent / "out")
    Ledger(path, actor="rob").close("2024-Q1")
    with session(path, "write") as s:
        tiny.upload(s, "u2", [tiny.row("electricity_purchased", "500", "kWh", *MARCH)])
    return path


@pytest.fixture
def path(issued, tmp_path) -> Path:
    folder = tmp_path / "issued"
    shutil.copytree(issued.parent, folder)
    return folder / issued.name


def found(path, code):
    """The messages of a code, by the recomputation alone."""
    return [finding.message for finding in full.meaning(path) if finding.code == code]


def put_instead(path: Path, form: str, old: str, new: str) -> None:
    """What an owner can do: a file with other bytes in evidence, and every digest that names it made to fit."""
    with duckdb.connect(str(path)) as con:
        files = json.loads(con.execute("select files from issued_report").fetchone()[0])
    name = next(name for name in files if name.endswith(form))
    folder = evidence_folder(path)
    content = (folder / files[name]).read_bytes()
    changed = changed_workbook(content, old, new) if form == "xlsx" else replaced(content, old, new)
    sha256 = hashlib.sha256(changed).hexdigest()
    (folder / sha256).write_bytes(changed)
    full.harm(
        path,
        f"update issued_report set files = replace(files, '{files[name]}', '{sha256}')",
        f"update evidence set sha256 = '{sha256}', bytes = {len(changed)} where sha256 = '{files[name]}'",
        f"update evidence_link set sha256 = '{sha256}' where sha256 = '{files[name]}'",
    )


def replaced(content: bytes, old: str, new: str) -> bytes:
    assert old.encode() in content
    return content.replace(old.encode(), new.encode())


def changed_workbook(content: bytes, old: str, new: str) -> bytes:
    made = io.BytesIO()
    seen = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.namelist():
            part = archive.read(name)
            seen += part.count(f">{old}<".encode())
            out.writestr(name, part.replace(f">{old}<".encode(), f">{new}<".encode()))
    assert seen
    return made.getvalue()


def test_an_issued_report_verifies(path):
    """Nothing is found; the report's figures are the ones that the statements of verify make."""
    assert verify(path).findings == []
    held = json.loads((path.parent / "out" / "quarterly-2024-Q1.json").read_text())
    assert (held["status"], held["issued"]) == ("approved", True)
    with session(path) as s:
        made, whole = headline_figures(s, period("2024-Q1"), "operational_control", held["checkpoint"]["size"])
    assert whole
    assert made["scope_1", None] == full.Decimal("118.9575")  # 777.5 kWh, 51 of 60 days, 0.18 kg
    assert made["scope_2_location", None] == 200
    assert made["scope_3", 3] == 20
    assert made["scope_3", 1] is None


DIGITS = [
    ("json", "/scope_2_location@", "report-figures"),
    ("json", "/scope_1@", "report-figures"),
    ("json", "/total_market@", "report-figures"),
    ("json", "/scope_3/category=3@", "report-figures"),
    ("json", "2023-Q1/operational_control/scope_2_market@", "report-figures"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "figure", "code"), DIGITS)
def test_another_amount_in_the_json_is_named(path, form, figure, code):
    """One digit of a headline figure under its id: verify names the figure, what the report says and what is so."""
    held = (path.parent / "out" / "quarterly-2024-Q1.json").read_text()
    line = next(line for line in held.splitlines() if figure in line and "null" not in line)
    other = line.replace('": "', '": "9', 1)
    put_instead(path, form, line, other)
    name = line.strip().split('"')[1]
    assert any(name in message and " 9" in message for message in found(path, code)), full.meaning(path)


def test_another_amount_in_the_record_of_the_inventory_is_named(path):
    """The same figure is told twice in the JSON, and both are held against the ledger."""
    put_instead(path, "json", '"scope_2_location": "200"', '"scope_2_location": "201"')
    assert any("scope_2_location@" in message for message in found(path, "report-figures"))


def test_the_workbook_and_the_page_must_agree_with_the_json(path):
    """An amount that stands in one of them alone is told, with the figure."""
    put_instead(path, "xlsx", "200", "210")
    assert any("scope_2_location@" in message and "XLSX" in message for message in found(path, "report-files"))
    put_instead(path, "html", 'title="200 kg', 'title="2000 kg')
    assert any("scope_2_location@" in message and "HTML" in message for message in found(path, "report-files"))


TAMPERED = """
report-unapproved | although 2024-01 was not approved
    delete from period_event where event = 'approved'
report-unapproved | was issued by a preparer
    update batch set role = 'preparer' where kind = 'issue'
report-unapproved | in an act of kind 'upload'
    update batch set kind = 'upload' where kind = 'issue'
report-unapproved | although 2024-01 was not approved
    update period_event set view = 'equity_share' where event = 'approved'
report-unapproved | although 2024-03 was not approved
    update period_event set period_end = '2024-02-29' where event = 'approved'
report-unapproved | is not of the figures that were approved
    update period_event set figures_sha256 = repeat('0', 64) where event = 'approved'
report-unapproved | is not of the figures that were approved
    update activity set quantity = 1001 where quantity = 1000
report-unapproved | although 2024-01 was not approved
    update period_event set period_start = '2024-02-01' where event = 'approved'
report-figures | scope_2_location
    update activity set quantity = 1001 where quantity = 1000
report-figures | scope_1@
    update choice set total_co2e_kg_per_unit = 0.19 where line = 'direct'
report-figures | scope_3/category=3
    update choice set scope3_category = 4 where line = 'td_loss'
report-figures | 2023-Q1/operational_control/scope_2_location
    update activity set quantity = 641 where quantity = 640
report-files | its checkpoint of size
    update issued_report set checkpoint_root = repeat('a', 64)
report-files | its checkpoint of size
    update issued_report set checkpoint_size = 12
report-files | another checkpoint or period
    update issued_report set period_end = '2024-06-30'
report-files | its inputs name another view
    update issued_report set view = 'equity_share'
report-files | its inputs name another software
    update issued_report set software_version = '9'
report-files | its list of files cannot be read
    update issued_report set files = 'x'
report-files | is not among the documents that the ledger lists
    delete from evidence where name like '%.xlsx'
report-files | inputs
    update issued_report set inputs_sha256 = repeat('b', 64)
report-files | no JSON is among its files
    update issued_report set files = replace(files, '.json', '.txt')
"""


def cases() -> list[pytest.param]:
    lines = TAMPERED.strip().splitlines()
    made = []
    for head, statement in zip(lines[::2], lines[1::2], strict=True):
        code, words = (part.strip() for part in head.split("|"))
        made.append(pytest.param(code, words, statement.strip(), id=f"{code}-{len(made)}"))
    return made


@pytest.mark.parametrize(
    ("code", "words", "statements"),
    [pytest.param(*case.values, marks=[pytest.mark.thorough] * (n % 2), id=case.id) for n, case in enumerate(cases())],
)
def test_tampering_with_an_issued_report_is_found(path, code, words, statements):
    """The recomputation finds it by itself: no look at hashes is needed."""
    full.harm(path, *statements.split(";"))
    assert any(words in message for message in found(path, code)), full.meaning(path)


LATE = """
period-digest
    update period_event set pin_batch = (select max(batch_no) - 2 from batch) where event = 'closed';
    update period_total set batch_no = 5 where quantity = 500;
    update activity set batch_no = 5, seq = 9 where quantity = 500
period-total
    update period_total set batch_no = (select min(batch_no) from period_total) where quantity = 500
period-order
    update period_event set pin_batch = (select max(batch_no) from batch) where event = 'closed'
period-order
    insert into period_event select * replace (10 as batch_no, 99 as seq, 10 as pin_batch, 'restated' as event)
    from period_event where event = 'closed'
"""


def late_cases() -> list[pytest.param]:
    made, code, statements = [], "", ""
    for line in [*LATE.strip().splitlines(), "end"]:
        if line.startswith(" "):
            statements += line.strip() + " "
        else:
            if statements:
                made.append(pytest.param(code, statements, id=f"{code}-{len(made)}"))
            code, statements = line, ""
    return made


@pytest.mark.parametrize(("code", "statements"), late_cases())
def test_a_late_row_counted_without_a_restatement_is_found(path, code, statements):
    """Whichever way it is made to count: by its batch, by the sums, by the pin, or by a step that no one took."""
    full.harm(path, *(one for one in statements.split(";") if one.strip()))
    assert found(path, code), full.meaning(path)


def test_a_report_in_which_a_late_row_counts_is_found(path):
    """A report issued of the closed quarter with the late 500 kWh in it: 300 kg where the pin gives 200."""
    put_instead(path, "json", '/scope_2_location@7": "200"', '/scope_2_location@7": "300"')
    assert any("is 300 in the report, and 200" in message for message in found(path, "report-figures"))


def test_an_owner_with_the_key_is_found_by_the_figures(path):
    """With every hash made anew the figures still do not follow from the rows."""
    full.rebuilt(path, "update choice set total_co2e_kg_per_unit = 0.3 where line = 'direct'")
    assert "report-figures" in full.codes(verify(path))
