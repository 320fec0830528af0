"""Hostile text in every field of every kind of upload: kept as it is, and harmless wherever it comes out."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from ledger import Ledger, Misuse
from ledger.cli import app
from ledger.store import session

MARK = "PWN"
PAYLOADS = (
    "'; drop table activity; -- PWN",
    '" or "1"="1 PWN',
    "{{7*7}}PWN{% raw %}",
    "../../etc/PWN",
    "=cmd|'/C calc'!A0 PWN",
    "+1+PWN",
    "@SUM(1)*PWN",
    "-2+3*PWN",
    "\uff1d1+PWN",
    "<script>alert('PWN')</script>",
    '"><img src=http://127.0.0.1:9/PWN onerror=alert(1)>',
    "</style><style>@import url(http://127.0.0.1:9/PWN)</style>",
    "[red]PWN[/red][link=http://127.0.0.1:9]",
    "$(touch PWN) `touch PWN` %s %n {0}",
)  # fmt: skip
NEVER_STORED = ("\x1b[31mPWN", "PWN\u202etxt", "PWN\0", "\x9b31mPWN")
SHOWN_BADLY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def table(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
    """A CSV of rows, as another program would write it."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(kind: str) -> list[dict[str, str]]:
    """A row for each payload, with the payload in every field of free text that the kind has."""
    made = []
    for number, text in enumerate(PAYLOADS):
        own = {
            "legal_entity": {"legal_entity_id": text, "name": text, "country": "GB", "segment": text,
                             "valid_from": "2010-01-01"},
            "facility": {"facility_id": text, "name": text, "legal_entity_id": text, "country": "GB",
                         "relation": "owned", "valid_from": "2010-01-01"},
            "factor": {"factor_id": text, "activity_type": "steam", "per_unit": "kWh", "supplier": text,
                       "co2e_published_kg_per_unit": f"0.2{number}", "data_year": "2026", "source": text,
                       "licence": text, "country": "GB"},
            "metric": {"name": "requests", "value": "5", "unit": text, "product": text, "source": text,
                       "period_start": "2026-07-01", "period_end": "2026-07-31"},
            "target": {"target_id": text, "measure": "scope_1", "base_year": "2024", "target_year": "2030",
                       "reduction_pct": "40", "framework": text, "valid_from": "2024-01-01"},
            "carbon_price_scheme": {"scheme_id": text, "price_type": "internal_fee", "covers": "1|2",
                                    "price_per_t": "80", "currency": "EUR", "assumptions": text,
                                    "valid_from": "2024-01-01"},
            "claim": {"claim_id": text, "about_kind": "period", "about": "2026-Q3", "measure": "scope_1",
                      "value": "10", "unit": "t", "source": text},
            "activity": {"external_id": text, "facility_id": text, "activity_type": "natural_gas",
                         "quantity": str(100 + number), "unit": "kWh", "calorific_basis": "gross",
                         "period_start": "2026-07-01", "period_end": "2026-07-31", "data_basis": "measured",
                         "supplier": text, "invoice_id": text, "project": text, "model": text, "team": text,
                         "note": text, f"extra {text}": text},
        }[kind]  # fmt: skip
        made.append(own)
    if kind == "activity":
        names = [name for row in made for name in row if name.startswith("extra ")]
        made = [{**dict.fromkeys(names, ""), **row} for row in made]
        made = [{name: row.get(name, "") for name in made[0]} for row in made]
    return made


KINDS = ("legal_entity", "facility", "factor", "metric", "target", "carbon_price_scheme", "claim", "activity")


class Watched:
    """A connection that refuses a statement in whose text a payload stands outside of a quoted literal."""

    def __init__(self, con) -> None:
        self._con = con

    def __getattr__(self, name: str):
        own = getattr(self._con, name)
        if name not in ("execute", "executemany", "sql", "query"):
            return own

        def watched(statement, *words, **named):
            bare = re.sub(r"'(?:[^']|'')*'", "''", str(statement))
            assert MARK not in bare, f"a payload stands in the text of a statement: {statement}"
            return own(statement, *words, **named)

        return watched


@pytest.fixture(scope="module", autouse=True)
def _watching():
    """Every session of this module is watched."""
    import importlib

    module = importlib.import_module("ledger.store.session")
    with pytest.MonkeyPatch.context() as patch:
        connect = module._connect
        patch.setattr(module, "_connect", lambda *words, **named: Watched(connect(*words, **named)))
        yield


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory, _founded) -> Ledger:
    """A ledger in whose every text field a payload stands; the file names hold them too."""
    folder = tmp_path_factory.mktemp("poisoned") / "o'brien \"and\" sons; --"
    shutil.copytree(_founded, folder)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    for kind in KINDS:
        done = ledger.upload(table(folder, f"{kind} =PWN'<b>;--.csv", rows_of(kind)), kind)
        assert done.status == "accepted", (kind, [f for f in done.findings if f.severity == "error"][:3])
        assert done.rows == len(PAYLOADS)
    ledger.add_person(PAYLOADS[0], "preparer")
    ledger.calculate(reason=PAYLOADS[4])
    return ledger


def test_what_was_accepted_is_stored_as_it_is(poisoned):
    """To the letter, in every field."""
    with session(poisoned.path) as s:
        for column, name in (("supplier", "activity"), ("note", "activity_detail"), ("name", "facility"),
                             ("framework", "target"), ("source", "metric")):  # fmt: skip
            held = {row[0] for row in s.rows(f"select {column} from {name}") if row[0] and MARK in row[0]}
            assert held == set(PAYLOADS), (name, column)
        assert s.one("select count(*) from activity")[0] == len(PAYLOADS)
    assert poisoned.verify().ok, poisoned.verify().findings[:3]


@pytest.mark.parametrize("text", NEVER_STORED)
def test_what_nobody_sees_is_refused(poisoned, tmp_path, text):
    """Control characters, NUL, escapes and turning marks, in identifiers and in running text."""
    rows = [rows_of("activity")[0] | {"note": text}]
    done = poisoned.upload(table(tmp_path, "bad.csv", rows), "activity", check=True)
    assert done.status == "refused"


class Page(html.parser.HTMLParser):
    """Tags and attributes of a page, as a browser would take them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Keep a text."""
        self.words.append(data)


@pytest.fixture(scope="module")
def report(poisoned, tmp_path_factory) -> dict[str, Path]:
    """The report of the poisoned ledger."""
    return poisoned.report(
        "quarterly", period="2026-Q3", formats=("xlsx", "html", "json"), folder=tmp_path_factory.mktemp("out")
    )


def test_the_page_has_no_tag_of_a_payload(report):
    """Scripts, pictures and styles stay words; sums in braces stay braces; nothing is loaded from elsewhere."""
    text = report["html"].read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    scripts = [tag for tag, _ in page.tags if tag in ("script", "iframe", "object", "embed", "link", "base")]
    assert scripts == []
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "xlink:href"):
            target = attributes.get(name) or ""
            assert not re.match(r"(?i)\s*(?:https?:|javascript:|//|file:)", target), (tag, attributes)
    assert "49PWN" not in text
    assert "{{7*7}}PWN" in "".join(page.words)


def workbook_formulas(content: bytes) -> list[str]:
    """The text of every formula of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.thorough
def test_the_workbook_has_no_formula_of_a_payload(report, poisoned, tmp_path):
    """Neither the report nor a template nor a proposal: what looks like a formula is a text."""
    books = [report["xlsx"], poisoned.template("activity", tmp_path / "template.xlsx")]
    rows = [row | {"facility_id": f"{row['facility_id']} new"} for row in rows_of("activity")]
    poisoned.upload(table(tmp_path, "new.csv", rows), "activity", propose=tmp_path / "proposed.xlsx")
    books.append(tmp_path / "proposed.xlsx")
    for path in books:
        bare = [re.sub(r'"(?:[^"]|"")*"', '""', text) for text in workbook_formulas(path.read_bytes())]
        assert not [text for text in bare if MARK in text or "|" in text], path
    held = openpyxl.load_workbook(tmp_path / "template.xlsx")["Lists"]
    assert set(PAYLOADS) <= {cell.value for row in held.iter_rows() for cell in row}


def test_a_marked_workbook_has_no_formula_of_a_payload(poisoned, tmp_path):
    """The file that comes back with its faults marked."""
    rows = [row | {"unit": row["note"]} for row in rows_of("activity")]
    done = poisoned.upload(table(tmp_path, "faulty.csv", rows), "activity")
    assert done.status == "refused"
    assert workbook_formulas(done.marked.read_bytes()) == []


def test_the_json_is_whole(report):
    """It can be read, and holds the payloads to the letter."""
    told = json.dumps(json.loads(report["json"].read_text(encoding="utf-8")), ensure_ascii=False)
    assert json.dumps(PAYLOADS[0], ensure_ascii=False)[1:-1] in told


def test_cells_of_a_csv_are_guarded_and_come_back(poisoned, tmp_path):
    """An apostrophe before what would be a formula, and an upload takes it away again."""
    alone = [text for text in PAYLOADS if not re.search(r".\+", text)]  # a plus within joins facilities that share
    rows = [row | {"facility_id": f"{row['note']} new"} for row in rows_of("activity") if row["note"] in alone]
    poisoned.upload(table(tmp_path, "new.csv", rows), "activity", propose=tmp_path / "proposed.csv")
    with (tmp_path / "proposed.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert not [cell for row in told for cell in row.values() if cell.lstrip()[:1] in "=+-@\uff1d" and cell]
    filled = [row | {"legal_entity_id": "ACME", "country": "GB", "relation": "owned", "valid_from": "2020-01-01"}
              for row in told]  # fmt: skip
    done = poisoned.upload(table(tmp_path, "filled.csv", filled), "facility")
    assert done.status == "accepted", done.findings[:2]
    with session(poisoned.path) as s:
        held = {row[0] for row in s.rows("select facility_id from facility where facility_id like '% new'")}
    assert held == {f"{text} new" for text in alone}


def test_an_evidence_pack_is_guarded_and_verifies(poisoned, tmp_path):
    """Its tables hold no formulas, and the verifier that knows nothing of us takes the apostrophes away."""
    import subprocess
    import sys

    made = poisoned.pack("2026-Q3", tmp_path / "pack.zip", formats=("json",))
    with zipfile.ZipFile(made.path) as archive:
        assert all(name == Path(name).as_posix().lstrip("/") and ".." not in name for name in archive.namelist())
        for name in ("postings.csv", "factors.csv"):
            cells = [cell for row in csv.reader(io.StringIO(archive.read(name).decode(), newline="")) for cell in row]
            like = [cell for cell in cells if re.match(r"\s*[=+\-@\uff1d]", cell)]
            assert [cell for cell in like if not re.fullmatch(r"-?[\d.]+", cell)] == [], name
        (tmp_path / "verify_pack.py").write_bytes(archive.read("verify_pack.py"))
    said = subprocess.run([sys.executable, tmp_path / "verify_pack.py", made.path], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr


COMMANDS = [
    ["inventory", "--period", "2026-Q3"],
    ["inventory", "--period", "2026-Q3", "--by", "facility"],
    ["inventory", "--period", "2026-Q3", "--by", "legal_entity"],
    ["inventory", "--period", "2026-Q3", "--by", "tag:project"],
    ["inventory", "--period", "2026-Q3", "--by", "tag:extra '; drop table activity; -- PWN"],
    ["inventory", "--period", "2026-Q3", "--by", "tag:\x1b[31mPWN\u202e"],
    ["factors", "search", "PWN"],
    ["factors", "search", "'; drop table activity; -- PWN"],
    ["factors", "show", "=cmd|'/C calc'!A0 PWN"],
    ["targets", "--period", "2026-Q3"],
    ["price", "--period", "2026-Q3"],
    ["claims", "--period", "2026-Q3"],
    ["boundary", "--period", "2026-Q3"],
    ["completeness", "--period", "2026-Q3"],
    ["findings", "list"],
    ["person", "list"],
    ["setting", "list", "--history"],
    ["setting", "set", "organisation", "<b>PWN</b>{{7*7}}", "--reason", "[red]PWN"],
    ["setting", "set", "\x1b]0;PWN\x07", "x"],
    ["trace", "2026-Q3/operational_control/scope_1"],
    ["trace", "\x1b[31mPWN/'; drop table activity; --"],
    ["trace", "2026-Q3/operational_control/scope_1/facility='; drop table activity; -- PWN"],
    ["person", "add", "\x1b[31mPWN\u202e"],
    ["verify"],
]


@pytest.mark.parametrize(
    "words",
    [pytest.param(words, marks=[pytest.mark.thorough] * bool(n % 4)) for n, words in enumerate(COMMANDS)],
    ids=lambda words: " ".join(words[:4]).encode("unicode_escape").decode(),
)
def test_commands_print_no_escapes_and_run_no_markup(poisoned, words):
    """On the terminal a payload is plain text: no escapes, no turning marks, no markup; as JSON it is whole."""
    for more in ([], ["--json"]):
        made = CliRunner().invoke(app, [*words, *more, "--ledger", str(poisoned.path), "--actor", "anna"])
        assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
        assert made.exit_code in (0, 1, 2), made.output
        assert not SHOWN_BADLY.search(made.output.replace("\r", "")), repr(made.output[:500])
        if more and made.exit_code == 0:
            json.loads(made.output)
    assert not Path(MARK).exists()


def test_paths_that_lead_elsewhere_are_labels(poisoned, tmp_path):
    """A file's name is a label: what is kept lies under its digest, and nothing is written beside the places named."""
    before = {path.name for path in poisoned.path.parent.iterdir()}
    named = table(tmp_path, "..%2f..%2fPWN.csv", rows_of("activity")[:1])
    done = poisoned.upload(named, "activity", check=True)
    assert done.status == "checked"
    assert {path.name for path in poisoned.path.parent.iterdir()} == before
    with pytest.raises(Misuse):
        poisoned.trace("../../etc/passwd")
    evidence = [path for path in poisoned.path.with_suffix(".evidence").iterdir() if path.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{64}", path.name) for path in evidence)


def test_the_tables_are_all_there_at_the_end(poisoned):
    """Nothing that went before dropped, changed or added a table; the ledger holds."""
    found = poisoned.verify()
    assert found.ok, [finding.message for finding in found.findings if finding.severity == "error"][:3]
