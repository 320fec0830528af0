"""The report as files: the same bytes anywhere, golden texts, hostile names, unknown never 0."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ledger.disclosure.documents.files import checked_formats, named_bytes, put_files
from ledger.disclosure.figures.look import Look
from ledger.disclosure.quarterly.document import FORMATS, quarterly_document
from ledger.disclosure.quarterly.page import quarterly_title
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.words.numbers import grouped
from ledger.disclosure.words.texts import catalogue
from ledger.errors import Finding, Misuse
from ledger.inventory import period

GOLDEN = Path(__file__).parent.parent / "golden"
RENEW = os.environ.get("GHG_RENEW_GOLDEN")

MAKE = """
import hashlib, importlib.util, pathlib, sys
sys.path.insert(0, str(pathlib.Path(sys.argv[1]).parent))
spec = importlib.util.spec_from_file_location("made_up_figures", sys.argv[1])
made_up = importlib.util.module_from_spec(spec)
sys.modules["made_up_figures"] = made_up
spec.loader.exec_module(made_up)
from ledger.disclosure.quarterly.document import quarterly_document
for name, content in quarterly_document(made_up.quarterly()).made(sys.argv[2].split(",")).items():
    print(name, hashlib.sha256(content).hexdigest())
"""


class _Words(HTMLParser):
    """The words of a page, a line for each row or paragraph, without style and drawings."""

    def __init__(self):
        super().__init__()
        self.lines, self.line, self.skip = [], [], 0

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.skip += tag in {"style", "svg"}
        if tag in {"p", "tr", "li", "h1", "h2", "h3", "dt", "pre", "caption", "figcaption"}:
            self._end()

    def handle_endtag(self, tag):
        self.skip -= tag in {"style", "svg"}

    def handle_data(self, data):
        if not self.skip and data.strip():
            self.line.append(data.strip())

    def _end(self):
        if self.line:
            self.lines.append(" | ".join(self.line))
        self.line = []


def words_of(page: bytes) -> str:
    parser = _Words()
    parser.feed(page.decode())
    parser._end()
    return "\n".join(parser.lines) + "\n"


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if RENEW:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; GHG_RENEW_GOLDEN=1 renews it"


def test_a_german_document_holds_no_english_sentence(figures, report):
    """Page and workbook in German: no sentence of the English catalogue is left, and figures have a decimal comma."""
    german = replace(figures, look=Look("de"))
    read_before = {catalogue()["not_at_a_facility"]}  # a label of the figures, as whoever made them up wrote it
    made = quarterly_document(german).made(("html", "xlsx", "json"))
    page = unescape(made["html"].decode())
    with zipfile.ZipFile(io.BytesIO(made["xlsx"])) as book:
        words = unescape(book.read("xl/sharedStrings.xml").decode())
    english = [one for one in catalogue().values() if "{" not in one and len(one.split()) > 2]
    english = [one for one in english if one not in read_before]
    assert [one for one in english if one in page or one in words] == []
    assert '<html lang="de">' in page
    total = grouped(figures.current.total_location / 1000, 1)
    assert total.replace(".", ",") in page
    assert total not in page
    held = json.loads(made["json"])
    assert held["figures"] == json.loads(report["json"])["figures"]
    assert catalogue()["contents"] == "Contents"


def test_the_json_is_as_agreed(report):
    """Keys, amounts and ids of the JSON are those of the golden file."""
    check_golden("quarterly.json", report["json"].decode())


def test_the_page_reads_as_agreed(report):
    """Every word and number of the page is that of the golden file."""
    check_golden("quarterly.html.txt", words_of(report["html"]))


@pytest.fixture(scope="module")
def pdf(figures) -> bytes:
    """The report as a PDF, made once."""
    return quarterly_document(figures).made(("pdf",))["pdf"]


@pytest.mark.needs("pdf")
def test_the_pdf_reads_as_agreed_and_is_tagged(pdf):
    """The text of each PDF page is that of the golden file; tags, bookmarks, language and fixed dates are there."""
    import io

    import pypdf

    pdf = pypdf.PdfReader(io.BytesIO(pdf))
    check_golden("quarterly.pdf.txt", "\f\n".join(page.extract_text() + "\n" for page in pdf.pages))
    catalogue = pdf.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en"
    assert "pdfuaid" in catalogue["/Metadata"].get_data().decode()
    assert [entry["/Title"] for entry in pdf.outline if not isinstance(entry, list)][:2] == [
        "Contents",
        "1 The figures",
    ]
    assert pdf.metadata["/CreationDate"] == pdf.metadata["/ModDate"] == "D:20261014092653Z"
    assert all("/IBMPlex" in str(font) or "Plex" in str(font) for font in _fonts(pdf))


def _fonts(pdf):
    return {font.get_object()["/BaseFont"] for page in pdf.pages for font in page["/Resources"]["/Font"].values()}


@pytest.mark.needs("pdf")
@pytest.mark.slow
def test_the_same_figures_give_the_same_bytes_in_any_place(report, pdf):
    """Another time zone, another locale, another hash seed and another folder: all four files are the same bytes."""
    here = {name: hashlib.sha256(content).hexdigest() for name, content in (report | {"pdf": pdf}).items()}
    env = {**os.environ, "TZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2"}
    command = [sys.executable, "-c", MAKE, str(Path(__file__).parent / "figures.py"), ",".join(here)]
    there = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert dict(line.split() for line in there.splitlines()) == here
    assert len(here) == 4


def write_report(figures, formats, folder, paper="A4"):
    wanted, size = checked_formats(formats, paper, FORMATS)
    return put_files(named_bytes(quarterly_document(figures), wanted, size), folder)


def test_files_appear_whole_under_their_names(figures, tmp_path):
    """Each format has its file; a second run replaces it with the same bytes and leaves nothing beside it."""
    first = write_report(figures, ("json", "xlsx"), tmp_path / "new")
    assert {name: path.name for name, path in first.items()} == {
        "json": "quarterly-2026-Q3.json",
        "xlsx": "quarterly-2026-Q3.xlsx",
    }
    before = {name: path.read_bytes() for name, path in first.items()}
    again = write_report(figures, ("json", "xlsx"), tmp_path / "new")
    assert {name: path.read_bytes() for name, path in again.items()} == before
    assert len(list((tmp_path / "new").iterdir())) == 2


@pytest.mark.parametrize(("formats", "paper"), [(("docx",), "A4"), ((), "A4"), (("json",), "B5")])
def test_what_is_not_made_is_refused_before_anything_is_written(figures, tmp_path, formats, paper):
    """An unknown format or paper is a misuse that names what there is."""
    with pytest.raises(Misuse) as refused:
        write_report(figures, formats, tmp_path, paper)
    assert refused.value.fix
    assert not list(tmp_path.iterdir())


HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "{{ figures.__class__ }}{% for x in y %}",
    "\u202eתירבע abc",
    "a" * 40_000,
    "</style><img src=http://example.org/x onerror=1>",
    '"; } @import url(http://example.org/y.css); body { content: "',
    "@SUM(1+1)*cmd",
)


def hostile_figures(figures, name):
    """The figures with one name in every place that takes text from outside."""
    line = replace(figures.facilities[0], label=name)
    finding = Finding(name, "warning", name, name, file=name, sheet=name, line=1, column=name, value=name, entry=name)
    return replace(
        figures,
        organisation=replace(figures.organisation, name=name),
        current=replace(
            figures.current,
            notes=(name,),
            not_quantified=(replace(figures.current.not_quantified[0], activity_type=name, reason=name),),
        ),
        facilities=(line, *figures.facilities[1:]),
        changes=(replace(figures.changes[0], facility=name, activity=name),),
        findings=(finding,),
        factors=(replace(figures.factors[0], factor_id=name, activity_type=name, reason=name, source_cell=name),),
        datasets=(replace(figures.datasets[0], title=name, attribution=name, licence=name),),
        instruments=(replace(figures.instruments[0], instrument_id=name, type_name=name),),
    )


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_text_from_outside_stays_text(figures, name):
    """Markup, formulas, template syntax and endless names are printed as they are, and nothing is loaded."""
    made = quarterly_document(hostile_figures(figures, name)).made(("html", "json"))
    page = made["html"].decode()
    assert "<script" not in page
    assert "<img" not in page
    assert len(page) < 1_500_000
    assert json.loads(made["json"])["organisation"]["name"] == name


@pytest.mark.needs("pdf")
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [HOSTILE[5], *(pytest.param(HOSTILE[n], marks=pytest.mark.thorough) for n in (3, 4))],
    ids=lambda name: name[:12],
)  # fmt: skip
def test_hostile_text_neither_breaks_nor_opens_the_pdf(figures, name):
    """The PDF is made, stays short, and holds neither attachment nor link to the outside."""
    import io

    import pypdf

    content = quarterly_document(hostile_figures(figures, name)).made(("pdf",))["pdf"]
    pdf = pypdf.PdfReader(io.BytesIO(content))
    assert len(pdf.pages) < 60
    assert not pdf.attachments
    links = [note.get_object().get("/A", {}) for page in pdf.pages for note in page.get("/Annots", [])]
    assert not [link for link in links if "/URI" in link]


def test_the_pdf_fetcher_refuses_every_outside_address():
    """Files and networks are refused; the shipped fonts and data are answered."""
    pytest.importorskip("weasyprint")
    from ledger.disclosure.documents import pdf

    fetcher = pdf._fetcher()
    for address in ("file:///etc/passwd", "http://127.0.0.1:9/", "https://example.org/", "shipped-font:../../x"):
        with pytest.raises(ValueError, match="disallowed protocol"):
            fetcher.fetch(address)
    assert fetcher.fetch("shipped-font:IBMPlexSans-Regular").read()[:4] == b"\x00\x01\x00\x00"


def test_unknown_is_never_zero(figures):
    """What has no figure is a dash or 'not quantified' in tables and null in JSON, and no cell invents a 0."""
    tables = quarterly_tables(figures)
    seen = 0
    for table in tables.values():
        for _, _, cell in table.cells():
            if cell.value is None:
                assert cell.text in {"—", "not quantified"}
                seen += 1
    assert seen > 20
    commuting = next(row for row in tables["scope_3"].rows if row.cells[0].text.startswith("7 "))
    assert commuting.cells[1].text == "not quantified"
    capital = next(row for row in tables["scope_3"].rows if row.cells[0].text.startswith("2 "))
    assert capital.cells[1].text == "—"
    held = json.loads(quarterly_document(figures).made(("json",))["json"])
    assert held["inventories"]["current"]["scope_3_categories"]["7"] is None
    assert held["figures"]["2026-Q3/operational_control/scope_3/category=7@41"] is None


def test_only_a_quarter_has_a_quarterly_report(figures):
    """The management report of a year is not called quarterly."""
    year = replace(figures, current=replace(figures.current, period=period("2026")))
    assert (quarterly_title(figures), quarterly_title(year)) == (
        "Quarterly greenhouse gas report", "Greenhouse gas report"
    )  # fmt: skip


def test_a_ledger_without_history_says_so(made_up):
    """Without last year and base year the report stands, with dashes and a sentence, not with zeros."""
    figures = made_up.quarterly(with_history=False)
    page = quarterly_document(figures).made(("html",))["html"].decode()
    assert "There are no figures for the same quarter of last year" in page
    assert "no comparative" in page
    summary = quarterly_tables(figures)["summary"]
    assert {row.cells[2].text for row in summary.rows} == {"—"}
    assert {row.cells[5].text for row in summary.rows} == {"—"}


def test_an_empty_quarter_still_makes_a_report(figures):
    """No posting at all gives a report that says so in every place."""
    none = dict.fromkeys(
        (
            "scope_1",
            "scope_2_location",
            "scope_2_market",
            "scope_3",
            "total_location",
            "total_market",
            "biogenic_co2_kg",
        )
    )
    now = replace(
        figures.current,
        **none,
        scope_3_categories=dict.fromkeys(range(1, 16)),
        sub_lines={},
        by_gas={},
        by_gas_market={},
        energy_kwh={},
        share_estimated=None,
        share_primary={},
        not_quantified=(),
        outside_scopes={},
        notes=(),
    )
    empty = replace(
        figures,
        current=now,
        comparative=None,
        year_to_date=None,
        base_year=None,
        quarters=(),
        months=(),
        facilities=(),
        changes=(),
        factors=(),
        datasets=(),
        instruments=(),
        allocations=(),
        findings=(),
        findings_not_shown=0,
        postings=figures.postings.slice(0, 0),
    )
    made = quarterly_document(empty).made(("html", "xlsx", "json"))
    assert "All activity of this period was quantified." in made["html"].decode()
    assert json.loads(made["json"])["inventories"]["current"]["scope_1"] is None


def test_the_two_scope_2_figures_are_never_added(figures):
    """Totals are Scope 1 + one Scope 2 + Scope 3; no cell of any table holds the sum of both Scope 2 figures."""
    now = figures.current
    assert now.total_location == now.scope_1 + now.scope_2_location + now.scope_3
    assert now.total_market == now.scope_1 + now.scope_2_market + now.scope_3
    forbidden = {now.scope_2_location + now.scope_2_market, now.total_location + now.scope_2_market}
    values = {cell.value for table in quarterly_tables(figures).values() for row in table.rows for cell in row.cells}
    assert not values & forbidden


def test_tables_foot(figures):
    """Categories sum to Scope 3, facilities to each measure, gases with the unsplit to each total."""
    tables = quarterly_tables(figures)

    def summed(key, column, kinds=("line",)):
        return sum((r.cells[column].value or Decimal(0) for r in tables[key].rows if r.kind in kinds), Decimal(0))

    total = {
        key: next(row for row in reversed(tables[key].rows) if row.kind == "total")
        for key in ("scope_3", "facilities", "gases", "energy")
    }
    assert summed("scope_3", 1) == total["scope_3"].cells[1].value == figures.current.scope_3
    for column in range(2, 8):
        assert summed("facilities", column) == total["facilities"].cells[column].value
    for column in (2, 4):
        assert summed("gases", column) == total["gases"].cells[column].value
    assert summed("energy", 1) == total["energy"].cells[1].value
    moved = sum((c.difference_kg for c in figures.changes if c.measure == "scope_1"), Decimal(0))
    assert moved == figures.current.scope_1 - figures.comparative.scope_1


def test_every_figure_carries_an_id_that_trace_can_read(figures, report):
    """Each id in the page and the JSON is a figure's name of this checkpoint."""
    from ledger.inventory import figure

    ids = set(re.findall(r'data-figure="([^"]+)"', report["html"].decode()))
    assert len(ids) > 100
    assert ids == set(json.loads(report["json"])["figures"])
    for one in ids:
        assert figure(one).size == 41
        assert str(figure(one)) == one


def test_the_page_says_how_to_follow_and_verify(report):
    """The audit trail prints root, size, the command with this document's own figure, and how to make it again."""
    page = words_of(report["html"])
    assert "3fa9c1d2" * 8 in page
    assert "ghg trace '2026-Q3/operational_control/total_location@41'" in page
    assert "ghg report quarterly --period 2026-Q3 --view operational_control --at 41 --language en" in page
    assert "location-based and market-based figures are not added" in page


@pytest.mark.thorough
def test_a_letter_page_is_not_a4(figures):
    """The paper is an option of the PDF."""
    pytest.importorskip("weasyprint")
    import io

    import pypdf

    pdf = pypdf.PdfReader(io.BytesIO(quarterly_document(figures).made(("pdf",), "letter")["pdf"]))
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [612, 792]
